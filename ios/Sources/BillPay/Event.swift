// What happens to payments while nobody asks.

/// Something that happened to a payment, which the app must hear at least once.
public struct Event: Identifiable, Hashable, Sendable {
    /// Handle it once per id.
    public let id: EventID
    /// What happened.
    public let kind: EventKind
    /// The payment that it is about.
    public let payment: PaymentID
}

/// What happened.
public enum EventKind: Hashable, Sendable {
    /// A payment has settled; its receipt is stored.
    case settled
    /// The bank refused it; no money moved.
    case refused
    /// It was undone; the money is back.
    case reversed
    /// It was never sent.
    case cancelled
    /// It settled earlier, and money of it came back.
    case repaid
}
