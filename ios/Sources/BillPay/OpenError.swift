// Why a profile could not be opened.

/// Why a profile could not be opened. Nothing was changed or deleted.
public enum OpenError: BillPayError, Hashable {
    /// Another client has the profile.
    case inUse(why: Why)
    /// Written by a newer version of the library.
    ///
    /// - found: The file's schema.
    /// - supported: The newest that this library knows.
    case newer(found: Int64, supported: Int64, why: Why)
    /// Not whole, or another's. ``Why/code`` tells the causes apart.
    case unreadable(why: Why)
    /// No space is left.
    case diskFull(why: Why)
    /// The place cannot be written or reached. ``Why/code`` tells the causes apart.
    case unreachable(why: Why)
    /// The configuration does not fit together.
    ///
    /// - detail: What is wrong with it, for the app's engineers.
    case badConfiguration(detail: String, why: Why)
    /// The process is shutting down.
    case shuttingDown(why: Why)
    /// Waiting was stopped, or a part of the app failed unexpectedly.
    ///
    /// - fault: Which of them.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .inUse(let why),
            .newer(_, _, let why),
            .unreadable(let why),
            .diskFull(let why),
            .unreachable(let why),
            .badConfiguration(_, let why),
            .shuttingDown(let why),
            .other(_, let why):
            why
        }
    }
}
