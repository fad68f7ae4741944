package cn.billpay.android

import android.app.AlarmManager
import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import android.os.Looper
import cn.billpay.RemindedBill
import cn.billpay.Reminder
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import java.io.File
import java.time.Instant
import java.time.ZoneId
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Before
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowAlarmManager

/** What tests of reminders do with Android, and see of it. */
abstract class AndroidPhone {
    protected val app get() = RuntimeEnvironment.getApplication() as BankApp
    protected val fake get() = app.fake
    protected val alarms get() = app.getSystemService(AlarmManager::class.java)!!
    protected val screen get() = app.getSystemService(NotificationManager::class.java)!!
    protected val start: Instant = Instant.parse("2026-03-01T00:00:00Z")
    protected val scheduler get() = ReminderScheduler(app, zone = { ZoneId.of("UTC") })

    protected fun item(
        id: String,
        hours: Long = 1,
        bill: String = "bill $id",
        kind: ReminderKind = ReminderKind.DUE,
        title: String = "电费 $id",
    ) = Reminder(
        id = ReminderId(id), bill = RemindedBill(bill), at = start.plusSeconds(hours * 3600), kind = kind, days = 3,
        pay = kind != ReminderKind.CHECKING, late = false, title = title, body = "123.45 due on 5 March", mark = "$id $hours $kind $title",
    )

    protected fun replan(): Rearmed = runBlocking { scheduler.replan(fake) }

    /** Plans, where nothing can go wrong. */
    protected fun plan(vararg items: Reminder): Rearmed.Planned {
        fake.wanted = items.toList()
        return replan() as Rearmed.Planned
    }

    /** What the system will call the app with, and when. */
    protected fun armed() = shadowOf(alarms).scheduledAlarms.map { idOf(it) to it.triggerAtMs }.toSet()

    protected fun armedOf(vararg items: Reminder) = items.map { it.id.value to it.at.toEpochMilli() }.toSet()

    protected fun idOf(alarm: ShadowAlarmManager.ScheduledAlarm) = shadowOf(alarm.operation).savedIntent.data!!.lastPathSegment!!

    /** A boot, or a forced stop: alarms and their tokens are gone, and nobody is told. */
    protected fun forget() = shadowOf(alarms).scheduledAlarms.toList().map { it.operation!! }.forEach {
        alarms.cancel(it)
        it.cancel()
    }

    /** As the system does: to the receivers that the manifest names. */
    protected fun send(intent: Intent) {
        app.sendBroadcast(intent)
        idle()
    }

    protected fun idle() = shadowOf(Looper.getMainLooper()).idle()

    protected fun fire(id: String) {
        shadowOf(alarms).fireAlarm(shadowOf(alarms).scheduledAlarms.single { idOf(it) == id })
        idle()
    }

    protected fun shown(bill: String): Notification? = shadowOf(screen).getNotification(bill, 1)

    protected fun title(of: Notification?) = of?.extras?.getString(Notification.EXTRA_TITLE)

    protected fun press(notification: Notification, button: Int) {
        notification.actions[button].actionIntent.send()
        idle()
    }

    /** The disk takes nothing more: the drafts of the lists cannot be made. */
    protected fun fillTheDisk() = listOf("", ".seen").forEach { File(app.noBackupFilesDir, "billpay.reminders$it.new").mkdir() }

    @Before
    fun aPhone() {
        StrictAlarms.asNew()
        ShadowAlarmManager.setCanScheduleExactAlarms(true)
        dispatcher = Dispatchers.Unconfined
        now = { start }
    }

    @After
    fun asBefore() {
        dispatcher = Dispatchers.IO
        now = Instant::now
        atMost = 9.seconds
    }
}
