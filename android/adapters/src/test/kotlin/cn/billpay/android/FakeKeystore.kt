package cn.billpay.android

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Provider
import java.security.ProviderException
import java.security.PublicKey
import java.security.Security
import java.security.UnrecoverableKeyException
import java.security.spec.ECGenParameterSpec
import java.util.Date
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import javax.crypto.KeyGenerator
import android.security.KeyStoreException as SystemRefusal

/** What goes wrong, where the real one may fail: when a key is made, found or used. */
enum class Trouble {
    /** Keystore2's answer before the first unlock. */
    LOCKED,

    /** A new fingerprint, or the screen lock is gone: the key is there and works never more. */
    INVALIDATED,

    /** The store does not answer. */
    BROKEN,

    /** No randomness to make a key from. */
    NO_ENTROPY,

    /** Nobody has shown to be there within the key's window. */
    NOBODY_THERE,

    /** It answers when [FakeKeystore.go] lets it. */
    SLOW,
}

/**
 * AndroidKeyStore's place taken by keys in a map, which fail as the real ones do (by the types and messages of Android
 * 15). It shows what the adapters ask for and make of the answers; nothing of hardware.
 */
object FakeKeystore {
    class Entry(val key: Key, val public: PublicKey?, val spec: KeyGenParameterSpec, var invalidated: Boolean = false, var confirmed: Boolean = false)

    val entries = ConcurrentHashMap<String, Entry>()
    var strongBox = true
    var hardware = true

    @Volatile
    var making: Trouble? = null

    @Volatile
    var finding: Trouble? = null

    @Volatile
    var using: Trouble? = null
    var go = CountDownLatch(0)
    val waiting = java.util.concurrent.Semaphore(0)

    fun install() {
        Security.removeProvider("AndroidKeyStore")
        entries.clear()
        strongBox = true
        hardware = true
        making = null
        finding = null
        using = null
        // First, so that its exceptions are the ones that are told.
        Security.insertProviderAt(FakeProvider(), 1)
    }

    fun uninstall() = Security.removeProvider("AndroidKeyStore")

    /** A new finger, or no screen lock any more: keys that ask for the person are over. */
    fun enrolFinger() = entries.values.filter { it.spec.isUserAuthenticationRequired && it.spec.isInvalidatedByBiometricEnrollment }
        .forEach { it.invalidated = true }

    fun dropScreenLock() = entries.values.filter { it.spec.isUserAuthenticationRequired }.forEach { it.invalidated = true }

    /** The person has answered: the operation of that key may go on. */
    fun confirm(alias: String) {
        entries.getValue(alias).confirmed = true
    }

    fun meet(trouble: Trouble?) {
        when (trouble) {
            null -> Unit
            Trouble.LOCKED -> throw ProviderException("Keystore operation failed", SystemRefusal(3, "LOCKED"))
            Trouble.INVALIDATED -> throw KeyPermanentlyInvalidatedException()
            Trouble.BROKEN -> throw ProviderException("Keystore operation failed", SystemRefusal(4, "system error"))
            Trouble.NO_ENTROPY -> throw ProviderException("Failed to obtain entropy")
            Trouble.NOBODY_THERE -> throw UserNotAuthenticatedException()
            Trouble.SLOW -> {
                waiting.release()
                go.await()
            }
        }
    }

    internal fun make(spec: KeyGenParameterSpec, pair: () -> Pair<Key, PublicKey?>): Entry {
        if (spec.isStrongBoxBacked && !strongBox) throw StrongBoxUnavailableException("no StrongBox")
        meet(making)
        val (key, public) = pair()
        return Entry(key, public, spec).also { entries[spec.keystoreAlias] = it }
    }

    internal fun find(alias: String): Entry? {
        val entry = entries[alias]
        when (finding) {
            Trouble.INVALIDATED -> throw UnrecoverableKeyException("User changed or deleted their auth credentials")
            null, Trouble.SLOW -> meet(finding)
            else -> throw UnrecoverableKeyException("Failed to obtain information about key").apply {
                initCause(SystemRefusal(if (finding == Trouble.LOCKED) 3 else 4, "refused"))
            }
        }
        return entry
    }

    internal fun use(entry: Entry) {
        if (entry.invalidated) throw KeyPermanentlyInvalidatedException()
        meet(using)
    }

    internal fun info(entry: Entry): KeyInfo = entry.spec.run {
        val level = when {
            !hardware -> KeyProperties.SECURITY_LEVEL_SOFTWARE
            isStrongBoxBacked -> KeyProperties.SECURITY_LEVEL_STRONGBOX
            else -> KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT
        }
        KeyInfo(
            keystoreAlias, hardware, KeyProperties.ORIGIN_GENERATED, keySize, null, null, null, purposes,
            encryptionPaddings, signaturePaddings, if (isDigestsSpecified) digests else emptyArray(), blockModes, isUserAuthenticationRequired,
            userAuthenticationValidityDurationSeconds, userAuthenticationType, hardware, false, false,
            isInvalidatedByBiometricEnrollment, false, false, level, -1,
        )
    }

    fun realAes(bits: Int) = KeyGenerator.getInstance("AES", "SunJCE").apply { init(bits) }.generateKey()

    fun realEc(): KeyPair = KeyPairGenerator.getInstance("EC", "BC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()

    val made: Date = Date(0)
}

/** No other provider can read it, as with the real ones. */
open class OpaqueKey(val entry: FakeKeystore.Entry, private val named: String) : Key {
    override fun getAlgorithm(): String = named

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

class OpaqueSecret(entry: FakeKeystore.Entry) : OpaqueKey(entry, "AES"), javax.crypto.SecretKey

class OpaquePrivate(entry: FakeKeystore.Entry) : OpaqueKey(entry, "EC"), java.security.PrivateKey

class FakeProvider : Provider("AndroidKeyStore", "1.0", "a stand-in") {
    init {
        service("KeyStore", "AndroidKeyStore") { FakeStore() }
        service("KeyGenerator", "AES") { FakeAesMaker() }
        service("KeyPairGenerator", "EC") { FakeEcMaker() }
        service("SecretKeyFactory", "AES") { FakeSecretFactory() }
        service("KeyFactory", "EC") { FakeKeyFactory() }
        service("Cipher", "AES/GCM/NoPadding") { FakeCipher() }
        service("Signature", "SHA256withECDSA") { FakeSignature() }
    }

    private fun service(type: String, algorithm: String, make: () -> Any) = putService(
        object : Service(this, type, algorithm, "fake", null, null) {
            override fun newInstance(parameter: Any?): Any = make()

            override fun supportsParameter(parameter: Any?): Boolean = parameter is OpaqueKey
        },
    )
}
