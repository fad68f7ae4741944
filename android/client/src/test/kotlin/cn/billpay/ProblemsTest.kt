package cn.billpay

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.writeText

/** What goes wrong arrives as a value that says what, who can act, and in which words. */
class ProblemsTest {
    @TempDir
    lateinit var folder: Path

    private fun onAPhone(test: suspend (Phone, Sandbox) -> Unit): Unit = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox -> test(Phone(folder, sandbox.connection), sandbox) }
    }

    @Test
    fun `a profile belongs to one client at a time, and to the next once it is let go`() = onAPhone { phone, _ ->
        val first = phone.open()
        val second = BillPay.open(phone.configuration, phone.secrets, phone.signer).problem()
        assertEquals(WhoActs.PERSON, assertInstanceOf(OpenProblem.InUse::class.java, second).why.whoActs)
        first.suspendProfile().value()
        val other = phone.open()
        assertInstanceOf(OpenProblem.InUse::class.java, first.resumeProfile().problem())
        other.suspendProfile().value()
        other.close()
        first.resumeProfile().value()
        assertFalse(first.profile().value().active)
        first.close()
    }

    @Test
    fun `a place that is no folder and a configuration that does not fit are told apart`() = onAPhone { phone, _ ->
        suspend fun problem(configuration: Configuration) =
            BillPay.open(configuration, phone.secrets, phone.signer).problem()
        val good = phone.configuration
        val file = folder.resolve("file").apply { writeText("no folder") }
        val through = problem(good.copy(profile = "$file/profile"))
        assertInstanceOf(OpenProblem.Unreachable::class.java, through)
        assertEquals("profile-not-a-directory", through.why.code)
        val zh = problem(good.copy(profile = "$file/profile", language = Language.ZH))
        assertEquals("资料所在的路径不是文件夹。", zh.why.whatHappened)

        val forged = good.connection.replace(Regex(""""trust": ?"([^"]{20})"""), """"trust": "AAAAAAAAAAAAAAAAAAAA""")
        assertFalse(forged == good.connection)
        val details = listOf("", "{}", forged).map { connection ->
            assertInstanceOf(OpenProblem.BadConfiguration::class.java, problem(good.copy(connection = connection))).detail
        }
        val noFile = "the connection file is not one"
        assertEquals(listOf(noFile, noFile, "the trust document is not signed by the offline key"), details)
    }

    @Test
    fun `a key store that fails in any way is a typed fault, is not quoted, and the client goes on`() = onAPhone { phone, _ ->
        phone.open().use { billpay ->
            val failures = listOf(
                { KeyStoreException.Locked() } to Fault.Locked,
                { KeyStoreException.Lost() } to Fault.KeyLost,
                { KeyStoreException.Cancelled() } to Fault.Cancelled,
                { KeyStoreException.Ambiguous() } to Fault.KeyStore,
                { KeyStoreException.Failed("errSecIO") } to Fault.KeyStore,
                { IllegalStateException("cannot read 0badc0de") } to Fault.KeyStore,
                { OutOfMemoryError("0badc0de") } to Fault.KeyStore,
            )
            for ((failure, fault) in failures) {
                phone.secrets.failure = failure
                val problem = billpay.profile().problem()
                assertEquals(fault, problem.fault)
                assertFalse("0badc0de" in "$problem", "$problem")
            }
            phone.secrets.failure = null
            assertFalse(billpay.profile().value().active)
        }
    }

    @Test
    fun `a secret that was not stored, for whatever reason, never counts as stored`() = onAPhone { phone, _ ->
        phone.open().use { billpay ->
            for (failure in listOf({ KeyStoreException.Failed("full") }, { OutOfMemoryError("0badc0de") })) {
                phone.secrets.failureToPut = failure
                assertEquals(Fault.KeyStore, billpay.profile().problem().fault)
                assertTrue(phone.secrets.rows.isEmpty())
            }
            phone.secrets.failureToPut = null
            assertFalse(billpay.profile().value().active)
            assertEquals(1, phone.secrets.rows.size, "the profile's own key")
        }
    }

    @Test
    fun `what is asked too early or of nothing is a problem of its operation`() = onAPhone { phone, _ ->
        phone.open().use { billpay ->
            assertInstanceOf(ActivationProblem.NotStarted::class.java, billpay.finishActivation("123456").problem())
            assertInstanceOf(BindingProblem.UnknownBiller::class.java, billpay.lookUpBinding(BillerId("no"), "1").problem())
            assertInstanceOf(ViewProblem.NotFound::class.java, billpay.receipt(PaymentId("none")).problem())
            val early = assertInstanceOf(RefreshProblem.Other::class.java, billpay.refresh().problem())
            assertEquals(Fault.NotActivated, early.fault)
            val code = assertInstanceOf(CodeProblem.Order::class.java, billpay.askPaymentCode(QuoteId("none")).problem())
            assertEquals(OrderProblem.UnknownQuote, code.refused)
        }
    }

    @Test
    fun `amounts are exact, and what is none is refused before anything is asked`() = onAPhone { phone, sandbox ->
        assertEquals("0.05 CNY", "${Money(5, "CNY")}")
        assertEquals("5 JPY", "${Money(5, "JPY")}")
        assertEquals(Money(5, "CNY"), Money(5, "CNY"))
        phone.open().use { billpay ->
            assertNotNull(billpay.firstQuote(sandbox))
            for (amount in listOf(Money(-1, "CNY"), Money(1L shl 53, "CNY"), Money(1, "cny"), Money(1, "\uD83D"))) {
                val problem = billpay.quote(POWER, POWER_BILL, amount).problem()
                assertInstanceOf(QuoteProblem.AmountNotAllowed::class.java, problem)
                assertEquals(MoneyMoved.NO, problem.why.moneyMoved)
            }
            assertTrue(billpay.payments().value().payments.isEmpty())
        }
    }
}
