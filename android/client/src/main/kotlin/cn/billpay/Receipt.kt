package cn.billpay

import java.time.Instant

/** A page of the bank's signed documents. */
public data class Receipts(
    /** Newest first. */
    public val documents: List<Document>,
    /** Documents of this page that the file no longer gives; the next refresh fetches them again. */
    public val damaged: Int,
)

/** A signed document of the bank, verified as it was read. */
public data class Document(
    /** Stable. */
    public val id: DocumentId,
    /** The payment. */
    public val payment: PaymentId,
    /** What it is. */
    public val kind: DocumentKind,
    /** In the customer's chain. */
    public val sequence: Long,
    /** By the bank's clock. */
    public val issued: Instant,
    /** Whether the signature holds. */
    public val proof: Proof,
    /** Of a receipt that is verified. */
    public val receipt: Receipt?,
    /** Of a repayment that is verified. */
    public val repayment: Repayment?,
    /** Of a refusal, reversal or repayment: the bank's code. */
    public val reason: String?,
    /** Of a reversal or repayment that is verified: given back to the customer. */
    public val returned: Money?,
    /**
     * The first field with a text that would not be seen as what is written in it (a character that turns the direction of
     * writing round, or that cannot be seen): say so where you show the document.
     */
    public val illegible: String?,
    /** The document itself (a compact JWS), for anyone to verify. */
    public val compact: String,
)

/** What a document is. */
public enum class DocumentKind {
    /** Paid. */
    RECEIPT,

    /** Never charged, and never will be. */
    REFUSAL,

    /** Undone; the money is back. */
    REVERSAL,

    /** Given back later, beside a receipt. */
    REPAYMENT,

    /** Of a later version. */
    UNKNOWN,
}

/** Whether a document proves what it says. */
public sealed interface Proof {
    /** Signed by the bank. */
    public data object Verified : Proof

    /** By a key that is not known here: neither good nor bad. */
    public data class Unverifiable(
        /** The name of the key. */
        public val kid: String,
    ) : Proof

    /** Not what the bank signed. */
    public data object Invalid : Proof
}

/** The fields that every receipt has. */
public data class Receipt(
    /** Who paid, masked. */
    public val payerMasked: String,
    /** The biller. */
    public val biller: BillerId,
    /** Its name. */
    public val payee: String,
    /** Masked. */
    public val customerNumberMasked: String,
    /** What was paid. */
    public val billNumber: BillNumber,
    /** To the biller. */
    public val amount: Money,
    /** To the bank. */
    public val fee: Money,
    /** From the customer. */
    public val total: Money,
    /** When. */
    public val paidAt: Instant,
    /** The zone in which the bank's calendar counts. */
    public val zone: String,
    /** Through which channel. */
    public val channel: String,
    /** The bank's number for it. */
    public val bankSerial: String,
    /** The biller's number for it. */
    public val billerReference: String,
    /** By what: `account`, `card`, `wallet`, or a value of a later version. */
    public val methodKind: String,
    /** At most the last four digits. */
    public val methodLast4: String,
)

/** Money of a settled payment that came back later. */
public data class Repayment(
    /** The bank's code. */
    public val reason: String,
    /** Given back to the customer, this time. */
    public val returned: Money,
    /** The receipt that it stands beside. */
    public val receipt: DocumentId,
    /** When. */
    public val repaidAt: Instant,
    /** The bank's number for it. */
    public val bankSerial: String,
)

/** Where the chain over the customer's documents does not hold. */
public sealed interface ChainBreak {
    /** The ledger's life that it is in. */
    public val epoch: String

    /** Documents between these sequence numbers are not here. */
    public data class Missing(
        override val epoch: String,
        /** The first missing. */
        public val from: Long,
        /** The last missing. */
        public val to: Long,
        /** They may still come with a refresh. After that it is an alarm. */
        public val awaiting: Boolean,
    ) : ChainBreak

    /** Two documents claim one place. */
    public data class Fork(
        override val epoch: String,
        /** The place. */
        public val sequence: Long,
    ) : ChainBreak

    /** The document does not name the one before it. */
    public data class Unlinked(
        override val epoch: String,
        /** Its place. */
        public val sequence: Long,
    ) : ChainBreak

    /** The ledger was restored here; what came before is another life's. */
    public data class Epoch(override val epoch: String) : ChainBreak
}
