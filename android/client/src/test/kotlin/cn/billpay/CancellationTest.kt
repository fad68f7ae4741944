package cn.billpay

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.readLines
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTime

/** Who stops waiting stops the waiting, and nothing else. */
class CancellationTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `cancelling the coroutine of a payment does not cancel the payment`() = runBlocking {
        val faults = """[{"leg": "client", "path": "/v1/payments", "nth": 1, "action": {"delay_answer_ms": 6000}}]"""
        Sandbox.start(folder.resolve("bank"), faults).use { sandbox ->
            Phone(folder, sandbox.connection).open().use { billpay ->
                val quote = billpay.firstQuote(sandbox)
                val paying = launch(Dispatchers.Default) { billpay.pay(quote.id) }
                eventually { billpay.bill().status is BillStatus.Checking }
                val took = measureTime { paying.cancelAndJoin() }
                assertTrue(paying.isCancelled)
                assertTrue(took < 3.seconds, "it did not wait for the bank: $took")

                val event = billpay.events().first()
                assertEquals(EventKind.SETTLED, event.kind)
                val payments = billpay.payments().value().payments
                assertEquals(listOf(event.payment to PaymentState.Settled), payments.map { it.id to it.state })
            }
        }
    }

    /** So many calls; `BILLPAY_CALLS` asks for another number. */
    private val calls = System.getenv("BILLPAY_CALLS")?.toInt() ?: 20_000

    @Test
    fun `of 20,000 calls that are cancelled at any point none leaves a handle, a thread or memory behind`() = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            Phone(folder, sandbox.connection).open().use { billpay ->
                billpay.activate(sandbox)
                val random = Random(20_261_128)
                // What the process needs for itself: compiled code, caches, connections.
                val warm = billpay.callAndCancel(2_000, random)
                val before = Resident.now()
                val cancelled = warm + billpay.callAndCancel(calls, random)
                assertTrue(cancelled > calls / 10, "many were cancelled in time: $cancelled")
                eventually { Generated.waitingCalls() == 0 }
                val after = Resident.now()
                assertTrue(after.kib - before.kib < 48 * 1024, "memory: $before, then $after")
                // Threads for what blocks come as they are needed, and go after ten idle seconds.
                eventually { Resident.now().threads <= before.threads + 8 }
                assertTrue(billpay.profile().value().active)
            }
        }
    }

    private suspend fun BillPay.callAndCancel(rounds: Int, random: Random): Int = coroutineScope {
        (0 until rounds).count { round ->
            val call = launch(Dispatchers.Default) {
                when (round % 4) {
                    0 -> bills()
                    1 -> profile()
                    2 -> receipts()
                    else -> if (round % 40 == 3) lookUpBinding(POWER, POWER_NUMBER) else nextEvent()
                }
            }
            // At any point of the call: a timer of whole milliseconds would often come too late.
            val moment = System.nanoTime() + random.nextLong(800_000)
            while (System.nanoTime() < moment) yield()
            call.cancelAndJoin()
            call.isCancelled
        }
    }

    /** What the system says of this process. */
    private data class Resident(val kib: Long, val threads: Int) {
        companion object {
            fun now(): Resident {
                repeat(3) { System.gc() }
                val lines = Path.of("/proc/self/status").readLines().map { it.split(Regex("[:\\s]+")) }
                fun value(name: String) = lines.first { it[0] == name }[1]
                return Resident(value("RssAnon").toLong(), value("Threads").toInt())
            }
        }
    }
}
