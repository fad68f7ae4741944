package cn.billpay

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import java.time.LocalTime
import java.time.ZoneId

/** Reminders as a shell uses them (rows 37 to 45, 89). */
class RemindersTest {
    @TempDir
    lateinit var folder: Path

    private val shanghai = ZoneId.of("Asia/Shanghai")

    private fun onAPhone(test: suspend (Sandbox, BillPay) -> Unit): Unit = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            Phone(folder, sandbox.connection).open().use { billpay ->
                billpay.activate(sandbox)
                billpay.bind()
                billpay.refresh().value()
                test(sandbox, billpay)
            }
        }
    }

    /** An operating system that takes everything. */
    private class Alarms {
        val held = LinkedHashMap<ReminderId, String>()

        fun change(plan: ReminderPlan) {
            held.keys.removeAll(plan.cancel)
            plan.reminders.filter { it.id in plan.add }.forEach { held[it.id] = it.mark }
        }
    }

    private suspend fun BillPay.arm(alarms: Alarms): ReminderPlan {
        reportArmed(ArmedReminders(alarms.held)).value()
        val plan = reminders(shanghai, 64).value()
        alarms.change(plan)
        reportArmed(ArmedReminders(alarms.held)).value()
        return plan
    }

    @Test
    fun `row 43 what is paid is cancelled with the next plan, and shows nothing if it goes off all the same`() =
        onAPhone { sandbox, billpay ->
            val configuration = Phone(folder, sandbox.connection).configuration
            val alarms = Alarms()
            val first = billpay.arm(alarms)
            val bill = checkNotNull(billpay.remindedBill(POWER, POWER_BILL).value())
            val mine = first.reminders.filter { it.bill == bill }
            assertTrue(mine.isNotEmpty() && mine.all { it.pay && it.at > Instant.now() }, "$first")
            assertEquals(first.reminders.map { it.id }.toSet(), first.add)
            assertTrue(mine.none { it.body in "$it" }, "it does not print what it says")
            assertEquals(emptyList<UnarmedReminder>(), billpay.reminderHealth(shanghai, 64).value())
            assertEquals(StillDue.YES, billpay.stillDue(mine[0].id).value())
            assertEquals(StillDue.YES, BillPay.stillDue(configuration, mine[0].id).value(), "without a client")
            val nowhere = configuration.copy(profile = folder.resolve("nowhere").toString())
            assertEquals(StillDue.UNKNOWN, BillPay.stillDue(nowhere, mine[0].id).value())
            val unnamed = configuration.copy(profile = "")
            assertEquals("store", BillPay.stillDue(unnamed, mine[0].id).problem().why.code)

            val quote = billpay.quote(POWER, POWER_BILL).value()
            billpay.acknowledgeEcho(checkNotNull(quote.firstPayment)).value()
            billpay.pay(quote.id).value()
            assertEquals(StillDue.NO, billpay.stillDue(mine[0].id).value(), "before anybody has planned anew")
            assertEquals(StillDue.NO, BillPay.stillDue(configuration, mine[0].id).value())
            val second = billpay.arm(alarms)
            // And what asked to open the app for more of it.
            assertTrue(second.cancel.containsAll(mine.map { it.id }) && second.add.isEmpty(), "$second")
            assertTrue(alarms.held.keys.none { id -> mine.any { it.id == id } })
            assertEquals(StillDue.UNKNOWN, billpay.stillDue(ReminderId("another phone's.2026-01-01.d0")).value())
        }

    @Test
    fun `row 41 what the system did not take is named, with the reason`() = onAPhone { _, billpay ->
        val plan = billpay.reminders(shanghai, 64).value()
        billpay.reportArmed(ArmedReminders(emptyMap(), permission = false)).value()
        val unarmed = billpay.reminderHealth(shanghai, 64).value()
        assertEquals(plan.reminders.map { it.id }, unarmed.map { it.id })
        assertTrue(unarmed.all { it.reason == WhyUnarmed.NO_PERMISSION })
    }

    @Test
    fun `rows 37 and 42 what the person chose is kept, and what makes no sense is refused`() = onAPhone { _, billpay ->
        val usual = billpay.reminderPolicy().value()
        assertEquals(setOf(7, 3, 1, 0), usual.leadDays)
        val chosen = usual.copy(leadDays = setOf(2), at = LocalTime.of(18, 30), quiet = null, redaction = Redaction.EVERYTHING)
        // By a button of a notification, while the page was open: that stays.
        billpay.mute(BillerId("gas-sh"), true).value()
        billpay.setReminderPolicy(usual, chosen).value()
        val kept = chosen.copy(muted = setOf(BillerId("gas-sh")))
        assertEquals(kept, billpay.reminderPolicy().value())
        val hidden = billpay.reminders(shanghai, 64).value().reminders.first { it.kind == ReminderKind.DUE }
        assertFalse("元" in hidden.body || "CNY" in hidden.body, hidden.body)
        for (nonsense in listOf(usual.copy(leadDays = setOf(367)), usual.copy(leadDays = setOf(-1)), usual.copy(horizonDays = 0))) {
            assertInstanceOf(ReminderProblem.Nonsense::class.java, billpay.setReminderPolicy(usual, nonsense).problem())
        }
        assertEquals(kept, billpay.reminderPolicy().value())
        assertInstanceOf(ReminderProblem.UnknownZone::class.java, billpay.reminders(ZoneId.of("GMT+3"), 64).problem())

        val bill = checkNotNull(billpay.remindedBill(POWER, POWER_BILL).value())
        val later = Instant.now() + Duration.ofHours(30)
        billpay.snooze(bill, later).value()
        assertEquals(listOf(bill), billpay.reminderPolicy().value().snoozed.map { it.bill })
        assertInstanceOf(ReminderProblem.Nonsense::class.java, billpay.snooze(bill, Instant.MAX).problem())
        assertInstanceOf(ReminderProblem.Nonsense::class.java, billpay.snooze(bill, Instant.EPOCH).problem())
        assertInstanceOf(ReminderProblem.UnknownBill::class.java, billpay.snooze(RemindedBill("none"), later).problem())
        assertNull(billpay.remindedBill(POWER, BillNumber("none")).value())
        billpay.mute(POWER, true).value()
        assertTrue(billpay.reminders(shanghai, 64).value().reminders.none { it.bill == bill })
    }

    @Test
    fun `row 89 the ways are chosen for one account or all, and the bank is told`() = onAPhone { _, billpay ->
        val account = billpay.accounts().value().accounts.first().id
        assertEquals(setOf(Channel.PHONE), billpay.reminderChannels().value().usual)
        billpay.chooseChannels(account, setOf(Channel.SMS)).value()
        val chosen = billpay.reminderChannels().value()
        assertEquals(mapOf(account to setOf(Channel.SMS)), chosen.accounts)
        assertFalse(chosen.bankKnows)
        billpay.tellReminders().value()
        assertTrue(billpay.reminderChannels().value().bankKnows)
        assertTrue(billpay.reminders(shanghai, 64).value().reminders.isEmpty(), "the bank says it, and the phone does not")
        billpay.chooseChannels(account, null).value()
        assertEquals(emptyMap<AccountId, Set<Channel>>(), billpay.reminderChannels().value().accounts)
        val unknown = billpay.chooseChannels(AccountId("none"), setOf(Channel.PUSH)).problem()
        assertInstanceOf(ReminderProblem.UnknownAccount::class.java, unknown)
        assertNull(billpay.pushedReminder("none.2026-01-01.d0").value())
    }
}
