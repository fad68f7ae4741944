package cn.billpay

import java.time.Instant

/** What happened, for the app to act on and for the person to read, in the client's language. */
public data class Why(
    /** The stable name of what happened. */
    public val code: String,
    /** Who can do something about it. */
    public val whoActs: WhoActs,
    /** Not before then, where that is known. */
    public val retryAt: Instant?,
    /** What became of the money, where money is concerned. */
    public val moneyMoved: MoneyMoved?,
    /** What happened, as a sentence. */
    public val whatHappened: String,
    /** What became of the money, as a sentence. */
    public val aboutMoney: String?,
    /** The stable name of what to do next. */
    public val advice: String,
    /** What to do next, as a sentence. */
    public val whatToDo: String,
)

/** Who can do something about it. */
public enum class WhoActs {
    /** The person, now. */
    PERSON,

    /** The person, later: nothing is wrong but the moment. */
    WAIT,

    /** The bank: call it. */
    BANK,

    /** The biller: call it. */
    BILLER,

    /** The app's developers. */
    DEVELOPER,
}

/** What became of the money. */
public enum class MoneyMoved {
    /** None moved. */
    NO,

    /** Nothing was sent, so none moved. */
    NOTHING_SENT,

    /** It is being checked: never advise to pay again. */
    NOT_KNOWN,

    /** It was paid. */
    YES,

    /** What was taken is back. */
    RETURNED,

    /** An earlier payment paid it. */
    BY_EARLIER,
}
