package cn.billpay.android

import android.app.AlarmManager
import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import cn.billpay.Answer
import cn.billpay.Language
import cn.billpay.RemindedBill
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import cn.billpay.StillDue
import java.io.File
import java.time.Duration
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowAlarmManager

/** What happens when the system calls: an alarm, a button, a boot, another clock (rows 40 to 45). */
@RunWith(RobolectricTestRunner::class)
@Config(shadows = [StrictAlarms::class])
class ReminderReceiverTest : AndroidPhone() {
    private fun body(of: Notification?) = of?.extras?.getString(Notification.EXTRA_TEXT)

    @Test
    fun `an alarm asks whether it is still due, becomes a notification once, and the library hears of it`() {
        plan(item("a"))
        fire("a")
        assertEquals("due a", fake.asked.last())
        val notification = shown("bill a")!!
        assertEquals("电费 a", title(notification))
        assertEquals("123.45 due on 5 March", body(notification))
        assertEquals("billpay.due", notification.channelId)
        assertEquals(app.icon, notification.smallIcon.resId)
        assertEquals(listOf("See and pay", "Remind me later"), notification.actions.map { it.title.toString() })
        screen.cancelAll()
        send(ReminderReceiver.intent(app, ReminderReceiver.FIRE, "a"))
        assertNull(shown("bill a"))
        replan()
        assertEquals(setOf(ReminderId("a")), fake.told)
        assertEquals(emptySet<Any>(), armed())
        replan()
        assertEquals("once", emptySet<Any>(), fake.reports.last().seen)
    }

    @Test
    fun `row 43 an app that asks without its profile opens none for an alarm`() {
        plan(item("a"), item("b", 2))
        app.profile = null
        app.still = { Answer.Success(if (it == ReminderId("a")) StillDue.NO else StillDue.YES) }
        fire("a")
        assertNull(shown("bill a"))
        fire("b")
        assertEquals("电费 b", title(shown("bill b")!!))
        assertFalse(fake.asked.any { it.startsWith("due") })
    }

    @Test
    fun `row 43 what is paid meanwhile is not shown, and takes what stood on the screen with it`() {
        plan(item("a"), item("b", 2, "bill a"), item("c"), item("other", 3))
        fire("a")
        fake.due = StillDue.NO
        fire("b")
        assertNull(shown("bill a"))
        fake.due = StillDue.UNKNOWN
        fire("c")
        assertEquals(0, shadowOf(screen).size())
        replan()
        assertEquals("shown, and no other", setOf(ReminderId("a")), fake.told)
    }

    @Test
    fun `row 44 what is being checked says so and offers nothing`() {
        plan(item("a"))
        fake.due = StillDue.CHECKING
        fire("a")
        assertEquals(Words.checking(Language.EN).body, body(shown("bill a")))
        assertTrue(shown("bill a")!!.actions.isNullOrEmpty())
        assertEquals(Words.checking(Language.EN).body, body(shown("bill a")!!.publicVersion))
    }

    @Test
    fun `row 44 planned while it was checked, and due again, it is told anew in the words of now`() {
        plan(item("a", kind = ReminderKind.CHECKING, title = "Being checked"))
        fake.wanted = listOf(item("a", 2, title = "Due"))
        fire("a")
        assertNull("not in the old words", shown("bill a"))
        assertEquals(armedOf(item("a", 2)), armed())
        fire("a")
        assertEquals("Due", title(shown("bill a")))
        // Where no plan can be made, what is true is said, and nothing of the bill.
        plan(item("b", kind = ReminderKind.CHECKING, title = "Being checked"))
        fake.locked = true
        fire("b")
        assertEquals(Words.hidden(Language.EN).body, body(shown("bill b")))
    }

    @Test
    fun `row 44 what another device is paying is told as being checked, once, and stays so on the screen`() {
        // The library's answer without keys knows this device's payments alone: it says that the bill is due.
        plan(item("a", kind = ReminderKind.CHECKING), item("a2", 9, bill = "bill a", kind = ReminderKind.CHECKING))
        fire("a")
        assertEquals(Words.checking(Language.EN).body, body(shown("bill a")))
        assertTrue("not once a minute", armed().none { it.first == "a" })
        replan()
        assertEquals(emptySet<Any>() to setOf(ReminderId("a")), fake.told to fake.toldChecking)
        assertEquals("not taken back", Words.checking(Language.EN).body, body(shown("bill a")))
        assertTrue(armed().none { it.first == "a" })
    }

    @Test
    fun `row 44 told as being checked it is told as due once the payment has failed, each once and aloud`() {
        plan(item("a"))
        fake.due = StillDue.CHECKING
        fire("a")
        assertEquals(Words.checking(Language.EN).body, body(shown("bill a")))
        fake.wanted = listOf(item("a", 2, kind = ReminderKind.CHECKING))
        replan()
        assertEquals(emptySet<Any>() to setOf(ReminderId("a")), fake.told to fake.toldChecking)
        assertEquals("not twice while it is so", emptySet<Any>(), armed())
        // It has failed: what stands on the screen must not say that it is being checked, and the plan says it anew.
        fake.due = StillDue.YES
        fake.wanted = listOf(item("a", 3))
        replan()
        assertEquals(armedOf(item("a", 3)), armed())
        assertEquals(Words.hidden(Language.EN).body, body(shown("bill a")))
        assertEquals("in silence", Notification.FLAG_ONLY_ALERT_ONCE, shown("bill a")!!.flags and Notification.FLAG_ONLY_ALERT_ONCE)
        replan()
        assertEquals("that does not count as told", emptySet<Any>(), fake.told)
        fire("a")
        assertEquals("电费 a", title(shown("bill a")))
        assertEquals("aloud", 0, shown("bill a")!!.flags and Notification.FLAG_ONLY_ALERT_ONCE)
        replan()
        assertEquals(setOf(ReminderId("a")), fake.told)
        assertEquals(emptySet<Any>(), armed())
        // And once more in doubt: the screen says so, and nothing is told anew.
        fake.due = StillDue.CHECKING
        replan()
        assertEquals(Words.checking(Language.EN).body, body(shown("bill a")))
        fake.due = StillDue.YES
        replan()
        assertEquals(Words.hidden(Language.EN).body, body(shown("bill a")))
        assertEquals(emptySet<Any>(), armed())
    }

    @Test
    fun `row 44 what was shown as planned, being checked, counts as that without an answer, too`() {
        plan(item("a", kind = ReminderKind.CHECKING, title = "Being checked"), item("b", kind = ReminderKind.CHECKING))
        app.profile = null
        fire("a")
        assertEquals("Being checked", title(shown("bill a")))
        app.profile = fake
        screen.cancelAll()
        replan()
        assertEquals(emptySet<Any>() to setOf(ReminderId("a")), fake.told to fake.toldChecking)
        // Due again, and no plan can be made: it says that there is a bill, and that was told.
        fake.locked = true
        fire("b")
        assertEquals(Words.hidden(Language.EN).body, body(shown("bill b")))
        assertEquals("on a locked screen, too", Words.hidden(Language.EN).body, body(shown("bill b")!!.publicVersion))
        fake.locked = false
        replan()
        assertEquals(setOf(ReminderId("b")), fake.told)
    }

    @Test
    fun `a receiver ends in the time that the system gives it, whatever it waits for`() {
        atMost = 200.milliseconds
        val work = inBackground(ReminderReceiver()) { awaitCancellation() }
        runBlocking { withTimeoutOrNull(5.seconds) { work.join() } ?: work.cancel() }
        assertFalse("by itself", work.isCancelled)
    }

    @Test
    fun `a plan of the app that does not come to its end keeps no receiver, and no reminder, back`() {
        plan(item("a", kind = ReminderKind.CHECKING, title = "Being checked"), item("b", 2))
        val hung = FakeSource().apply { answers = false }
        val other = CoroutineScope(Dispatchers.IO).launch { scheduler.replan(hung) }
        try {
            val end = System.nanoTime() + 12_000_000_000
            while (hung.asked.isEmpty() && System.nanoTime() < end) Thread.onSpinWait()
            fire("a")
            while (shown("bill a") == null && System.nanoTime() < end) Thread.sleep(20)
            assertEquals(Words.hidden(Language.EN).body, body(shown("bill a")))
            send(Intent(Intent.ACTION_BOOT_COMPLETED))
            val next = System.nanoTime() + 10_000_000_000
            while (app.rearmed.isEmpty() && System.nanoTime() < next) Thread.sleep(20)
            assertTrue("${app.rearmed}", app.rearmed.last() is Rearmed.Failed)
        } finally {
            runBlocking { other.cancelAndJoin() }
        }
    }

    @Test
    fun `with the key store locked it is answered all the same, and what was seen is reported later`() {
        plan(item("a"), item("b", 2))
        fake.locked = true
        fake.dueOf[ReminderId("b")] = StillDue.NO
        fire("a")
        fire("b")
        assertEquals("电费 a", title(shown("bill a")))
        assertNull(shown("bill b"))
        replan()
        assertEquals(emptySet<Any>(), fake.told)
        screen.cancelAll()
        fake.locked = false
        replan()
        assertEquals(setOf(ReminderId("a")), fake.told)
    }

    @Test
    fun `a library that breaks, does not answer or is not there keeps no reminder back`() {
        plan(item("a"), item("b"), item("c"))
        fake.breaks = true
        fire("a")
        assertEquals("电费 a", title(shown("bill a")))
        fake.breaks = false
        app.profile = null
        fire("b")
        assertEquals("电费 b", title(shown("bill b")))
        app.profile = fake
        fake.answers = false
        fire("c")
        val end = System.nanoTime() + 30_000_000_000
        while (shown("bill c") == null && System.nanoTime() < end) Thread.onSpinWait()
        assertEquals("电费 c", title(shown("bill c")))
    }

    @Test
    fun `killed when the alarm came, before anything was shown, it is armed again`() {
        plan(item("a"))
        dispatcher = object : CoroutineDispatcher() {
            override fun dispatch(context: CoroutineContext, block: Runnable) = Unit
        }
        fire("a")
        dispatcher = Dispatchers.Unconfined
        assertNull(shown("bill a"))
        replan()
        assertEquals("what has gone off is not held", emptyMap<Any, Any>(), fake.reports[2].held)
        assertEquals(armedOf(item("a")), armed())
        fire("a")
        assertEquals("电费 a", title(shown("bill a")))
    }

    @Test
    fun `killed after it was shown, what stands on the screen is not told again`() {
        plan(item("a"))
        val list = File(app.noBackupFilesDir, "billpay.reminders")
        val before = list.readText()
        fire("a")
        list.writeText(before)
        File(list.path + ".seen").delete()
        replan()
        assertEquals(setOf(ReminderId("a")), fake.told)
        assertEquals("the alarm is over", emptyMap<Any, Any>(), fake.reports.last().held)
        assertEquals(emptySet<Any>(), armed())
    }

    @Test
    fun `what nobody can see does not count as seen`() {
        plan(item("a"))
        shadowOf(screen).setNotificationsEnabled(false)
        fire("a")
        screen.cancelAll()
        shadowOf(screen).setNotificationsEnabled(true)
        replan()
        assertEquals(emptySet<Any>(), fake.told)
        assertEquals("it is told again", armedOf(item("a")), armed())
    }

    @Test
    fun `a later reminder of a bill takes the place of the earlier one, on the channel of its kind`() {
        plan(item("a", bill = "bill"), item("b", 2, "bill", ReminderKind.OVERDUE))
        fire("a")
        fire("b")
        assertEquals("电费 b", title(shown("bill")))
        assertEquals("billpay.overdue", shown("bill")!!.channelId)
        assertEquals(1, shadowOf(screen).size())
    }

    @Test
    fun `the one that asks to open the app does that, and nothing more`() {
        plan(FakeSource.tail(start))
        fire("open-the-app")
        val tail = shown("open-the-app")!!
        assertTrue(tail.actions.isNullOrEmpty())
        assertNull(shadowOf(tail.contentIntent).savedIntent.getStringExtra("bill"))
    }

    @Test
    fun `row 45 a locked screen that hides shows nothing of the bill`() {
        plan(item("a"))
        fire("a")
        val notification = shown("bill a")!!
        assertEquals(Notification.VISIBILITY_PRIVATE, notification.visibility)
        assertEquals(Words.hidden(Language.EN).title to Words.hidden(Language.EN).body, title(notification.publicVersion) to body(notification.publicVersion))
        assertFalse(notification.publicVersion.extras.toString().contains("123.45"))
        assertNull(notification.publicVersion.actions)
    }

    @Test
    fun `row 45 the words that the adapters bring are the plan's own`() {
        val golden = File(System.getProperty("basedir") ?: ".", "../../core/plan/tests/golden")
        for ((file, words) in listOf<Pair<String, (Language) -> ReminderText>>("open.txt" to Words::hidden, "checking.txt" to Words::checking)) {
            for ((name, language) in listOf("Zh" to Language.ZH, "En" to Language.EN)) {
                val lines = File(golden, file).readLines().dropWhile { it != "== $name, level 2" }.drop(1).takeWhile { !it.startsWith("==") }
                val said = lines.filter { it.startsWith("b.") }.map { it.substringAfter(": ") }.toSet()
                assertEquals(setOf(words(language).run { "$title | $body" }), said)
            }
        }
    }

    @Test
    fun `channels and buttons speak the person's language`() {
        app.language = Language.ZH
        plan(item("a"))
        fire("a")
        assertEquals("账单到期提醒", screen.getNotificationChannel("billpay.due").name)
        assertEquals(NotificationManager.IMPORTANCE_HIGH, screen.getNotificationChannel("billpay.overdue").importance)
        assertEquals(listOf("查看并缴费", "稍后提醒"), shown("bill a")!!.actions.map { it.title.toString() })
    }

    @Test
    fun `row 42 remind me later puts the bill off and takes the new plan`() {
        plan(item("a"))
        fire("a")
        fake.wanted = listOf(item("a later", 9, "bill a"))
        press(shown("bill a")!!, 1)
        assertEquals(listOf(RemindedBill("bill a") to start + Duration.ofHours(4)), fake.snoozed)
        assertNull(shown("bill a"))
        assertEquals(armedOf(item("a later", 9)), armed())
        fire("a later")
        // What cannot be put off stays on the screen.
        fake.locked = true
        press(shown("bill a")!!, 1)
        assertEquals("电费 a later", title(shown("bill a")))
    }

    @Test
    fun `buttons open the bill they stand at`() {
        plan(item("a"), item("b"))
        for (id in listOf("a", "b")) fire(id)
        for (id in listOf("a", "b")) {
            val opened = shadowOf(shown("bill $id")!!.actions[0].actionIntent).savedIntent
            assertEquals("bill $id", opened.getStringExtra("bill"))
        }
    }

    @Test
    fun `row 40 after a boot or an update all of the plan is armed again`() {
        for (action in listOf(Intent.ACTION_BOOT_COMPLETED, Intent.ACTION_MY_PACKAGE_REPLACED)) {
            plan(item("a"))
            forget()
            fake.wanted = listOf(item("a"), item("b", 2))
            send(Intent(action).setPackage(app.packageName))
            assertEquals(action, armedOf(item("a"), item("b", 2)), armed())
            assertTrue((app.rearmed.last() as Rearmed.Planned).exact)
            plan()
        }
    }

    @Test
    fun `row 40 after a boot without a plan what was held is armed again, and one that was missed comes at once`() {
        for (profile in listOf(null, fake)) {
            plan(item("missed", -5), item("a"), item("b", 2))
            forget()
            fake.locked = true
            app.profile = profile
            send(Intent(Intent.ACTION_BOOT_COMPLETED))
            assertEquals(armedOf(item("missed", -5), item("a"), item("b", 2)), armed())
            assertTrue(app.rearmed.last() is Rearmed.Failed)
            fire("missed")
            assertEquals("电费 missed", title(shown("bill missed")))
            fake.locked = false
            app.profile = fake
            plan()
            screen.cancelAll()
            fake.told.clear()
        }
    }

    @Test
    fun `row 40 another zone, clock or language asks for another plan`() {
        for (action in listOf(Intent.ACTION_TIMEZONE_CHANGED, Intent.ACTION_TIME_CHANGED, Intent.ACTION_LOCALE_CHANGED)) {
            plan(item("a"))
            fake.wanted = listOf(item("a", 8))
            send(Intent(action))
            assertEquals(action, armedOf(item("a", 8)), armed())
        }
        // Without an answer the alarms stand.
        app.profile = null
        send(Intent(Intent.ACTION_TIME_CHANGED))
        assertEquals(armedOf(item("a", 8)), armed())
    }

    @Test
    fun `row 41 leave for exact alarms makes those that are armed exact`() {
        for (locked in listOf(false, true)) {
            ShadowAlarmManager.setCanScheduleExactAlarms(false)
            plan(item("a"))
            ShadowAlarmManager.setCanScheduleExactAlarms(true)
            fake.locked = locked
            send(Intent(AlarmManager.ACTION_SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED))
            assertEquals(0L, shadowOf(alarms).scheduledAlarms.single().windowLengthMs)
        }
    }

    @Test
    fun `a stranger's broadcast changes nothing`() {
        plan(item("a"))
        RearmReceiver().onReceive(app, Intent("somebody.ELSE"))
        ReminderReceiver().onReceive(app, Intent(ReminderReceiver.FIRE))
        send(ReminderReceiver.intent(app, ReminderReceiver.FIRE, "unknown"))
        assertEquals(armedOf(item("a")), armed())
        assertEquals(0, shadowOf(screen).size())
    }

    @Test
    fun `a disk that takes nothing more keeps no reminder back and ends no app`() {
        plan(item("a"))
        val thrown = mutableListOf<Throwable>()
        val before = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, met -> thrown += met }
        try {
            fillTheDisk()
            fire("a")
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
        assertEquals("电费 a", title(shown("bill a")))
        assertEquals(emptyList<Throwable>(), thrown)
    }
}
