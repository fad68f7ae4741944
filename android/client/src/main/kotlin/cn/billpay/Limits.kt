package cn.billpay

import java.time.Instant

/** What the customer may pay, by the bank's calendar. */
public data class Limits(
    /** The most in one payment; 0 stops all payments. */
    public val perPayment: Money,
    /** The most in a day; 0 stops all payments. */
    public val perDay: Money,
    /** Of which so much is used. */
    public val usedToday: Money,
    /** From here on a code is asked for. */
    public val stepUpFrom: Money,
    /** The most that the customer may raise them to, where the bank says. */
    public val ceiling: Ceiling?,
)

/** The most that the bank lets a customer raise limits to. */
public data class Ceiling(
    /** Of a payment. */
    public val perPayment: Money,
    /** Of a day. */
    public val perDay: Money,
    /** Of the sum from which on a code is asked for. */
    public val stepUpFrom: Money,
)

/** The limits with their age. */
public data class LimitsView(
    /** As last told; what is used of them is of the bank's day of [asOf]. */
    public val limits: Limits?,
    /** The permission that enrolment gave. */
    public val mayPay: Boolean,
    /** The last refresh, by the bank's clock; none before the first. */
    public val asOf: Instant?,
)

/** What the person wants changed; what is not given stays. */
public data class LimitsChange(
    /** The most in one payment. */
    public val perPayment: Money? = null,
    /** The most in a day. */
    public val perDay: Money? = null,
    /** From here on a code is asked for. */
    public val stepUpFrom: Money? = null,
)

/** Why the limits stay as they are. */
public sealed interface LimitsProblem : Problem {
    /** No limit was named. */
    public data class NothingToChange(override val why: Why) : LimitsProblem

    /** A limit is no amount; nothing was sent. */
    public data class NotAnAmount(override val why: Why) : LimitsProblem

    /** More than the bank lets a customer raise the limit to, with or without a code. */
    public data class AboveCeiling(
        /** The most, where known. */
        public val ceiling: Money?,
        override val why: Why,
    ) : LimitsProblem

    /** A raise needs a code: [BillPay.askLimitsCode], then [BillPay.raiseLimits]. */
    public data class StepUpNeeded(override val why: Why) : LimitsProblem

    /** Not a code: four to eight digits. */
    public data class NotACode(override val why: Why) : LimitsProblem

    /** The wrong code, or one for another change. */
    public data class CodeWrong(override val why: Why) : LimitsProblem

    /** The code came too late. */
    public data class CodeExpired(override val why: Why) : LimitsProblem

    /** Too many wrong codes: even the right one is refused now. */
    public data class CodeLocked(override val why: Why) : LimitsProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : LimitsProblem
}

/** Why no code was sent for a raise of limits. */
public sealed interface LimitsCodeProblem : Problem {
    /** No limit was named. */
    public data class NothingToChange(override val why: Why) : LimitsCodeProblem

    /** A limit is no amount; nothing was sent. */
    public data class NotAnAmount(override val why: Why) : LimitsCodeProblem

    /** More than the bank lets a customer raise the limit to, with or without a code. */
    public data class AboveCeiling(
        /** The most, where known. */
        public val ceiling: Money?,
        override val why: Why,
    ) : LimitsCodeProblem

    /** A code for this was just sent; [Why.retryAt] says when the next can be. */
    public data class TooSoon(override val why: Why) : LimitsCodeProblem

    /** No more messages today. */
    public data class DailyCap(override val why: Why) : LimitsCodeProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : LimitsCodeProblem
}
