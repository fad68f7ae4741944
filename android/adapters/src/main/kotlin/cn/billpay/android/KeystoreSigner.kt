package cn.billpay.android

import android.app.KeyguardManager
import android.content.Context
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import cn.billpay.DeviceSigner
import cn.billpay.KeyRole
import cn.billpay.KeyStoreException
import cn.billpay.SecurityLevel
import java.math.BigInteger
import java.security.PrivateKey
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.util.UUID

/**
 * A [DeviceSigner] of AndroidKeyStore: P-256 keys, in StrongBox where there is one.
 *
 * Device keys sign in the background from the first unlock since boot on. Order keys ask for the person each time
 * ([Presence]). Each of the four keys is replaced and lost alone: after [KeyStoreException.Lost] of an order key,
 * [create] of that role leaves the device key as it is.
 */
public class KeystoreSigner(
    private val context: Context,
    private val presence: Presence,
    private val orders: OrderPresence = OrderPresence.SCREEN_LOCK,
    private val withoutScreenLock: WithoutScreenLock = WithoutScreenLock.REFUSE,
    /** Begins the alias of each key; a name of the app's own. */
    private val prefix: String = "billpay",
) : DeviceSigner {
    private val keystore = Keystore(context)
    private val records = Records(context, "$prefix.keys")

    /** Whether [create] of an order key would be refused until the person sets a screen lock. */
    public fun needsScreenLock(): Boolean = withoutScreenLock == WithoutScreenLock.REFUSE && !isLockable()

    /** See [DeviceSigner]. The older key of the role goes when the new one is in force. */
    override fun create(role: KeyRole): ByteArray = asPort("create") {
        keystore.requireFirstUnlock()
        if (role.needsPresence && needsScreenLock()) throw KeyStoreException.Failed("this phone has no screen lock")
        records.locked(role.name) { path ->
            val alias = aliases(role) + UUID.randomUUID()
            var named = false
            val point = try {
                val pair = keystore.newSigningKey(alias) { guard(it, role) }
                point(pair.public as ECPublicKey).also { Records.write(path, Record(alias, NOTHING, it)) { named = true } }
            } catch (met: Exception) {
                if (!named) runCatching { keystore.delete(alias) }
                throw met
            }
            runCatching { keystore.aliases(aliases(role)).filter { it != alias }.forEach(keystore::delete) }
            point
        }
    }

    /** See [DeviceSigner]. Asks nobody. An order key that a new fingerprint has ended is found by [sign] only. */
    override fun publicKey(role: KeyRole): ByteArray? = asPort("find") {
        keystore.requireFirstUnlock()
        records.locked(role.name) { path ->
            val record = Records.read(path) ?: return null
            keystore.signingKey(record.alias) ?: throw KeyStoreException.Lost()
            record.content
        }
    }

    /** See [DeviceSigner]. For an order it waits as long as the person takes. */
    override fun sign(role: KeyRole, message: ByteArray): ByteArray = asPort("sign") {
        keystore.requireFirstUnlock()
        // Not locked while the person is asked: requests go on.
        val key = records.locked(role.name) { path ->
            Records.read(path)?.let { keystore.signingKey(it.alias) } ?: throw KeyStoreException.Lost()
        }
        val signature = Signature.getInstance(SIGNING)
        when {
            !role.needsPresence || !asksForPresence(key) -> signature.initSign(key)
            // Whoever was there within the last seconds counts for the system, so it is asked first.
            windowOf(key) > 0 -> {
                presence.confirm(null, orders)
                signature.initSign(key)
            }
            else -> {
                signature.initSign(key)
                presence.confirm(signature, orders)
            }
        }
        signature.update(message)
        signature.sign()
    }

    /** The weakest of the keys that are there; of a key made for the purpose and deleted again where none is. */
    override fun securityLevel(): SecurityLevel = asPort("look") {
        keystore.requireFirstUnlock()
        val there = KeyRole.entries.mapNotNull { role ->
            records.locked(role.name) { path -> Records.read(path) }?.let { keystore.signingKey(it.alias) }
        }
        there.minOfOrNull(keystore::level) ?: probe()
    }

    private fun probe(): SecurityLevel {
        val alias = "$prefix.probe.${UUID.randomUUID()}"
        return try {
            keystore.level(keystore.newSigningKey(alias) {}.private)
        } finally {
            runCatching { keystore.delete(alias) }
        }
    }

    private fun guard(spec: KeyGenParameterSpec.Builder, role: KeyRole) {
        // Without a screen lock there is nothing to ask for; refused above unless the bank wants it so.
        if (!role.needsPresence || !isLockable()) return
        spec.setUserAuthenticationRequired(true)
        spec.setInvalidatedByBiometricEnrollment(orders == OrderPresence.BIOMETRIC)
        when {
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.R -> forEachUse(spec)
            // Before Android 11 a key for each use takes fingers and faces only.
            orders == OrderPresence.SCREEN_LOCK -> {
                @Suppress("DEPRECATION")
                spec.setUserAuthenticationValidityDurationSeconds(WINDOW_SECONDS)
            }
            Build.VERSION.SDK_INT < Build.VERSION_CODES.P ->
                throw KeyStoreException.Failed("orders by fingerprint or face need Android 9")
        }
    }

    @Above26(Build.VERSION_CODES.R)
    private fun forEachUse(spec: KeyGenParameterSpec.Builder) {
        val screenLock = when (orders) {
            OrderPresence.SCREEN_LOCK -> KeyProperties.AUTH_DEVICE_CREDENTIAL
            OrderPresence.BIOMETRIC -> 0
        }
        spec.setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG or screenLock)
    }

    // What the key itself says: it may be older than the bank's choice, or than this version of Android.
    private fun asksForPresence(key: PrivateKey): Boolean = keystore.info(key).isUserAuthenticationRequired

    @Suppress("DEPRECATION")
    private fun windowOf(key: PrivateKey): Int = keystore.info(key).userAuthenticationValidityDurationSeconds

    private fun isLockable(): Boolean = context.getSystemService(KeyguardManager::class.java)?.isDeviceSecure == true

    private fun aliases(role: KeyRole) = "$prefix.key.${role.name.lowercase()}."

    private companion object {
        const val SIGNING = "SHA256withECDSA"
        const val WINDOW_SECONDS = 10
        val NOTHING = ByteArray(0)
    }
}

private val KeyRole.needsPresence: Boolean
    get() = when (this) {
        KeyRole.DEVICE, KeyRole.SECOND_DEVICE -> false
        KeyRole.ORDER, KeyRole.SECOND_ORDER -> true
    }

/** `04 ‖ x ‖ y`, 65 bytes. */
private fun point(key: ECPublicKey): ByteArray = byteArrayOf(4) + coordinate(key.w.affineX) + coordinate(key.w.affineY)

private fun coordinate(number: BigInteger): ByteArray {
    // Two's complement: a leading zero too many, or bytes too few.
    val bytes = number.toByteArray().takeLast(COORDINATE_BYTES)
    return ByteArray(COORDINATE_BYTES - bytes.size) + bytes.toByteArray()
}

private const val COORDINATE_BYTES = 32
