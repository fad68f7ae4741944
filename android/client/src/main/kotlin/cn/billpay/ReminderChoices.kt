package cn.billpay

import java.time.Instant
import java.time.LocalTime

/** What a person chose about reminders. Times are by the phone's clock, to the minute. */
public data class ReminderPolicy(
    /** So many days before the due date, by the bank's calendar; 0 is the due date itself. */
    public val leadDays: Set<Int>,
    /** So many days after it. */
    public val overdueDays: Set<Int>,
    /** Then again each so many days, until it is paid; 0 for never again. */
    public val overdueEvery: Int,
    /** At which time of day. */
    public val at: LocalTime,
    /** When nothing is to be heard. */
    public val quiet: QuietHours?,
    /** What a lock screen may show. */
    public val redaction: Redaction,
    /** By which ways, as usual. */
    public val channels: Set<Channel>,
    /** Of the texts. */
    public val language: Language,
    /** Billers of which nothing is to be heard. */
    public val muted: Set<BillerId>,
    /** Bills that were put off. */
    public val snoozed: List<SnoozedBill>,
    /** How many days are planned ahead. */
    public val horizonDays: Int,
)

/** From one time of day to another, over midnight where the second is the earlier one. */
public data class QuietHours(
    /** The first quiet minute. */
    public val from: LocalTime,
    /** The first minute that is not. */
    public val to: LocalTime,
)

/** A bill that was put off. */
public data class SnoozedBill(
    /** Which. */
    public val bill: RemindedBill,
    /** When the person asked for it. */
    public val from: Instant,
    /** When to come back to it. */
    public val until: Instant,
)

/** What a lock screen may show. */
public enum class Redaction {
    /** Everything, the customer number in full. */
    NOTHING,

    /** The customer number masked. */
    MASKED,

    /** That there is something, and nothing of what. */
    EVERYTHING,
}

/** A way to a person. */
public enum class Channel {
    /** A notification that the phone itself makes. */
    PHONE,

    /** One that the bank sends to the app. */
    PUSH,

    /** A message of the bank. */
    SMS,
}

/** By which ways a person is reminded. */
public data class ReminderChannels(
    /** Of every account that is not named below. */
    public val usual: Set<Channel>,
    /** Of these accounts; no way at all: their bills are not spoken of. */
    public val accounts: Map<AccountId, Set<Channel>>,
    /** Whether the bank has taken what is chosen now, as far as it is the bank's affair. */
    public val bankKnows: Boolean,
)
