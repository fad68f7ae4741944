// What is looked up in what lasts: pages that stay in place, sums, what is owed.

import BillPayGenerated
import Foundation

/// Where a page ended: passed back as it came, for the next one.
public struct Place: Hashable, Sendable {
    let raw: BillPayGenerated.Place
}

/// A page of the bank's signed documents.
public struct ReceiptPage: Hashable, Sendable {
    /// Newest first.
    public let documents: [Document]
    /// Documents of this page that the file no longer gives; the next refresh fetches them again.
    public let damaged: Int
    /// Where the next page begins; none at the end.
    public let next: Place?
}

/// A page of payments.
public struct PaymentPage: Hashable, Sendable {
    /// Newest first.
    public let payments: [Payment]
    /// Payments of this page that the file no longer gives. Their documents are told all the same.
    public let damaged: Int
    /// Where the next page begins; none at the end.
    public let next: Place?
}

/// What was paid, by month and biller: the sums of all receipts that verify.
public struct Statistics: Hashable, Sendable {
    /// The oldest first; months in which nothing was paid are left out.
    public let months: [MonthSums]
    /// Documents that wait for their key, or for a version that knows their kind: not counted.
    public let waiting: Int
    /// Documents that do not verify here (any more): not counted.
    public let unverified: Int
    /// Documents that the file no longer gives: not counted; the next refresh fetches them again.
    public let damaged: Int
}

/// What was paid in a month in one currency.
public struct MonthSums: Hashable, Sendable {
    /// Year and month of the bank's calendar.
    public let month: DateComponents
    /// Of all sums here; ISO 4217.
    public let currency: String
    /// Of all billers.
    public let sum: Figures
    /// By biller, in the order of their ids.
    public let billers: [BillerSums]
}

/// What was paid to one biller in a month.
public struct BillerSums: Hashable, Sendable {
    /// Which; none where only a repayment is here, and nothing says whose.
    public let biller: BillerID?
    /// Its name, as the newest receipt has it; empty where only a repayment is here.
    public let payee: String
    /// What was paid.
    public let figures: Figures
}

/// Sums; none where one is beyond what an amount can be, which has to be said.
public struct Figures: Hashable, Sendable {
    /// How many receipts.
    public let receipts: Int
    /// From the customer, fees included.
    public let total: Money?
    /// To the bank.
    public let fee: Money?
    /// Given back later, in this month.
    public let returned: Money?
}

/// What is owed over all accounts, as far as this phone knows: the open bills of ``BillPayClient/bills()``.
public struct Owed: Hashable, Sendable {
    /// One sum a currency; none where nothing is owed.
    public let totals: [Money]
    /// Currencies that have no sum in `totals`, though something is owed: it is beyond what an amount can be.
    public let tooLarge: [String]
    /// How many bills are owed, in all currencies.
    public let bills: Int
    /// By the bank's clock: the sums are at least as old as this.
    public let oldest: Date?
    /// The first day on which one of them is due, in the bank's zone.
    public let firstDue: DateComponents?
    /// Not in the sums: what is being paid, here or on another device, and has not ended. Each may be paid already.
    /// What a bill asks for beside it is in the sums.
    public let doubts: [BillInDoubt]
    /// Not in the sums: bills of a kind or state that a later version knows.
    public let unknown: Int
    /// Not in the sums: bills that the file no longer gives, or whose account or payments it does not.
    public let damaged: Int
}

/// A bill, or a part of one, of which it is not known whether it is still owed; or a top-up.
public struct BillInDoubt: Hashable, Sendable {
    /// Whose.
    public let biller: BillerID
    /// Which.
    public let billNumber: BillNumber
    /// What is being checked of it: what a payment of this device pays, else all that the bill asks for.
    public let amount: Money
    /// The payment, where it is one of this device.
    public let payment: PaymentID?
}
