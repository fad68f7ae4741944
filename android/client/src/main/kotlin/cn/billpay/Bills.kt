package cn.billpay

import java.time.Instant
import java.time.LocalDate

/** What a refresh brought. */
public data class Refreshed(
    /** Bills heard of. */
    public val bills: Int,
    /** Documents that verified. */
    public val receipts: Int,
    /** Documents by a key that is not known here: kept until it is. */
    public val unverifiable: Int,
    /** Documents that do not verify, or are not whole. */
    public val invalid: Int,
    /** The bank has seen orders of this device that its file did not have. */
    public val rolledBack: Boolean,
)

/** The bills, with the age of the whole view. */
public data class Bills(
    /** By account, and of each the oldest first. */
    public val bills: List<Bill>,
    /** The last refresh, by the bank's clock; `null` before the first. */
    public val asOf: Instant?,
    /** As last told. */
    public val limits: Limits?,
    /** Ways to pay, as last told. */
    public val methods: List<Method>,
    /** Bills that the file no longer gives; the next refresh fetches them again. */
    public val damaged: Int,
)

/** A bill as shown. */
public data class Bill(
    /** The account that it belongs to. */
    public val account: AccountId,
    /** The person's name for that, or empty. */
    public val alias: String,
    /** The biller. */
    public val biller: BillerId,
    /** Its name. */
    public val billerName: String,
    /** Masked. */
    public val customerNumberMasked: String,
    /** The biller's number for the bill. */
    public val billNumber: BillNumber,
    /** Raised by the biller with each charge and revision. */
    public val version: Long,
    /** A bill, or an account to top up. */
    public val kind: BillKind,
    /** What can be done with it. */
    public val status: BillStatus,
    /** What is still asked, as far as this phone knows: without what was paid of it here since it was last heard of. */
    public val amount: Money,
    /** The least that can be paid. */
    public val minimum: Money,
    /** The most that can be paid. */
    public val maximum: Money,
    /** What it is for. */
    public val period: String?,
    /** The last day to pay, in the bank's zone. */
    public val dueDate: LocalDate?,
    /** Part of the amount. */
    public val lateFee: Money?,
    /** What the amount is made of. */
    public val items: List<BillItem>,
    /** When it was last heard of, by the bank's clock. */
    public val asOf: Instant,
)

/** A line of a bill. */
public data class BillItem(
    /** The biller's words. */
    public val label: String,
    /** Its share. */
    public val amount: Money,
)

/** What kind of payable. */
public enum class BillKind {
    /** Asks for an amount. */
    BILL,

    /** Takes any amount within its bounds, again and again. */
    TOP_UP,

    /** A value of a later version. */
    UNKNOWN,
}

/** What can be done with a bill. */
public sealed interface BillStatus {
    /** It can be paid. */
    public data object Open : BillStatus

    /** A payment of it is being checked: do not pay again. */
    public data class Checking(
        /** Which. */
        public val payment: PaymentId,
    ) : BillStatus

    /** Another device of the customer is paying it. */
    public data object PaidElsewhere : BillStatus

    /** Nothing is owed. */
    public data object Paid : BillStatus

    /** Withdrawn. */
    public data object Cancelled : BillStatus

    /** Of a later version: look at it in a newer app. */
    public data object Unknown : BillStatus
}

/** Why the view was not refreshed; what was there before is still there. */
public sealed interface RefreshProblem : Problem {
    /** No such account. */
    public data class UnknownAccount(override val why: Why) : RefreshProblem

    /** The biller does not answer now; [Why.retryAt] says when it opens. */
    public data class BillerClosed(override val why: Why) : RefreshProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : RefreshProblem
}
