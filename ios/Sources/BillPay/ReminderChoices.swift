// What a person chose about reminders.

import Foundation

/// What a person chose about reminders. Times are by the phone's clock.
public struct ReminderPolicy: Hashable, Sendable {
    /// So many days before the due date, by the bank's calendar; 0 is the due date itself.
    public var leadDays: [Int]
    /// So many days after it.
    public var overdueDays: [Int]
    /// Then again each so many days, until it is paid; 0 for never again.
    public var overdueEvery: Int
    /// At which time of day.
    public var at: TimeOfDay
    /// When nothing is to be heard.
    public var quiet: QuietHours?
    /// What a lock screen may show.
    public var redaction: Redaction
    /// By which ways, as usual.
    public var channels: Set<Channel>
    /// Of the texts.
    public var language: Language
    /// Billers of which nothing is to be heard.
    public var muted: Set<BillerID>
    /// Bills that were put off.
    public var snoozed: [SnoozedBill]
    /// How many days are planned ahead.
    public var horizonDays: Int
}

/// A time of day.
public struct TimeOfDay: Hashable, Sendable {
    /// 0 to 23.
    public var hour: Int
    /// 0 to 59.
    public var minute: Int

    /// That time.
    public init(hour: Int, minute: Int) {
        self.hour = hour
        self.minute = minute
    }
}

/// From one time of day to another, over midnight where the second is the earlier one.
public struct QuietHours: Hashable, Sendable {
    /// The first quiet minute.
    public var from: TimeOfDay
    /// The first minute that is not.
    public var to: TimeOfDay

    /// Between these.
    public init(from: TimeOfDay, to: TimeOfDay) {
        self.from = from
        self.to = to
    }
}

/// A bill that was put off.
public struct SnoozedBill: Hashable, Sendable {
    /// Which.
    public let bill: RemindedBill
    /// When the person asked for it.
    public let from: Date
    /// When to come back to it.
    public let until: Date
}

/// What a lock screen may show.
public enum Redaction: Hashable, Sendable {
    /// Everything, the customer number in full.
    case nothing
    /// The customer number masked.
    case masked
    /// That there is something, and nothing of what.
    case everything
}

/// A way to a person.
public enum Channel: Hashable, Sendable {
    /// A notification that the phone itself makes.
    case phone
    /// One that the bank sends to the app.
    case push
    /// A message of the bank.
    case sms
}

/// By which ways a person is reminded.
public struct ReminderChannels: Hashable, Sendable {
    /// Of every account that is not named below.
    public let usual: Set<Channel>
    /// Of these accounts; no way at all: their bills are not spoken of.
    public let accounts: [AccountID: Set<Channel>]
    /// Whether the bank has taken what is chosen now, as far as it is the bank's affair.
    public let bankKnows: Bool
}
