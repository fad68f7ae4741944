// Amounts: integers of the smallest unit, never a fraction in between.

import BillPayGenerated
import Foundation

/// An amount in whole minor units (分 for CNY), never a fraction and never a `Double`.
public struct Money: Hashable, Sendable, CustomStringConvertible {
    /// Minor units.
    public let minor: Int64
    /// ISO 4217.
    public let currency: String

    /// So many minor units of a currency (ISO 4217). What is no amount is refused where it is used.
    public init(minor: Int64, currency: String) {
        self.minor = minor
        self.currency = currency
    }

    /// The amount in major units, exactly: for a format style of the person's locale,
    /// `money.decimal.formatted(.currency(code: money.currency))`.
    public var decimal: Decimal {
        Decimal(sign: minor < 0 ? .minus : .plus, exponent: -places, significand: Decimal(minor.magnitude))
    }

    /// `123.45 CNY`: for logs. People get it from a format style.
    public var description: String {
        let digits = String(minor.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let point = padded.index(padded.endIndex, offsetBy: -places)
        let text = places == 0 ? padded : "\(padded[..<point]).\(padded[point...])"
        return "\(minor < 0 ? "-" : "")\(text) \(currency)"
    }

    /// Digits after the point, by ISO 4217: the systems' own tables differ from each other in some. A currency
    /// that is not known has two, as most have.
    private var places: Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
            "XAF", "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }
}

extension Money {
    init(_ raw: BillPayGenerated.Money) { self.init(minor: raw.minor, currency: raw.currency) }

    var raw: BillPayGenerated.Money { BillPayGenerated.Money(minor: minor, currency: currency) }
}
