// Payments, where each stands, and why an order was not made.

import Foundation

/// A page of payments.
public struct Payments: Hashable, Sendable {
    /// Newest first.
    public let payments: [Payment]
    /// Payments of this page that the file no longer gives. Their documents are told all the same, and one that
    /// is open is asked about until it ends.
    public let damaged: Int
}

/// A payment as shown.
public struct Payment: Identifiable, Hashable, Sendable {
    /// For the person to name it by.
    public let id: PaymentID
    /// Where it stands, as far as it is proved.
    public let state: PaymentState
    /// The same in words, with what became of the money.
    public let why: Why
    /// Whom.
    public let payee: String
    /// The biller.
    public let biller: BillerID
    /// What.
    public let billNumber: BillNumber
    /// To the biller.
    public let amount: Money
    /// To the bank.
    public let fee: Money
    /// From the customer.
    public let total: Money
    /// What of it came back after it had settled.
    public let repaid: Money?
    /// By the phone's clock.
    public let created: Date
    /// By the bank's clock.
    public let validUntil: Date
}

/// Where a payment stands, as far as it is proved.
public enum PaymentState: Hashable, Sendable {
    /// Not known yet: do not pay again. Its end comes as an event.
    ///
    /// - heldUntil: A person at the bank looks at it until then.
    case checking(heldUntil: Date?)
    /// Paid; the receipt is stored.
    case settled
    /// Refused by the bank; no money moved.
    ///
    /// - reason: The bank's code.
    case refused(reason: String)
    /// Undone; the money is back.
    ///
    /// - reason: The bank's code.
    case reversed(reason: String)
    /// Nothing was sent.
    case cancelled
}

/// A code that is on its way to the person.
public struct SentCode: Hashable, Sendable {
    /// Names it.
    public let id: String
    /// To which number.
    public let sentToMasked: String
    /// Tries. Of a payment it is one, which has to be said before one is typed.
    public let attemptsLeft: Int
    /// When it becomes void, by the bank's clock.
    public let expiresAt: Date
}

/// Why no order was made: no byte of one has left. What becomes of an order once it is made is a ``Payment``,
/// never a problem.
public enum PayError: BillPayError, Hashable {
    /// The quote is not known here (any more): ask again.
    case unknownQuote(why: Why)
    /// The quote has run out: ask again.
    case quoteExpired(why: Why)
    /// The bank asks for a code: ``BillPayClient/askPaymentCode(_:)``, then ``BillPayClient/pay(_:code:)``.
    case stepUpNeeded(why: Why)
    /// Not a code: four to eight digits.
    case notACode(why: Why)
    /// The way to pay was removed since, or has expired.
    case methodUnusable(why: Why)
    /// The first payment to this number on this device: the person has to compare whose it is.
    case echoNotAcknowledged(why: Why)
    /// An order on this bill is being checked: do not pay again.
    ///
    /// - payment: Which.
    case paymentInDoubt(payment: PaymentID, why: Why)
    /// Anything else. Where ``Why/moneyMoved`` is ``MoneyMoved/notKnown`` the order may have been stored all the
    /// same: look at the payments, do not pay again.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .unknownQuote(let why),
            .quoteExpired(let why),
            .stepUpNeeded(let why),
            .notACode(let why),
            .methodUnusable(let why),
            .echoNotAcknowledged(let why),
            .paymentInDoubt(_, let why),
            .other(_, let why):
            why
        }
    }
}

/// Why no code was sent. No money moved.
public enum CodeError: BillPayError, Hashable {
    /// The order that it would be for could not be made.
    ///
    /// - refused: Why not.
    case order(refused: OrderProblem, why: Why)
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
        case .order(_, let why),
            .tooSoon(let why),
            .dailyCap(let why),
            .other(_, let why):
            why
        }
    }
}

/// Why an order could not be made: ``PayError`` without its words.
public enum OrderProblem: Hashable, Sendable {
    /// The quote is not known here (any more): ask again.
    case unknownQuote
    /// The quote has run out: ask again.
    case quoteExpired
    /// The way to pay was removed since, or has expired.
    case methodUnusable
    /// The person has to compare whose number it is first.
    case echoNotAcknowledged
    /// An order on this bill is being checked: do not pay again.
    ///
    /// - payment: Which.
    case paymentInDoubt(payment: PaymentID)
    /// Anything else; the ``Why`` of the problem says what.
    case other
}

/// Why a payment or document cannot be shown.
public enum ViewError: BillPayError, Hashable {
    /// No such thing here.
    case notFound(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .notFound(let why),
            .other(_, let why):
            why
        }
    }
}
