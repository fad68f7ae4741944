package cn.billpay.android

import android.app.KeyguardManager
import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.os.UserManager
import android.security.keystore.KeyProperties
import cn.billpay.KeyRole
import cn.billpay.KeyStoreException
import cn.billpay.SecurityLevel
import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.util.ReflectionHelpers

@RunWith(RobolectricTestRunner::class)
class KeystoreSignerTest {
    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val message = "an order".encodeToByteArray()

    /** The person, who is there and says yes unless a test wants another answer. */
    private var person: (Signature?) -> Unit = { yes() }
    private val asked = mutableListOf<Pair<Boolean, OrderPresence>>()

    private fun yes() = FakeKeystore.entries.filterValues { it.spec.isUserAuthenticationRequired }.keys.forEach(FakeKeystore::confirm)

    private fun signer(
        orders: OrderPresence = OrderPresence.SCREEN_LOCK,
        withoutScreenLock: WithoutScreenLock = WithoutScreenLock.REFUSE,
    ) = KeystoreSigner(context, { operation, presence ->
        asked += (operation != null) to presence
        person(operation)
    }, orders, withoutScreenLock)

    @Before
    fun aPhone() {
        FakeKeystore.install()
        shadowOf(context.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, true)
        unlocked(true)
        screenLock(true)
    }

    @After
    fun gone() = FakeKeystore.uninstall()

    private fun unlocked(now: Boolean) = shadowOf(context.getSystemService(UserManager::class.java)).setUserUnlocked(now)

    private fun screenLock(now: Boolean) = shadowOf(context.getSystemService(KeyguardManager::class.java)).setIsDeviceSecure(now)

    private fun android(api: Int) = ReflectionHelpers.setStaticField(Build.VERSION::class.java, "SDK_INT", api)

    private fun spec(role: KeyRole) = FakeKeystore.entries.filterKeys { it.startsWith("billpay.key.${role.name.lowercase()}.") }.values.single().spec

    private inline fun <reified E : KeyStoreException> refused(noinline work: () -> Unit): E = assertThrows(E::class.java, work)

    private fun holds(point: ByteArray, signature: ByteArray): Boolean {
        assertEquals(65, point.size)
        assertEquals(4, point[0].toInt())
        val curve = AlgorithmParameters.getInstance("EC", "BC").run {
            init(ECGenParameterSpec("secp256r1"))
            getParameterSpec(ECParameterSpec::class.java)
        }
        val w = ECPoint(BigInteger(1, point.copyOfRange(1, 33)), BigInteger(1, point.copyOfRange(33, 65)))
        val key = KeyFactory.getInstance("EC", "BC").generatePublic(ECPublicKeySpec(w, curve))
        return Signature.getInstance("SHA256withECDSA", "BC").run {
            initVerify(key)
            update(message)
            verify(signature)
        }
    }

    @Test
    fun `each of the four keys signs by its own point, also for another process`() {
        val points = KeyRole.entries.associateWith { signer().create(it) }
        assertEquals(4, points.values.map { it.toList() }.toSet().size)
        for ((role, point) in points) {
            assertArrayEquals(point, signer().publicKey(role))
            assertTrue(holds(point, signer().sign(role, message)))
        }
    }

    @Test
    fun `points are 65 bytes whatever their coordinates begin with`() {
        // One of 128 keys has a coordinate with a leading zero byte.
        repeat(400) { assertEquals(65, signer().create(KeyRole.DEVICE).size) }
        assertEquals(1, FakeKeystore.entries.size)
    }

    @Test
    fun `none is made by asking`() {
        assertNull(signer().publicKey(KeyRole.DEVICE))
        refused<KeyStoreException.Lost> { signer().sign(KeyRole.DEVICE, message) }
        assertEquals(0, FakeKeystore.entries.size)
    }

    @Test
    fun `requests ask nobody, orders ask the person each time`() {
        KeyRole.entries.forEach { signer().create(it) }
        signer().sign(KeyRole.DEVICE, message)
        signer().sign(KeyRole.SECOND_DEVICE, message)
        assertEquals(0, asked.size)
        repeat(2) { signer().sign(KeyRole.ORDER, message) }
        signer().sign(KeyRole.SECOND_ORDER, message)
        assertEquals(List(3) { true to OrderPresence.SCREEN_LOCK }, asked)
    }

    @Test
    fun `the keys are what they have to be`() {
        KeyRole.entries.forEach { signer().create(it) }
        for (role in listOf(KeyRole.DEVICE, KeyRole.SECOND_DEVICE)) spec(role).run {
            assertFalse(isUserAuthenticationRequired)
            assertFalse(isUnlockedDeviceRequired)
            assertTrue(isStrongBoxBacked)
        }
        for (role in listOf(KeyRole.ORDER, KeyRole.SECOND_ORDER)) spec(role).run {
            assertTrue(isUserAuthenticationRequired)
            assertTrue(isStrongBoxBacked)
            assertEquals(KeyProperties.PURPOSE_SIGN, purposes)
            assertArrayEquals(arrayOf(KeyProperties.DIGEST_SHA256), digests)
            assertEquals("secp256r1", (algorithmParameterSpec as ECGenParameterSpec).name)
            assertEquals(0, userAuthenticationValidityDurationSeconds)
            assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL, userAuthenticationType)
            assertFalse(isInvalidatedByBiometricEnrollment)
        }
    }

    @Test
    fun `a StrongBox that cannot do it is passed over`() {
        FakeKeystore.strongBox = false
        signer().create(KeyRole.ORDER)
        assertFalse(spec(KeyRole.ORDER).isStrongBoxBacked)
        assertTrue(spec(KeyRole.ORDER).isUserAuthenticationRequired)
    }

    @Test
    fun `an order that the person refuses is not signed`() {
        signer().create(KeyRole.ORDER)
        person = { throw KeyStoreException.Cancelled() }
        refused<KeyStoreException.Cancelled> { signer().sign(KeyRole.ORDER, message) }
        // A prompt that says yes without the system's own yes is not enough.
        person = {}
        refused<KeyStoreException.Locked> { signer().sign(KeyRole.ORDER, message) }
    }

    @Test
    fun `a new fingerprint ends the order key alone, where the bank wants it so, and it alone is made anew`() {
        val bank = signer(OrderPresence.BIOMETRIC)
        val device = bank.create(KeyRole.DEVICE)
        val order = bank.create(KeyRole.ORDER)
        assertTrue(spec(KeyRole.ORDER).isInvalidatedByBiometricEnrollment)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, spec(KeyRole.ORDER).userAuthenticationType)
        FakeKeystore.enrolFinger()
        refused<KeyStoreException.Lost> { bank.sign(KeyRole.ORDER, message) }
        assertTrue("requests go on", holds(device, bank.sign(KeyRole.DEVICE, message)))
        val replaced = bank.create(KeyRole.ORDER)
        assertFalse(order.contentEquals(replaced))
        assertTrue(holds(replaced, bank.sign(KeyRole.ORDER, message)))
        assertArrayEquals(device, bank.publicKey(KeyRole.DEVICE))
        assertTrue(holds(device, bank.sign(KeyRole.DEVICE, message)))
    }

    @Test
    fun `a new fingerprint changes nothing where the screen lock counts, and its removal ends the order key`() {
        signer().create(KeyRole.DEVICE)
        val order = signer().create(KeyRole.ORDER)
        FakeKeystore.enrolFinger()
        assertTrue(holds(order, signer().sign(KeyRole.ORDER, message)))
        FakeKeystore.dropScreenLock()
        refused<KeyStoreException.Lost> { signer().sign(KeyRole.ORDER, message) }
        signer().sign(KeyRole.DEVICE, message)
    }

    @Test
    fun `without a screen lock no order key is made, and the device key is`() {
        screenLock(false)
        assertTrue(signer().needsScreenLock())
        signer().create(KeyRole.DEVICE)
        assertEquals("this phone has no screen lock", refused<KeyStoreException.Failed> { signer().create(KeyRole.ORDER) }.reason)
        assertNull(signer().publicKey(KeyRole.ORDER))
        screenLock(true)
        assertFalse(signer().needsScreenLock())
        signer().create(KeyRole.ORDER)
    }

    @Test
    fun `without a screen lock orders are signed unasked where the bank allows it, until one is set and the key made anew`() {
        screenLock(false)
        val bank = signer(withoutScreenLock = WithoutScreenLock.SIGN)
        assertFalse(bank.needsScreenLock())
        assertTrue(holds(bank.create(KeyRole.ORDER), bank.sign(KeyRole.ORDER, message)))
        assertEquals(0, asked.size)
        screenLock(true)
        bank.create(KeyRole.ORDER)
        bank.sign(KeyRole.ORDER, message)
        assertEquals(1, asked.size)
    }

    @Test
    fun `before Android 11 the screen lock is asked for, and then the key signs within its window`() {
        android(29)
        val order = signer().create(KeyRole.ORDER)
        assertEquals(10, spec(KeyRole.ORDER).userAuthenticationValidityDurationSeconds)
        assertTrue(holds(order, signer().sign(KeyRole.ORDER, message)))
        assertEquals(listOf(false to OrderPresence.SCREEN_LOCK), asked)
        person = {}
        refused<KeyStoreException.Locked> { signer().sign(KeyRole.ORDER, message) }
        // The key keeps its kind when the phone is brought up to date.
        android(35)
        person = { yes() }
        signer().sign(KeyRole.ORDER, message)
        assertEquals(false, asked.last().first)
    }

    @Test
    fun `orders by finger alone are for each use on Android 9, and refused on Android 8`() {
        android(28)
        signer(OrderPresence.BIOMETRIC).create(KeyRole.ORDER)
        assertTrue(spec(KeyRole.ORDER).userAuthenticationValidityDurationSeconds <= 0)
        assertTrue(spec(KeyRole.ORDER).isInvalidatedByBiometricEnrollment)
        android(27)
        refused<KeyStoreException.Failed> { signer(OrderPresence.BIOMETRIC).create(KeyRole.ORDER) }
        signer().create(KeyRole.ORDER)
        assertFalse(spec(KeyRole.ORDER).isStrongBoxBacked)
    }

    @Test
    fun `before the first unlock everything is locked, and nothing reads as never made`() {
        signer().create(KeyRole.DEVICE)
        unlocked(false)
        refused<KeyStoreException.Locked> { signer().publicKey(KeyRole.DEVICE) }
        refused<KeyStoreException.Locked> { signer().publicKey(KeyRole.ORDER) }
        refused<KeyStoreException.Locked> { signer().sign(KeyRole.DEVICE, message) }
        refused<KeyStoreException.Locked> { signer().create(KeyRole.DEVICE) }
        unlocked(true)
        signer().sign(KeyRole.DEVICE, message)
    }

    @Test
    fun `what the key store refuses has its meaning`() {
        val point = signer().create(KeyRole.DEVICE)
        FakeKeystore.finding = Trouble.BROKEN
        refused<KeyStoreException.Failed> { signer().publicKey(KeyRole.DEVICE) }
        refused<KeyStoreException.Failed> { signer().sign(KeyRole.DEVICE, message) }
        FakeKeystore.finding = Trouble.LOCKED
        refused<KeyStoreException.Locked> { signer().publicKey(KeyRole.DEVICE) }
        FakeKeystore.finding = Trouble.INVALIDATED
        refused<KeyStoreException.Lost> { signer().publicKey(KeyRole.DEVICE) }
        FakeKeystore.finding = null
        FakeKeystore.using = Trouble.NOBODY_THERE
        refused<KeyStoreException.Locked> { signer().sign(KeyRole.DEVICE, message) }
        FakeKeystore.using = Trouble.BROKEN
        refused<KeyStoreException.Failed> { signer().sign(KeyRole.DEVICE, message) }
        FakeKeystore.using = null
        assertArrayEquals(point, signer().publicKey(KeyRole.DEVICE))
        FakeKeystore.entries.clear()
        refused<KeyStoreException.Lost> { signer().publicKey(KeyRole.DEVICE) }
        refused<KeyStoreException.Lost> { signer().sign(KeyRole.DEVICE, message) }
    }

    @Test
    fun `a create that fails leaves the older key, and no other behind`() {
        val point = signer().create(KeyRole.DEVICE)
        FakeKeystore.making = Trouble.NO_ENTROPY
        assertEquals("create: java.security.ProviderException", refused<KeyStoreException.Failed> { signer().create(KeyRole.DEVICE) }.reason)
        assertArrayEquals(point, signer().publicKey(KeyRole.DEVICE))
        assertTrue(holds(point, signer().sign(KeyRole.DEVICE, message)))
        assertEquals(1, FakeKeystore.entries.size)
    }

    @Test
    fun `requests are signed while a person is thinking about an order`() {
        signer().create(KeyRole.DEVICE)
        val order = signer().create(KeyRole.ORDER)
        val thinking = CountDownLatch(1)
        val shown = CountDownLatch(1)
        person = {
            shown.countDown()
            thinking.await()
            yes()
        }
        var signature: ByteArray? = null
        val waiting = thread { signature = signer().sign(KeyRole.ORDER, message) }
        assertTrue(shown.await(30, TimeUnit.SECONDS))
        signer().sign(KeyRole.DEVICE, message)
        signer().publicKey(KeyRole.ORDER)
        thinking.countDown()
        waiting.join(30_000)
        assertTrue(holds(order, checkNotNull(signature)))
    }

    @Test
    fun `it says where keys really rest`() {
        assertEquals(SecurityLevel.HARDWARE, signer().securityLevel())
        assertEquals(0, FakeKeystore.entries.size)
        signer().create(KeyRole.DEVICE)
        FakeKeystore.hardware = false
        assertEquals(SecurityLevel.SOFTWARE, signer().securityLevel())
    }
}
