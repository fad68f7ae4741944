package cn.billpay

import java.math.BigInteger
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.util.concurrent.ConcurrentHashMap

/** A key store of the system, that can fail as one does. */
class MemorySecrets : SecretStore {
    val rows = ConcurrentHashMap<String, ByteArray>()

    /** Thrown from now on, by every call. */
    @Volatile
    var failure: (() -> Throwable)? = null

    /** Thrown from now on, by what stores alone. */
    @Volatile
    var failureToPut: (() -> Throwable)? = null

    override fun get(name: String): ByteArray? = working { rows[name] }

    override fun put(name: String, secret: ByteArray): Unit = working {
        failureToPut?.let { throw it() }
        rows[name] = secret
    }

    override fun delete(name: String): Unit = working { rows.remove(name) }

    override fun securityLevel(): SecurityLevel = SecurityLevel.SOFTWARE

    private fun <T> working(work: () -> T): T {
        failure?.let { throw it() }
        return work()
    }
}

/** P-256 keys of the JDK. */
class JdkSigner : DeviceSigner {
    private val keys = ConcurrentHashMap<KeyRole, KeyPair>()

    override fun create(role: KeyRole): ByteArray {
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        keys[role] = generator.generateKeyPair()
        return checkNotNull(publicKey(role))
    }

    override fun publicKey(role: KeyRole): ByteArray? {
        val point = (keys[role]?.public as ECPublicKey?)?.w ?: return null
        return byteArrayOf(4) + point.affineX.in32Bytes() + point.affineY.in32Bytes()
    }

    override fun sign(role: KeyRole, message: ByteArray): ByteArray {
        val key = keys[role] ?: throw KeyStoreException.Lost()
        return Signature.getInstance("SHA256withECDSA").run {
            initSign(key.private)
            update(message)
            sign()
        }
    }

    override fun securityLevel(): SecurityLevel = SecurityLevel.SOFTWARE

    /** The system has lost them all. */
    fun lose() = keys.clear()

    private fun BigInteger.in32Bytes(): ByteArray {
        val bytes = toByteArray().dropWhile { it.toInt() == 0 }.toByteArray()
        return ByteArray(32 - bytes.size) + bytes
    }
}
