package cn.billpay.android

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.net.Uri
import cn.billpay.RemindedBill
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import cn.billpay.StillDue
import cn.billpay.orElse
import java.io.IOException
import java.time.Instant
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** Shows a reminder whose time has come, and hears its buttons. Only the system and this app may call it. */
public class ReminderReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        val named = intent.data?.lastPathSegment ?: return
        val host = context.applicationContext as? ReminderHost ?: return
        when (intent.action) {
            FIRE -> inBackground(this) { fire(context, host, ReminderId(named)) }
            SNOOZE -> inBackground(this) { snooze(context, host, RemindedBill(named)) }
        }
    }

    private suspend fun fire(context: Context, host: ReminderHost, id: ReminderId) {
        val scheduler = ReminderScheduler(context)
        val notifications = ReminderNotifications(context)
        val reminder = scheduler.find(id) ?: return
        // Without an answer it is shown: a second payment is refused by the library, a missed bill costs money.
        val due = asked(PATIENCE) { host.stillDue(id)?.orElse { null } }
        var planned: Rearmed? = null
        val says = when (due) {
            StillDue.NO, StillDue.UNKNOWN -> null.also { notifications.withdraw(reminder.bill) }
            StillDue.CHECKING -> Says.CHECKING.also { notifications.showChecking(OnScreen.of(reminder), alerts = true) }
            StillDue.YES -> if (reminder.kind == ReminderKind.CHECKING) {
                // The payment has failed since it was planned, and its words are wrong: a new plan tells it in the next minute.
                // Or it is another device's, of which this answer knows nothing and the plan does.
                planned = plan(scheduler, host, PATIENCE_IN_BETWEEN)
                when {
                    planned !is Rearmed.Planned -> Says.DUE.also { notifications.showHidden(OnScreen.of(reminder)) }
                    planned.plan.saysChecking(reminder.bill) -> Says.CHECKING.also { notifications.showChecking(OnScreen.of(reminder), alerts = true) }
                    else -> return tell(host, planned)
                }
            } else {
                Says.DUE.also { notifications.show(reminder) }
            }
            null -> OnScreen.of(reminder).says.also { notifications.show(reminder) }
        }
        val seen = says?.let { Seen(id, checking = it != Says.DUE) }
        scheduler.over(id, seen.takeIf { notifications.enabled(reminder.kind) })
        if (planned != null) tell(host, planned)
    }

    private suspend fun snooze(context: Context, host: ReminderHost, bill: RemindedBill) {
        val until = now() + host.later
        // What could not be put off stays on the screen.
        asked(PATIENCE) { host.profile()?.snooze(bill, until)?.orElse { null } } ?: return
        ReminderNotifications(context).withdraw(bill)
        rearm(context, host, PATIENCE_IN_BETWEEN)
    }

    internal companion object {
        const val FIRE = "cn.billpay.android.FIRE"
        const val SNOOZE = "cn.billpay.android.SNOOZE"

        fun intent(context: Context, action: String, named: String): Intent =
            Intent(action, address(named), context, ReminderReceiver::class.java)

        fun address(named: String): Uri = Uri.Builder().scheme("billpay").authority("reminder").appendPath(named).build()
    }
}

/** Plans anew when the system has forgotten its alarms, or when their moments or words have changed. */
public class RearmReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        if (intent.action !in TRIGGERS) return
        inBackground(this) { rearm(context, context.applicationContext as? ReminderHost, PATIENCE_TO_PLAN) }
    }

    private companion object {
        val TRIGGERS = setOf(
            Intent.ACTION_BOOT_COMPLETED,
            Intent.ACTION_MY_PACKAGE_REPLACED,
            Intent.ACTION_TIMEZONE_CHANGED,
            Intent.ACTION_TIME_CHANGED,
            Intent.ACTION_LOCALE_CHANGED,
            // AlarmManager.ACTION_SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED, of Android 12.
            "android.app.action.SCHEDULE_EXACT_ALARM_PERMISSION_STATE_CHANGED",
        )
    }
}

private suspend fun rearm(context: Context, host: ReminderHost?, patience: Duration) =
    tell(host, plan(ReminderScheduler(context), host, patience))

private suspend fun plan(scheduler: ReminderScheduler, host: ReminderHost?, patience: Duration): Rearmed {
    val how = asked(patience) { host?.profile()?.let { scheduler.replan(it) } }
    // Whoever plans at this moment, and does not come to an end, arms what is held when it does.
    if (how == null) asked(PATIENCE_TO_ARM) { scheduler.armHeld() }
    return how ?: Rearmed.Failed(null)
}

private suspend fun tell(host: ReminderHost?, how: Rearmed) {
    if (host != null) asked(PATIENCE) { host.rearmed(how) }
}

/** The answer, or `null`: the system gives a receiver ten seconds in all. */
private suspend fun <T> asked(patience: Duration, question: suspend () -> T): T? = try {
    withTimeoutOrNull(patience) { question() }
} catch (_: Exception) {
    null
}

internal fun inBackground(receiver: BroadcastReceiver, work: suspend () -> Unit): Job {
    // Null where the receiver was not called by the system.
    val open: BroadcastReceiver.PendingResult? = receiver.goAsync()
    return CoroutineScope(dispatcher).launch {
        try {
            withTimeoutOrNull(atMost) { work() }
        } catch (_: IOException) {
            // The list could not be written, on a full disk say. What was armed or shown stands; the next plan repairs the list.
        } finally {
            open?.finish()
        }
    }
}

/** Tests put another in its place. */
internal var dispatcher: CoroutineDispatcher = Dispatchers.IO

/** Tests put another in its place. */
internal var now: () -> Instant = Instant::now

/** For all that a receiver does: the system ends an app whose receiver takes ten seconds. Tests put another in its place. */
internal var atMost: Duration = 9.seconds

private val PATIENCE = 3.seconds
private val PATIENCE_TO_PLAN = 6.seconds

/** Where something else was asked before, and something is shown after. */
private val PATIENCE_IN_BETWEEN = 4.seconds
private val PATIENCE_TO_ARM = 1.seconds
