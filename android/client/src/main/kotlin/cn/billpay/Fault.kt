package cn.billpay

/** What any operation may meet. */
public sealed interface Fault {
    /** The device is not the customer's yet: activate first. */
    public data object NotActivated : Fault

    /** Another device took over, or the bank revoked this one. */
    public data object DeviceRevoked : Fault

    /** The bank does not know this device: activate again. */
    public data object DeviceUnknown : Fault

    /** The app is too old for this. */
    public data class ClientTooOld(
        /** The oldest version that is served. */
        public val minimum: String,
    ) : Fault

    /** No whole answer. */
    public data class Network(
        /** What went wrong on the way. */
        public val fault: NetworkFault,
    ) : Fault

    /** The system keeps the keys from us until the device is unlocked. */
    public data object Locked : Fault

    /** The person cancelled. */
    public data object Cancelled : Fault

    /** A key is gone for good: activate again. */
    public data object KeyLost : Fault

    /** The key store failed. */
    public data object KeyStore : Fault

    /** Between [BillPay.suspendProfile] and [BillPay.resumeProfile]. */
    public data object Suspended : Fault

    /** The disk is full; nothing was changed and nothing was sent. */
    public data object DiskFull : Fault

    /** What is stored cannot be trusted or used. */
    public data class Store(
        /** For engineers; names a table or a code, never a value. */
        public val detail: String,
    ) : Fault

    /** Too many requests. */
    public data object RateLimited : Fault

    /** The bank has a problem of its own. */
    public data class Gateway(
        /** The problem's type, or empty. */
        public val kind: String,
        /** HTTP status. */
        public val status: Int,
    ) : Fault

    /** The answer is not one that the contract allows. */
    public data class BadAnswer(
        /** What is wrong with it. */
        public val detail: String,
    ) : Fault

    /** The process is shutting down. */
    public data object ShuttingDown : Fault

    /** A part of the app failed unexpectedly; what was stored stays stored, and the client stays usable. */
    public data object Defect : Fault
}

/** What went wrong between the device and the bank. */
public sealed interface NetworkFault {
    /** No connection. */
    public data object Unreachable : NetworkFault

    /** The connection was lost, or no answer came in time. */
    public data object Interrupted : NetworkFault

    /** The server's chain holds no pinned key. */
    public data class PinMismatch(
        /** Hashes of the keys on the validated path, as `sha256/BASE64`. */
        public val seen: List<String>,
    ) : NetworkFault

    /** The server's chain leads to no configured root. */
    public data object Untrusted : NetworkFault

    /** The certificate is for another host. */
    public data object WrongName : NetworkFault

    /** The certificate is not valid at this time; the device's clock looks right. */
    public data object CertificateTime : NetworkFault

    /** This device's clock is wrong. */
    public data object ClockWrong : NetworkFault

    /** Any other fault of the handshake. */
    public data class Tls(
        /** For engineers. */
        public val detail: String,
    ) : NetworkFault

    /** The answer is too large, or no HTTP. */
    public data object BadAnswer : NetworkFault

    /** The pins of this app have expired. */
    public data object PinsExpired : NetworkFault
}

/** The problem of operations that can meet nothing but a [Fault]. */
public data class FaultProblem(
    /** What was met. */
    public val fault: Fault,
    override val why: Why,
) : Problem
