package cn.billpay.android

import java.io.File
import javax.xml.parsers.DocumentBuilderFactory
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.w3c.dom.Element

@RunWith(RobolectricTestRunner::class)
class BackupTest {
    private val app get() = RuntimeEnvironment.getApplication()

    /** What a file of rules excludes, by the element that it stands in. */
    private fun excluded(name: String): Map<String, Set<Pair<String, String>>> {
        val file = File(System.getProperty("basedir") ?: ".", "src/main/res/xml/$name.xml")
        val all = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).getElementsByTagName("exclude")
        return (0 until all.length).map { all.item(it) as Element }
            .groupBy({ (it.parentNode as Element).tagName }, { it.getAttribute("domain") to it.getAttribute("path") })
            .mapValues { it.value.toSet() }
    }

    @Test
    fun `the profile lies where Android copies nothing`() {
        assertEquals(File(app.noBackupFilesDir, "billpay"), ProfileFolder.standard(app))
        assertTrue(app.noBackupFilesDir.name == "no_backup")
    }

    @Test
    fun `both kinds of rules exclude it where an app puts it among its files, from the cloud and from a new phone`() {
        val all = setOf("file" to "${ProfileFolder.NAME}/", "root" to "no_backup/")
        assertEquals(mapOf("full-backup-content" to all), excluded("billpay_backup_rules"))
        assertEquals(mapOf("cloud-backup" to all, "device-transfer" to all), excluded("billpay_data_extraction_rules"))
    }

    @Test
    fun `everything the adapters write lies there, too`() {
        FakeKeystore.install()
        try {
            KeystoreSecrets(app).put("a.root", ByteArray(32))
            KeystoreSigner(app, { _, _ -> }).create(cn.billpay.KeyRole.DEVICE)
            runBlocking { ReminderScheduler(app).replan((app as BankApp).fake.apply { wanted = listOf(FakeSource.tail(java.time.Instant.EPOCH)) }) }
        } finally {
            FakeKeystore.uninstall()
        }
        val written = app.dataDir.walkTopDown().filter { it.isFile }.map { it.relativeTo(app.dataDir).path }.toList()
        assertEquals(3, written.size)
        assertTrue("$written", written.all { it.startsWith("no_backup/billpay.") })
    }
}
