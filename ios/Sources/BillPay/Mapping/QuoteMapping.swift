// What crosses, as the public types of Quote.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Quote {
    init(_ raw: BillPayGenerated.Quote) {
        self.init(
            id: QuoteID(raw.id),
            biller: BillerID(raw.biller),
            payee: raw.payee,
            customerNumberMasked: raw.customerNumberMasked,
            billNumber: BillNumber(raw.billNumber),
            amount: Money(raw.amount),
            fee: Money(raw.fee),
            total: Money(raw.total),
            method: MethodID(raw.method),
            methodLabel: raw.methodLabel,
            balance: raw.balance.map { Money($0) },
            asOf: raw.asOf,
            limits: Limits(raw.limits),
            stepUp: raw.stepUp,
            validUntil: raw.validUntil,
            firstPayment: raw.firstPayment.map { FirstPayment($0) }
        )
    }
}

extension FirstPayment {
    init(_ raw: BillPayGenerated.FirstPayment) {
        self.init(
            account: AccountID(raw.account),
            echoDigest: EchoDigest(raw.echoDigest),
            holderMasked: raw.holderMasked,
            addressMasked: raw.addressMasked
        )
    }
}

extension QuoteError: OperationError {
    init(_ raw: BillPayGenerated.QuoteError) {
        self =
            switch raw {
            case .UnknownBill(let why): .unknownBill(why: Why(why))
            case .PaymentInDoubt(let payment, let why): .paymentInDoubt(payment: PaymentID(payment), why: Why(why))
            case .PaymentInProgressElsewhere(let why): .paymentInProgressElsewhere(why: Why(why))
            case .AlreadySettled(let by, let why): .alreadySettled(by: by.map { PaymentID($0) }, why: Why(why))
            case .BillChanged(let now, let why): .billChanged(now: now.map { Money($0) }, why: Why(why))
            case .BelowMinimum(let minimum, let why): .belowMinimum(minimum: minimum.map { Money($0) }, why: Why(why))
            case .AboveMaximum(let maximum, let why): .aboveMaximum(maximum: maximum.map { Money($0) }, why: Why(why))
            case .AmountNotAllowed(let why): .amountNotAllowed(why: Why(why))
            case .InsufficientFunds(let why): .insufficientFunds(why: Why(why))
            case .LimitExceeded(let limit, let why): .limitExceeded(limit: limit.map { Money($0) }, why: Why(why))
            case .PaymentNotEnabled(let why): .paymentNotEnabled(why: Why(why))
            case .MethodUnusable(let why): .methodUnusable(why: Why(why))
            case .BillerClosed(let why): .billerClosed(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
