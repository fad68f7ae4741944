package cn.billpay

import java.time.Instant

/** A way to pay. */
public data class Method(
    /** An opaque token. */
    public val id: MethodId,
    /** What it is. */
    public val kind: MethodKind,
    /** What the bank calls it. */
    public val label: String,
    /** At most the last four digits. */
    public val last4: String,
    /** Taken where the person chooses none. */
    public val preferred: Boolean,
    /** Whether it can be used. */
    public val usable: Boolean,
)

/** What a way to pay is. */
public enum class MethodKind {
    /** An account at this bank. */
    ACCOUNT,

    /** A card. */
    CARD,

    /** A wallet. */
    WALLET,

    /** A value of a later version. */
    UNKNOWN,
}

/**
 * A page of the bank on which a card or wallet is entered; nothing of it passes through the app. Whoever has
 * its address may enter one there, so it prints without.
 */
public class HostedStep internal constructor(
    /** To be opened in the system's browser, and for no log. */
    public val url: String,
    /** When the page is gone, by the bank's clock. */
    public val expiresAt: Instant,
) {
    /** Without the address. */
    override fun toString(): String = "HostedStep(expiresAt=$expiresAt)"
}

/** Why the ways to pay stay as they are. */
public sealed interface MethodProblem : Problem {
    /** No such way to pay, or no longer. */
    public data class UnknownMethod(override val why: Why) : MethodProblem

    /** A way to pay of this kind is not added by the person. */
    public data class NotOffered(override val why: Why) : MethodProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : MethodProblem
}
