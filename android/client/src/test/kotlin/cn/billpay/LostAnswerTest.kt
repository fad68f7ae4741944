package cn.billpay

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

/** The heart, through Kotlin: what is not known is "checking", and ends by itself (rows 23, 29, 84). */
class LostAnswerTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `an answer that is lost on the way is checked, never paid twice, and ends when the bank is back`() = runBlocking {
        val faults = """
            [{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
             {"leg": "client", "method": "GET", "path": "/v1/payments/*", "action": {"status": 503}}]
        """
        val failing = Sandbox.start(folder.resolve("bank"), faults)
        val phone = Phone(folder, failing.connection)
        val payment = phone.open().use { billpay ->
            val quote = billpay.firstQuote(failing)
            val payment = billpay.pay(quote.id).value()
            assertEquals(PaymentState.Checking(heldUntil = null), payment.state)
            assertEquals(MoneyMoved.NOT_KNOWN, payment.why.moneyMoved)
            assertTrue("do not pay again" in payment.why.whatHappened)

            val again = assertInstanceOf(QuoteProblem.PaymentInDoubt::class.java, billpay.quote(POWER, POWER_BILL).problem())
            assertEquals(payment.id, again.payment)
            assertEquals(WhoActs.WAIT, again.why.whoActs)
            assertEquals(BillStatus.Checking(payment.id), billpay.bill().status)

            // The app goes to the background and is ended there.
            billpay.suspendProfile().value()
            assertEquals(Fault.Suspended, billpay.bills().problem().fault)
            payment
        }
        failing.close()

        Sandbox.start(folder.resolve("bank")).use {
            phone.open().use { billpay ->
                billpay.networkReturned().value()
                val event = billpay.events().first()
                assertEquals(EventKind.SETTLED to payment.id, event.kind to event.payment)
                assertEquals(listOf(PaymentState.Settled), billpay.payments().value().payments.map { it.state })
                assertEquals(Proof.Verified, billpay.receipt(payment.id).value().proof)
                assertEquals(0, billpay.resolve().value())
            }
        }
    }
}
