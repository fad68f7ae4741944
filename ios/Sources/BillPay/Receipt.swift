// The documents of the bank, each verified as it is read.

import Foundation

/// A page of the bank's signed documents.
public struct Receipts: Hashable, Sendable {
    /// Newest first.
    public let documents: [Document]
    /// Documents of this page that the file no longer gives; the next refresh fetches them again.
    public let damaged: Int
}

/// A signed document of the bank, verified as it was read.
public struct Document: Identifiable, Hashable, Sendable {
    /// Stable.
    public let id: DocumentID
    /// The payment.
    public let payment: PaymentID
    /// What it is.
    public let kind: DocumentKind
    /// In the customer's chain.
    public let sequence: Int64
    /// By the bank's clock.
    public let issued: Date
    /// Whether the signature holds.
    public let proof: Proof
    /// Of a receipt that is verified.
    public let receipt: Receipt?
    /// Of a repayment that is verified.
    public let repayment: Repayment?
    /// Of a refusal, reversal or repayment: the bank's code.
    public let reason: String?
    /// Of a reversal or repayment that is verified: given back to the customer.
    public let returned: Money?
    /// The first field with a text that would not be seen as what is written in it (a character that turns the direction of
    /// writing round, or that cannot be seen): say so where you show the document.
    public let illegible: String?
    /// The document itself (a compact JWS), for anyone to verify.
    public let compact: String
}

/// What a document is.
public enum DocumentKind: Hashable, Sendable {
    /// Paid.
    case receipt
    /// Never charged, and never will be.
    case refusal
    /// Undone; the money is back.
    case reversal
    /// Given back later, beside a receipt.
    case repayment
    /// Of a later version.
    case unknown
}

/// Whether a document proves what it says.
public enum Proof: Hashable, Sendable {
    /// Signed by the bank.
    case verified
    /// By a key that is not known here: neither good nor bad.
    ///
    /// - kid: The name of the key.
    case unverifiable(kid: String)
    /// Not what the bank signed.
    case invalid
}

/// The fields that every receipt has.
public struct Receipt: Hashable, Sendable {
    /// Who paid, masked.
    public let payerMasked: String
    /// The biller.
    public let biller: BillerID
    /// Its name.
    public let payee: String
    /// Masked.
    public let customerNumberMasked: String
    /// What was paid.
    public let billNumber: BillNumber
    /// To the biller.
    public let amount: Money
    /// To the bank.
    public let fee: Money
    /// From the customer.
    public let total: Money
    /// When.
    public let paidAt: Date
    /// The zone in which the bank's calendar counts.
    public let zone: String
    /// Through which channel.
    public let channel: String
    /// The bank's number for it.
    public let bankSerial: String
    /// The biller's number for it.
    public let billerReference: String
    /// By what: `account`, `card`, `wallet`, or a value of a later version.
    public let methodKind: String
    /// At most the last four digits.
    public let methodLast4: String
}

/// Money of a settled payment that came back later.
public struct Repayment: Hashable, Sendable {
    /// The bank's code.
    public let reason: String
    /// Given back to the customer, this time.
    public let returned: Money
    /// The receipt that it stands beside.
    public let receipt: DocumentID
    /// When.
    public let repaidAt: Date
    /// The bank's number for it.
    public let bankSerial: String
}

/// Where the chain over the customer's documents does not hold. `epoch` names the ledger's life.
public enum ChainBreak: Hashable, Sendable {
    /// Documents between these sequence numbers are not here.
    ///
    /// - from: The first missing.
    /// - to: The last missing.
    /// - awaiting: They may still come with a refresh. After that it is an alarm.
    case missing(epoch: String, from: Int64, to: Int64, awaiting: Bool)
    /// Two documents claim one place.
    case fork(epoch: String, sequence: Int64)
    /// The document does not name the one before it.
    case unlinked(epoch: String, sequence: Int64)
    /// The ledger was restored here; what came before is another life's.
    case epoch(epoch: String)
}
