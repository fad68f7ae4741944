package cn.billpay

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.io.path.exists

/** Limits, ways to pay, several bills at once, and the end of a profile (rows 15, 25, 26, 73, 74, 75). */
class ManagingTest {
    @TempDir
    lateinit var folder: Path

    private val water = BillerId("water-sh")
    private val waterBill = BillNumber("W0001")

    private fun onAPhone(test: suspend (Phone, Sandbox, BillPay) -> Unit): Unit = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            val phone = Phone(folder, sandbox.connection)
            phone.open().use { billpay ->
                billpay.activate(sandbox)
                billpay.bind()
                billpay.refresh().value()
                test(phone, sandbox, billpay)
            }
        }
    }

    private fun cny(minor: Long) = Money(minor, "CNY")

    @Test
    fun `limits are lowered at once, and raised with a code for that very change`() = onAPhone { _, sandbox, billpay ->
        val view = billpay.limits().value()
        val limits = checkNotNull(view.limits)
        assertTrue(view.mayPay)
        assertEquals(cny(500_000), limits.perPayment)
        val ceiling = checkNotNull(limits.ceiling)
        assertInstanceOf(LimitsProblem.NothingToChange::class.java, billpay.setLimits(LimitsChange()).problem())
        assertInstanceOf(LimitsProblem.NotAnAmount::class.java, billpay.setLimits(LimitsChange(cny(-1))).problem())
        assertInstanceOf(LimitsCodeProblem.NotAnAmount::class.java, billpay.askLimitsCode(LimitsChange(cny(-1))).problem())
        val above = LimitsChange(perPayment = cny(ceiling.perPayment.minor + 1))
        val refused = assertInstanceOf(LimitsProblem.AboveCeiling::class.java, billpay.setLimits(above).problem())
        assertEquals(ceiling.perPayment, refused.ceiling)

        val lower = LimitsChange(perPayment = cny(10_000))
        assertEquals(cny(10_000), billpay.setLimits(lower).value().perPayment)
        assertInstanceOf(QuoteProblem.LimitExceeded::class.java, billpay.quote(POWER, POWER_BILL).problem())
        val raise = LimitsChange(perPayment = cny(20_000))
        assertInstanceOf(LimitsProblem.StepUpNeeded::class.java, billpay.setLimits(raise).problem())
        val sent = billpay.askLimitsCode(raise).value()
        val code = sandbox.code()
        assertInstanceOf(LimitsProblem.NotACode::class.java, billpay.raiseLimits(raise, sent, "abc").problem())
        assertEquals(cny(20_000), billpay.raiseLimits(raise, sent, code).value().perPayment)
        assertEquals(cny(20_000), billpay.limits().value().limits?.perPayment)
        billpay.quote(POWER, POWER_BILL).value()
    }

    @Test
    fun `ways to pay are listed, preferred, removed, and added on a page of the bank`() = onAPhone { _, _, billpay ->
        val (first, second) = billpay.methods().value()
        assertTrue(first.preferred && !second.preferred)
        assertEquals(listOf(false, true), billpay.preferMethod(second.id).value().map { it.preferred })
        assertEquals(second.id, billpay.quote(POWER, POWER_BILL).value().method)
        val step = billpay.addMethod(MethodKind.CARD).value()
        assertTrue(step.url.startsWith("https://"))
        assertFalse(step.url in "$step", "it does not print where a card can be entered")
        for (kind in listOf(MethodKind.ACCOUNT, MethodKind.UNKNOWN)) {
            assertInstanceOf(MethodProblem.NotOffered::class.java, billpay.addMethod(kind).problem())
        }
        assertEquals(listOf(second.id), billpay.removeMethod(first.id).value().map { it.id })
        assertInstanceOf(MethodProblem.UnknownMethod::class.java, billpay.preferMethod(first.id).problem())
    }

    @Test
    fun `several bills are quoted and paid as one list, each with an end of its own`() = onAPhone { _, _, billpay ->
        val account = billpay.confirmBinding(billpay.lookUpBinding(water, "2100200018").value()).value()
        billpay.refresh().value()
        val spread = billpay.spread(account.id, cny(7_000)).value()
        assertEquals(listOf(Share(waterBill, cny(6_000))), spread.shares)
        assertEquals(cny(1_000), spread.left)
        assertInstanceOf(SpreadProblem.NotAnAmount::class.java, billpay.spread(account.id, cny(-1)).problem())
        assertInstanceOf(UsualProblem.NothingUsual::class.java, billpay.usual(account.id).problem())
        assertInstanceOf(UsualProblem.UnknownAccount::class.java, billpay.usual(AccountId("none")).problem())

        val wishes = listOf(Wish(POWER, POWER_BILL), Wish(POWER, BillNumber("none")), Wish(water, waterBill, cny(2_500)))
        assertInstanceOf(SeveralProblem.ListedTwice::class.java, billpay.quoteAll(wishes + wishes).problem())
        val absurd = listOf(Wish(POWER, POWER_BILL, cny(-1)))
        assertInstanceOf(SeveralProblem.NotAnAmount::class.java, billpay.quoteAll(absurd).problem())
        val many = List(21) { Wish(POWER, BillNumber("E$it")) }
        assertEquals(20, assertInstanceOf(SeveralProblem.TooMany::class.java, billpay.quoteAll(many).problem()).most)

        val several = billpay.quoteAll(wishes).value()
        assertEquals(listOf(cny(14_845)), several.totals)
        assertEquals(emptyList<Beyond>(), several.beyond)
        val (power, none, part) = several.quotes
        assertInstanceOf(QuoteProblem.UnknownBill::class.java, none.problem())
        billpay.acknowledgeEcho(checkNotNull(power.value().firstPayment)).value()
        // The second one is not compared: it is refused in its place, and does not stop the third.
        val paid = billpay.payAll(listOf(part.value().id, QuoteId("none"), power.value().id)).value()
        assertInstanceOf(PayProblem.EchoNotAcknowledged::class.java, paid[0].problem())
        assertInstanceOf(PayProblem.UnknownQuote::class.java, paid[1].problem())
        assertEquals(PaymentState.Settled, paid[2].value().state)
        val waiting = billpay.waitingEvents().value()
        assertEquals(listOf(EventKind.SETTLED to paid[2].value().id), waiting.map { it.kind to it.payment })
        assertEquals(waiting, billpay.waitingEvents().value(), "looking deals with none")
        assertEquals(emptyList<ChainBreak>(), billpay.chainBreaks().value())
    }

    @Test
    fun `what the platform vouches for goes with requests, and what no request can carry is not taken`() =
        onAPhone { _, _, billpay ->
            assertTrue(billpay.setAttestation("one.two-three").value())
            billpay.refresh().value()
            for (none in listOf("", "two words", "line\nbreak", "é", "x".repeat(8193))) {
                assertFalse(billpay.setAttestation(none).value(), none)
            }
            billpay.refresh().value()
            assertTrue(billpay.setAttestation(null).value())
            billpay.refresh().value()
        }

    @Test
    fun `the key is changed under a profile that goes on, and a wipe leaves nothing but a new beginning`() = onAPhone { phone, _, billpay ->
        val before = phone.secrets.rows.mapValues { it.value.toList() }
        billpay.changeRootKey().value()
        assertFalse(before == phone.secrets.rows.mapValues { it.value.toList() }, "another key")
        assertTrue(billpay.profile().value().active)
        assertEquals(cny(12_345), billpay.bill().amount)
        billpay.wipe().value()
        assertTrue(phone.secrets.rows.isEmpty(), "no key is left")
        assertEquals(Fault.Suspended, billpay.profile().problem().fault)
        billpay.close()
        eventually {
            val again = BillPay.open(phone.configuration, phone.secrets, phone.signer)
            again is Answer.Success && again.value.use { !it.profile().value().active }
        }
    }

    @Test
    fun `a profile whose key is lost is put aside, and the next one starts from nothing`() = onAPhone { phone, sandbox, billpay ->
        val inUse = BillPay.setAside(phone.configuration).problem()
        assertInstanceOf(OpenProblem.InUse::class.java, inUse)
        billpay.suspendProfile().value()
        billpay.close()
        phone.secrets.rows.clear()
        phone.open().use { lost ->
            val problem = assertInstanceOf(ActivationProblem.Other::class.java, lost.startActivation(PHONE_NUMBER).problem())
            assertEquals(Fault.KeyLost, problem.fault)
            lost.suspendProfile().value()
        }
        val old = BillPay.setAside(phone.configuration).value()
        assertTrue(Path.of(old).exists(), "it is kept")
        phone.open().use { new ->
            assertFalse(new.profile().value().active)
            val nameless = BillPay.setAside(phone.configuration.copy(profile = "")).problem()
            assertInstanceOf(OpenProblem.BadConfiguration::class.java, nameless)
        }
        assertTrue(sandbox.connection.isNotEmpty())
    }
}
