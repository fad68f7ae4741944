package cn.billpay

import java.time.Instant

/** A reminder: the same in every plan that holds it. */
@JvmInline
public value class ReminderId(
    /** As the operating system is given it. */
    public val value: String,
)

/** A bill as reminders name it. */
@JvmInline
public value class RemindedBill(
    /** Known on this device only. */
    public val value: String,
)

/** What the phone is to say, and what to change in the operating system for it. */
public data class ReminderPlan(
    /** The soonest first. */
    public val reminders: List<Reminder>,
    /** To be armed; one whose id is held already takes that one's place. */
    public val add: Set<ReminderId>,
    /** To be cancelled. */
    public val cancel: Set<ReminderId>,
    /** Stay as they are. */
    public val keep: Set<ReminderId>,
    /** What the person once chose could not be read: this plan is by the default, until it is chosen anew. */
    public val lost: Boolean,
)

/** What to say, and when. Prints none of its texts: with [Redaction.NOTHING] they have the number in full. */
public data class Reminder(
    /** The same in every plan that holds it. */
    public val id: ReminderId,
    /** Of which bill; none for the one that asks to open the app. */
    public val bill: RemindedBill?,
    /** When. */
    public val at: Instant,
    /** Of what kind, at that moment. */
    public val kind: ReminderKind,
    /** How many days by the bank's calendar are left, or have gone since the due date, at that moment. */
    public val days: Int,
    /** Whether paying may be offered: never while a payment of this bill is being checked. */
    public val pay: Boolean,
    /** Its moment has passed unseen. */
    public val late: Boolean,
    /** One line, in the person's language. */
    public val title: String,
    /** What is asked, for what, until when, by which way to pay. */
    public val body: String,
    /** Changes with everything above but the id: keep it beside what is armed. */
    public val mark: String,
) {
    override fun toString(): String = "Reminder(id=$id, at=$at, kind=$kind)"
}

/** Of what kind a reminder is. */
public enum class ReminderKind {
    /** A bill that can still be paid in time. */
    DUE,

    /** One that is late. */
    OVERDUE,

    /** A payment of it is being checked. */
    CHECKING,

    /** Not of a bill: more follows, and the app has to be opened for it. */
    OPEN_THE_APP,
}

/** What the operating system holds, and what it says of itself. */
public data class ArmedReminders(
    /** What it holds now, each with the mark that was kept beside it. What it did not accept is not among them. */
    public val held: Map<ReminderId, String>,
    /** Seen since the last report. */
    public val seen: Set<ReminderId> = emptySet(),
    /** Seen since the last report in the words of *a payment is being checked*: should it fail, the bill is still to be told. */
    public val seenChecking: Set<ReminderId> = emptySet(),
    /** Whether it shows notifications of the app at all. */
    public val notifications: Boolean = true,
    /** Whether it lets the app arm alarms at a moment of its choice. */
    public val permission: Boolean = true,
    /** Whether it may hold them back to save the battery. */
    public val batterySaver: Boolean = false,
)

/** One that will not be seen when it should be. */
public data class UnarmedReminder(
    /** Which. */
    public val id: ReminderId,
    /** Of which bill. */
    public val bill: RemindedBill?,
    /** When it should be seen. */
    public val at: Instant,
    /** Why it will not. */
    public val reason: WhyUnarmed,
)

/** Why a reminder will not be seen when it should be. */
public enum class WhyUnarmed {
    /** The person has turned off the notifications of the app. */
    NOTIFICATIONS_OFF,

    /** The app may not arm alarms. */
    NO_PERMISSION,

    /** There is no room for it: the system takes no more, or fewer than it said. */
    NO_ROOM,

    /** The system saves the battery, and did not take it. */
    BATTERY_SAVER,

    /** It is not armed, and nothing says why: the plan was made anew and not armed yet, or it was refused. */
    NOT_ARMED,
}

/** Whether a reminder that goes off is still true. */
public enum class StillDue {
    /** It is: show it. */
    YES,

    /** A payment of it is being checked: show that, and offer no payment. */
    CHECKING,

    /** It is paid or withdrawn: show nothing. */
    NO,

    /** This profile knows no such bill: show nothing. */
    UNKNOWN,
}

/** Why reminders are not told, or stay as they are. */
public sealed interface ReminderProblem : Problem {
    /** The phone's zone is not known here. Whoever has to go on takes the bank's, `Asia/Shanghai`. */
    public data class UnknownZone(override val why: Why) : ReminderProblem

    /** What was wished makes no sense; what was chosen before stays. */
    public data class Nonsense(override val why: Why) : ReminderProblem

    /** No such bill. */
    public data class UnknownBill(override val why: Why) : ReminderProblem

    /** No such account. */
    public data class UnknownAccount(override val why: Why) : ReminderProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : ReminderProblem
}
