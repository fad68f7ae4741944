package cn.billpay.android

import android.content.Context
import cn.billpay.KeyStoreException
import cn.billpay.SecretStore
import cn.billpay.SecurityLevel
import java.util.UUID
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/**
 * A [SecretStore] on Android: each secret is sealed by an AES key of its own that never leaves AndroidKeyStore (in
 * StrongBox where there is one), in a file that no backup copies.
 *
 * Opens in the background from the first unlock since boot on, whoever is there; before that it says
 * [KeyStoreException.Locked]. A changed fingerprint or screen lock does not touch it. Deleting a secret deletes its
 * key: no copy of the file opens again.
 */
public class KeystoreSecrets(
    context: Context,
    /** Begins the alias of each key; a name of the app's own. */
    private val prefix: String = "billpay",
) : SecretStore {
    private val keystore = Keystore(context)
    private val records = Records(context, "$prefix.secrets")

    /** See [SecretStore]. A file that is there and cannot be opened any more is [KeyStoreException.Lost]. */
    override fun get(name: String): ByteArray? = asPort("read") {
        keystore.requireFirstUnlock()
        records.locked(name) { path ->
            val record = Records.read(path) ?: return null
            val key = keystore.sealingKey(record.alias) ?: throw KeyStoreException.Lost()
            open(key, name, record)
        }
    }

    /** See [SecretStore]. */
    override fun put(name: String, secret: ByteArray): Unit = asPort("store") {
        keystore.requireFirstUnlock()
        if (secret.size > MOST_BYTES) throw KeyStoreException.Failed("a secret has at most $MOST_BYTES bytes")
        records.locked(name) { path ->
            val alias = aliases(name) + UUID.randomUUID()
            var named = false
            try {
                Records.write(path, seal(keystore.newSealingKey(alias), alias, name, secret)) { named = true }
            } catch (met: Exception) {
                if (!named) runCatching { keystore.delete(alias) }
                throw met
            }
            forget(name, but = alias)
        }
    }

    /** See [SecretStore]. */
    override fun delete(name: String): Unit = asPort("delete") {
        keystore.requireFirstUnlock()
        records.locked(name) { path ->
            Records.remove(path)
            keystore.aliases(aliases(name)).forEach(keystore::delete)
        }
    }

    /** Of a key made for the purpose and deleted again: what this phone really does. */
    override fun securityLevel(): SecurityLevel = asPort("look") {
        val alias = "$prefix.probe.${UUID.randomUUID()}"
        try {
            keystore.level(keystore.newSealingKey(alias))
        } finally {
            runCatching { keystore.delete(alias) }
        }
    }

    private fun aliases(name: String) = "$prefix.secret.${Records.tag(name)}."

    /** Older keys of the name, those of a put that was killed among them. They open nothing any more. */
    private fun forget(name: String, but: String) {
        runCatching { keystore.aliases(aliases(name)).filter { it != but }.forEach(keystore::delete) }
    }

    private fun seal(key: SecretKey, alias: String, name: String, secret: ByteArray): Record {
        val cipher = Cipher.getInstance(SEALING)
        cipher.init(Cipher.ENCRYPT_MODE, key)
        cipher.updateAAD(name.encodeToByteArray())
        val sealed = cipher.doFinal(secret)
        return Record(alias, cipher.iv, sealed)
    }

    private fun open(key: SecretKey, name: String, record: Record): ByteArray = try {
        val cipher = Cipher.getInstance(SEALING)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, record.nonce))
        cipher.updateAAD(name.encodeToByteArray())
        cipher.doFinal(record.content)
    } catch (_: AEADBadTagException) {
        throw KeyStoreException.Lost()
    }

    private companion object {
        const val SEALING = "AES/GCM/NoPadding"
        const val TAG_BITS = 128
        const val MOST_BYTES = 1024
    }
}
