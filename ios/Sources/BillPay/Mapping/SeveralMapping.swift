// What crosses, as the public types of Several.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Wish {
    var raw: BillPayGenerated.Wish {
        .init(biller: biller.rawValue, billNumber: billNumber.rawValue, amount: amount?.raw, method: method?.rawValue)
    }
}

extension Several {
    init(_ raw: BillPayGenerated.Several) {
        self.init(
            quotes: raw.quotes.map { Result($0) },
            totals: raw.totals.map { Money($0) },
            beyond: raw.beyond.map { Beyond($0) }
        )
    }
}

extension Result where Success == Quote, Failure == QuoteError {
    init(_ raw: BillPayGenerated.Quoted) {
        self =
            switch raw {
            case .offered(let quote): .success(Quote(quote))
            case .refused(let problem): .failure(QuoteError(problem))
            }
    }
}

extension Result where Success == Payment, Failure == PayError {
    init(_ raw: BillPayGenerated.Outcome) {
        self =
            switch raw {
            case .ordered(let payment): .success(Payment(payment))
            case .refused(let problem): .failure(PayError(problem))
            }
    }
}

extension Beyond {
    init(_ raw: BillPayGenerated.Beyond) {
        self =
            switch raw {
            case .balance(let methodLabel, let balance, let asked, let why):
                .balance(methodLabel: methodLabel, balance: Money(balance), asked: Money(asked), why: Why(why))
            case .day(let left, let asked, let why): .day(left: Money(left), asked: Money(asked), why: Why(why))
            }
    }
}

extension Spread {
    init(_ raw: BillPayGenerated.Spread) {
        self.init(
            shares: raw.shares.map { Share(billNumber: BillNumber($0.billNumber), amount: Money($0.amount)) },
            left: Money(raw.left),
            waiting: raw.waiting.map { BillNumber($0) }
        )
    }
}

extension SeveralError: OperationError {
    init(_ raw: BillPayGenerated.SeveralError) {
        self =
            switch raw {
            case .TooMany(let most, let why): .tooMany(most: Int(most), why: Why(why))
            case .ListedTwice(let biller, let billNumber, let why):
                .listedTwice(biller: BillerID(biller), billNumber: BillNumber(billNumber), why: Why(why))
            case .NotAnAmount(let why): .notAnAmount(why: Why(why))
            case .TooMuch(let why): .tooMuch(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}

extension SpreadError: OperationError {
    init(_ raw: BillPayGenerated.SpreadError) {
        self =
            switch raw {
            case .NotAnAmount(let why): .notAnAmount(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}

extension UsualError: OperationError {
    init(_ raw: BillPayGenerated.UsualError) {
        self =
            switch raw {
            case .UnknownAccount(let why): .unknownAccount(why: Why(why))
            case .NothingUsual(let why): .nothingUsual(why: Why(why))
            case .NothingOpen(let why): .nothingOpen(why: Why(why))
            case .NotQuoted(let problem, let why): .notQuoted(problem: QuoteError(problem), why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
