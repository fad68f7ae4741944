package cn.billpay.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.UserManager
import cn.billpay.KeyStoreException
import cn.billpay.SecurityLevel
import java.io.File
import java.nio.file.Files
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes
import org.junit.After
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

@RunWith(RobolectricTestRunner::class)
class KeystoreSecretsTest {
    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val store get() = KeystoreSecrets(context)
    private val folder get() = File(context.noBackupFilesDir, "billpay.secrets")
    private val root = ByteArray(32) { it.toByte() }

    @Before
    fun aPhone() {
        FakeKeystore.install()
        shadowOf(context.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, true)
        unlocked(true)
    }

    @After
    fun gone() = FakeKeystore.uninstall()

    private fun unlocked(now: Boolean) = shadowOf(context.getSystemService(UserManager::class.java)).setUserUnlocked(now)

    private inline fun <reified E : KeyStoreException> refused(noinline work: () -> Unit): E = assertThrows(E::class.java, work)

    @Test
    fun `a secret is found again by another process, replaced, and gone when deleted`() {
        assertNull(store.get("a.root"))
        store.put("a.root", root)
        store.put("b.root", byteArrayOf(9))
        assertArrayEquals(root, store.get("a.root"))
        store.put("a.root", byteArrayOf(1))
        assertArrayEquals(byteArrayOf(1), store.get("a.root"))
        store.delete("a.root")
        store.delete("a.root")
        assertNull(store.get("a.root"))
        assertArrayEquals(byteArrayOf(9), store.get("b.root"))
    }

    @Test
    fun `each secret has a key of its own, which goes with it`() {
        store.put("a.root", root)
        val first = FakeKeystore.entries.keys.single()
        store.put("a.root", root)
        assertNotEquals(first, FakeKeystore.entries.keys.single())
        store.delete("a.root")
        assertEquals(0, FakeKeystore.entries.size)
    }

    @Test
    fun `its key is usable in the background, and rests in StrongBox where there is one`() {
        store.put("a.root", root)
        FakeKeystore.entries.values.single().spec.run {
            assertFalse(isUserAuthenticationRequired)
            assertFalse(isUnlockedDeviceRequired)
            assertTrue(isStrongBoxBacked)
            assertEquals(256, keySize)
        }
    }

    @Test
    fun `a StrongBox that cannot do it is passed over`() {
        FakeKeystore.strongBox = false
        store.put("a.root", root)
        assertFalse(FakeKeystore.entries.values.single().spec.isStrongBoxBacked)
        assertArrayEquals(root, store.get("a.root"))
    }

    @Test
    fun `a phone without StrongBox is not asked for it`() {
        shadowOf(context.packageManager).setSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE, false)
        store.put("a.root", root)
        assertFalse(FakeKeystore.entries.values.single().spec.isStrongBoxBacked)
    }

    @Test
    fun `before the first unlock it is locked, and nothing reads as not there`() {
        store.put("a.root", root)
        unlocked(false)
        refused<KeyStoreException.Locked> { store.get("a.root") }
        refused<KeyStoreException.Locked> { store.get("never.put") }
        refused<KeyStoreException.Locked> { store.put("a.root", byteArrayOf(1)) }
        refused<KeyStoreException.Locked> { store.delete("a.root") }
        unlocked(true)
        assertArrayEquals(root, store.get("a.root"))
    }

    @Test
    fun `what the key store refuses has its meaning, and is never not there`() {
        store.put("a.root", root)
        FakeKeystore.finding = Trouble.LOCKED
        refused<KeyStoreException.Locked> { store.get("a.root") }
        FakeKeystore.finding = Trouble.BROKEN
        refused<KeyStoreException.Failed> { store.get("a.root") }
        FakeKeystore.finding = Trouble.INVALIDATED
        refused<KeyStoreException.Lost> { store.get("a.root") }
        FakeKeystore.finding = null
        FakeKeystore.using = Trouble.LOCKED
        refused<KeyStoreException.Locked> { store.get("a.root") }
        FakeKeystore.using = Trouble.BROKEN
        refused<KeyStoreException.Failed> { store.get("a.root") }
        FakeKeystore.using = Trouble.INVALIDATED
        refused<KeyStoreException.Lost> { store.get("a.root") }
        FakeKeystore.using = null
        assertArrayEquals(root, store.get("a.root"))
    }

    @Test
    fun `a key that is gone is lost, and another one can be stored in its place`() {
        store.put("a.root", root)
        FakeKeystore.entries.clear()
        refused<KeyStoreException.Lost> { store.get("a.root") }
        store.put("a.root", byteArrayOf(7))
        assertArrayEquals(byteArrayOf(7), store.get("a.root"))
    }

    @Test
    fun `another's key under our alias is ambiguous`() {
        store.put("a.root", root)
        val alias = FakeKeystore.entries.keys.single()
        val pair = FakeKeystore.realEc()
        FakeKeystore.entries[alias] = FakeKeystore.Entry(pair.private, pair.public, FakeKeystore.entries.getValue(alias).spec)
        refused<KeyStoreException.Ambiguous> { store.get("a.root") }
    }

    @Test
    fun `a put that fails leaves the old secret, and no key behind`() {
        store.put("a.root", root)
        for (trouble in listOf(Trouble.NO_ENTROPY, Trouble.LOCKED, Trouble.BROKEN)) {
            FakeKeystore.making = trouble
            assertThrows(KeyStoreException::class.java) { store.put("a.root", byteArrayOf(1)) }
        }
        FakeKeystore.making = null
        FakeKeystore.using = Trouble.BROKEN
        refused<KeyStoreException.Failed> { store.put("a.root", byteArrayOf(1)) }
        FakeKeystore.using = null
        assertArrayEquals(root, store.get("a.root"))
        assertEquals(1, FakeKeystore.entries.size)
    }

    @Test
    fun `a key store without randomness fails by name and without the secret`() {
        FakeKeystore.making = Trouble.NO_ENTROPY
        val said = refused<KeyStoreException.Failed> { store.put("a.root", root) }
        assertEquals("store: java.security.ProviderException", said.reason)
    }

    @Test
    fun `a killed put leaves a key that the next one clears away`() {
        store.put("a.root", root)
        val (alias, entry) = FakeKeystore.entries.entries.single()
        val orphan = alias.dropLast(1) + "x"
        FakeKeystore.entries[orphan] = entry
        store.put("a.root", root)
        assertEquals(1, FakeKeystore.entries.size)
    }

    @Test
    fun `every flipped or missing byte is a lost secret and not another one`() {
        store.put("a.root", root)
        val file = Files.list(folder.toPath()).use { it.toList() }.single()
        val good = file.readBytes()
        for (at in good.indices) {
            file.writeBytes(good.clone().also { it[at] = (it[at].toInt() xor 1).toByte() })
            refused<KeyStoreException.Lost> { store.get("a.root") }
            file.writeBytes(good.copyOf(at))
            refused<KeyStoreException.Lost> { store.get("a.root") }
        }
        file.writeBytes(good)
        assertArrayEquals(root, store.get("a.root"))
    }

    @Test
    fun `one secret's file in another's place is lost`() {
        store.put("a.root", root)
        store.put("b.root", byteArrayOf(9))
        val (a, b) = Files.list(folder.toPath()).use { it.toList() }.let { it[0] to it[1] }
        a.writeBytes(b.readBytes())
        val answers = listOf("a.root", "b.root").map { name -> runCatching { store.get(name) } }
        assertEquals(1, answers.count { it.exceptionOrNull() is KeyStoreException.Lost })
    }

    @Test
    fun `nothing of a secret is in the file, nor its name`() {
        store.put("billpay.someone.root", root)
        val file = Files.list(folder.toPath()).use { it.toList() }.single()
        assertFalse(file.toString().contains("someone"))
        assertFalse(String(file.readBytes(), Charsets.ISO_8859_1).contains(String(root, Charsets.ISO_8859_1).take(8)))
    }

    @Test
    fun `a name that is a path stays in the folder`() {
        store.put("../../escaped", root)
        assertArrayEquals(root, store.get("../../escaped"))
        assertEquals(1, folder.list()?.size)
    }

    @Test
    fun `a folder that is no folder is no empty store`() {
        folder.writeText("in the way")
        refused<KeyStoreException.Failed> { store.get("a.root") }
        refused<KeyStoreException.Failed> { store.put("a.root", root) }
        assertEquals(0, FakeKeystore.entries.size)
    }

    @Test
    fun `while one secret waits for a slow store another is read`() {
        store.put("a.root", root)
        store.put("b.root", byteArrayOf(9))
        FakeKeystore.go = CountDownLatch(1)
        FakeKeystore.using = Trouble.SLOW
        var found: ByteArray? = null
        val slow = thread { found = store.get("a.root") }
        assertTrue(FakeKeystore.waiting.tryAcquire(30, TimeUnit.SECONDS))
        FakeKeystore.using = null
        assertArrayEquals(byteArrayOf(9), store.get("b.root"))
        FakeKeystore.go.countDown()
        slow.join(30_000)
        assertArrayEquals(root, found)
    }

    @Test
    fun `many at once see the old secret or the new one`() {
        store.put("a.root", byteArrayOf(0))
        val failures = java.util.concurrent.ConcurrentLinkedQueue<Throwable>()
        val all = (1..4).map { n ->
            thread {
                runCatching { repeat(20) { store.put("a.root", byteArrayOf(n.toByte())); checkNotNull(store.get("a.root")) } }
                    .onFailure(failures::add)
            }
        }
        all.forEach { it.join(60_000) }
        assertEquals(emptyList<Throwable>(), failures.toList())
        assertEquals(1, FakeKeystore.entries.size)
    }

    @Test
    fun `it says where secrets really rest, and leaves no trace of having looked`() {
        assertEquals(SecurityLevel.HARDWARE, store.securityLevel())
        FakeKeystore.hardware = false
        assertEquals(SecurityLevel.SOFTWARE, store.securityLevel())
        FakeKeystore.making = Trouble.BROKEN
        refused<KeyStoreException.Failed> { store.securityLevel() }
        assertEquals(0, FakeKeystore.entries.size)
    }

    @Test
    fun `a secret that is too long is refused`() {
        refused<KeyStoreException.Failed> { store.put("a.root", ByteArray(1025)) }
        store.put("a.root", ByteArray(1024))
        assertEquals(1024, store.get("a.root")?.size)
    }
}
