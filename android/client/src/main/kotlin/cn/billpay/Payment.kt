package cn.billpay

import java.time.Instant

/** A page of payments. */
public data class Payments(
    /** Newest first. */
    public val payments: List<Payment>,
    /**
     * Payments of this page that the file no longer gives. Their documents are told all the same, and one that
     * is open is asked about until it ends.
     */
    public val damaged: Int,
)

/** A payment as shown. */
public data class Payment(
    /** For the person to name it by. */
    public val id: PaymentId,
    /** Where it stands, as far as it is proved. */
    public val state: PaymentState,
    /** The same in words, with what became of the money. */
    public val why: Why,
    /** Whom. */
    public val payee: String,
    /** The biller. */
    public val biller: BillerId,
    /** What. */
    public val billNumber: BillNumber,
    /** To the biller. */
    public val amount: Money,
    /** To the bank. */
    public val fee: Money,
    /** From the customer. */
    public val total: Money,
    /** What of it came back after it had settled. */
    public val repaid: Money?,
    /** By the phone's clock. */
    public val created: Instant,
    /** By the bank's clock. */
    public val validUntil: Instant,
)

/** Where a payment stands, as far as it is proved. */
public sealed interface PaymentState {
    /** Not known yet: do not pay again. Its end comes as an event. */
    public data class Checking(
        /** A person at the bank looks at it until then. */
        public val heldUntil: Instant?,
    ) : PaymentState

    /** Paid; the receipt is stored. */
    public data object Settled : PaymentState

    /** Refused by the bank; no money moved. */
    public data class Refused(
        /** The bank's code. */
        public val reason: String,
    ) : PaymentState

    /** Undone; the money is back. */
    public data class Reversed(
        /** The bank's code. */
        public val reason: String,
    ) : PaymentState

    /** Nothing was sent. */
    public data object Cancelled : PaymentState
}

/** A code that is on its way to the person. */
public data class SentCode(
    /** Names it. */
    public val id: String,
    /** To which number. */
    public val sentToMasked: String,
    /** Tries. Of a payment it is one, which has to be said before one is typed. */
    public val attemptsLeft: Int,
    /** When it becomes void, by the bank's clock. */
    public val expiresAt: Instant,
)

/**
 * Why no order was made: no byte of one has left. What becomes of an order once it is made is a [Payment],
 * never a problem.
 */
public sealed interface PayProblem : Problem {
    /** The quote is not known here (any more): ask again. */
    public data class UnknownQuote(override val why: Why) : PayProblem

    /** The quote has run out: ask again. */
    public data class QuoteExpired(override val why: Why) : PayProblem

    /** The bank asks for a code: [BillPay.askPaymentCode], then [BillPay.payWithCode]. */
    public data class StepUpNeeded(override val why: Why) : PayProblem

    /** Not a code: four to eight digits. */
    public data class NotACode(override val why: Why) : PayProblem

    /** The way to pay was removed since, or has expired. */
    public data class MethodUnusable(override val why: Why) : PayProblem

    /** The first payment to this number on this device: the person has to compare whose it is. */
    public data class EchoNotAcknowledged(override val why: Why) : PayProblem

    /** An order on this bill is being checked: do not pay again. */
    public data class PaymentInDoubt(
        /** Which. */
        public val payment: PaymentId,
        override val why: Why,
    ) : PayProblem

    /**
     * Anything else. Where [Why.moneyMoved] is [MoneyMoved.NOT_KNOWN] the order may have been stored all the
     * same: look at the payments, do not pay again.
     */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : PayProblem
}

/** Why no code was sent. No money moved. */
public sealed interface CodeProblem : Problem {
    /** The order that it would be for could not be made. */
    public data class Order(
        /** Why not. */
        public val refused: OrderProblem,
        override val why: Why,
    ) : CodeProblem

    /** A code for this was just sent; [Why.retryAt] says when the next can be. */
    public data class TooSoon(override val why: Why) : CodeProblem

    /** No more messages today. */
    public data class DailyCap(override val why: Why) : CodeProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : CodeProblem
}

/** Why an order could not be made: [PayProblem] without its words. */
public sealed interface OrderProblem {
    /** The quote is not known here (any more): ask again. */
    public data object UnknownQuote : OrderProblem

    /** The quote has run out: ask again. */
    public data object QuoteExpired : OrderProblem

    /** The way to pay was removed since, or has expired. */
    public data object MethodUnusable : OrderProblem

    /** The person has to compare whose number it is first. */
    public data object EchoNotAcknowledged : OrderProblem

    /** An order on this bill is being checked: do not pay again. */
    public data class PaymentInDoubt(
        /** Which. */
        public val payment: PaymentId,
    ) : OrderProblem

    /** Anything else; the [Why] of the problem says what. */
    public data object Other : OrderProblem
}

/** Why a payment or document cannot be shown. */
public sealed interface ViewProblem : Problem {
    /** No such thing here. */
    public data class NotFound(override val why: Why) : ViewProblem

    /** Anything else. */
    public data class Other(
        /** What was met. */
        public val fault: Fault,
        override val why: Why,
    ) : ViewProblem
}
