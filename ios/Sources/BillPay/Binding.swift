// Billers, and binding an account by its customer number.

import BillPayGenerated
import Foundation

/// An entry of the catalogue, in the client's language.
public struct Biller: Identifiable, Hashable, Sendable {
    /// Stable.
    public let id: BillerID
    /// Its name.
    public let name: String
    /// What it sells.
    public let kind: BillerKind
    /// Whether it takes payments.
    public let state: BillerState
    /// What it calls its customer numbers.
    public let numberLabel: String
    /// Where to find the number.
    public let numberHelp: String
    /// A number that passes.
    public let numberExample: String
    /// Whom to call, as dialled.
    public let phone: String
    /// When.
    public let phoneHours: String
}

/// What a biller sells.
public enum BillerKind: Hashable, Sendable {
    /// Electricity.
    case power
    /// Water.
    case water
    /// Gas.
    case gas
    /// Mobile phone top-up.
    case mobile
    /// Property fees.
    case property
    /// A value of a later version.
    case unknown
}

/// Whether a biller takes payments.
public enum BillerState: Hashable, Sendable {
    /// It does.
    case open
    /// Not now.
    case closed
    /// A value of a later version.
    case unknown
}

/// A bound account.
public struct Account: Identifiable, Hashable, Sendable {
    /// The bank's id.
    public let id: AccountID
    /// The biller.
    public let biller: BillerID
    /// Masked.
    public let customerNumberMasked: String
    /// As the biller masks it.
    public let holderMasked: String
    /// As the biller masks it.
    public let addressMasked: String
    /// What the person calls it; may be empty.
    public let alias: String
    /// Whether it is in force.
    public let state: AccountState
}

/// Whether a binding is in force.
public enum AccountState: Hashable, Sendable {
    /// In force.
    case bound
    /// Removed by the person.
    case unbound
    /// A value of a later version.
    case unknown
}

/// The bindings in force.
public struct Accounts: Hashable, Sendable {
    /// In a fixed order.
    public let accounts: [Account]
    /// Bindings that the file no longer gives; the next refresh fetches them again.
    public let damaged: Int
}

/// Why a number was not looked up or bound.
public enum BindingError: BillPayError, Hashable {
    /// Not in the catalogue.
    case unknownBiller(why: Why)
    /// The number cannot be one of this biller; nothing was sent.
    ///
    /// - problem: What is wrong with it.
    case badNumber(problem: NumberProblem, why: Why)
    /// The biller does not know the number.
    case unknownNumber(why: Why)
    /// The echo is of another number, or too old: look it up again.
    case echoInvalid(why: Why)
    /// No such binding.
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
        case .unknownBiller(let why),
            .badNumber(_, let why),
            .unknownNumber(let why),
            .echoInvalid(let why),
            .unknownAccount(let why),
            .billerClosed(let why),
            .other(_, let why):
            why
        }
    }
}

/// Why a text cannot be a customer number of a biller.
public enum NumberProblem: Hashable, Sendable {
    /// Too few characters.
    ///
    /// - minimum: In characters.
    case tooShort(minimum: Int)
    /// Too many characters.
    ///
    /// - maximum: In characters.
    case tooLong(maximum: Int)
    /// A character that this biller does not use, or in another place.
    case shape
    /// A typing error: the check digit does not fit.
    case checkDigit
}

/// Whose number it is, for the person to compare before ``BillPayClient/confirmBinding(_:alias:)``. Holds the
/// number in full where nothing of Swift sees it.
public struct BindingEcho: Sendable, CustomStringConvertible {
    /// The biller.
    public let biller: BillerID
    /// Its name.
    public let payee: String
    /// Masked.
    public let customerNumberMasked: String
    /// As the biller masks it.
    public let holderMasked: String
    /// As the biller masks it.
    public let addressMasked: String
    /// Look it up again after this.
    public let expiresAt: Date

    let raw: BillPayGenerated.BindingEcho

    init(_ raw: BillPayGenerated.BindingEcho) {
        let view = raw.view()
        self.biller = BillerID(view.biller)
        self.payee = view.payee
        self.customerNumberMasked = view.customerNumberMasked
        self.holderMasked = view.holderMasked
        self.addressMasked = view.addressMasked
        self.expiresAt = view.expiresAt
        self.raw = raw
    }

    /// The payee and the masked number.
    public var description: String { "BindingEcho(\(payee), \(customerNumberMasked))" }
}
