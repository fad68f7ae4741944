// What ends a profile.

/// What to do about payments whose end is not known, when everything is wiped.
public enum OpenPayments: Hashable, Sendable {
    /// Wipe nothing while there is one.
    case wait
    /// Wipe: they end at the bank all the same, and a phone that is activated later hears how.
    case leave
}

/// Why not everything was wiped.
public enum WipeError: BillPayError, Hashable {
    /// The end of some payments is not known. Nothing was wiped.
    ///
    /// - count: How many.
    case paymentsOpen(count: Int, why: Why)
    /// The files could not be closed or removed. Where the key was gone already, the next open goes on.
    case file(why: Why)
    /// The key store, or anything else. Nothing was wiped.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .paymentsOpen(_, let why),
            .file(let why),
            .other(_, let why):
            why
        }
    }
}
