package cn.billpay.android

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.net.Uri
import java.io.IOException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration.Companion.seconds

/** Shows a reminder whose time has come, and hears its buttons. Only the system and this app may call it. */
public class ReminderReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val id = intent.data?.lastPathSegment ?: return
        val host = context.applicationContext as? ReminderHost ?: return
        when (intent.action) {
            FIRE -> inBackground(this) { fire(context, host, id) }
            SNOOZE -> inBackground(this) { snooze(context, host, id) }
        }
    }

    private suspend fun fire(context: Context, host: ReminderHost, id: String) {
        val scheduler = ReminderScheduler(context)
        val reminder = scheduler.find(id) ?: return
        // Without an answer it is shown: a second payment is refused by the library, a missed bill costs money.
        val due = asked { host.stillDue(reminder) } ?: StillDue.DUE
        val notifications = ReminderNotifications(context)
        when (due) {
            StillDue.DUE -> notifications.show(host, reminder, checking = false)
            StillDue.CHECKING -> notifications.show(host, reminder, checking = true)
            StillDue.OVER -> notifications.withdraw(reminder.subject)
        }
        scheduler.shown(reminder)
    }

    private suspend fun snooze(context: Context, host: ReminderHost, id: String) {
        val scheduler = ReminderScheduler(context)
        val reminder = scheduler.lastShown(id) ?: return
        // What could not be put off stays on the screen.
        asked { host.snooze(reminder) } ?: return
        ReminderNotifications(context).withdraw(reminder.subject)
        replan(context, host, anew = false)
    }

    internal companion object {
        const val FIRE = "cn.billpay.android.FIRE"
        const val SNOOZE = "cn.billpay.android.SNOOZE"

        fun intent(context: Context, action: String, id: String): Intent =
            Intent(action, address(id), context, ReminderReceiver::class.java)

        fun address(id: String): Uri = Uri.Builder().scheme("billpay").authority("reminder").appendPath(id).build()
    }
}

/** Arms the plan again when the system has forgotten it, or when its moments have moved. */
public class RearmReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val anew = when (intent.action) {
            Intent.ACTION_BOOT_COMPLETED, Intent.ACTION_MY_PACKAGE_REPLACED, EXACT_ALLOWED -> true
            Intent.ACTION_TIMEZONE_CHANGED, Intent.ACTION_TIME_CHANGED, Intent.ACTION_LOCALE_CHANGED -> false
            else -> return
        }
        val host = context.applicationContext as? ReminderHost
        inBackground(this) { replan(context, host, anew) }
    }

    private companion object {
        // AlarmManager.ACTION_SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED, of Android 12.
        const val EXACT_ALLOWED = "android.app.action.SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED"
    }
}

private suspend fun replan(context: Context, host: ReminderHost?, anew: Boolean) {
    val plan = host?.let { asked { it.plan() } }
    val scheduler = ReminderScheduler(context)
    val accepted = when {
        anew -> scheduler.armAnew(plan)
        plan != null -> scheduler.apply(plan)
        // The alarms that are there stand.
        else -> return
    }
    if (host != null) asked { host.accepted(accepted) }
}

/** The app's answer, or `null`: the system gives a receiver ten seconds in all. */
private suspend fun <T> asked(question: suspend () -> T): T? = try {
    withTimeoutOrNull(PATIENCE) { question() }
} catch (_: Exception) {
    null
}

private fun inBackground(receiver: BroadcastReceiver, work: suspend () -> Unit) {
    // Null where the receiver was not called by the system.
    val open: BroadcastReceiver.PendingResult? = receiver.goAsync()
    CoroutineScope(dispatcher).launch {
        try {
            work()
        } catch (_: IOException) {
            // The list could not be written, on a full disk say. What was armed or shown stands; the next plan repairs the list.
        } finally {
            open?.finish()
        }
    }
}

/** Tests put another in its place. */
internal var dispatcher: CoroutineDispatcher = Dispatchers.IO

private val PATIENCE = 3.seconds
