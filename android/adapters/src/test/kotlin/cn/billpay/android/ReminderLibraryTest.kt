package cn.billpay.android

import android.app.Notification
import android.content.Intent
import cn.billpay.Answer
import cn.billpay.BillPay
import cn.billpay.Fault
import cn.billpay.FaultProblem
import cn.billpay.KeyStoreException
import cn.billpay.POWER
import cn.billpay.POWER_BILL
import cn.billpay.Phone
import cn.billpay.Redaction
import cn.billpay.RemindedBill
import cn.billpay.Reminder
import cn.billpay.ReminderKind
import cn.billpay.Sandbox
import cn.billpay.activate
import cn.billpay.bind
import cn.billpay.eventually
import cn.billpay.value
import java.io.File
import java.time.Duration
import java.time.Instant
import java.time.ZoneId
import java.time.temporal.ChronoUnit
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** The same with the real libbillpay, and a bank in a process of its own: from a bill of the bank to Android's alarms. */
@RunWith(RobolectricTestRunner::class)
@Config(shadows = [StrictAlarms::class])
class ReminderLibraryTest : AndroidPhone() {
    @get:Rule
    val folder = TemporaryFolder()

    private val alarmClock get() = ReminderScheduler(app, zone = { ZoneId.of("Asia/Shanghai") })

    private fun onAPhone(test: suspend (Phone, BillPay, RemindedBill) -> Unit): Unit = runBlocking {
        now = Instant::now
        // As on a phone: never on a thread of the library.
        dispatcher = Dispatchers.IO
        Sandbox.start(folder.root.toPath().resolve("bank")).use { sandbox ->
            val phone = Phone(folder.root.toPath(), sandbox.connection)
            phone.open().use { billpay ->
                app.profile = billpay
                billpay.activate(sandbox)
                billpay.bind()
                billpay.refresh().value()
                test(phone, billpay, checkNotNull(billpay.remindedBill(POWER, POWER_BILL).value()))
            }
        }
    }

    private suspend fun replan(billpay: BillPay) = alarmClock.replan(billpay) as Rearmed.Planned

    private fun keptWords() = File(app.noBackupFilesDir, "billpay.reminders").readText()

    private fun body(of: Notification?) = of?.extras?.getString(Notification.EXTRA_TEXT)

    private fun Rearmed.Planned.of(bill: RemindedBill): List<Reminder> = plan.reminders.filter { it.bill == bill }

    @Test
    fun `row 43 a bill is armed as the library plans it, and paid it is neither armed nor shown`() = onAPhone { _, billpay, bill ->
        val first = replan(billpay)
        val mine = first.of(bill)
        assertTrue(mine.size > 1)
        assertEquals(armedOf(*first.plan.reminders.toTypedArray()), armed())
        assertEquals(emptyList<Any>(), first.unarmed)
        assertEquals("the same again", first.plan.add, replan(billpay).plan.keep)
        fire(mine[0].id.value)
        eventually { shown(bill.value) != null }
        assertEquals(mine[0].title to mine[0].body, title(shown(bill.value)) to body(shown(bill.value)))

        val quote = billpay.quote(POWER, POWER_BILL).value()
        billpay.acknowledgeEcho(checkNotNull(quote.firstPayment)).value()
        billpay.pay(quote.id).value()
        // Before anybody has planned anew.
        fire(mine[1].id.value)
        eventually { shown(bill.value) == null }
        replan(billpay)
        assertEquals(emptySet<Any>(), armed())
    }

    @Test
    fun `row 39 killed half-way, the next process arms what is missing and doubles nothing`() = onAPhone { _, billpay, bill ->
        StrictAlarms.dies = 2
        assertThrows(Killed::class.java) { runBlocking { replan(billpay) } }
        assertEquals(2, armed().size)
        StrictAlarms.dies = -1
        val next = replan(billpay)
        assertTrue(next.of(bill).size > 2)
        assertEquals(armedOf(*next.plan.reminders.toTypedArray()), armed())
        assertEquals(emptyList<Any>(), next.unarmed)
        assertEquals(next.plan.add, replan(billpay).plan.keep)
    }

    @Test
    fun `with the keys locked it is still known what is due, and after a boot it is armed all the same`() = onAPhone { phone, billpay, bill ->
        val planned = replan(billpay)
        val mine = planned.of(bill)
        billpay.suspendProfile().value()
        phone.secrets.failure = { KeyStoreException.Locked() }
        phone.open().use { locked ->
            app.profile = locked
            fire(mine[0].id.value)
            eventually { shown(bill.value) != null }
            assertEquals(mine[0].body, body(shown(bill.value)))
            // It is shown first, and then written down as over: until that is done it counts as held.
            eventually { !keptWords().contains(mine[0].id.value) }
            val failed = alarmClock.replan(locked) as Rearmed.Failed
            assertEquals(Fault.Locked, (failed.problem as FaultProblem).fault)
            val before = armed()
            assertEquals(planned.plan.reminders.size - 1, before.size)
            forget()
            send(Intent(Intent.ACTION_BOOT_COMPLETED))
            eventually { app.rearmed.isNotEmpty() }
            assertEquals(before, armed())
            phone.secrets.failure = null
            assertEquals(emptyList<Any>(), replan(locked).unarmed)
        }
    }

    @Test
    fun `row 43 an alarm is answered by the file alone, and no profile is opened for it`() = onAPhone { phone, billpay, bill ->
        val mine = replan(billpay).of(bill)
        billpay.suspendProfile().value()
        app.profile = null
        app.still = { BillPay.stillDue(phone.configuration, it) }
        fire(mine[0].id.value)
        eventually { shown(bill.value) != null }
        assertEquals(mine[0].body, body(shown(bill.value)))
        eventually { !keptWords().contains(mine[0].id.value) }
        // Paid: the next one is not shown, and takes this one along.
        billpay.resumeProfile().value()
        val quote = billpay.quote(POWER, POWER_BILL).value()
        billpay.acknowledgeEcho(checkNotNull(quote.firstPayment)).value()
        billpay.pay(quote.id).value()
        billpay.suspendProfile().value()
        fire(mine[1].id.value)
        eventually { shown(bill.value) == null }
    }

    @Test
    fun `row 75 with a wipe its alarms and its words go, and where nothing is wiped they stay`() = onAPhone { phone, billpay, bill ->
        val mine = replan(billpay).of(bill)
        fire(mine[0].id.value)
        eventually { !keptWords().contains(mine[0].id.value) }
        val before = armed()
        phone.secrets.failure = { KeyStoreException.Locked() }
        assertTrue(alarmClock.wipe(billpay) is Answer.Failure)
        assertEquals(before, armed())
        assertTrue(shown(bill.value) != null)
        phone.secrets.failure = null
        alarmClock.wipe(billpay).value()
        assertEquals(emptySet<Any>(), armed())
        assertEquals(null, shown(bill.value))
    }

    @Test
    fun `rows 42 and 45 remind me later reaches the library, and who hides everything has it hidden`() = onAPhone { _, billpay, bill ->
        val usual = billpay.reminderPolicy().value()
        billpay.setReminderPolicy(usual, usual.copy(redaction = Redaction.EVERYTHING)).value()
        val reminder = replan(billpay).of(bill).first { it.kind == ReminderKind.DUE }
        fire(reminder.id.value)
        eventually { shown(bill.value) != null }
        val words = Words.hidden(billpay.reminderPolicy().value().language)
        assertEquals(words.title to words.body, title(shown(bill.value)) to body(shown(bill.value)))

        press(shown(bill.value)!!, 1)
        eventually { shown(bill.value) == null && app.rearmed.isNotEmpty() }
        val snoozed = billpay.reminderPolicy().value().snoozed.single()
        assertEquals(bill to Duration.ofHours(4), snoozed.bill to Duration.ofMinutes(Duration.between(snoozed.from, snoozed.until).plusSeconds(30).toMinutes()))
        // It comes back at that minute (rule 4 of docs/reminders.md), by day.
        val minute = snoozed.until.truncatedTo(ChronoUnit.MINUTES)
        assertTrue((app.rearmed.last() as Rearmed.Planned).of(bill).all { it.at >= minute || it.at < snoozed.from })
    }
}
