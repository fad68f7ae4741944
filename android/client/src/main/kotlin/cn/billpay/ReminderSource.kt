package cn.billpay

import java.time.Instant
import java.time.ZoneId

/**
 * What whoever arms reminders with an operating system asks of a profile: [BillPay], or a stand-in in a test.
 *
 * The order matters: [reportArmed] what the system holds, ask for [reminders], arm the difference, and [reportArmed]
 * again. An app that died half-way, or a file that was put back, and the library would take for armed what is not.
 */
public interface ReminderSource {
    /** Takes what the operating system holds, and what was seen. */
    public suspend fun reportArmed(armed: ArmedReminders): Answer<Unit, FaultProblem>

    /**
     * What this phone is to say of the bills, made anew: by its zone, with room for so many. Call it when the app opens
     * or resumes, after [BillPay.refresh], after a payment or a choice, and after a boot, an update or a change of clock
     * or zone: [reportArmed] first, then this, then arm what it says, and [reportArmed] again.
     */
    public suspend fun reminders(zone: ZoneId, room: Int): Answer<ReminderPlan, ReminderProblem>

    /** Names each reminder that will not be seen when it should be, and why. */
    public suspend fun reminderHealth(zone: ZoneId, room: Int): Answer<List<UnarmedReminder>, ReminderProblem>

    /**
     * Whether a reminder that goes off is still true. Works while the key store is locked. With a problem, show it:
     * what is not known is not done.
     */
    public suspend fun stillDue(reminder: ReminderId): Answer<StillDue, FaultProblem>

    /** Puts a bill off until then. */
    public suspend fun snooze(bill: RemindedBill, until: Instant): Answer<Unit, ReminderProblem>
}
