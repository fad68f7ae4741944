package cn.billpay.android

import cn.billpay.Answer
import cn.billpay.ArmedReminders
import cn.billpay.Fault
import cn.billpay.FaultProblem
import cn.billpay.RemindedBill
import cn.billpay.Reminder
import cn.billpay.ReminderId
import cn.billpay.ReminderKind
import cn.billpay.ReminderPlan
import cn.billpay.ReminderProblem
import cn.billpay.ReminderSource
import cn.billpay.StillDue
import cn.billpay.UnarmedReminder
import cn.billpay.WhoActs
import cn.billpay.Why
import cn.billpay.WhyUnarmed
import java.time.Instant
import java.time.ZoneId
import kotlinx.coroutines.awaitCancellation

/** A library whose plans the tests choose: it knows of the system what was reported, and nothing else. */
class FakeSource : ReminderSource {
    /** What there is to say of the bills. */
    var wanted = listOf<Reminder>()
    var due = StillDue.YES
    val dueOf = mutableMapOf<ReminderId, StillDue>()

    /** The key store is locked: nothing is written, and no plan is made. */
    var locked = false
    var answers = true
    var breaks = false
    var zones = setOf("UTC", "Asia/Shanghai")

    /** In which order it was asked. */
    val asked = mutableListOf<String>()
    val reports = mutableListOf<ArmedReminders>()
    val told = mutableSetOf<ReminderId>()
    val toldChecking = mutableSetOf<ReminderId>()
    val snoozed = mutableListOf<Pair<RemindedBill, Instant>>()
    private var reported = ArmedReminders(emptyMap())

    override suspend fun reportArmed(armed: ArmedReminders): Answer<Unit, FaultProblem> {
        answer("report")
        if (locked) return Answer.Failure(FaultProblem(Fault.Locked, why))
        reported = armed
        reports += armed
        told += armed.seen
        toldChecking += armed.seenChecking
        return Answer.Success(Unit)
    }

    override suspend fun reminders(zone: ZoneId, room: Int): Answer<ReminderPlan, ReminderProblem> {
        answer("plan $room ${zone.id}")
        if (zone.id !in zones) return Answer.Failure(ReminderProblem.UnknownZone(why))
        if (locked) return Answer.Failure(ReminderProblem.Other(Fault.Locked, why))
        val plan = within(room)
        val (keep, add) = plan.partition { reported.held[it.id] == it.mark }.let { (keep, add) -> keep.ids() to add.ids() }
        return Answer.Success(ReminderPlan(plan, add, reported.held.keys - plan.ids(), keep, lost = false))
    }

    override suspend fun reminderHealth(zone: ZoneId, room: Int): Answer<List<UnarmedReminder>, ReminderProblem> {
        answer("health $room")
        val within = within(room).ids()
        return Answer.Success(
            toSay().mapNotNull {
                val reason = when {
                    !reported.notifications -> WhyUnarmed.NOTIFICATIONS_OFF
                    it.id in reported.held -> null
                    it.id !in within -> WhyUnarmed.NO_ROOM
                    !reported.permission -> WhyUnarmed.NO_PERMISSION
                    reported.batterySaver -> WhyUnarmed.BATTERY_SAVER
                    else -> WhyUnarmed.NOT_ARMED
                }
                reason?.let { why -> UnarmedReminder(it.id, it.bill, it.at, why) }
            },
        )
    }

    /** Needs no key. */
    override suspend fun stillDue(reminder: ReminderId): Answer<StillDue, FaultProblem> {
        answer("due ${reminder.value}")
        return Answer.Success(dueOf[reminder] ?: due)
    }

    override suspend fun snooze(bill: RemindedBill, until: Instant): Answer<Unit, ReminderProblem> {
        answer("snooze")
        if (locked) return Answer.Failure(ReminderProblem.Other(Fault.Locked, why))
        snoozed += bill to until
        return Answer.Success(Unit)
    }

    private fun toSay() = wanted.filter { it.id !in told && (it.kind != ReminderKind.CHECKING || it.id !in toldChecking) }

    private fun within(room: Int): List<Reminder> {
        val all = toSay().sortedBy { it.at }
        return if (all.size <= room) all else all.take(room - 1) + tail(all[room - 1].at)
    }

    private suspend fun answer(what: String) {
        asked += what
        if (!answers) awaitCancellation()
        check(!breaks) { "it broke" }
    }

    private fun List<Reminder>.ids() = mapTo(LinkedHashSet()) { it.id }

    companion object {
        private val why = Why("locked", WhoActs.WAIT, null, null, "", null, "", "")

        fun tail(at: Instant) = Reminder(
            ReminderId("open-the-app"), null, at, ReminderKind.OPEN_THE_APP, 0, false, false, "Please open the app", "More follows.", "tail $at",
        )
    }
}
