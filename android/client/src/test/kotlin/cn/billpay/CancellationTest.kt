package cn.billpay

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
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

    @Test
    fun `a thousand calls that are cancelled leave no handle behind`() = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            Phone(folder, sandbox.connection).open().use { billpay ->
                billpay.activate(sandbox)
                val random = Random(20_261_128)
                var cancelled = 0
                repeat(1_000) { round ->
                    val call = launch(Dispatchers.Default) {
                        when (round % 4) {
                            0 -> billpay.bills()
                            1 -> billpay.profile()
                            2 -> billpay.receipts()
                            else -> billpay.lookUpBinding(POWER, POWER_NUMBER)
                        }
                    }
                    // At any point of the call: a timer of whole milliseconds would often come too late.
                    val moment = System.nanoTime() + random.nextLong(800_000)
                    while (System.nanoTime() < moment) yield()
                    call.cancelAndJoin()
                    if (call.isCancelled) cancelled++
                }
                assertTrue(cancelled > 100, "many were cancelled in time: $cancelled")
                eventually { Generated.waitingCalls() == 0 }
                assertTrue(billpay.profile().value().active)
            }
        }
    }
}
