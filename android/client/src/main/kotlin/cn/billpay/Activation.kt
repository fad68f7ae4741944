package cn.billpay

import java.time.Instant

/** Who this device acts for, and what is under way. */
public data class Profile(
    /** Whether it is active. */
    public val active: Boolean,
    /** Another device took over, or the bank revoked this one. */
    public val revoked: Boolean,
    /** Masked. */
    public val nameMasked: String?,
    /** The permission that enrolment gave. */
    public val mayPay: Boolean,
    /** An activation that waits for its code. */
    public val activation: Activation?,
    /** The bank has seen orders of this device that its file did not have: it was set back. */
    public val rolledBack: Boolean,
    /** Where secrets rest on this device. */
    public val secrets: SecurityLevel,
    /** Where the signing keys rest. */
    public val keys: SecurityLevel,
    /** How long this app can go on talking to the bank. */
    public val trust: TrustState,
)

/**
 * How long the security data (pins, receipt keys) that this app has is good for. New data comes by itself with a
 * refresh.
 */
public sealed interface TrustState {
    /** Until then; from then on nothing is sent but the question for new data. */
    public data class Good(public val until: Instant) : TrustState

    /** The bank should have sent newer data by now. Everything works still. */
    public data class RenewalDue(public val until: Instant) : TrustState

    /** Nothing is sent but the question for new data. What the phone holds stays readable. */
    public data object Expired : TrustState
}

/** An activation under way. */
public data class Activation(
    /** Its id. */
    public val id: String,
    /** Of the number that the code goes to, once the bank has answered. */
    public val phoneMasked: String?,
    /** Where it stands, once the bank has answered. */
    public val stage: ActivationStage?,
    /** Tries left for the current code. */
    public val attemptsLeft: Int?,
    /** When a new code can be sent. */
    public val resendAt: Instant?,
    /** When the code becomes void. */
    public val expiresAt: Instant?,
)

/** Where an activation stands at the bank. */
public enum class ActivationStage {
    /** A code is out. */
    WAITING,

    /** Too many wrong codes. */
    LOCKED,

    /** The code is void; a resend helps. */
    EXPIRED,

    /** The right code was presented. */
    USED,

    /** A value of a later version. */
    OTHER,
}

/** Why activation did not go on. When to try again: [Why.retryAt]. */
public sealed interface ActivationProblem : Problem {
    /** Not a phone number. */
    public data class NotAPhoneNumber(override val why: Why) : ActivationProblem

    /** Not a code: four to eight digits. */
    public data class NotACode(override val why: Why) : ActivationProblem

    /** No activation is under way. */
    public data class NotStarted(override val why: Why) : ActivationProblem

    /** The device is active already. */
    public data class AlreadyActive(override val why: Why) : ActivationProblem

    /** The wrong code. */
    public data class CodeWrong(
        /** Tries left. */
        public val attemptsLeft: Int,
        override val why: Why,
    ) : ActivationProblem

    /** The code came too late. */
    public data class CodeExpired(override val why: Why) : ActivationProblem

    /** The code of an earlier message. */
    public data class CodeSuperseded(override val why: Why) : ActivationProblem

    /** The code was used before. */
    public data class CodeUsed(override val why: Why) : ActivationProblem

    /** Too many wrong codes: even the right one is refused now. */
    public data class CodeLocked(override val why: Why) : ActivationProblem

    /** A new code can be sent later. */
    public data class ResendTooSoon(override val why: Why) : ActivationProblem

    /** No more messages today. */
    public data class DailyCap(override val why: Why) : ActivationProblem

    /** The session is over: start again. */
    public data class Over(override val why: Why) : ActivationProblem

    /** The number is another customer's than the one whose records are here; they were left as they are. */
    public data class OtherCustomer(override val why: Why) : ActivationProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : ActivationProblem
}
