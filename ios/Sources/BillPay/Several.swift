// Several bills at once: in one go, by a sum that goes over the oldest, and as usual.

/// A bill that is to be paid with others.
public struct Wish: Hashable, Sendable {
    /// The biller.
    public var biller: BillerID
    /// Its number for the bill.
    public var billNumber: BillNumber
    /// What the bill asks, where none is given.
    public var amount: Money?
    /// The preferred one, where none is given.
    public var method: MethodID?

    /// A bill, by what it asks and the preferred way to pay where nothing else is given.
    public init(_ biller: BillerID, billNumber: BillNumber, amount: Money? = nil, method: MethodID? = nil) {
        self.biller = biller
        self.billNumber = billNumber
        self.amount = amount
        self.method = method
    }
}

/// What paying several bills would be: to be confirmed as one list.
public struct Several: Hashable, Sendable {
    /// Of each wish, in the order given. What has no quote is not paid, and keeps none of the others back.
    public let quotes: [Result<Quote, QuoteError>]
    /// What leaves the customer by all quotes together, once for each currency.
    public let totals: [Money]
    /// What the sum exceeds though each bill alone does not: the bank takes the orders one by one, in their
    /// order, and refuses those that find too little left.
    public let beyond: [Beyond]
}

/// What the sum of several quotes exceeds.
public enum Beyond: Hashable, Sendable {
    /// What there is to pay with.
    ///
    /// - methodLabel: Of which way to pay.
    /// - balance: By the bank's word in the quotes.
    /// - asked: By this way to pay, all together.
    /// - why: The same in words.
    case balance(methodLabel: String, balance: Money, asked: Money, why: Why)
    /// What may still be paid on the bank's day.
    ///
    /// - left: Of the day's limit.
    /// - asked: All together.
    /// - why: The same in words.
    case day(left: Money, asked: Money, why: Why)
}

/// How a sum goes over the open bills of an account.
public struct Spread: Hashable, Sendable {
    /// The oldest bill first.
    public let shares: [Share]
    /// What no bill takes.
    public let left: Money
    /// Bills with a payment that has not ended: they get nothing until it has.
    public let waiting: [BillNumber]
}

/// What a bill gets of a sum.
public struct Share: Hashable, Sendable {
    /// The bill.
    public let billNumber: BillNumber
    /// What it gets.
    public let amount: Money
}

/// Why a list of bills cannot be. Nothing was asked, signed or paid, except where `other` says otherwise.
public enum SeveralError: BillPayError, Hashable {
    /// More than a person would read before saying yes.
    ///
    /// - most: In one go.
    case tooMany(most: Int, why: Why)
    /// A bill, or a top-up account, stands on the list more than once.
    ///
    /// - biller: The biller; an empty text where the quote is not known.
    /// - billNumber: Its number, or the quote that is not known.
    case listedTwice(biller: BillerID, billNumber: BillNumber, why: Why)
    /// A wish has an amount that is none.
    case notAnAmount(why: Why)
    /// The sum is no amount any more.
    case tooMuch(why: Why)
    /// Anything else. Where ``Why/moneyMoved`` is ``MoneyMoved/notKnown`` nobody knows how far it came: look at the
    /// payments, do not pay again.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .tooMany(_, let why),
            .listedTwice(_, _, let why),
            .notAnAmount(let why),
            .tooMuch(let why),
            .other(_, let why):
            why
        }
    }
}

/// Why a sum cannot be spread.
public enum SpreadError: BillPayError, Hashable {
    /// The sum is no amount.
    case notAnAmount(why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .notAnAmount(let why),
            .other(_, let why):
            why
        }
    }
}

/// Why there is no usual payment. No money moved.
public enum UsualError: BillPayError, Hashable {
    /// No such account.
    case unknownAccount(why: Why)
    /// Nothing was paid for it on this device yet: what is usual is not known.
    case nothingUsual(why: Why)
    /// No bill of it is open.
    case nothingOpen(why: Why)
    /// There is a usual payment, and no quote of it.
    ///
    /// - problem: Why not.
    case notQuoted(problem: QuoteError, why: Why)
    /// Anything else.
    ///
    /// - fault: What was met.
    case other(fault: Fault, why: Why)

    /// Who can act, when, and in which words.
    public var why: Why {
        switch self {
        case .unknownAccount(let why),
            .nothingUsual(let why),
            .nothingOpen(let why),
            .notQuoted(_, let why),
            .other(_, let why):
            why
        }
    }
}
