package cn.billpay

import java.time.Instant

/** What paying a bill would be, good until [validUntil]. */
public data class Quote(
    /** To be passed to [BillPay.pay]. */
    public val id: QuoteId,
    /** The biller. */
    public val biller: BillerId,
    /** Whom, as it is signed. */
    public val payee: String,
    /** Masked. */
    public val customerNumberMasked: String,
    /** What. */
    public val billNumber: BillNumber,
    /** To the biller. */
    public val amount: Money,
    /** To the bank. */
    public val fee: Money,
    /** From the customer. */
    public val total: Money,
    /** By what. */
    public val method: MethodId,
    /** What the bank calls it. */
    public val methodLabel: String,
    /** Of the method, where known. Kept nowhere, and for no lock screen. */
    public val balance: Money?,
    /** Of balance and limits: when the bank said them, by its clock. */
    public val asOf: Instant,
    /** By the bank's calendar. */
    public val limits: Limits,
    /** The bank asks for a code: [BillPay.askPaymentCode], then [BillPay.payWithCode]. */
    public val stepUp: Boolean,
    /** By the bank's clock. */
    public val validUntil: Instant,
    /** Nobody has paid to this number on this device: whose it is, to be compared once more. */
    public val firstPayment: FirstPayment?,
)

/** Whose number it is that is paid to for the first time: to be shown large. */
public data class FirstPayment(
    /** The account. */
    public val account: AccountId,
    /** Passed to [BillPay.acknowledgeEcho] once the person has compared. */
    public val echoDigest: EchoDigest,
    /** Whose, as the biller masks it. */
    public val holderMasked: String,
    /** Where. */
    public val addressMasked: String,
)

/** Why there is no quote. No money moved. */
public sealed interface QuoteProblem : Problem {
    /** No such bill. */
    public data class UnknownBill(override val why: Why) : QuoteProblem

    /** An order on this bill is being checked: do not pay again. */
    public data class PaymentInDoubt(
        /** Which. */
        public val payment: PaymentId,
        override val why: Why,
    ) : QuoteProblem

    /** Another device or channel is paying it. */
    public data class PaymentInProgressElsewhere(override val why: Why) : QuoteProblem

    /** Paid already. */
    public data class AlreadySettled(
        /** By which payment, where known. */
        public val by: PaymentId?,
        override val why: Why,
    ) : QuoteProblem

    /** The bill is not what the person saw: look again. */
    public data class BillChanged(
        /** What it asks now, where known. */
        public val now: Money?,
        override val why: Why,
    ) : QuoteProblem

    /** Less than the biller takes. */
    public data class BelowMinimum(
        /** The least. */
        public val minimum: Money?,
        override val why: Why,
    ) : QuoteProblem

    /** More than the biller takes. */
    public data class AboveMaximum(
        /** The most. */
        public val maximum: Money?,
        override val why: Why,
    ) : QuoteProblem

    /** No amount at all, or one that this bill does not take. */
    public data class AmountNotAllowed(override val why: Why) : QuoteProblem

    /** Not enough on the method's account. */
    public data class InsufficientFunds(override val why: Why) : QuoteProblem

    /** More than the limits allow. */
    public data class LimitExceeded(
        /** The limit that would be passed. */
        public val limit: Money?,
        override val why: Why,
    ) : QuoteProblem

    /** The bank has not enabled payments for this customer. */
    public data class PaymentNotEnabled(override val why: Why) : QuoteProblem

    /** No such way to pay, or no longer. */
    public data class MethodUnusable(override val why: Why) : QuoteProblem

    /** The biller takes no payments now; [Why.retryAt] says when it opens. */
    public data class BillerClosed(override val why: Why) : QuoteProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : QuoteProblem
}
