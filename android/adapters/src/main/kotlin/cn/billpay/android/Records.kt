package cn.billpay.android

import android.content.Context
import cn.billpay.KeyStoreException
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.DataInputStream
import java.io.DataOutputStream
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.NoSuchFileException
import java.nio.file.Path
import java.nio.file.StandardCopyOption
import java.nio.file.StandardOpenOption
import java.security.MessageDigest
import java.util.concurrent.ConcurrentHashMap

/**
 * Small files, one a name, in the app's folder that no backup copies. Each names the alias of a key in
 * AndroidKeyStore, and its rename into place is what makes that key the one in force: whatever is killed, there is
 * the old one or the new one.
 */
internal class Records(context: Context, private val folderName: String) {
    private val base: File? = context.noBackupFilesDir

    /** One at a time for each name, in the whole process: a reader must not find the key of a replaced record gone. */
    inline fun <T> locked(name: String, work: (Path) -> T): T {
        val base = base?.takeIf { it.isDirectory } ?: throw KeyStoreException.Failed("the app's folder is not there")
        val path = base.toPath().resolve(folderName).resolve(tag(name))
        return synchronized(locks.computeIfAbsent(path.toString()) { Any() }) { work(path) }
    }

    companion object {
        val locks = ConcurrentHashMap<String, Any>()

        /** A name of its own for any name: letters and digits only. */
        fun tag(name: String): String =
            MessageDigest.getInstance("SHA-256").digest(name.encodeToByteArray()).take(TAG_BYTES).joinToString("") { "%02x".format(it) }

        /** The record, or `null` where there is surely none. One that cannot be understood is lost. */
        fun read(path: Path): Record? {
            val bytes = try {
                Files.readAllBytes(path)
            } catch (_: NoSuchFileException) {
                return null
            }
            return Record.decode(bytes) ?: throw KeyStoreException.Lost()
        }

        /** Durable when it returns; before that the old one is there. Says when the new one is [inForce]. */
        fun write(path: Path, record: Record, inForce: () -> Unit) {
            Files.createDirectories(path.parent)
            val draft = path.resolveSibling("${path.fileName}.new")
            FileChannel.open(draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE).use {
                val bytes = ByteBuffer.wrap(record.encode())
                while (bytes.hasRemaining()) it.write(bytes)
                it.force(true)
            }
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE)
            inForce()
            sync(path.parent)
        }

        /** Durable when it returns. */
        fun remove(path: Path) {
            if (Files.deleteIfExists(path)) sync(path.parent)
        }

        // The name itself has to reach the disk, too.
        private fun sync(folder: Path) = FileChannel.open(folder, StandardOpenOption.READ).use { it.force(true) }

        private const val TAG_BYTES = 16
    }
}

/** What is kept beside a key: which one it is, and what only it can open, or its public point. */
internal class Record(val alias: String, val nonce: ByteArray, val content: ByteArray) {
    fun encode(): ByteArray = ByteArrayOutputStream().also { bytes ->
        DataOutputStream(bytes).run {
            writeByte(VERSION)
            writeUTF(alias)
            writeByte(nonce.size)
            write(nonce)
            writeShort(content.size)
            write(content)
        }
    }.toByteArray()

    companion object {
        private const val VERSION = 1

        fun decode(bytes: ByteArray): Record? = try {
            DataInputStream(ByteArrayInputStream(bytes)).run {
                val version = readUnsignedByte()
                val alias = readUTF()
                val nonce = ByteArray(readUnsignedByte()).also { readFully(it) }
                val content = ByteArray(readUnsignedShort()).also { readFully(it) }
                Record(alias, nonce, content).takeIf { version == VERSION && read() == -1 }
            }
        } catch (_: IOException) {
            null
        }
    }
}
