package cn.billpay.android

import android.content.Context
import cn.billpay.Answer
import cn.billpay.ArmedReminders
import cn.billpay.BillPay
import cn.billpay.OpenPayments
import cn.billpay.Problem
import cn.billpay.Reminder
import cn.billpay.RemindedBill
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import cn.billpay.ReminderPlan
import cn.billpay.ReminderProblem
import cn.billpay.ReminderSource
import cn.billpay.StillDue
import cn.billpay.UnarmedReminder
import cn.billpay.WhyUnarmed
import cn.billpay.WipeProblem
import cn.billpay.orElse
import java.io.IOException
import java.time.ZoneId
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/**
 * Makes Android hold the library's plan of reminders, and tells the library what Android holds.
 *
 * Call [replan] when the app opens or resumes, after a refresh, a payment, and a choice of the person's. After a boot,
 * an update of the app, a change of clock, time zone or language, and when exact alarms become allowed, the library's
 * receivers do it through the app's [ReminderHost]. One at a time in a process, whoever asks.
 *
 * The process may die anywhere in it. So what is about to be armed is written down before; what was written and not
 * found out counts as held by no one knows which mark, and is armed again or cancelled with the next plan.
 */
public class ReminderScheduler(
    private val context: Context,
    /** The most alarms that are asked for: Android gives an app 500, so leave out what the app arms itself. */
    private val room: Int = 500,
    private val zone: () -> ZoneId = ZoneId::systemDefault,
) {
    private val alarms = SystemAlarms(context)
    private val list = HeldReminders(context)
    private val notifications = ReminderNotifications(context)

    /**
     * Reports what is held, asks for the plan, arms the difference, reports again, and takes what is over from the screen.
     * May be called from any dispatcher, the main one too. Cancelled in it, the next time does what was left.
     */
    public suspend fun replan(profile: ReminderSource): Rearmed = withContext(dispatcher) {
        ALONE.withLock {
            val how = try {
                armPlan(profile)
            } catch (_: IOException) {
                Rearmed.Failed(null)
            }
            if (how is Rearmed.Failed) armList()
            how
        }
    }

    /**
     * Wipes the profile, and with it what Android has of it: its alarms, its reminders on the screen, and the words that wait
     * for their time. Where nothing was wiped, all of that stays. Killed in between, the next [replan] takes them away.
     */
    public suspend fun wipe(profile: BillPay, open: OpenPayments = OpenPayments.WAIT): Answer<Unit, WipeProblem> = withContext(dispatcher) {
        ALONE.withLock {
            val wiped = profile.wipe(open)
            // With files that could not be removed the key may be gone; if it is not, the next plan arms it all again.
            val gone = wiped is Answer.Success || (wiped as? Answer.Failure)?.problem is WipeProblem.File
            if (gone) forgetAll()
            wiped
        }
    }

    /**
     * Cancels every alarm, takes every reminder from the screen, and removes what is kept of them: for an app that wipes by
     * itself ([wipe] does both), or whose person signs out. Throws [IOException] where words may be left in the files; what
     * Android holds is gone all the same.
     */
    public suspend fun forget(): Unit = withContext(dispatcher) { ALONE.withLock { forgetAll() } }

    private fun forgetAll() {
        for (id in list.read().keys) alarms.cancel(id.value)
        for (shown in notifications.shown()) notifications.withdraw(shown.bill)
        list.delete()
    }

    /** Without a plan: what the system has forgotten, or may now come to the minute, is armed from the list. */
    internal suspend fun armHeld(): Unit = ALONE.withLock { armList() }

    internal fun find(id: ReminderId): Reminder? = list.read()[id]?.reminder

    /** It has gone off. Throws [IOException] where that cannot be written. */
    internal suspend fun over(id: ReminderId, seen: Seen?): Unit = ALONE.withLock {
        // Seen first: one that is neither held nor seen would be told again.
        if (seen != null) list.writeSeen(list.readSeen() + seen)
        list.write(list.read().values.filter { it.reminder.id != id })
        // A plan that came between the two may have armed it once more.
        alarms.cancel(id.value)
    }

    private suspend fun armPlan(profile: ReminderSource): Rearmed {
        // Before the plan: an app that died half-way, or a file that was put back, and the library knows it wrong.
        report(profile)?.let { return Rearmed.Failed(it) }
        var (zone, room) = zone() to room
        while (true) {
            val plan = profile.reminders(zone, room).orElse { problem ->
                // A zone that the library does not know: the bank's.
                if (problem !is ReminderProblem.UnknownZone || zone == BANK) return Rearmed.Failed(problem)
                zone = BANK
                null
            } ?: continue
            val full = change(plan)
            report(profile)?.let { return Rearmed.Failed(it) }
            val taken = list.read().size
            if (full && taken in 1..<room) {
                // Android took fewer than it said. Of those the last place goes to the one that asks to open the app.
                room = taken
                continue
            }
            tidy(profile, plan)
            return profile.reminderHealth(zone, room).orElse { return Rearmed.Failed(it) }
                .let { Rearmed.Planned(plan, it + silent(plan, it), alarms.exactAllowed()) }
        }
    }

    /** Arms the difference. Says whether there was no room for all of it. */
    private fun change(plan: ReminderPlan): Boolean {
        val exact = alarms.exactAllowed()
        val add = plan.reminders.filter { it.id in plan.add }
        val held = LinkedHashMap(list.read())
        // Written before it is done, and once more when it is known what came of it.
        for (reminder in add) held[reminder.id] = Held(reminder, settled = false, exact)
        if (add.isNotEmpty()) list.write(held.values)
        for (id in plan.cancel) {
            alarms.cancel(id.value)
            held -= id
        }
        var full = false
        for (reminder in add) {
            val taken = alarms.arm(reminder.id.value, reminder.at, exact)
            when (taken) {
                Taken.EXACT, Taken.INEXACT -> held[reminder.id] = Held(reminder, settled = true, taken == Taken.EXACT)
                Taken.NO_ROOM, Taken.REFUSED -> held -= reminder.id
            }
            full = full || taken == Taken.NO_ROOM
        }
        // What the system has dropped and the plan does not name goes, too.
        held.keys.retainAll(plan.add + plan.keep)
        list.write(held.values)
        return full
    }

    private fun armList() {
        val exact = alarms.exactAllowed()
        val held = list.read().values
        val now = held.mapNotNull { item ->
            if (item.exact == exact && alarms.holds(item.reminder.id.value)) return@mapNotNull item
            when (val taken = alarms.arm(item.reminder.id.value, item.reminder.at, exact)) {
                Taken.EXACT, Taken.INEXACT -> Held(item.reminder, item.settled, taken == Taken.EXACT)
                Taken.NO_ROOM, Taken.REFUSED -> null
            }
        }
        try {
            if (now != held.toList()) list.write(now)
        } catch (_: IOException) {
            // They are armed all the same, and armed again by the next plan.
        }
    }

    /** What the system holds, what was seen, and what the system says of itself. Gives the problem. */
    private suspend fun report(profile: ReminderSource): Problem? {
        val exact = alarms.exactAllowed()
        val held = list.read().values.filter { alarms.holds(it.reminder.id.value) }.associate {
            // A mark that no plan has where it is not known what is armed, or where it can be armed better.
            it.reminder.id to if (it.settled && it.exact == exact) it.reminder.mark else ""
        }
        // What stands on the screen was seen, whatever the app had time to write.
        val seen = list.readSeen() + notifications.shown().map { Seen(it.id, checking = it.says != Says.DUE) }
        val (checking, due) = seen.partition { it.checking }.let { (checking, due) -> checking.ids() to due.ids() }
        val armed = ArmedReminders(held, due, checking, notifications.enabled(), permission = exact, batterySaver = alarms.mayBeHeldBack())
        return when (val told = profile.reportArmed(armed)) {
            is Answer.Failure -> told.problem
            is Answer.Success -> null.also { list.writeSeen(emptySet()) }
        }
    }

    /** What is over goes from the screen; what is being checked says so there, too, and what is not any more does not. */
    private suspend fun tidy(profile: ReminderSource, plan: ReminderPlan) {
        for (shown in notifications.shown()) {
            when (profile.stillDue(shown.id).orElse { null }) {
                StillDue.NO, StillDue.UNKNOWN -> notifications.withdraw(shown.bill)
                StillDue.CHECKING -> if (shown.says != Says.CHECKING) notifications.showChecking(shown)
                // The plan tells it anew, at once and aloud; unless another device's payment is being checked, of which this
                // answer knows nothing and the plan does.
                StillDue.YES -> if (shown.says == Says.CHECKING && !plan.saysChecking(shown.bill)) notifications.showAgain(shown)
                null -> Unit
            }
        }
    }

    /** Those whose channel alone the person has turned off, which the library knows nothing of. */
    private fun silent(plan: ReminderPlan, named: List<UnarmedReminder>): List<UnarmedReminder> {
        val ids = named.mapTo(HashSet()) { it.id }
        return plan.reminders.filter { it.id !in ids && !notifications.enabled(it.kind) }
            .map { UnarmedReminder(it.id, it.bill, it.at, WhyUnarmed.NOTIFICATIONS_OFF) }
    }

    private fun List<Seen>.ids() = mapTo(LinkedHashSet()) { it.id }

    private companion object {
        val ALONE = Mutex()
        val BANK: ZoneId = ZoneId.of("Asia/Shanghai")
    }
}

/** Whether a payment of that bill is being checked, here or on another device. */
internal fun ReminderPlan.saysChecking(bill: RemindedBill?): Boolean =
    bill != null && reminders.any { it.bill == bill && it.kind == ReminderKind.CHECKING }
