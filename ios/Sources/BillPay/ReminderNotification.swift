// A reminder as the system is given it, and what comes back when the person answers it.

import Foundation

/// A reminder as the system is given it. Prints none of its texts.
public struct ReminderNotification: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The reminder's, with a word before it: the app has notifications of its own.
    public let id: String
    /// When.
    public let at: Date
    /// One line.
    public let title: String
    /// As the person chose it for a locked screen.
    public let body: String
    /// Which buttons it has.
    public let category: ReminderCategory
    /// Those of one bill stand together.
    public let thread: String
    /// What the system keeps beside it: names and marks, no texts.
    public let userInfo: [String: String]

    /// Of a reminder. A moment that has passed would never come: it comes at `earliest` then.
    init(_ reminder: Reminder, notBefore earliest: Date) {
        id = Self.id(of: reminder.id)
        at = Date(timeIntervalSince1970: max(reminder.at, earliest).timeIntervalSince1970.rounded(.up))
        title = reminder.title
        body = reminder.body
        category = reminder.pay ? .bill : .quiet
        thread = reminder.bill?.rawValue ?? reminder.id.rawValue
        var info = [Key.mark: reminder.mark, Key.pay: String(reminder.pay), Key.at: String(Int(at.timeIntervalSince1970))]
        info[Key.bill] = reminder.bill?.rawValue
        userInfo = info
    }

    /// When, for a calendar trigger: the moment itself, which stays the same wherever the phone travels.
    public var moment: DateComponents {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        return calendar.dateComponents([.calendar, .timeZone, .year, .month, .day, .hour, .minute, .second], from: at)
    }

    /// Without its texts.
    public var description: String { "ReminderNotification(id: \(id), at: \(at))" }

    /// Without its texts.
    public var customMirror: Mirror { Mirror(self, children: ["id": id, "at": at]) }

    static let prefix = "billpay."

    static func id(of reminder: ReminderID) -> String { prefix + reminder.rawValue }

    enum Key {
        static let mark = "billpay.mark"
        static let at = "billpay.at"
        static let bill = "billpay.bill"
        static let pay = "billpay.pay"
    }
}

extension NotificationID {
    /// The reminder; none where it is another notification of the app.
    var reminder: ReminderID? {
        guard mark != nil, id.hasPrefix(ReminderNotification.prefix) else { return nil }
        return ReminderID(String(id.dropFirst(ReminderNotification.prefix.count)))
    }

    var mark: String? { userInfo[ReminderNotification.Key.mark] }

    var bill: RemindedBill? { userInfo[ReminderNotification.Key.bill].map { RemindedBill($0) } }

    var at: Date? { userInfo[ReminderNotification.Key.at].flatMap { Double($0) }.map { Date(timeIntervalSince1970: $0) } }

    /// That of a bill which does not invite to pay it: the one that asks to open the app is of none.
    var saysChecking: Bool { bill != nil && !invitesToPay }

    var invitesToPay: Bool { userInfo[ReminderNotification.Key.pay] == "true" }
}

/// Which buttons a reminder has: to be named to the system when the app starts.
public enum ReminderCategory: String, Hashable, Sendable, CaseIterable {
    /// Of a bill that can be paid.
    case bill = "billpay.bill"
    /// There is nothing to pay: a payment is being checked, or the app asks to be opened.
    case quiet = "billpay.quiet"

    /// Its buttons, from the left.
    public var buttons: [ReminderButton] {
        switch self {
        case .bill: [.pay, .later]
        case .quiet: []
        }
    }

    /// What a locked screen that hides contents shows in place of it: the plan's own words for whoever hides
    /// everything (docs/reminders.md); a test holds the two against each other.
    public static func hidden(in language: Language) -> String {
        switch language {
        case .zh: "有账单待处理，请打开应用查看。"
        case .en: "Open the app to see it."
        }
    }
}

/// A button of a reminder.
public enum ReminderButton: String, Hashable, Sendable, CaseIterable {
    /// Opens the app at the bill.
    case pay = "billpay.pay"
    /// Puts the bill off.
    case later = "billpay.later"

    /// What stands on it.
    public func label(in language: Language) -> String {
        switch (self, language) {
        case (.pay, .zh): "查看并缴费"
        case (.pay, .en): "See and pay"
        case (.later, .zh): "稍后提醒"
        case (.later, .en): "Remind me later"
        }
    }
}

/// What a person answers to a reminder.
public enum ReminderAnswer: Hashable, Sendable {
    /// Open the app, at that bill where there is one.
    ///
    /// The value is the bill.
    case open(RemindedBill?)
    /// Put that bill off: ``BillPayClient/snooze(_:until:)``, then plan anew.
    ///
    /// The value is the bill.
    case later(RemindedBill)

    /// From what the system says of it: the id of the action, whether it is *dismissed*, and the notification. None
    /// where it is no reminder's, or nothing is asked for.
    public init?(action: String, dismissed: Bool, of notification: NotificationID) {
        guard notification.reminder != nil, !dismissed else { return nil }
        switch (ReminderButton(rawValue: action), notification.bill) {
        case (.later, let bill?): self = .later(bill)
        case (.later, nil): return nil
        case (.pay, let bill), (nil, let bill): self = .open(bill)
        }
    }
}
