package cn.billpay.android

import android.app.AlarmManager
import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.content.Intent
import android.os.Looper
import cn.billpay.Language
import java.io.File
import java.time.Clock
import java.time.Instant
import java.time.ZoneOffset
import kotlinx.coroutines.Dispatchers
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowAlarmManager

@RunWith(RobolectricTestRunner::class)
class ReminderTest {
    private val app get() = RuntimeEnvironment.getApplication() as BankApp
    private val alarms get() = app.getSystemService(AlarmManager::class.java)!!
    private val screen get() = app.getSystemService(NotificationManager::class.java)!!
    private val now: Instant = Instant.parse("2026-03-01T00:00:00Z")
    private val scheduler get() = ReminderScheduler(app, clock = Clock.fixed(now, ZoneOffset.UTC))

    private fun item(id: String, hours: Long = 1, subject: String = "bill $id", lock: OnLockScreen = OnLockScreen.REDACTED) = Reminder(
        id = id, subject = subject, at = now.plusSeconds(hours * 3600), kind = ReminderKind.DUE,
        text = ReminderText("电费 $id", "123.45 due on 5 March"), redacted = ReminderText("A bill", "is due"),
        checking = ReminderText("Being checked", "do not pay again"), onLockScreen = lock,
    )

    private fun armed() = shadowOf(alarms).scheduledAlarms.map { shadowOf(it.operation).savedIntent.data!!.lastPathSegment to it.triggerAtMs }.toSet()

    private fun armedOf(vararg items: Reminder) = items.map { it.id to it.at.toEpochMilli() }.toSet()

    private fun forget() = shadowOf(alarms).scheduledAlarms.toList().forEach { alarms.cancel(it.operation!!) }

    /** As the system does: to the receivers that the manifest names. */
    private fun send(intent: Intent) {
        app.sendBroadcast(intent)
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun fire(id: String) {
        val alarm = shadowOf(alarms).scheduledAlarms.single { shadowOf(it.operation).savedIntent.data!!.lastPathSegment == id }
        shadowOf(alarms).fireAlarm(alarm)
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun shown(subject: String): Notification? = shadowOf(screen).getNotification(subject, 1)

    private fun title(of: Notification?) = of?.extras?.getString(Notification.EXTRA_TITLE)

    @Before
    fun aPhone() {
        ShadowAlarmManager.setCanScheduleExactAlarms(true)
        dispatcher = Dispatchers.Unconfined
    }

    @After
    fun asBefore() {
        dispatcher = Dispatchers.IO
    }

    @Test
    fun `a plan is armed to the minute and in the doze, and reported`() {
        val accepted = scheduler.apply(listOf(item("a"), item("b", 2)))
        assertEquals(armedOf(item("a"), item("b", 2)), armed())
        assertTrue(shadowOf(alarms).scheduledAlarms.all { it.isAllowWhileIdle && it.type == AlarmManager.RTC_WAKEUP && it.windowLengthMs == 0L })
        assertEquals(Accepted(setOf("a", "b"), emptySet(), emptyMap(), emptySet()), accepted)
    }

    @Test
    fun `only the difference is asked of the system`() {
        scheduler.apply(listOf(item("a"), item("b", 2), item("c", 3)))
        forget()
        scheduler.apply(listOf(item("a"), item("b", 5), item("d", 4)))
        // What stands was not asked for again; c had gone anyway.
        assertEquals(armedOf(item("b", 5), item("d", 4)), armed())
        scheduler.apply(emptyList())
        assertEquals(emptySet<Any>(), armed())
    }

    @Test
    fun `other words at the same time need no other alarm`() {
        scheduler.apply(listOf(item("a")))
        val changed = item("a").copy(text = ReminderText("other", "words"))
        scheduler.apply(listOf(changed))
        fire("a")
        assertEquals("other", title(shown("bill a")))
    }

    @Test
    fun `without leave for exact alarms they are inexact, and exact once it is given`() {
        ShadowAlarmManager.setCanScheduleExactAlarms(false)
        val accepted = scheduler.apply(listOf(item("a")))
        assertEquals(setOf("a"), accepted.inexact)
        assertEquals(emptySet<String>(), accepted.exact)
        assertEquals(armedOf(item("a")), armed())
        assertTrue(shadowOf(alarms).scheduledAlarms.single().windowLengthMs != 0L)
        ShadowAlarmManager.setCanScheduleExactAlarms(true)
        app.plan = listOf(item("a"))
        send(Intent(AlarmManager.ACTION_SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED))
        assertEquals(setOf("a"), app.told.single().exact)
        assertEquals(0L, shadowOf(alarms).scheduledAlarms.single().windowLengthMs)
    }

    @Test
    fun `the soonest are armed where there are too many`() {
        val many = (1..510).map { item("%03d".format(it), it.toLong()) }
        val accepted = scheduler.apply(many.reversed())
        assertEquals(500, armed().size)
        assertEquals(many.drop(500).associate { it.id to WhyNotArmed.TOO_MANY }, accepted.notArmed)
        // When some have gone, the next ones move up.
        assertEquals(emptyMap<String, WhyNotArmed>(), scheduler.apply(many.drop(10)).notArmed)
        assertEquals(armedOf(*many.drop(10).toTypedArray()), armed())
    }

    @Test
    fun `notifications that are off are reported, all or one channel`() {
        shadowOf(screen).setNotificationsEnabled(false)
        assertEquals(ReminderKind.entries.toSet(), scheduler.apply(listOf(item("a"))).silenced)
        shadowOf(screen).setNotificationsEnabled(true)
        screen.createNotificationChannel(NotificationChannel("billpay.overdue", "x", NotificationManager.IMPORTANCE_NONE))
        assertEquals(setOf(ReminderKind.OVERDUE), scheduler.apply(listOf(item("a"))).silenced)
    }

    @Test
    fun `an alarm becomes a notification, once`() {
        scheduler.apply(listOf(item("a")))
        fire("a")
        val notification = shown("bill a")!!
        assertEquals("电费 a", title(notification))
        assertEquals("123.45 due on 5 March", notification.extras.getString(Notification.EXTRA_TEXT))
        assertEquals("billpay.due", notification.channelId)
        assertEquals(android.R.drawable.ic_dialog_info, notification.smallIcon.resId)
        assertEquals(listOf("See and pay", "Remind me later"), notification.actions.map { it.title.toString() })
        screen.cancelAll()
        send(ReminderReceiver.intent(app, ReminderReceiver.FIRE, "a"))
        assertNull(shown("bill a"))
    }

    @Test
    fun `channels and buttons speak the person's language`() {
        app.language = Language.ZH
        scheduler.apply(listOf(item("a")))
        fire("a")
        assertEquals("账单到期提醒", screen.getNotificationChannel("billpay.due").name)
        assertEquals(NotificationManager.IMPORTANCE_HIGH, screen.getNotificationChannel("billpay.overdue").importance)
        assertEquals(listOf("查看并缴费", "稍后提醒"), shown("bill a")!!.actions.map { it.title.toString() })
    }

    @Test
    fun `a locked screen shows what was chosen and no more`() {
        for (lock in OnLockScreen.entries) scheduler.apply(listOf(item(lock.name, lock = lock))).also { fire(lock.name) }
        assertEquals(Notification.VISIBILITY_PUBLIC, shown("bill ALL")!!.visibility)
        assertEquals(Notification.VISIBILITY_SECRET, shown("bill NOTHING")!!.visibility)
        assertNull(shown("bill NOTHING")!!.publicVersion)
        val redacted = shown("bill REDACTED")!!
        assertEquals(Notification.VISIBILITY_PRIVATE, redacted.visibility)
        assertEquals("A bill", title(redacted.publicVersion))
        assertFalse(redacted.publicVersion.extras.toString().contains("123.45"))
        assertNull(redacted.publicVersion.actions)
    }

    @Test
    fun `what is paid meanwhile is not shown, and what is being checked offers nothing`() {
        scheduler.apply(listOf(item("a"), item("b")))
        app.due = StillDue.OVER
        fire("a")
        assertNull(shown("bill a"))
        app.due = StillDue.CHECKING
        fire("b")
        assertEquals("Being checked", title(shown("bill b")))
        assertTrue(shown("bill b")!!.actions.isNullOrEmpty())
    }

    @Test
    fun `an app that breaks when it is asked keeps no reminder back`() {
        scheduler.apply(listOf(item("a")))
        app.breaks = true
        fire("a")
        assertEquals("电费 a", title(shown("bill a")))
    }

    @Test
    fun `an app that does not answer keeps no reminder back`() {
        scheduler.apply(listOf(item("a")))
        app.answers = false
        fire("a")
        val end = System.nanoTime() + 30_000_000_000
        while (shown("bill a") == null && System.nanoTime() < end) Thread.onSpinWait()
        assertEquals("电费 a", title(shown("bill a")))
    }

    @Test
    fun `a later reminder of a bill takes the place of the earlier one`() {
        scheduler.apply(listOf(item("a", subject = "bill"), item("b", 2, "bill")))
        fire("a")
        fire("b")
        assertEquals("电费 b", title(shown("bill")))
        assertEquals(1, shadowOf(screen).size())
    }

    @Test
    fun `a bill that is paid loses its alarms and what stands on the screen`() {
        scheduler.apply(listOf(item("a", subject = "bill"), item("b", 2, "bill"), item("c")))
        fire("a")
        scheduler.withdraw("bill")
        assertEquals(armedOf(item("c")), armed())
        assertNull(shown("bill"))
    }

    @Test
    fun `remind me later asks the app and takes its new plan`() {
        scheduler.apply(listOf(item("a")))
        fire("a")
        app.plan = listOf(item("a later", 9, "bill a"))
        shown("bill a")!!.actions[1].actionIntent.send()
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals(listOf("a"), app.snoozed)
        assertNull(shown("bill a"))
        assertEquals(armedOf(item("a later", 9)), armed())
    }

    @Test
    fun `what cannot be put off stays on the screen`() {
        scheduler.apply(listOf(item("a")))
        fire("a")
        app.breaks = true
        shown("bill a")!!.actions[1].actionIntent.send()
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals("电费 a", title(shown("bill a")))
    }

    @Test
    fun `buttons open the bill they stand at`() {
        scheduler.apply(listOf(item("a"), item("b")))
        fire("a")
        fire("b")
        for (id in listOf("a", "b")) {
            val opened = shadowOf(shown("bill $id")!!.actions[0].actionIntent).savedIntent
            assertEquals("bill $id", opened.getStringExtra("bill"))
        }
    }

    @Test
    fun `after a boot or an update all of the plan is armed again`() {
        for (action in listOf(Intent.ACTION_BOOT_COMPLETED, Intent.ACTION_MY_PACKAGE_REPLACED)) {
            scheduler.apply(listOf(item("a")))
            forget()
            app.plan = listOf(item("a"), item("b", 2))
            send(Intent(action).setPackage(app.packageName))
            assertEquals(action, armedOf(item("a"), item("b", 2)), armed())
            assertEquals(setOf("a", "b"), app.told.last().exact)
            scheduler.apply(emptyList())
        }
    }

    @Test
    fun `after a boot without an answer of the app what was held is armed again`() {
        scheduler.apply(listOf(item("a"), item("b", 2)))
        forget()
        app.plan = null
        send(Intent(Intent.ACTION_BOOT_COMPLETED))
        assertEquals(armedOf(item("a"), item("b", 2)), armed())
    }

    @Test
    fun `another zone, clock or language asks for another plan`() {
        for (action in listOf(Intent.ACTION_TIMEZONE_CHANGED, Intent.ACTION_TIME_CHANGED, Intent.ACTION_LOCALE_CHANGED)) {
            scheduler.apply(listOf(item("a")))
            app.plan = listOf(item("a", 8))
            send(Intent(action))
            assertEquals(action, armedOf(item("a", 8)), armed())
        }
        // Without an answer the alarms stand.
        app.plan = null
        send(Intent(Intent.ACTION_TIME_CHANGED))
        assertEquals(armedOf(item("a", 8)), armed())
    }

    @Test
    fun `a stranger's broadcast changes nothing`() {
        scheduler.apply(listOf(item("a")))
        RearmReceiver().onReceive(app, Intent("somebody.ELSE"))
        ReminderReceiver().onReceive(app, Intent(ReminderReceiver.FIRE))
        send(ReminderReceiver.intent(app, ReminderReceiver.FIRE, "unknown"))
        assertEquals(armedOf(item("a")), armed())
        assertEquals(0, shadowOf(screen).size())
    }

    @Test
    fun `one whose alarm is late is kept while its bill is still in the plan, and goes with it`() {
        val late = item("late", 0, "bill")
        scheduler.apply(listOf(late, item("next", 5, "bill")))
        scheduler.apply(listOf(item("next", 5, "bill")))
        assertEquals(armedOf(late, item("next", 5)), armed())
        scheduler.apply(listOf(item("other")))
        assertEquals(armedOf(item("other")), armed())
    }

    @Test
    fun `the list of what is held may be broken, and the next plan fills it`() {
        scheduler.apply(listOf(item("a")))
        File(app.noBackupFilesDir, "billpay.reminders").writeText("[{\"id\":")
        scheduler.apply(listOf(item("a"), item("b")))
        assertEquals(armedOf(item("a"), item("b")), armed())
    }

    @Test
    fun `a disk that takes nothing more keeps no reminder back and ends no app`() {
        scheduler.apply(listOf(item("a")))
        val thrown = mutableListOf<Throwable>()
        val before = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, met -> thrown += met }
        try {
            File(app.noBackupFilesDir, "billpay.reminders.new").mkdir()
            fire("a")
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before)
        }
        assertEquals("电费 a", title(shown("bill a")))
        assertEquals(emptyList<Throwable>(), thrown)
    }

    @Test
    fun `no word of a reminder is in what the system holds`() {
        scheduler.apply(listOf(item("a")))
        val held = shadowOf(shadowOf(alarms).scheduledAlarms.single().operation).savedIntent
        assertNull(held.extras)
        assertEquals("billpay://reminder/a", held.dataString)
    }
}
