// What crosses, as the public types of Limits.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated
import Foundation

extension Limits {
    init(_ raw: BillPayGenerated.Limits) {
        self.init(
            perPayment: Money(raw.perPayment),
            perDay: Money(raw.perDay),
            usedToday: Money(raw.usedToday),
            stepUpFrom: Money(raw.stepUpFrom),
            ceiling: raw.ceiling.map { Ceiling($0) }
        )
    }
}

extension Ceiling {
    init(_ raw: BillPayGenerated.Ceiling) {
        self.init(
            perPayment: Money(raw.perPayment),
            perDay: Money(raw.perDay),
            stepUpFrom: Money(raw.stepUpFrom)
        )
    }
}

extension LimitsView {
    init(_ raw: BillPayGenerated.LimitsView) {
        self.init(
            limits: raw.limits.map { Limits($0) },
            mayPay: raw.mayPay,
            asOf: raw.asOf
        )
    }
}

extension LimitsChange {
    var raw: BillPayGenerated.LimitsChange {
        .init(perPayment: perPayment?.raw, perDay: perDay?.raw, stepUpFrom: stepUpFrom?.raw)
    }
}

extension LimitsError: OperationError {
    init(_ raw: BillPayGenerated.LimitsError) {
        self =
            switch raw {
            case .NothingToChange(let why): .nothingToChange(why: Why(why))
            case .NotAnAmount(let why): .notAnAmount(why: Why(why))
            case .AboveCeiling(let ceiling, let why): .aboveCeiling(ceiling: ceiling.map { Money($0) }, why: Why(why))
            case .StepUpNeeded(let why): .stepUpNeeded(why: Why(why))
            case .NotACode(let why): .notACode(why: Why(why))
            case .CodeWrong(let why): .codeWrong(why: Why(why))
            case .CodeExpired(let why): .codeExpired(why: Why(why))
            case .CodeLocked(let why): .codeLocked(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}

extension LimitsCodeError: OperationError {
    init(_ raw: BillPayGenerated.LimitsCodeError) {
        self =
            switch raw {
            case .NothingToChange(let why): .nothingToChange(why: Why(why))
            case .NotAnAmount(let why): .notAnAmount(why: Why(why))
            case .AboveCeiling(let ceiling, let why): .aboveCeiling(ceiling: ceiling.map { Money($0) }, why: Why(why))
            case .TooSoon(let why): .tooSoon(why: Why(why))
            case .DailyCap(let why): .dailyCap(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
