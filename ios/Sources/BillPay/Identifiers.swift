// Names of things, each a type of its own: a bill number cannot be passed for a payment.

/// What is named by a text that is not for people.
public protocol Identifier: RawRepresentable, Hashable, Sendable, CustomStringConvertible where RawValue == String {
    /// From the text.
    init(rawValue: String)
}

extension Identifier {
    /// From the text.
    public init(_ text: String) { self.init(rawValue: text) }

    /// The text.
    public var description: String { rawValue }
}

/// A payment, for the person to name it by.
public struct PaymentID: Identifier {
    /// As the bank knows it.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A quote that can be paid once.
public struct QuoteID: Identifier {
    /// Known on this device only.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A bound account.
public struct AccountID: Identifier {
    /// As the bank knows it.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A biller of the catalogue.
public struct BillerID: Identifier {
    /// As the bank knows it.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A biller's own number for a bill, or for an account to top up; unique per biller only.
public struct BillNumber: Identifier {
    /// As the biller writes it.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A way to pay: an opaque token, which means nothing outside of the bank.
public struct MethodID: Identifier {
    /// The token.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// A signed document of the bank.
public struct DocumentID: Identifier {
    /// base64url of SHA-256 of its compact text.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// An event: handle it once per id.
public struct EventID: Identifier {
    /// Known on this device only.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// Stands for what the person was shown of an account's holder.
public struct EchoDigest: Identifier {
    /// base64url of SHA-256.
    public let rawValue: String

    /// From the text.
    public init(rawValue: String) { self.rawValue = rawValue }
}
