// Activating a device: who it acts for, the code on its way, and why it was refused.

import Foundation

/// Who this device acts for, and what is under way.
public struct Profile: Hashable, Sendable {
    /// Whether it is active.
    public let active: Bool
    /// Another device took over, or the bank revoked this one.
    public let revoked: Bool
    /// Masked.
    public let nameMasked: String?
    /// The permission that enrolment gave.
    public let mayPay: Bool
    /// An activation that waits for its code.
    public let activation: Activation?
    /// The bank has seen orders of this device that its file did not have: it was set back.
    public let rolledBack: Bool
    /// Where secrets rest on this device.
    public let secrets: SecurityLevel
    /// Where the signing keys rest.
    public let keys: SecurityLevel
    /// How long this app can go on talking to the bank.
    public let trust: TrustState
}

/// How long the security data (pins, receipt keys) that this app has is good for. New data comes by itself with a
/// refresh.
public enum TrustState: Hashable, Sendable {
    /// Until then; from then on nothing is sent but the question for new data.
    case good(until: Date)
    /// The bank should have sent newer data by now. Everything works still.
    case renewalDue(until: Date)
    /// Nothing is sent but the question for new data. What the phone holds stays readable.
    case expired
}

/// An activation under way.
public struct Activation: Hashable, Sendable {
    /// Its id.
    public let id: String
    /// Of the number that the code goes to, once the bank has answered.
    public let phoneMasked: String?
    /// Where it stands, once the bank has answered.
    public let stage: ActivationStage?
    /// Tries left for the current code.
    public let attemptsLeft: Int?
    /// When a new code can be sent.
    public let resendAt: Date?
    /// When the code becomes void.
    public let expiresAt: Date?
}

/// Where an activation stands at the bank.
public enum ActivationStage: Hashable, Sendable {
    /// A code is out.
    case waiting
    /// Too many wrong codes.
    case locked
    /// The code is void; a resend helps.
    case expired
    /// The right code was presented.
    case used
    /// A value of a later version.
    case other
}

/// Why activation did not go on. When to try again: ``Why/retryAt``.
public enum ActivationError: BillPayError, Hashable {
    /// Not a phone number.
    case notAPhoneNumber(why: Why)
    /// Not a code: four to eight digits.
    case notACode(why: Why)
    /// No activation is under way.
    case notStarted(why: Why)
    /// The device is active already.
    case alreadyActive(why: Why)
    /// The wrong code.
    ///
    /// - attemptsLeft: Tries left.
    case codeWrong(attemptsLeft: Int, why: Why)
    /// The code came too late.
    case codeExpired(why: Why)
    /// The code of an earlier message.
    case codeSuperseded(why: Why)
    /// The code was used before.
    case codeUsed(why: Why)
    /// Too many wrong codes: even the right one is refused now.
    case codeLocked(why: Why)
    /// A new code can be sent later.
    case resendTooSoon(why: Why)
    /// No more messages today.
    case dailyCap(why: Why)
    /// The session is over: start again.
    case over(why: Why)
    /// The number is another customer's than the one whose records are here; they were left as they are.
    case otherCustomer(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .notAPhoneNumber(let why),
            .notACode(let why),
            .notStarted(let why),
            .alreadyActive(let why),
            .codeWrong(_, let why),
            .codeExpired(let why),
            .codeSuperseded(let why),
            .codeUsed(let why),
            .codeLocked(let why),
            .resendTooSoon(let why),
            .dailyCap(let why),
            .over(let why),
            .otherCustomer(let why),
            .other(_, let why):
            why
        }
    }
}
