// What crosses, as the public types of Payment.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Payments {
    init(_ raw: BillPayGenerated.Payments) {
        self.init(
            payments: raw.payments.map { Payment($0) },
            damaged: Int(raw.damaged)
        )
    }
}

extension Payment {
    init(_ raw: BillPayGenerated.Payment) {
        self.init(
            id: PaymentID(raw.id),
            state: PaymentState(raw.state),
            why: Why(raw.why),
            payee: raw.payee,
            biller: BillerID(raw.biller),
            billNumber: BillNumber(raw.billNumber),
            amount: Money(raw.amount),
            fee: Money(raw.fee),
            total: Money(raw.total),
            repaid: raw.repaid.map { Money($0) },
            created: raw.created,
            validUntil: raw.validUntil
        )
    }
}

extension SentCode {
    init(_ raw: BillPayGenerated.SentCode) {
        self.init(
            id: raw.id,
            sentToMasked: raw.sentToMasked,
            attemptsLeft: Int(raw.attemptsLeft),
            expiresAt: raw.expiresAt
        )
    }
}

extension PaymentState {
    init(_ raw: BillPayGenerated.PaymentState) {
        self =
            switch raw {
            case .checking(let heldUntil): .checking(heldUntil: heldUntil)
            case .settled: .settled
            case .refused(let reason): .refused(reason: reason)
            case .reversed(let reason): .reversed(reason: reason)
            case .cancelled: .cancelled
            }
    }
}

extension PayError: OperationError {
    init(_ raw: BillPayGenerated.PayError) {
        self =
            switch raw {
            case .UnknownQuote(let why): .unknownQuote(why: Why(why))
            case .QuoteExpired(let why): .quoteExpired(why: Why(why))
            case .StepUpNeeded(let why): .stepUpNeeded(why: Why(why))
            case .NotACode(let why): .notACode(why: Why(why))
            case .MethodUnusable(let why): .methodUnusable(why: Why(why))
            case .EchoNotAcknowledged(let why): .echoNotAcknowledged(why: Why(why))
            case .PaymentInDoubt(let payment, let why): .paymentInDoubt(payment: PaymentID(payment), why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}

extension CodeError: OperationError {
    init(_ raw: BillPayGenerated.CodeError) {
        self =
            switch raw {
            case .Order(let refused, let why): .order(refused: OrderProblem(refused), why: Why(why))
            case .TooSoon(let why): .tooSoon(why: Why(why))
            case .DailyCap(let why): .dailyCap(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}

extension OrderProblem {
    init(_ raw: BillPayGenerated.OrderProblem) {
        self =
            switch raw {
            case .unknownQuote: .unknownQuote
            case .quoteExpired: .quoteExpired
            case .methodUnusable: .methodUnusable
            case .echoNotAcknowledged: .echoNotAcknowledged
            case .paymentInDoubt(let payment): .paymentInDoubt(payment: PaymentID(payment))
            case .other: .other
            }
    }
}

extension ViewError: OperationError {
    init(_ raw: BillPayGenerated.ViewError) {
        self =
            switch raw {
            case .NotFound(let why): .notFound(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
