// Ways to pay: opaque tokens. A new one is entered on a page of the bank, never in the app.

import Foundation

/// A way to pay.
public struct Method: Identifiable, Hashable, Sendable {
    /// An opaque token.
    public let id: MethodID
    /// What it is.
    public let kind: MethodKind
    /// What the bank calls it.
    public let label: String
    /// At most the last four digits.
    public let last4: String
    /// Taken where the person chooses none.
    public let preferred: Bool
    /// Whether it can be used.
    public let usable: Bool
}

/// What a way to pay is.
public enum MethodKind: Hashable, Sendable {
    /// An account at this bank.
    case account
    /// A card.
    case card
    /// A wallet.
    case wallet
    /// A value of a later version.
    case unknown
}

/// A page of the bank on which a card or wallet is entered; nothing of it passes through the app. Whoever has its
/// address may enter one there, so it prints without.
public struct HostedStep: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// To be opened in the system's browser, and for no log.
    public let url: String
    /// When the page is gone, by the bank's clock.
    public let expiresAt: Date

    /// Without the address.
    public var description: String { "HostedStep(expiresAt: \(expiresAt))" }

    /// Without the address.
    public var customMirror: Mirror { Mirror(self, children: ["expiresAt": expiresAt]) }
}

/// Why the ways to pay stay as they are.
public enum MethodError: BillPayError, Hashable {
    /// No such way to pay, or no longer.
    case unknownMethod(why: Why)
    /// A way to pay of this kind is not added by the person.
    case notOffered(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .unknownMethod(let why),
            .notOffered(let why),
            .other(_, let why):
            why
        }
    }
}
