// What every error has in common: who can act, when, and the words.

import Foundation

/// What happened, for the app to act on and for the person to read, in the client's language.
public struct Why: Hashable, Sendable {
    /// The stable name of what happened.
    public let code: String
    /// Who can do something about it.
    public let whoActs: WhoActs
    /// Not before then, where that is known.
    public let retryAt: Date?
    /// What became of the money, where money is concerned.
    public let moneyMoved: MoneyMoved?
    /// What happened, as a sentence.
    public let whatHappened: String
    /// What became of the money, as a sentence.
    public let aboutMoney: String?
    /// The stable name of what to do next.
    public let advice: String
    /// What to do next, as a sentence.
    public let whatToDo: String
}

/// Who can do something about it.
public enum WhoActs: Hashable, Sendable {
    /// The person, now.
    case person
    /// The person, later: nothing is wrong but the moment.
    case wait
    /// The bank: call it.
    case bank
    /// The biller: call it.
    case biller
    /// The app's developers.
    case developer
}

/// What became of the money.
public enum MoneyMoved: Hashable, Sendable {
    /// None moved.
    case no
    /// Nothing was sent, so none moved.
    case nothingSent
    /// It is being checked: never advise to pay again.
    case notKnown
    /// It was paid.
    case yes
    /// What was taken is back.
    case returned
    /// An earlier payment paid it.
    case byEarlier
}
