package cn.billpay

/** Something that happened to a payment, which the app must hear at least once. */
public data class Event(
    /** Handle it once per id. */
    public val id: EventId,
    /** What happened. */
    public val kind: EventKind,
    /** The payment that it is about. */
    public val payment: PaymentId,
)

/** What happened. */
public enum class EventKind {
    /** A payment has settled; its receipt is stored. */
    SETTLED,

    /** The bank refused it; no money moved. */
    REFUSED,

    /** It was undone; the money is back. */
    REVERSED,

    /** It was never sent. */
    CANCELLED,

    /** It settled earlier, and money of it came back. */
    REPAID,
}

/** Ends [BillPay.events]: the events cannot be read. None is lost; they come with the next collection. */
public class EventsInterrupted internal constructor(
    /** Why not. */
    public val problem: FaultProblem,
) : Exception(problem.why.code)
