package cn.billpay.android

import android.security.keystore.KeyGenParameterSpec
import java.io.InputStream
import java.io.OutputStream
import java.security.AlgorithmParameters
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyFactorySpi
import java.security.KeyPair
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.SignatureException
import java.security.SignatureSpi
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.KeySpec
import java.util.Collections
import java.util.Date
import javax.crypto.Cipher
import javax.crypto.CipherSpi
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.SecretKeyFactorySpi

// The services of the stand-in. What the adapters never call is refused.

private fun never(): Nothing = throw UnsupportedOperationException("the adapters do not call this")

class FakeStore : KeyStoreSpi() {
    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit

    override fun engineGetKey(alias: String, password: CharArray?): Key? = FakeKeystore.find(alias)?.run {
        if (public == null) OpaqueSecret(this) else OpaquePrivate(this)
    }

    override fun engineDeleteEntry(alias: String) {
        FakeKeystore.entries.remove(alias)
    }

    override fun engineAliases(): java.util.Enumeration<String> = Collections.enumeration(FakeKeystore.entries.keys.toList())

    override fun engineIsCertificateEntry(alias: String) = false

    // As the real one does, these take a failing store for an empty one.
    override fun engineContainsAlias(alias: String) = FakeKeystore.finding == null && FakeKeystore.entries.containsKey(alias)

    override fun engineIsKeyEntry(alias: String) = engineContainsAlias(alias)

    override fun engineGetCertificate(alias: String): Certificate? = null

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

    override fun engineGetCreationDate(alias: String): Date = FakeKeystore.made

    override fun engineSize() = FakeKeystore.entries.size

    override fun engineGetCertificateAlias(cert: Certificate?): String? = null

    override fun engineSetKeyEntry(a: String, k: Key, p: CharArray?, c: Array<out Certificate>?) = never()

    override fun engineSetKeyEntry(a: String, k: ByteArray, c: Array<out Certificate>?) = never()

    override fun engineSetCertificateEntry(a: String, c: Certificate?) = never()

    override fun engineStore(stream: OutputStream?, password: CharArray?) = never()
}

class FakeAesMaker : KeyGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun engineInit(random: SecureRandom?) = never()

    override fun engineInit(size: Int, random: SecureRandom?) = never()

    override fun engineInit(params: AlgorithmParameterSpec, random: SecureRandom?) {
        spec = params as KeyGenParameterSpec
    }

    override fun engineGenerateKey(): SecretKey =
        OpaqueSecret(FakeKeystore.make(spec) { FakeKeystore.realAes(spec.keySize) to null })
}

class FakeEcMaker : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun initialize(size: Int, random: SecureRandom?) = never()

    override fun initialize(params: AlgorithmParameterSpec, random: SecureRandom?) {
        spec = params as KeyGenParameterSpec
    }

    override fun generateKeyPair(): KeyPair {
        val entry = FakeKeystore.make(spec) { FakeKeystore.realEc().run { private to public } }
        return KeyPair(entry.public, OpaquePrivate(entry))
    }
}

class FakeSecretFactory : SecretKeyFactorySpi() {
    override fun engineGetKeySpec(key: SecretKey, kind: Class<*>): KeySpec = FakeKeystore.info((key as OpaqueSecret).entry)

    override fun engineGenerateSecret(spec: KeySpec?): SecretKey = never()

    override fun engineTranslateKey(key: SecretKey?): SecretKey = never()
}

class FakeKeyFactory : KeyFactorySpi() {
    @Suppress("UNCHECKED_CAST")
    override fun <T : KeySpec> engineGetKeySpec(key: Key, kind: Class<T>): T = FakeKeystore.info((key as OpaquePrivate).entry) as T

    override fun engineGeneratePublic(spec: KeySpec?): PublicKey = never()

    override fun engineGeneratePrivate(spec: KeySpec?): PrivateKey = never()

    override fun engineTranslateKey(key: Key?): Key = never()
}

class FakeCipher : CipherSpi() {
    private val real = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE")

    private fun real(key: Key): Key {
        val entry = (key as? OpaqueSecret)?.entry ?: throw InvalidKeyException("not of this store")
        FakeKeystore.use(entry)
        return entry.key
    }

    override fun engineInit(mode: Int, key: Key, random: SecureRandom?) = real.init(mode, real(key))

    override fun engineInit(mode: Int, key: Key, params: AlgorithmParameterSpec?, random: SecureRandom?) {
        val real = real(key)
        // The real one makes its nonces itself, and takes none.
        if (mode == Cipher.ENCRYPT_MODE && params != null) throw java.security.InvalidAlgorithmParameterException("Caller-provided IV not permitted")
        this.real.init(mode, real, params)
    }

    override fun engineInit(mode: Int, key: Key, params: AlgorithmParameters?, random: SecureRandom?) = never()

    override fun engineUpdateAAD(source: ByteArray, offset: Int, length: Int) = real.updateAAD(source, offset, length)

    override fun engineDoFinal(input: ByteArray?, offset: Int, length: Int): ByteArray =
        if (input == null) real.doFinal() else real.doFinal(input, offset, length)

    override fun engineGetIV(): ByteArray = real.iv

    override fun engineSetMode(mode: String?) = Unit

    override fun engineSetPadding(padding: String?) = Unit

    override fun engineGetBlockSize() = real.blockSize

    override fun engineGetOutputSize(length: Int) = real.getOutputSize(length)

    override fun engineGetParameters(): AlgorithmParameters = real.parameters

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int): ByteArray? = real.update(input, offset, length)

    override fun engineUpdate(input: ByteArray, offset: Int, length: Int, output: ByteArray, at: Int) = never()

    override fun engineDoFinal(input: ByteArray, offset: Int, length: Int, output: ByteArray, at: Int) = never()
}

class FakeSignature : SignatureSpi() {
    private val real = Signature.getInstance("SHA256withECDSA", "BC")
    private var entry: FakeKeystore.Entry? = null

    override fun engineInitSign(key: PrivateKey) {
        val entry = (key as? OpaquePrivate)?.entry ?: throw InvalidKeyException("not of this store")
        FakeKeystore.use(entry)
        // A key with a window looks at it now; one for each use waits for its own answer.
        if (entry.spec.isUserAuthenticationRequired && entry.spec.userAuthenticationValidityDurationSeconds > 0 && !entry.confirmed) {
            throw android.security.keystore.UserNotAuthenticatedException()
        }
        this.entry = entry
        real.initSign(entry.key as PrivateKey)
    }

    override fun engineUpdate(b: ByteArray, off: Int, len: Int) = real.update(b, off, len)

    override fun engineUpdate(b: Byte) = real.update(b)

    override fun engineSign(): ByteArray {
        val entry = checkNotNull(entry)
        if (entry.spec.isUserAuthenticationRequired && !entry.confirmed) {
            throw SignatureException(android.security.KeyStoreException(2, "Key user not authenticated"))
        }
        entry.confirmed = false
        return real.sign()
    }

    override fun engineInitVerify(key: PublicKey?) = throw InvalidKeyException("only signs")

    override fun engineVerify(signature: ByteArray?): Boolean = never()

    @Deprecated("Java's")
    override fun engineSetParameter(name: String?, value: Any?) = never()

    @Deprecated("Java's")
    override fun engineGetParameter(name: String?): Any = never()
}
