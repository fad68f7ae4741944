package cn.billpay.android

import android.app.AlarmManager
import android.app.NotificationChannel
import android.app.NotificationManager
import android.os.PowerManager
import cn.billpay.Fault
import cn.billpay.FaultProblem
import cn.billpay.Reminder
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import cn.billpay.StillDue
import cn.billpay.WhyUnarmed
import java.io.File
import java.time.ZoneId
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowAlarmManager

/** From the library's plan to Android's alarms, and back to what the library knows of them (rows 39 to 43). */
@RunWith(RobolectricTestRunner::class)
@Config(shadows = [StrictAlarms::class])
class ReminderSchedulerTest : AndroidPhone() {
    private fun held(vararg items: Reminder) = items.associate { it.id to it.mark }

    private fun reasons(of: Rearmed) = (of as Rearmed.Planned).unarmed.associate { it.id.value to it.reason }

    @Test
    fun `row 39 it reports, then asks, then arms to the minute and in the doze, then reports again`() {
        val done = plan(item("a"), item("b", 2))
        assertEquals(listOf("report", "plan 500 UTC", "report", "health 500"), fake.asked)
        assertEquals(listOf(emptyMap(), held(item("a"), item("b", 2))), fake.reports.map { it.held })
        assertEquals(armedOf(item("a"), item("b", 2)), armed())
        assertTrue(shadowOf(alarms).scheduledAlarms.all { it.isAllowWhileIdle && it.type == AlarmManager.RTC_WAKEUP && it.windowLengthMs == 0L })
        assertEquals(true to emptyList<Any>(), done.exact to done.unarmed)
    }

    @Test
    fun `row 39 only the difference is asked of the system`() {
        plan(item("a"), item("b", 2), item("c", 3))
        StrictAlarms.dies = 2
        plan(item("a"), item("b", 5), item("d", 4))
        assertEquals("a stands, b and d are asked for", armedOf(item("a"), item("b", 5), item("d", 4)), armed())
        StrictAlarms.dies = 0
        plan(item("a"), item("b", 5), item("d", 4))
        plan()
        assertEquals(emptySet<Any>(), armed())
        assertEquals(emptyMap<Any, Any>(), fake.reports.last().held)
    }

    @Test
    fun `row 39 killed between any two alarms it neither doubles nor loses, and cancels what is over`() {
        val before = arrayOf(item("a"), item("b", 2), item("gone", 9))
        val after = arrayOf(item("a", 4), item("b", 2), item("c", 3), item("d", 5), item("e", 6))
        for (dies in 0..3) {
            plan(*before)
            fake.wanted = after.toList()
            StrictAlarms.dies = dies
            assertThrows(Killed::class.java) { replan() }
            StrictAlarms.dies = -1
            val half = armed()
            assertTrue("$dies: $half", half.size < after.size)
            // Paid in the meantime, on another device.
            val plan = after.filter { it.id.value != "d" }.toTypedArray()
            plan(*plan)
            assertEquals("killed at $dies", armedOf(*plan), armed())
            assertEquals(held(*plan), fake.reports.last().held)
            plan()
            assertEquals(emptySet<Any>(), armed())
        }
    }

    @Test
    fun `row 39 a library that was put back is told what is held before it is asked`() {
        plan(item("a"), item("b", 2))
        // A file of yesterday, which knows of no alarm: without the report it would cancel nothing.
        val restored = FakeSource().apply { wanted = listOf(item("b", 2)) }
        runBlocking { scheduler.replan(restored) }
        assertEquals(armedOf(item("b", 2)), armed())
        assertEquals(held(item("a"), item("b", 2)), restored.reports.first().held)
    }

    @Test
    fun `row 41 what a forced stop has swept away is armed again when the app opens`() {
        plan(item("a"), item("b", 2))
        forget()
        plan(item("a"), item("b", 2))
        assertEquals(armedOf(item("a"), item("b", 2)), armed())
        assertEquals("it says that nothing was held", emptyMap<Any, Any>(), fake.reports[2].held)
    }

    @Test
    fun `other words at the same moment are armed anew, and shown`() {
        plan(item("a"))
        plan(item("a", title = "other"))
        assertEquals(armedOf(item("a")), armed())
        fire("a")
        assertEquals("other", title(shown("bill a")))
    }

    @Test
    fun `row 41 without leave for exact alarms they are inexact, and exact once it is given, and again without`() {
        ShadowAlarmManager.setCanScheduleExactAlarms(false)
        val done = plan(item("a"))
        assertEquals(false to emptyList<Any>(), done.exact to done.unarmed)
        assertEquals(false, fake.reports.last().permission)
        assertEquals(held(item("a")), fake.reports.last().held)
        assertTrue(shadowOf(alarms).scheduledAlarms.single().windowLengthMs != 0L)
        ShadowAlarmManager.setCanScheduleExactAlarms(true)
        assertTrue(plan(item("a")).exact)
        assertEquals(0L, shadowOf(alarms).scheduledAlarms.single().windowLengthMs)
        // Taken back, Android drops every exact alarm, and tells nobody.
        ShadowAlarmManager.setCanScheduleExactAlarms(false)
        shadowOf(alarms).scheduledAlarms.toList().forEach { alarms.cancel(it.operation!!) }
        plan(item("a"))
        assertEquals(armedOf(item("a")), armed())
        assertEquals(held(item("a")), fake.reports.last().held)
    }

    @Test
    fun `row 41 a system that forbids all alarms is named, and holds nothing`() {
        StrictAlarms.forbidden = true
        assertEquals(mapOf("a" to WhyUnarmed.NOT_ARMED), reasons(plan(item("a"))))
        assertFalse("a token without an alarm would be taken for one", SystemAlarms(app).holds("a"))
        assertEquals(emptyMap<Any, Any>(), fake.reports.last().held)
        shadowOf(app.getSystemService(PowerManager::class.java)).setIsPowerSaveMode(true)
        assertEquals(mapOf("a" to WhyUnarmed.BATTERY_SAVER), reasons(plan(item("a"))))
        StrictAlarms.forbidden = false
        assertEquals(emptyMap<Any, Any>(), reasons(plan(item("a"))))
    }

    @Test
    fun `row 39 of 510 the soonest are armed, and the last place asks to open the app`() {
        val many = (1..510).map { item("%03d".format(it), it.toLong()) }
        val done = plan(*many.reversed().toTypedArray())
        assertEquals(armedOf(*many.take(499).toTypedArray(), FakeSource.tail(many[499].at)), armed())
        assertEquals(many.drop(499).associate { it.id.value to WhyUnarmed.NO_ROOM }, reasons(done))
        // When some are over, the next ones move up, with every place taken.
        plan(*many.drop(10).toTypedArray())
        assertEquals(armedOf(*many.drop(10).toTypedArray()), armed())
    }

    @Test
    fun `row 41 a system that takes fewer than it said has the soonest, and the one that asks to open the app`() {
        StrictAlarms.most = 4
        val many = (1..6).map { item("$it", it.toLong()) }
        val done = plan(*many.toTypedArray())
        assertEquals(armedOf(*many.take(3).toTypedArray(), FakeSource.tail(many[3].at)), armed())
        assertEquals(listOf("4", "5", "6").associateWith { WhyUnarmed.NO_ROOM }, reasons(done))
        assertEquals(listOf("report", "plan 500 UTC", "report", "plan 4 UTC", "report", "health 4"), fake.asked)
        // The same again is the same.
        val before = armed()
        assertEquals(reasons(done), reasons(plan(*many.toTypedArray())))
        assertEquals(before, armed())
    }

    @Test
    fun `row 39 with every place taken, one that moves keeps its place`() {
        StrictAlarms.most = 3
        plan(item("a"), item("b", 2), item("c", 3))
        val moved = arrayOf(item("a", 4), item("b", 5), item("c", 6))
        assertEquals(emptyMap<Any, Any>(), reasons(plan(*moved)))
        assertEquals(armedOf(*moved), armed())
        assertEquals("at the first try", "plan 500 UTC", fake.asked.last { it.startsWith("plan") })
    }

    @Test
    fun `row 41 notifications that are off are named, all or one channel`() {
        val all = arrayOf(item("a"), item("late", 2, kind = ReminderKind.OVERDUE))
        shadowOf(screen).setNotificationsEnabled(false)
        assertEquals(listOf("a", "late").associateWith { WhyUnarmed.NOTIFICATIONS_OFF }, reasons(plan(*all)))
        assertEquals(false, fake.reports.last().notifications)
        assertEquals("for when they are on again", armedOf(*all), armed())
        shadowOf(screen).setNotificationsEnabled(true)
        screen.createNotificationChannel(NotificationChannel("billpay.overdue", "x", NotificationManager.IMPORTANCE_NONE))
        assertEquals(mapOf("late" to WhyUnarmed.NOTIFICATIONS_OFF), reasons(plan(*all)))
    }

    @Test
    fun `a zone that the library does not know is the bank's`() {
        fake.wanted = listOf(item("a"))
        runBlocking { ReminderScheduler(app, zone = { ZoneId.of("GMT+3") }).replan(fake) }
        assertEquals(listOf("report", "plan 500 GMT+03:00", "plan 500 Asia/Shanghai", "report", "health 500"), fake.asked)
        fake.zones = emptySet()
        assertTrue(replan() is Rearmed.Failed)
    }

    @Test
    fun `with the keys locked nothing changes, and what was forgotten is armed as it was`() {
        plan(item("a"), item("b", 2))
        fake.locked = true
        fake.wanted = listOf(item("a", 7))
        val failed = replan() as Rearmed.Failed
        assertEquals(Fault.Locked, (failed.problem as FaultProblem).fault)
        assertEquals(armedOf(item("a"), item("b", 2)), armed())
        forget()
        replan()
        assertEquals(armedOf(item("a"), item("b", 2)), armed())
    }

    @Test
    fun `what is paid goes from the screen with the next plan, and what is being checked says so`() {
        plan(item("a"), item("b"), item("c"))
        for (id in listOf("a", "b", "c")) fire(id)
        fake.dueOf += mapOf(ReminderId("a") to StillDue.NO, ReminderId("b") to StillDue.CHECKING)
        plan()
        assertNull(shown("bill a"))
        assertEquals(Words.checking(app.language).body, shown("bill b")!!.extras.getString("android.text"))
        assertTrue(shown("bill b")!!.actions.isNullOrEmpty())
        assertEquals("电费 c", title(shown("bill c")))
    }

    @Test
    fun `row 75 forgotten, no alarm is armed, no word is shown and none is kept`() {
        plan(item("a"), item("b", 2), item("c", 3))
        fire("a")
        fire("b")
        screen.createNotificationChannel(NotificationChannel("own", "x", NotificationManager.IMPORTANCE_LOW))
        screen.notify(1, android.app.Notification.Builder(app, "own").setSmallIcon(app.icon).setContentTitle("own").build())
        runBlocking { scheduler.forget() }
        assertEquals(emptySet<Any>(), armed())
        assertEquals("what is the app's own stays", 1, shadowOf(screen).size())
        assertEquals(emptyList<String>(), app.noBackupFilesDir.list()!!.filter { it.startsWith("billpay.reminders") })
        // A boot arms nothing of it again.
        fake.locked = true
        assertTrue(replan() is Rearmed.Failed)
        assertEquals(emptySet<Any>(), armed())
        // And again is nothing more.
        runBlocking { scheduler.forget() }
        fake.locked = false
        plan(item("a", 4))
        assertEquals(armedOf(item("a", 4)), armed())
        fillTheDisk()
        File(app.noBackupFilesDir, "billpay.reminders.new/x").writeText("x")
        assertThrows("it says that words may be left", java.io.IOException::class.java) { runBlocking { scheduler.forget() } }
        assertEquals("and the alarms are gone", emptySet<Any>(), armed())
    }

    @Test
    fun `other notifications of the app are left alone`() {
        screen.createNotificationChannel(NotificationChannel("own", "x", NotificationManager.IMPORTANCE_LOW))
        screen.notify(1, android.app.Notification.Builder(app, "own").setSmallIcon(app.icon).setContentTitle("own").build())
        fake.due = StillDue.NO
        plan(item("a"))
        assertEquals(1, shadowOf(screen).size())
        assertEquals(emptySet<Any>(), fake.told)
    }

    @Test
    fun `the list of what is held may be broken, and the next plan fills it`() {
        plan(item("a"))
        for (broken in listOf("[{\"id\":", "[{}]", "{}", "[{\"id\":\"a\",\"at\":1,\"kind\":\"NONE\"}]")) {
            File(app.noBackupFilesDir, "billpay.reminders").writeText(broken)
            plan(item("a"), item("b"))
            assertEquals(armedOf(item("a"), item("b")), armed())
        }
    }

    @Test
    fun `with a full disk nothing changes, and it says so`() {
        plan(item("a"))
        fillTheDisk()
        fake.wanted = listOf(item("a"), item("b"))
        assertEquals(Rearmed.Failed(null), replan())
        assertEquals(armedOf(item("a")), armed())
        forget()
        assertEquals(Rearmed.Failed(null), replan())
        assertEquals("after a boot, too", armedOf(item("a")), armed())
    }

    @Test
    fun `no word of a reminder is in what the system holds, and none is printed`() {
        val done = plan(item("a"))
        val held = shadowOf(shadowOf(alarms).scheduledAlarms.single().operation).savedIntent
        assertNull(held.extras)
        assertEquals("billpay://reminder/a", held.dataString)
        assertTrue("$done", "123.45" !in "$done" && "电费" !in "$done")
    }
}
