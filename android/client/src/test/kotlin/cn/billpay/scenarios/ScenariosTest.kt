package cn.billpay.scenarios

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.sync.withPermit
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.createDirectories
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.readText

/** The stories that all languages run (row 59): the trace is the stored one, byte for byte. */
class ScenariosTest {
    @TempDir
    lateinit var folder: Path

    private val stories = Path.of(System.getProperty("basedir"), "../../tests/scenarios/stories")

    @Test
    fun `every story gives its stored trace`() = runBlocking {
        val wanted = System.getenv("BILLPAY_STORY")
        val all = stories.listDirectoryEntries("*.json").filter { wanted == null || "${it.fileName}" == "$wanted.json" }.sorted()
        assertTrue(wanted != null || all.size >= 30, "$all")
        // They wait more than they work.
        val several = Semaphore(4)
        val faults = all.map { file ->
            async(Dispatchers.IO) { several.withPermit { runCatching { told(file) }.exceptionOrNull()?.let { "${file.fileName}: ${it.message}" } } }
        }.awaitAll()
        assertEquals("", faults.filterNotNull().joinToString("\n"))
    }

    private suspend fun told(file: Path) {
        val name = "${file.fileName}".removeSuffix(".json")
        val home = folder.resolve(name).createDirectories()
        val trace = Teller(Json.read(file.readText()) as Map<*, *>, home).use { it.tell() }
        assertEquals(stories.resolve("$name.trace").readText(), trace)
    }
}
