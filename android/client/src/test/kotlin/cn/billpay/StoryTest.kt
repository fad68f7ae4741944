package cn.billpay

import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.Instant

/** A customer's first day, over real sockets (features rows 1, 10, 14, 23, 46, 59). */
class StoryTest {
    @TempDir
    lateinit var folder: Path

    @Test
    fun `from a new phone to a receipt that opens when the bank is gone`() = runBlocking {
        val sandbox = Sandbox.start(folder.resolve("bank"))
        val phone = Phone(folder, sandbox.connection)
        phone.secrets.failure = { KeyStoreException.Locked() }

        phone.open().use { billpay ->
            // Opened while the phone is locked: the shipped catalogue is there, everything else says why not.
            assertTrue(billpay.billers().value().any { it.id == POWER && it.numberExample == POWER_NUMBER })
            val locked = billpay.profile().problem()
            assertEquals(Fault.Locked, locked.fault)
            assertEquals(WhoActs.PERSON, locked.why.whoActs)
            phone.secrets.failure = null
            assertFalse(billpay.profile().value().active)

            activateWithOneWrongCode(billpay, sandbox)
            bindWithOneTypingError(billpay)

            val refreshed = billpay.refresh().value()
            assertTrue(refreshed.bills > 0)
            val bill = billpay.bill()
            assertEquals(Money(12_345, "CNY"), bill.amount)
            assertEquals("123.45 CNY", bill.amount.toString())
            assertEquals(BillStatus.Open, bill.status)
            assertEquals("家", bill.alias)
            assertNotNull(bill.dueDate)

            val quote = billpay.quote(bill.biller, bill.billNumber).value()
            assertEquals(quote.amount.minor + quote.fee.minor, quote.total.minor)
            assertTrue(quote.validUntil > Instant.now())
            // Nobody has paid to this number from here: the person compares once more whose it is.
            assertInstanceOf(PayProblem.EchoNotAcknowledged::class.java, billpay.pay(quote.id).problem())
            val first = checkNotNull(quote.firstPayment)
            assertTrue('*' in first.holderMasked)
            billpay.acknowledgeEcho(first).value()
            val payment = billpay.pay(quote.id).value()
            assertEquals(PaymentState.Settled, payment.state)
            assertEquals(MoneyMoved.YES, payment.why.moneyMoved)
            assertInstanceOf(PayProblem.UnknownQuote::class.java, billpay.pay(quote.id).problem())
            assertInstanceOf(QuoteProblem.AlreadySettled::class.java, billpay.quote(POWER, POWER_BILL).problem())

            val event = billpay.nextEvent().value()
            assertEquals(Event(checkNotNull(event).id, EventKind.SETTLED, payment.id), event)
            assertEquals(event, billpay.events().first(), "the same one until it is acknowledged")
            assertEquals(true, billpay.acknowledge(event.id).value(), "first() cancelled before the acknowledgement")
            assertNull(billpay.nextEvent().value())

            sandbox.close()
            readWithoutTheBank(billpay, payment, quote)
        }
    }

    private suspend fun activateWithOneWrongCode(billpay: BillPay, sandbox: Sandbox) {
        assertInstanceOf(ActivationProblem.NotAPhoneNumber::class.java, billpay.startActivation("12").problem())
        val activation = billpay.startActivation(PHONE_NUMBER).value()
        assertEquals(ActivationStage.WAITING, activation.stage)
        assertEquals("+86138****0001", activation.phoneMasked)
        val code = sandbox.code()
        val tooSoon = billpay.resendCode().problem()
        assertInstanceOf(ActivationProblem.ResendTooSoon::class.java, tooSoon)
        assertEquals(WhoActs.WAIT, tooSoon.why.whoActs)
        assertTrue(checkNotNull(tooSoon.why.retryAt) > Instant.now())
        val other = if (code == "000000") "000001" else "000000"
        val wrong = assertInstanceOf(ActivationProblem.CodeWrong::class.java, billpay.finishActivation(other).problem())
        assertEquals(checkNotNull(activation.attemptsLeft) - 1, wrong.attemptsLeft)
        assertTrue(billpay.finishActivation(code).value().active)
    }

    private suspend fun bindWithOneTypingError(billpay: BillPay) {
        val typo = billpay.lookUpBinding(POWER, "3110001018").problem()
        assertEquals(NumberProblem.CheckDigit, assertInstanceOf(BindingProblem.BadNumber::class.java, typo).problem)
        val echo = billpay.lookUpBinding(POWER, POWER_NUMBER).value()
        assertTrue('*' in echo.holderMasked)
        assertFalse(POWER_NUMBER in "$echo", "no full number is ever printed")
        val account = billpay.confirmBinding(echo, "家").value()
        assertEquals(listOf(account), billpay.accounts().value().accounts)
        assertFalse(POWER_NUMBER in "$account")
    }

    private suspend fun readWithoutTheBank(billpay: BillPay, payment: Payment, quote: Quote) {
        val document = billpay.receipt(payment.id).value()
        assertEquals(DocumentKind.RECEIPT, document.kind)
        assertEquals(Proof.Verified, document.proof)
        val receipt = checkNotNull(document.receipt)
        assertEquals(quote.total, receipt.total)
        assertEquals(quote.payee, receipt.payee)
        assertFalse(POWER_NUMBER in "$document")
        assertEquals(listOf(document), billpay.documents(payment.id).value())
        assertEquals(document, billpay.receipt(document.id).value())
        assertEquals(listOf(document), billpay.receipts().value().documents)
        assertEquals(Payments(listOf(payment), damaged = 0), billpay.payments().value())
        val offline = assertInstanceOf(RefreshProblem.Other::class.java, billpay.refresh().problem())
        assertEquals(Fault.Network(NetworkFault.Unreachable), offline.fault)
        assertEquals(WhoActs.WAIT, offline.why.whoActs)
        assertNotEquals("", offline.why.whatToDo)
    }
}
