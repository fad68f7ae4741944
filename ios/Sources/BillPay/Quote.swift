// What paying a bill would be.

import Foundation

/// What paying a bill would be, good until ``validUntil``.
public struct Quote: Identifiable, Hashable, Sendable {
    /// To be passed to ``BillPayClient/pay(_:)``.
    public let id: QuoteID
    /// The biller.
    public let biller: BillerID
    /// Whom, as it is signed.
    public let payee: String
    /// Masked.
    public let customerNumberMasked: String
    /// What.
    public let billNumber: BillNumber
    /// To the biller.
    public let amount: Money
    /// To the bank.
    public let fee: Money
    /// From the customer.
    public let total: Money
    /// By what.
    public let method: MethodID
    /// What the bank calls it.
    public let methodLabel: String
    /// Of the method, where known. Kept nowhere, and for no lock screen.
    public let balance: Money?
    /// Of balance and limits: when the bank said them, by its clock.
    public let asOf: Date
    /// By the bank's calendar.
    public let limits: Limits
    /// The bank asks for a code: ``BillPayClient/askPaymentCode(_:)``, then ``BillPayClient/pay(_:code:)``.
    public let stepUp: Bool
    /// By the bank's clock.
    public let validUntil: Date
    /// Nobody has paid to this number on this device: whose it is, to be compared once more.
    public let firstPayment: FirstPayment?
}

/// Whose number it is that is paid to for the first time: to be shown large.
public struct FirstPayment: Hashable, Sendable {
    /// The account.
    public let account: AccountID
    /// Passed to ``BillPayClient/acknowledgeEcho(_:)`` once the person has compared.
    public let echoDigest: EchoDigest
    /// Whose, as the biller masks it.
    public let holderMasked: String
    /// Where.
    public let addressMasked: String
}

/// Why there is no quote. No money moved.
public enum QuoteError: BillPayError, Hashable {
    /// No such bill.
    case unknownBill(why: Why)
    /// An order on this bill is being checked: do not pay again.
    ///
    /// - payment: Which.
    case paymentInDoubt(payment: PaymentID, why: Why)
    /// Another device or channel is paying it.
    case paymentInProgressElsewhere(why: Why)
    /// Paid already.
    ///
    /// - by: By which payment, where known.
    case alreadySettled(by: PaymentID?, why: Why)
    /// The bill is not what the person saw: look again.
    ///
    /// - now: What it asks now, where known.
    case billChanged(now: Money?, why: Why)
    /// Less than the biller takes.
    ///
    /// - minimum: The least.
    case belowMinimum(minimum: Money?, why: Why)
    /// More than the biller takes.
    ///
    /// - maximum: The most.
    case aboveMaximum(maximum: Money?, why: Why)
    /// No amount at all, or one that this bill does not take.
    case amountNotAllowed(why: Why)
    /// Not enough on the method's account.
    case insufficientFunds(why: Why)
    /// More than the limits allow.
    ///
    /// - limit: The limit that would be passed.
    case limitExceeded(limit: Money?, why: Why)
    /// The bank has not enabled payments for this customer.
    case paymentNotEnabled(why: Why)
    /// No such way to pay, or no longer.
    case methodUnusable(why: Why)
    /// The biller takes no payments now; ``Why/retryAt`` says when it opens.
    case billerClosed(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .unknownBill(let why),
            .paymentInDoubt(_, let why),
            .paymentInProgressElsewhere(let why),
            .alreadySettled(_, let why),
            .billChanged(_, let why),
            .belowMinimum(_, let why),
            .aboveMaximum(_, let why),
            .amountNotAllowed(let why),
            .insufficientFunds(let why),
            .limitExceeded(_, let why),
            .paymentNotEnabled(let why),
            .methodUnusable(let why),
            .billerClosed(let why),
            .other(_, let why):
            why
        }
    }
}
