// What the phone is to say of the bills, and what the operating system makes of it.

import Foundation

/// A reminder: the same in every plan that holds it.
public struct ReminderID: Identifier {
    /// As the operating system is given it.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A bill as reminders name it.
public struct RemindedBill: Identifier {
    /// Known on this device only.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What the phone is to say, and what to change in the operating system for it.
public struct ReminderPlan: Hashable, Sendable {
    /// The soonest first.
    public let reminders: [Reminder]
    /// To be armed; one whose id is held already takes that one's place.
    public let add: Set<ReminderID>
    /// To be cancelled.
    public let cancel: Set<ReminderID>
    /// Stay as they are.
    public let keep: Set<ReminderID>
    /// What the person once chose could not be read: this plan is by the default, until it is chosen anew.
    public let lost: Bool
}

/// What to say, and when. Prints none of its texts: with ``Redaction/nothing`` they have the number in full.
public struct Reminder: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The same in every plan that holds it.
    public let id: ReminderID
    /// Of which bill; none for the one that asks to open the app.
    public let bill: RemindedBill?
    /// When.
    public let at: Date
    /// Of what kind, at that moment.
    public let kind: ReminderKind
    /// How many days by the bank's calendar are left, or have gone since the due date, at that moment.
    public let days: Int
    /// Whether paying may be offered: never while a payment of this bill is being checked.
    public let pay: Bool
    /// Its moment has passed unseen.
    public let late: Bool
    /// One line, in the person's language.
    public let title: String
    /// What is asked, for what, until when, by which way to pay.
    public let body: String
    /// Changes with everything above but the id: keep it beside what is armed.
    public let mark: String

    /// Without its texts.
    public var description: String { "Reminder(id: \(id), at: \(at), kind: \(kind))" }

    /// Without its texts.
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "at": at]) }
}

/// Of what kind a reminder is.
public enum ReminderKind: Hashable, Sendable {
    /// A bill that can still be paid in time.
    case due
    /// One that is late.
    case overdue
    /// A payment of it is being checked.
    case checking
    /// Not of a bill: more follows, and the app has to be opened for it.
    case openTheApp
}

/// What the operating system holds, and what it says of itself.
public struct ArmedReminders: Hashable, Sendable {
    /// What it holds now, each with the mark that was kept beside it. What it did not accept is not among them.
    public var held: [ReminderID: String]
    /// Seen since the last report: held, and pending no more, though nobody cancelled it.
    public var seen: Set<ReminderID>
    /// Seen since the last report in the words of *a payment is being checked*: should it fail, the bill is still to be
    /// told.
    public var seenChecking: Set<ReminderID>
    /// Whether it shows notifications of the app at all.
    public var notifications: Bool
    /// Whether it lets the app arm alarms at a moment of its choice.
    public var permission: Bool
    /// Whether it may hold them back to save the battery.
    public var batterySaver: Bool

    /// A system that holds these.
    public init(
        held: [ReminderID: String],
        seen: Set<ReminderID> = [],
        seenChecking: Set<ReminderID> = [],
        notifications: Bool = true,
        permission: Bool = true,
        batterySaver: Bool = false
    ) {
        self.held = held
        self.seen = seen
        self.seenChecking = seenChecking
        self.notifications = notifications
        self.permission = permission
        self.batterySaver = batterySaver
    }
}

/// One that will not be seen when it should be.
public struct UnarmedReminder: Hashable, Sendable {
    /// Which.
    public let id: ReminderID
    /// Of which bill.
    public let bill: RemindedBill?
    /// When it should be seen.
    public let at: Date
    /// Why it will not.
    public let reason: WhyUnarmed
}

/// Why a reminder will not be seen when it should be.
public enum WhyUnarmed: Hashable, Sendable {
    /// The person has turned off the notifications of the app.
    case notificationsOff
    /// The app may not arm alarms.
    case noPermission
    /// There is no room for it: the system takes no more, or fewer than it said.
    case noRoom
    /// The system saves the battery, and did not take it.
    case batterySaver
    /// It is not armed, and nothing says why: the plan was made anew and not armed yet, or it was refused.
    case notArmed
}

/// Whether a reminder that goes off is still true.
public enum StillDue: Hashable, Sendable {
    /// It is: show it.
    case yes
    /// A payment of it is being checked: show that, and offer no payment.
    case checking
    /// It is paid or withdrawn: show nothing.
    case no
    /// This profile knows no such bill: show nothing.
    case unknown
}

/// Why reminders are not told, or stay as they are.
public enum ReminderError: BillPayError, Hashable {
    /// The phone's zone is not known here. Whoever has to go on takes the bank's, `Asia/Shanghai`.
    case unknownZone(why: Why)
    /// What was wished makes no sense; what was chosen before stays.
    case nonsense(why: Why)
    /// No such bill.
    case unknownBill(why: Why)
    /// No such account.
    case unknownAccount(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .unknownZone(let why),
            .nonsense(let why),
            .unknownBill(let why),
            .unknownAccount(let why),
            .other(_, let why):
            why
        }
    }
}
