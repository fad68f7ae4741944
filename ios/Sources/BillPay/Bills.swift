// What there is to pay, as last heard.

import Foundation

/// What a refresh brought.
public struct Refreshed: Hashable, Sendable {
    /// Bills heard of.
    public let bills: Int
    /// Documents that verified.
    public let receipts: Int
    /// Documents by a key that is not known here: kept until it is.
    public let unverifiable: Int
    /// Documents that do not verify, or are not whole.
    public let invalid: Int
    /// The bank has seen orders of this device that its file did not have.
    public let rolledBack: Bool
}

/// The bills, with the age of the whole view.
public struct Bills: Hashable, Sendable {
    /// By account, and of each the oldest first.
    public let bills: [Bill]
    /// The last refresh, by the bank's clock; `nil` before the first.
    public let asOf: Date?
    /// As last told.
    public let limits: Limits?
    /// Ways to pay, as last told.
    public let methods: [Method]
    /// Bills that the file no longer gives; the next refresh fetches them again.
    public let damaged: Int
}

/// A bill as shown.
public struct Bill: Hashable, Sendable {
    /// The account that it belongs to.
    public let account: AccountID
    /// The person's name for that, or empty.
    public let alias: String
    /// The biller.
    public let biller: BillerID
    /// Its name.
    public let billerName: String
    /// Masked.
    public let customerNumberMasked: String
    /// The biller's number for the bill.
    public let billNumber: BillNumber
    /// Raised by the biller with each charge and revision.
    public let version: Int64
    /// A bill, or an account to top up.
    public let kind: BillKind
    /// What can be done with it.
    public let status: BillStatus
    /// What is still asked, as far as this phone knows: without what was paid of it here since it was last heard of.
    public let amount: Money
    /// The least that can be paid.
    public let minimum: Money
    /// The most that can be paid.
    public let maximum: Money
    /// What it is for.
    public let period: String?
    /// The last day to pay, in the bank's zone.
    public let dueDate: DateComponents?
    /// Part of the amount.
    public let lateFee: Money?
    /// What the amount is made of.
    public let items: [BillItem]
    /// When it was last heard of, by the bank's clock.
    public let asOf: Date
}

/// A line of a bill.
public struct BillItem: Hashable, Sendable {
    /// The biller's words.
    public let label: String
    /// Its share.
    public let amount: Money
}

/// What kind of payable.
public enum BillKind: Hashable, Sendable {
    /// Asks for an amount.
    case bill
    /// Takes any amount within its bounds, again and again.
    case topUp
    /// A value of a later version.
    case unknown
}

/// What can be done with a bill.
public enum BillStatus: Hashable, Sendable {
    /// It can be paid.
    case open
    /// A payment of it is being checked: do not pay again.
    ///
    /// - payment: Which.
    case checking(payment: PaymentID)
    /// Another device of the customer is paying it.
    case paidElsewhere
    /// Nothing is owed.
    case paid
    /// Withdrawn.
    case cancelled
    /// Of a later version: look at it in a newer app.
    case unknown
}

/// Why the view was not refreshed; what was there before is still there.
public enum RefreshError: BillPayError, Hashable {
    /// No such account.
    case unknownAccount(why: Why)
    /// The biller does not answer now; ``Why/retryAt`` says when it opens.
    case billerClosed(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .unknownAccount(let why),
            .billerClosed(let why),
            .other(_, let why):
            why
        }
    }
}
