package cn.billpay

/** A bill that is to be paid with others. */
public data class Wish(
    /** The biller. */
    public val biller: BillerId,
    /** Its number for the bill. */
    public val billNumber: BillNumber,
    /** What the bill asks, where none is given. */
    public val amount: Money? = null,
    /** The preferred one, where none is given. */
    public val method: MethodId? = null,
)

/** What paying several bills would be: to be confirmed as one list. */
public data class Several(
    /** Of each wish, in the order given. What has no quote is not paid, and keeps none of the others back. */
    public val quotes: List<Answer<Quote, QuoteProblem>>,
    /** What leaves the customer by all quotes together, once for each currency. */
    public val totals: List<Money>,
    /**
     * What the sum exceeds though each bill alone does not: the bank takes the orders one by one, in their
     * order, and refuses those that find too little left.
     */
    public val beyond: List<Beyond>,
)

/** What the sum of several quotes exceeds. */
public sealed interface Beyond {
    /** The same in words. */
    public val why: Why

    /** What there is to pay with. */
    public data class Balance(
        /** Of which way to pay. */
        public val methodLabel: String,
        /** By the bank's word in the quotes. */
        public val balance: Money,
        /** By this way to pay, all together. */
        public val asked: Money,
        override val why: Why,
    ) : Beyond

    /** What may still be paid on the bank's day. */
    public data class Day(
        /** Of the day's limit. */
        public val left: Money,
        /** All together. */
        public val asked: Money,
        override val why: Why,
    ) : Beyond
}

/** How a sum goes over the open bills of an account. */
public data class Spread(
    /** The oldest bill first. */
    public val shares: List<Share>,
    /** What no bill takes. */
    public val left: Money,
    /** Bills with a payment that has not ended: they get nothing until it has. */
    public val waiting: List<BillNumber>,
)

/** What a bill gets of a sum. */
public data class Share(
    /** The bill. */
    public val billNumber: BillNumber,
    /** What it gets. */
    public val amount: Money,
)

/** Why a list of bills cannot be. Nothing was asked, signed or paid, except where [Other] says otherwise. */
public sealed interface SeveralProblem : Problem {
    /** More than a person would read before saying yes. */
    public data class TooMany(
        /** In one go. */
        public val most: Int,
        override val why: Why,
    ) : SeveralProblem

    /** A bill, or a top-up account, stands on the list more than once. */
    public data class ListedTwice(
        /** The biller; an empty text where the quote is not known. */
        public val biller: BillerId,
        /** Its number, or the quote that is not known. */
        public val billNumber: BillNumber,
        override val why: Why,
    ) : SeveralProblem

    /** A wish has an amount that is none. */
    public data class NotAnAmount(override val why: Why) : SeveralProblem

    /** The sum is no amount any more. */
    public data class TooMuch(override val why: Why) : SeveralProblem

    /**
     * A part of the library failed. Where [Why.moneyMoved] is [MoneyMoved.NOT_KNOWN] nobody knows how far it
     * came: look at the payments, do not pay again.
     */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : SeveralProblem
}

/** Why a sum cannot be spread. */
public sealed interface SpreadProblem : Problem {
    /** The sum is no amount. */
    public data class NotAnAmount(override val why: Why) : SpreadProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : SpreadProblem
}

/** Why there is no usual payment. No money moved. */
public sealed interface UsualProblem : Problem {
    /** No such account. */
    public data class UnknownAccount(override val why: Why) : UsualProblem

    /** Nothing was paid for it on this device yet: what is usual is not known. */
    public data class NothingUsual(override val why: Why) : UsualProblem

    /** No bill of it is open. */
    public data class NothingOpen(override val why: Why) : UsualProblem

    /** There is a usual payment, and no quote of it. */
    public data class NotQuoted(
        /** Why not. */
        public val problem: QuoteProblem,
        override val why: Why,
    ) : UsualProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : UsualProblem
}
