// What crosses, as the public types of Reminders.swift and ReminderChoices.swift. Each switch names every case of its
// side: one that the library gains does not compile here until somebody has dealt with it.

import BillPayGenerated
import Foundation

extension ReminderPlan {
    init(_ raw: BillPayGenerated.ReminderPlan) {
        self.init(
            reminders: raw.reminders.map { Reminder($0) },
            add: Set(raw.add.map { ReminderID($0) }),
            cancel: Set(raw.cancel.map { ReminderID($0) }),
            keep: Set(raw.keep.map { ReminderID($0) }),
            lost: raw.lost
        )
    }
}

extension Reminder {
    init(_ raw: BillPayGenerated.Reminder) {
        self.init(
            id: ReminderID(raw.id),
            bill: raw.bill.map { RemindedBill($0) },
            at: raw.at,
            kind: ReminderKind(raw.kind),
            days: Int(raw.days),
            pay: raw.pay,
            late: raw.late,
            title: raw.title,
            body: raw.body,
            mark: raw.mark
        )
    }
}

extension ReminderKind {
    init(_ raw: BillPayGenerated.ReminderKind) {
        self =
            switch raw {
            case .due: .due
            case .overdue: .overdue
            case .checking: .checking
            case .tail: .openTheApp
            }
    }
}

extension ArmedReminders {
    var raw: BillPayGenerated.ArmedReminders {
        .init(
            held: held.map { .init(id: $0.key.rawValue, mark: $0.value) },
            told: seen.map(\.rawValue),
            toldChecking: seenChecking.map(\.rawValue),
            notifications: notifications,
            permission: permission,
            batterySaver: batterySaver
        )
    }
}

extension UnarmedReminder {
    init(_ raw: BillPayGenerated.UnarmedReminder) {
        self.init(
            id: ReminderID(raw.id),
            bill: raw.bill.map { RemindedBill($0) },
            at: raw.at,
            reason: WhyUnarmed(raw.reason)
        )
    }
}

extension WhyUnarmed {
    init(_ raw: BillPayGenerated.WhyUnarmed) {
        self =
            switch raw {
            case .notificationsOff: .notificationsOff
            case .noPermission: .noPermission
            case .noRoom: .noRoom
            case .batterySaver: .batterySaver
            case .notArmed: .notArmed
            }
    }
}

extension StillDue {
    init(_ raw: BillPayGenerated.StillDue) {
        self =
            switch raw {
            case .yes: .yes
            case .checking: .checking
            case .no: .no
            case .unknown: .unknown
            }
    }
}

extension ReminderPolicy {
    init(_ raw: BillPayGenerated.ReminderPolicy) {
        self.init(
            leadDays: raw.leadDays.map { Int($0) },
            overdueDays: raw.overdueDays.map { Int($0) },
            overdueEvery: Int(raw.overdueEvery),
            at: TimeOfDay(raw.at),
            quiet: raw.quiet.map { QuietHours(from: TimeOfDay($0.from), to: TimeOfDay($0.to)) },
            redaction: Redaction(raw.redaction),
            channels: Set(raw.channels.map { Channel($0) }),
            language: Language(raw.language),
            muted: Set(raw.muted.map { BillerID($0) }),
            snoozed: raw.snoozed.map { SnoozedBill(bill: RemindedBill($0.bill), from: $0.from, until: $0.until) },
            horizonDays: Int(raw.horizonDays)
        )
    }

    var raw: BillPayGenerated.ReminderPolicy {
        .init(
            leadDays: leadDays.map(days),
            overdueDays: overdueDays.map(days),
            overdueEvery: days(overdueEvery),
            at: at.raw,
            quiet: quiet.map { .init(from: $0.from.raw, to: $0.to.raw) },
            redaction: redaction.raw,
            channels: channels.map(\.raw),
            language: language.raw,
            muted: muted.map(\.rawValue),
            snoozed: snoozed.map { .init(bill: $0.bill.rawValue, from: $0.from, until: $0.until) },
            horizonDays: days(horizonDays)
        )
    }
}

/// What does not fit is more than the library takes, and is refused there.
private func days(_ number: Int) -> UInt16 { UInt16(exactly: number) ?? .max }

extension TimeOfDay {
    init(_ raw: BillPayGenerated.TimeOfDay) {
        self.init(hour: Int(raw.hour), minute: Int(raw.minute))
    }

    /// What is no time of day is refused by the library.
    var raw: BillPayGenerated.TimeOfDay {
        .init(hour: UInt8(exactly: hour) ?? .max, minute: UInt8(exactly: minute) ?? .max)
    }
}

extension Redaction {
    init(_ raw: BillPayGenerated.Redaction) {
        self =
            switch raw {
            case .nothing: .nothing
            case .masked: .masked
            case .everything: .everything
            }
    }

    var raw: BillPayGenerated.Redaction {
        switch self {
        case .nothing: .nothing
        case .masked: .masked
        case .everything: .everything
        }
    }
}

extension Channel {
    init(_ raw: BillPayGenerated.Channel) {
        self =
            switch raw {
            case .phone: .phone
            case .push: .push
            case .sms: .sms
            }
    }

    var raw: BillPayGenerated.Channel {
        switch self {
        case .phone: .phone
        case .push: .push
        case .sms: .sms
        }
    }
}

extension ReminderChannels {
    init(_ raw: BillPayGenerated.ReminderChannels) {
        let accounts = raw.accounts.map { (AccountID($0.account), Set($0.channels.map { Channel($0) })) }
        self.init(
            usual: Set(raw.usual.map { Channel($0) }),
            accounts: Dictionary(accounts) { _, later in later },
            bankKnows: raw.bankKnows
        )
    }
}

extension ReminderError: OperationError {
    init(_ raw: BillPayGenerated.ReminderError) {
        self =
            switch raw {
            case .UnknownZone(let why): .unknownZone(why: Why(why))
            case .Nonsense(let why): .nonsense(why: Why(why))
            case .UnknownBill(let why): .unknownBill(why: Why(why))
            case .UnknownAccount(let why): .unknownAccount(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
