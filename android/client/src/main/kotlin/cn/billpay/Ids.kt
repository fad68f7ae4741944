package cn.billpay

/** A payment, for the person to name it by. */
@JvmInline
public value class PaymentId(
    /** As the bank knows it. */
    public val value: String,
)

/** A quote that can be paid once. */
@JvmInline
public value class QuoteId(
    /** Known on this device only. */
    public val value: String,
)

/** A bound account. */
@JvmInline
public value class AccountId(
    /** As the bank knows it. */
    public val value: String,
)

/** A biller of the catalogue. */
@JvmInline
public value class BillerId(
    /** As the bank knows it. */
    public val value: String,
)

/** A biller's own number for a bill, or for an account to top up; unique per biller only. */
@JvmInline
public value class BillNumber(
    /** As the biller writes it. */
    public val value: String,
)

/** A way to pay: an opaque token, which means nothing outside of the bank. */
@JvmInline
public value class MethodId(
    /** The token. */
    public val value: String,
)

/** A signed document of the bank. */
@JvmInline
public value class DocumentId(
    /** base64url of SHA-256 of its compact text. */
    public val value: String,
)

/** An event: handle it once per id. */
@JvmInline
public value class EventId(
    /** Known on this device only. */
    public val value: String,
)

/** Stands for what the person was shown of an account's holder. */
@JvmInline
public value class EchoDigest(
    /** base64url of SHA-256. */
    public val value: String,
)
