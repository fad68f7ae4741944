package cn.billpay.android

import android.app.Notification
import android.content.Intent
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
import java.time.Duration
import java.time.Instant
import java.time.ZoneId
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
            // It is shown first, and then written down as over.
            eventually { armed().none { it.first == mine[0].id.value } }
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
    fun `rows 42 and 45 remind me later reaches the library, and who hides everything has it hidden`() = onAPhone { _, billpay, bill ->
        billpay.setReminderPolicy(billpay.reminderPolicy().value().copy(redaction = Redaction.EVERYTHING)).value()
        val reminder = replan(billpay).of(bill).first { it.kind == ReminderKind.DUE }
        fire(reminder.id.value)
        eventually { shown(bill.value) != null }
        val words = Words.hidden(billpay.reminderPolicy().value().language)
        assertEquals(words.title to words.body, title(shown(bill.value)) to body(shown(bill.value)))

        press(shown(bill.value)!!, 1)
        eventually { shown(bill.value) == null && app.rearmed.isNotEmpty() }
        val snoozed = billpay.reminderPolicy().value().snoozed.single()
        assertEquals(bill to Duration.ofHours(4), snoozed.bill to Duration.ofMinutes(Duration.between(snoozed.from, snoozed.until).plusSeconds(30).toMinutes()))
        assertTrue((app.rearmed.last() as Rearmed.Planned).of(bill).all { it.at >= snoozed.until || it.at < snoozed.from })
    }
}
