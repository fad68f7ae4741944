package cn.billpay

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.ZoneId
import java.util.concurrent.TimeUnit
import kotlin.io.path.createDirectory
import kotlin.io.path.exists
import kotlin.io.path.readText
import kotlin.io.path.writeText
import kotlinx.coroutines.runBlocking

/** A libbillpay that is not the generated code's own is a problem that says so, and touches nothing. */
class MismatchTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `a library of another version, and none at all, are told before anything is touched`() {
        val other = folder.resolve("other").createDirectory()
        val source = other.resolve("other.c")
        // Every symbol is there, of another contract: what a release that is mixed with another one looks like.
        val parts = listOf("IntegrityCheckingUniffiLib", "UniffiLib").map { Class.forName("cn.billpay.generated.$it") }
        val names = parts.flatMap { part -> part.declaredMethods.map { it.name } }
        val functions = names.filter { it.startsWith("uniffi_") || it.startsWith("ffi_") }.distinct()
        source.writeText(functions.joinToString("\n") { "int $it(void) { return 7; }" })
        run("cc", "-shared", "-fPIC", "-o", "${other.resolve("libbillpay.so")}", "$source")
        val none = folder.resolve("none").createDirectory()
        val said = inProcess(other)
        assertTrue("BadConfiguration(detail=UniFFI contract version mismatch" in said, said)
        assertTrue("library-mismatch" in said && "DEVELOPER" in said, said)
        assertTrue("library-mismatch" in inProcess(none))
        assertTrue(!folder.resolve("phone").exists(), "nothing of the profile was made")
    }

    private fun inProcess(library: Path): String {
        val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
        val path = System.getProperty("java.class.path")
        return run(java, "-Djna.library.path=$library", "-cp", path, "cn.billpay.MismatchTestKt", "${folder.resolve("phone")}")
    }

    private fun run(vararg command: String): String {
        val output = folder.resolve("output")
        val process = ProcessBuilder(*command).redirectErrorStream(true).redirectOutput(output.toFile()).start()
        val ended = process.waitFor(60, TimeUnit.SECONDS)
        // Whoever calls a library that is none may wait for ever.
        if (!ended) process.destroyForcibly().waitFor()
        val said = output.readText()
        assertTrue(ended, said)
        assertEquals(0, process.exitValue(), said)
        return said
    }
}

/** The app of the other process. */
public fun main(arguments: Array<String>): Unit = runBlocking {
    val configuration = Configuration(arguments.single(), "{}", "1.0.0", "a test", Language.EN, ZoneId.of("UTC"))
    repeat(2) { println(BillPay.open(configuration, MemorySecrets(), JdkSigner())) }
}
