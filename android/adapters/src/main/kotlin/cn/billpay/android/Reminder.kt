package cn.billpay.android

import java.time.Instant

/** Which of the two channels a reminder comes by; a person may turn off either. */
public enum class ReminderKind {
    /** The bill is not due yet, or is today. */
    DUE,

    /** The due date has passed. */
    OVERDUE,
}

/** What a locked screen may show. */
public enum class OnLockScreen {
    /** Everything. */
    ALL,

    /** [Reminder.redacted] in place of the text. */
    REDACTED,

    /** Nothing at all. */
    NOTHING,
}

/** A title and a body, in the person's language. */
public data class ReminderText(
    /** One line. */
    val title: String,
    /** Amount, method and deadline, or the days overdue. */
    val body: String,
)

/**
 * One item of the plan, ready to be shown. Holds no secret and no full customer number: it lies in a file of its own
 * and is handed to the system.
 */
public data class Reminder(
    /** The plan's id: the same item has the same id in the next plan. */
    val id: String,
    /** What it is about, by a key of the app's: a later reminder takes the place of an earlier one on the screen. */
    val subject: String,
    /** When it is to be shown. */
    val at: Instant,
    /** Its channel. */
    val kind: ReminderKind,
    /** What it says. */
    val text: ReminderText,
    /** What it says where not everything may be shown. */
    val redacted: ReminderText,
    /** What it says in place of [text] while a payment is being checked. Then there is nothing to pay. */
    val checking: ReminderText,
    /** What a locked screen shows. */
    val onLockScreen: OnLockScreen,
)

/** Why the system holds no alarm for an item. */
public enum class WhyNotArmed {
    /** There are more than the system takes; the soonest are armed, and the next plan takes up what follows. */
    TOO_MANY,

    /** The system refused. */
    REFUSED,
}

/** What the system accepted of a plan: for the library's `reminder_health`, and for the person. */
public data class Accepted(
    /** Armed to the minute. */
    val exact: Set<String>,
    /** Armed, and the system may be late by an hour: exact alarms are not allowed to this app. */
    val inexact: Set<String>,
    /** Not armed. */
    val notArmed: Map<String, WhyNotArmed>,
    /** Kinds that nobody would see: the app's notifications, or that channel, are turned off. */
    val silenced: Set<ReminderKind>,
)

/** What has become of a bill when its reminder fires. */
public enum class StillDue {
    /** It is to be paid. */
    DUE,

    /** A payment of it is being checked: the text changes, and nothing is offered. */
    CHECKING,

    /** It is paid, muted, or gone. Nothing is shown. */
    OVER,
}
