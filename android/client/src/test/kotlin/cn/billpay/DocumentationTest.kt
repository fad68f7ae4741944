package cn.billpay

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.readLines
import kotlin.io.path.relativeTo
import kotlin.io.path.walk

/** Whoever completes a name in an editor reads what it is: every public item has its KDoc. */
class DocumentationTest {
    @Test
    fun `every public item is documented`() {
        val root = Path.of(System.getProperty("basedir"), "src/main/kotlin")
        var items = 0
        val bare = root.walk().filter { it.extension == "kt" }.flatMap { file ->
            val lines = file.readLines().map { it.trim() }.filterNot { it.startsWith("@") }
            lines.indices.filter { lines[it].startsWith("public ") }.onEach { items++ }
                .filterNot { lines.getOrElse(it - 1) { "" }.endsWith("*/") }
                .map { "${file.relativeTo(root)}: ${lines[it]}" }
        }.toList()
        assertEquals(emptyList<String>(), bare)
        assertTrue(items > 300, "items: $items")
    }
}
