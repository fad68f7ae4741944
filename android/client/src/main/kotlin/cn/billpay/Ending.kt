package cn.billpay

/** What to do about payments whose end is not known, when everything is wiped. */
public enum class OpenPayments {
    /** Wipe nothing while there is one. */
    WAIT,

    /** Wipe: they end at the bank all the same, and a phone that is activated later hears how. */
    LEAVE,
}

/** Why not everything was wiped. */
public sealed interface WipeProblem : Problem {
    /** The end of some payments is not known. Nothing was wiped. */
    public data class PaymentsOpen(
        /** How many. */
        public val count: Long,
        override val why: Why,
    ) : WipeProblem

    /** The files could not be closed or removed. Where the key was gone already, the next open goes on. */
    public data class File(override val why: Why) : WipeProblem

    /** The key store, or anything else. Nothing was wiped. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : WipeProblem
}
