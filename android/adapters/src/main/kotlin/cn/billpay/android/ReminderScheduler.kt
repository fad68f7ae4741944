package cn.billpay.android

import android.app.AlarmManager
import android.app.PendingIntent
import android.content.Context
import android.os.Build
import java.time.Clock
import java.time.Duration

/**
 * Arms a plan with Android's alarms: takes the difference to what is armed, and says what the system accepted.
 *
 * Hand it each new plan (after a refresh, a payment, a change of the person's choices). After a boot, an update of
 * the app, a change of clock, time zone or language, or when exact alarms become allowed, the library's receivers
 * do it through the app's [ReminderHost]. Safe to call from any thread but the main one: it writes a file.
 */
public class ReminderScheduler(
    private val context: Context,
    /** The most alarms that are asked for; Android gives an app 500, the app's own among them. */
    private val limit: Int = 500,
    private val clock: Clock = Clock.systemUTC(),
) {
    private val alarms = checkNotNull(context.getSystemService(AlarmManager::class.java))
    private val held = HeldReminders(context)

    /**
     * Makes the system hold this plan and nothing else. The same plan again changes nothing. Throws
     * [java.io.IOException] where the list of what is armed cannot be written: the alarms stand, and the next plan
     * repairs the list.
     */
    public fun apply(plan: List<Reminder>): Accepted = arm(plan, anew = false)

    /** Nothing of a subject comes any more, and what is on the screen goes: it is paid, say. */
    public fun withdraw(subject: String): Unit = synchronized(LOCK) {
        val (gone, rest) = held.read().values.partition { it.reminder.subject == subject }
        gone.forEach { alarms.cancel(pending(it.reminder.id)) }
        if (gone.isNotEmpty()) held.write(rest)
        ReminderNotifications(context).withdraw(subject)
    }

    /** The system has forgotten its alarms, or they may be exact now: all of the plan is armed once more. */
    internal fun armAnew(plan: List<Reminder>?): Accepted = arm(plan ?: held.read().values.map { it.reminder }, anew = true)

    internal fun find(id: String): Reminder? = synchronized(LOCK) { held.read()[id]?.reminder }

    /** Its time has come and gone: no alarm any more. It is kept for its buttons, until a later one takes its place. */
    internal fun shown(reminder: Reminder): Unit = synchronized(LOCK) {
        held.write(held.read().values.filter { it.reminder.id != reminder.id })
        held.writeShown(held.readShown().filter { it.reminder.subject != reminder.subject } + Held(reminder, exact = false))
    }

    internal fun lastShown(id: String): Reminder? = synchronized(LOCK) {
        held.readShown().firstOrNull { it.reminder.id == id }?.reminder
    }

    private fun arm(plan: List<Reminder>, anew: Boolean): Accepted = synchronized(LOCK) {
        val before = held.read()
        val wanted = plan.associateBy { it.id } + onTheirWay(before, plan)
        val exact = exactAllowed()
        for (id in before.keys - wanted.keys) alarms.cancel(pending(id))

        val now = LinkedHashMap<String, Held>()
        val notArmed = LinkedHashMap<String, WhyNotArmed>()
        for (item in wanted.values.sortedWith(compareBy({ it.at }, { it.id }))) {
            val old = before[item.id]
            val stands = !anew && old != null && old.reminder.at == item.at && old.exact == exact
            val answer = when {
                now.size >= limit -> Answered.No(WhyNotArmed.TOO_MANY)
                stands -> Answered.Yes(exact)
                else -> ask(item, exact)
            }
            when (answer) {
                is Answered.Yes -> now[item.id] = Held(item, answer.exact)
                is Answered.No -> {
                    notArmed[item.id] = answer.why
                    if (old != null) alarms.cancel(pending(item.id))
                }
            }
        }
        // After the system: written and not armed, it would never come; armed and not written, the next plan arms it.
        held.write(now.values)
        Accepted(
            exact = now.filterValues { it.exact }.keys.toSet(),
            inexact = now.filterValues { !it.exact }.keys.toSet(),
            notArmed = notArmed,
            silenced = ReminderNotifications(context).silenced(),
        )
    }

    /** An inexact alarm may be late, and a plan that was made meanwhile has only what is to come. */
    private fun onTheirWay(before: Map<String, Held>, plan: List<Reminder>): Map<String, Reminder> {
        val now = clock.instant()
        val subjects = plan.mapTo(HashSet()) { it.subject }
        return before.values.map { it.reminder }
            // Where the plan has nothing more of it, it is over.
            .filter { it.at <= now && it.at > now - LATEST && it.subject in subjects }
            .associateBy { it.id }
    }

    private fun ask(item: Reminder, exact: Boolean): Answered = try {
        val at = item.at.toEpochMilli()
        if (exact) {
            alarms.setExactAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, at, pending(item.id))
        } else {
            alarms.setAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, at, pending(item.id))
        }
        Answered.Yes(exact)
    } catch (_: IllegalStateException) {
        Answered.No(WhyNotArmed.TOO_MANY)
    } catch (_: SecurityException) {
        // Forbidden between the question and the call.
        if (exact) ask(item, exact = false) else Answered.No(WhyNotArmed.REFUSED)
    }

    private sealed interface Answered {
        class Yes(val exact: Boolean) : Answered

        class No(val why: WhyNotArmed) : Answered
    }

    private fun exactAllowed(): Boolean = Build.VERSION.SDK_INT < Build.VERSION_CODES.S || askExact()

    @Above26(Build.VERSION_CODES.S)
    private fun askExact(): Boolean = alarms.canScheduleExactAlarms()

    // Told apart by its address; no text goes with it into the system's lists.
    private fun pending(id: String): PendingIntent = PendingIntent.getBroadcast(
        context,
        0,
        ReminderReceiver.intent(context, ReminderReceiver.FIRE, id),
        PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE,
    )

    private companion object {
        val LOCK = Any()
        val LATEST: Duration = Duration.ofHours(2)
    }
}
