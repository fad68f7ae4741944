package cn.billpay

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlin.io.path.readText
import kotlin.io.path.writeText

/** A bank and its billers in a process of their own, on real sockets; ended with its standard input. */
class Sandbox private constructor(private val process: Process) : AutoCloseable {
    private val lines = LinkedBlockingQueue<String>()

    /** To whom, and the code, the oldest first. */
    val messages = CopyOnWriteArrayList<Pair<String, String>>()
    private val connectionFile: Path

    init {
        thread(isDaemon = true) {
            process.inputStream.bufferedReader().forEachLine { line ->
                if (""""event":"sms"""" in line) {
                    val (to, code) = listOf(TO, CODE).map { checkNotNull(it.find(line)) { line }.groupValues[1] }
                    messages += to to code
                }
                lines.put(line)
            }
        }
        val ready = line()
        check(""""event":"ready"""" in ready) { ready }
        connectionFile = Path.of(checkNotNull(CONNECTION.find(ready)).groupValues[1])
    }

    /** What an app is shipped with. */
    val connection: String get() = connectionFile.readText()

    /** The code of the next message to a phone. */
    fun code(): String = checkNotNull(CODE.find(line { """"event":"sms"""" in it })).groupValues[1]

    /** Says something to the sandbox (`billpay sandbox --control`), and gives its answer. */
    fun say(command: String, event: String): String {
        process.outputStream.write("$command\n".toByteArray())
        process.outputStream.flush()
        return line { """"event":"$event"""" in it || """"event":"not-understood"""" in it }
            .also { check("not-understood" !in it && """"ok":false""" !in it) { it } }
    }

    private fun line(wanted: (String) -> Boolean = { true }): String {
        while (true) {
            val said = checkNotNull(lines.poll(30, TimeUnit.SECONDS)) { "the sandbox says nothing" }
            if (wanted(said)) return said
        }
    }

    /** The bank and its billers are gone. */
    override fun close() {
        process.outputStream.close()
        if (!process.waitFor(30, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
    }

    companion object {
        private val CONNECTION = Regex(""""connection":"([^"]+)"""")
        private val TO = Regex(""""to":"([^"]+)"""")
        private val CODE = Regex("""#(\d{4,8})"""")

        /** One that keeps its books in [folder]; started there again, it comes back at the same address. */
        fun start(folder: Path, faults: String? = null): Sandbox {
            val command = mutableListOf(
                checkNotNull(System.getProperty("sandbox.program")),
                "--json", "sandbox", "--control", "--data", folder.toString(),
            )
            if (faults != null) {
                val script = Files.createDirectories(folder).resolve("faults.json").apply { writeText(faults) }
                command += listOf("--faults", script.toString())
            }
            val builder = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)
            builder.environment().keys.removeAll { it.startsWith("BILLPAY_") }
            builder.environment()["LANG"] = "C.UTF-8"
            return Sandbox(builder.start())
        }
    }
}
