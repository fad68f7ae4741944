// The customer's own limits, and why they stay as they are.

import Foundation

/// What the customer may pay, by the bank's calendar.
public struct Limits: Hashable, Sendable {
    /// The most in one payment; 0 stops all payments.
    public let perPayment: Money
    /// The most in a day; 0 stops all payments.
    public let perDay: Money
    /// Of which so much is used.
    public let usedToday: Money
    /// From here on a code is asked for.
    public let stepUpFrom: Money
    /// The most that the customer may raise them to, where the bank says.
    public let ceiling: Ceiling?
}

/// The most that the bank lets a customer raise limits to.
public struct Ceiling: Hashable, Sendable {
    /// Of a payment.
    public let perPayment: Money
    /// Of a day.
    public let perDay: Money
    /// Of the sum from which on a code is asked for.
    public let stepUpFrom: Money
}

/// The limits with their age.
public struct LimitsView: Hashable, Sendable {
    /// As last told; what is used of them is of the bank's day of ``asOf``.
    public let limits: Limits?
    /// The permission that enrolment gave.
    public let mayPay: Bool
    /// The last refresh, by the bank's clock; none before the first.
    public let asOf: Date?
}

/// What the person wants changed; what is not given stays.
public struct LimitsChange: Hashable, Sendable {
    /// The most in one payment.
    public var perPayment: Money?
    /// The most in a day.
    public var perDay: Money?
    /// From here on a code is asked for.
    public var stepUpFrom: Money?

    /// Changes what is given, and nothing else.
    public init(perPayment: Money? = nil, perDay: Money? = nil, stepUpFrom: Money? = nil) {
        self.perPayment = perPayment
        self.perDay = perDay
        self.stepUpFrom = stepUpFrom
    }
}

/// Why the limits stay as they are.
public enum LimitsError: BillPayError, Hashable {
    /// No limit was named.
    case nothingToChange(why: Why)
    /// A limit is no amount; nothing was sent.
    case notAnAmount(why: Why)
    /// More than the bank lets a customer raise the limit to, with or without a code.
    ///
    /// - ceiling: The most, where known.
    case aboveCeiling(ceiling: Money?, why: Why)
    /// A raise needs a code: ``BillPayClient/askLimitsCode(_:)``, then ``BillPayClient/raiseLimits(_:sent:code:)``.
    case stepUpNeeded(why: Why)
    /// Not a code: four to eight digits.
    case notACode(why: Why)
    /// The wrong code, or one for another change.
    case codeWrong(why: Why)
    /// The code came too late.
    case codeExpired(why: Why)
    /// Too many wrong codes: even the right one is refused now.
    case codeLocked(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .nothingToChange(let why),
            .notAnAmount(let why),
            .aboveCeiling(_, let why),
            .stepUpNeeded(let why),
            .notACode(let why),
            .codeWrong(let why),
            .codeExpired(let why),
            .codeLocked(let why),
            .other(_, let why):
            why
        }
    }
}

/// Why no code was sent for a raise of limits.
public enum LimitsCodeError: BillPayError, Hashable {
    /// No limit was named.
    case nothingToChange(why: Why)
    /// A limit is no amount; nothing was sent.
    case notAnAmount(why: Why)
    /// More than the bank lets a customer raise the limit to, with or without a code.
    ///
    /// - ceiling: The most, where known.
    case aboveCeiling(ceiling: Money?, why: Why)
    /// A code for this was just sent; ``Why/retryAt`` says when the next can be.
    case tooSoon(why: Why)
    /// No more messages today.
    case dailyCap(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .nothingToChange(let why),
            .notAnAmount(let why),
            .aboveCeiling(_, let why),
            .tooSoon(let why),
            .dailyCap(let why),
            .other(_, let why):
            why
        }
    }
}
