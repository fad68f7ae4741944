package cn.billpay.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import cn.billpay.KeyStoreException
import cn.billpay.SecurityLevel
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.spec.ECGenParameterSpec
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactory

/** AndroidKeyStore, as far as the two ports need it. */
internal class Keystore(private val context: Context) {
    /**
     * Until the first unlock since boot the app's files seem not to be there, and so would every secret: nothing
     * is looked for before.
     */
    fun requireFirstUnlock() {
        val users = context.getSystemService(UserManager::class.java)
        if (users == null || !users.isUserUnlocked) throw KeyStoreException.Locked()
    }

    /** A new key for sealing secrets, which nobody has to be there for. */
    fun newSealingKey(alias: String): SecretKey = preferringStrongBox { strongBox ->
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(alias, purposes)
            .setKeySize(AES_BITS)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        if (strongBox) inStrongBox(spec)
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, PROVIDER).run {
            init(spec.build())
            generateKey()
        }
    }

    /** A new P-256 key for signing, under the conditions that [guard] adds. */
    fun newSigningKey(alias: String, guard: (KeyGenParameterSpec.Builder) -> Unit): KeyPair =
        preferringStrongBox { strongBox ->
            val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_SIGN)
                .setAlgorithmParameterSpec(ECGenParameterSpec(CURVE))
                .setDigests(KeyProperties.DIGEST_SHA256)
            guard(spec)
            if (strongBox) inStrongBox(spec)
            KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, PROVIDER).run {
                initialize(spec.build())
                generateKeyPair()
            }
        }

    /** The sealing key of that alias; `null` only where the store says that there is none. */
    fun sealingKey(alias: String): SecretKey? = ours(alias)

    /** The signing key of that alias; `null` only where the store says that there is none. */
    fun signingKey(alias: String): PrivateKey? = ours(alias)

    // Not containsAlias and not getCertificate: both answer a failing store with "not there".
    private inline fun <reified K : Key> ours(alias: String): K? {
        val store = open()
        val key = store.getKey(alias, null)
        return when {
            key is K -> key
            // Somebody in this app uses our alias for a key or a certificate of another kind.
            key != null || store.isCertificateEntry(alias) -> throw KeyStoreException.Ambiguous()
            else -> null
        }
    }

    /** Forgets a key; forgetting one that is not there succeeds. */
    fun delete(alias: String) = open().deleteEntry(alias)

    /** Aliases that begin like this. */
    fun aliases(prefix: String): List<String> = open().aliases().toList().filter { it.startsWith(prefix) }

    /** What the store says of a key. */
    fun info(key: Key): KeyInfo = when (key) {
        is SecretKey ->
            SecretKeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java) as KeyInfo
        else -> KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)
    }

    /** Where a key really rests. */
    fun level(key: Key): SecurityLevel = when {
        insideHardware(info(key)) -> SecurityLevel.HARDWARE
        else -> SecurityLevel.SOFTWARE
    }

    private fun insideHardware(info: KeyInfo): Boolean = when {
        Build.VERSION.SDK_INT >= Build.VERSION_CODES.S -> namedLevelIsHardware(info)
        else -> {
            @Suppress("DEPRECATION")
            info.isInsideSecureHardware
        }
    }

    @Above26(Build.VERSION_CODES.S)
    private fun namedLevelIsHardware(info: KeyInfo): Boolean = when (info.securityLevel) {
        KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT,
        KeyProperties.SECURITY_LEVEL_STRONGBOX,
        KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE,
        -> true
        else -> false
    }

    /** The strongest place first; what it cannot do, the next one does. */
    private fun <T> preferringStrongBox(make: (Boolean) -> T): T {
        if (hasStrongBox()) {
            try {
                return make(true)
            } catch (_: ProviderException) {
                // StrongBoxUnavailableException is one; some phones answer with another of them.
            }
        }
        return make(false)
    }

    private fun hasStrongBox(): Boolean =
        Build.VERSION.SDK_INT >= Build.VERSION_CODES.P && context.packageManager.hasSystemFeature(STRONGBOX)

    @Above26(Build.VERSION_CODES.P)
    private fun inStrongBox(spec: KeyGenParameterSpec.Builder) {
        spec.setIsStrongBoxBacked(true)
    }

    private fun open(): KeyStore = KeyStore.getInstance(PROVIDER).apply { load(null) }

    private companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val CURVE = "secp256r1"
        const val AES_BITS = 256
        // The value of a constant of API 28.
        const val STRONGBOX = PackageManager.FEATURE_STRONGBOX_KEYSTORE
    }
}
