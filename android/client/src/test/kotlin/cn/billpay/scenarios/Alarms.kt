package cn.billpay.scenarios

import cn.billpay.Answer
import cn.billpay.ArmedReminders
import cn.billpay.BillPay
import cn.billpay.Problem
import cn.billpay.ReminderId
import cn.billpay.ReminderPlan
import java.time.ZoneId

/** A phone's alarms, as far as a story needs them: an operating system that takes everything, and outlives the app. */
internal class Alarms {
    private val held = LinkedHashMap<ReminderId, String>()
    private var planned = emptyList<ReminderId>()

    /** How many are armed. */
    val size: Int get() = held.size

    /**
     * What a shell does: reports, asks, arms the difference, reports again; gives the plan, and how many the library
     * names. With [after], the app dies after so many changes, of which the cancelled ones are the first.
     */
    suspend fun plan(app: BillPay, after: Int?): Pair<ReminderPlan, Int> {
        app.reportArmed(ArmedReminders(held)).told()
        val plan = app.reminders(ZONE, ROOM).told()
        planned = plan.reminders.map { it.id }
        val most = after ?: Int.MAX_VALUE
        plan.cancel.take(most).forEach { held -= it }
        val add = plan.reminders.filter { it.id in plan.add }
        add.take((most - plan.cancel.size).coerceAtLeast(0)).forEach { held[it.id] = it.mark }
        if (after != null) return plan to 0
        app.reportArmed(ArmedReminders(held)).told()
        return plan to app.reminderHealth(ZONE, ROOM).told().size
    }

    /** The reminder of that stage that was last planned on this phone. */
    fun ofStage(wanted: String): ReminderId = planned.first { stage(it) == wanted }

    private companion object {
        val ZONE: ZoneId = ZoneId.of("Asia/Shanghai")
        const val ROOM = 64
    }
}

/** What of an id is the same in every run. */
internal fun stage(id: ReminderId): String = id.value.substringAfterLast('.').replace(Regex("^([sf])\\d*$"), "$1")

/** A problem on its way to the trace. */
internal class Refused(val problem: Problem) : Exception("$problem")

internal fun <T, P : Problem> Answer<T, P>.told(): T = when (this) {
    is Answer.Success -> value
    is Answer.Failure -> throw Refused(problem)
}
