// What any operation may meet.

/// What any operation may meet.
public enum Fault: Hashable, Sendable {
    /// The device is not the customer's yet: activate first.
    case notActivated
    /// Another device took over, or the bank revoked this one.
    case deviceRevoked
    /// The bank does not know this device: activate again.
    case deviceUnknown
    /// The app is too old for this.
    ///
    /// - minimum: The oldest version that is served.
    case clientTooOld(minimum: String)
    /// No whole answer.
    ///
    /// The value says what went wrong on the way.
    case network(NetworkFault)
    /// The system keeps the keys from us until the device is unlocked.
    case locked
    /// The person cancelled.
    case cancelled
    /// A key is gone for good: activate again.
    case keyLost
    /// The key store failed.
    case keyStore
    /// Between ``BillPayClient/suspendProfile()`` and ``BillPayClient/resumeProfile()``.
    case suspended
    /// The disk is full; nothing was changed and nothing was sent.
    case diskFull
    /// What is stored cannot be trusted or used.
    ///
    /// - detail: For engineers; names a table or a code, never a value.
    case store(detail: String)
    /// Too many requests.
    case rateLimited
    /// The bank has a problem of its own.
    ///
    /// - kind: The problem's type, or empty.
    /// - status: HTTP status.
    case gateway(kind: String, status: Int)
    /// The answer is not one that the contract allows.
    ///
    /// - detail: What is wrong with it.
    case badAnswer(detail: String)
    /// The process is shutting down.
    case shuttingDown
    /// A part of the app failed unexpectedly; what was stored stays stored, and the client stays usable.
    case defect
    /// The task was cancelled while it waited, or before it began; only the waiting has ended. See
    /// ``BillPayError/stoppedWaiting``.
    case stoppedWaiting
}

/// What went wrong between the device and the bank.
public enum NetworkFault: Hashable, Sendable {
    /// No connection.
    case unreachable
    /// The connection was lost, or no answer came in time.
    case interrupted
    /// The server's chain holds no pinned key.
    ///
    /// - seen: Hashes of the keys on the validated path, as `sha256/BASE64`.
    case pinMismatch(seen: [String])
    /// The server's chain leads to no configured root.
    case untrusted
    /// The certificate is for another host.
    case wrongName
    /// The certificate is not valid at this time; the device's clock looks right.
    case certificateTime
    /// This device's clock is wrong.
    case clockWrong
    /// Any other fault of the handshake.
    ///
    /// - detail: For engineers.
    case tls(detail: String)
    /// The answer is too large, or no HTTP.
    case badAnswer
    /// The pins of this app have expired.
    case pinsExpired
}

/// The error of operations that can meet nothing but a ``Fault``.
public struct FaultError: BillPayError, Hashable {
    /// What was met.
    public let fault: Fault
    /// Who can act, when, and in which words.
    public let why: Why
}
