package cn.billpay

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.YearMonth
import java.time.ZoneId

/** What is looked up in what lasts, with the bank gone (rows 19, 50, 51, 52, 77). */
class ArchiveTest {
    @TempDir
    lateinit var folder: Path

    private val water = BillerId("water-sh")
    private val waterBill = BillNumber("W0001")

    private fun cny(minor: Long) = Money(minor, "CNY")

    /** A phone that has paid two bills, and owes nothing that it knows of. */
    private fun paid(test: suspend (BillPay) -> Unit): Unit = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            Phone(folder, sandbox.connection).open().use { billpay ->
                billpay.activate(sandbox)
                billpay.bind()
                billpay.confirmBinding(billpay.lookUpBinding(water, "2100200018").value(), "爸妈家").value()
                billpay.refresh().value()
                for ((biller, bill) in listOf(POWER to POWER_BILL, water to waterBill)) {
                    val quote = billpay.quote(biller, bill).value()
                    quote.firstPayment?.let { billpay.acknowledgeEcho(it).value() }
                    assertEquals(PaymentState.Settled, billpay.pay(quote.id).value().state)
                }
                sandbox.close()
                test(billpay)
            }
        }
    }

    @Test
    fun `pages go on where the one before ended, and end`() = paid { billpay ->
        val first = billpay.receiptPage(limit = 1).value()
        val second = billpay.receiptPage(limit = 1, after = checkNotNull(first.next)).value()
        val end = billpay.receiptPage(limit = 1, after = checkNotNull(second.next)).value()
        assertEquals(emptyList<Document>() to null, end.documents to end.next)
        val all = billpay.receiptPage().value()
        assertEquals(first.documents + second.documents, all.documents)
        assertEquals(2, all.documents.size)
        assertNull(all.next)
        assertEquals(0, first.damaged + second.damaged + all.damaged)
        val payments = billpay.paymentPage(limit = 1).value()
        val earlier = billpay.paymentPage(limit = 1, after = checkNotNull(payments.next)).value()
        assertEquals(billpay.paymentPage().value().payments, payments.payments + earlier.payments)
        // No more than a page that shows nothing.
        assertEquals(1, billpay.receiptPage(limit = -5).value().documents.size)
    }

    @Test
    fun `a receipt is found by what is remembered of it`() = paid { billpay ->
        suspend fun found(query: String) = billpay.searchReceipts(query).value().documents.map { checkNotNull(it.receipt).biller }
        assertEquals(listOf(POWER), found("电"))
        assertEquals(listOf(water), found("家"), "the person's own name for the account")
        assertEquals(listOf(POWER), found("123.45"))
        assertEquals(emptyList<BillerId>(), found("") + found("没有"))
        val first = billpay.searchReceipts("0", limit = 1).value()
        val second = billpay.searchReceipts("0", limit = 1, after = first.next).value()
        assertEquals(2, (first.documents + second.documents).toSet().size)
    }

    @Test
    fun `sums are those of the receipts, and what is owed is what the bills ask for`() = paid { billpay ->
        val receipts = billpay.receiptPage().value().documents.map { checkNotNull(it.receipt) }
        val statistics = billpay.statistics().value()
        val month = statistics.months.single()
        assertEquals(YearMonth.from(receipts[0].paidAt.atZone(ZoneId.of(receipts[0].zone))), month.month)
        assertEquals(cny(receipts.sumOf { it.total.minor }), month.sum.total)
        assertEquals(listOf(POWER, water), month.billers.map { it.biller })
        assertEquals(receipts.map { it.total }.toSet(), month.billers.map { it.figures.total }.toSet())
        assertEquals(listOf(2, 0, 0, 0), listOf(month.sum.receipts, statistics.waiting, statistics.unverified, statistics.damaged))
        val open = billpay.bills().value().bills.filter { it.status == BillStatus.Open && it.kind == BillKind.BILL }
        val owed = billpay.owed().value()
        assertEquals(open.sumOf { it.amount.minor }, owed.totals.sumOf { it.minor })
        assertEquals(open.size, owed.bills)
        assertEquals(open.mapNotNull { it.dueDate }.minOrNull(), owed.firstDue)
        assertEquals(0, owed.doubts.size + owed.unknown + owed.damaged + owed.tooLarge.size)
    }

    @Test
    fun `a receipt is given away as a text that holds what proves it`() = paid { billpay ->
        val document = billpay.receiptPage().value().documents.first()
        val text = billpay.receiptText(document.id).value()
        assertTrue(text.endsWith("\n" + document.compact))
        assertTrue(checkNotNull(document.receipt).payee in text && "payee: " in text, text)
        assertInstanceOf(ViewProblem.NotFound::class.java, billpay.receiptText(DocumentId("none")).problem())
        assertTrue("\"keys\"" in billpay.receiptKeys().value())
    }
}
