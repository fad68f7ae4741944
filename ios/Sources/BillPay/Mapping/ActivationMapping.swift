// What crosses, as the public types of Activation.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Profile {
    init(_ raw: BillPayGenerated.Profile) {
        self.init(
            active: raw.active,
            revoked: raw.revoked,
            nameMasked: raw.nameMasked,
            mayPay: raw.mayPay,
            activation: raw.activation.map { Activation($0) },
            rolledBack: raw.rolledBack,
            secrets: SecurityLevel(raw.secrets),
            keys: SecurityLevel(raw.keys),
            trust: TrustState(raw.trust)
        )
    }
}

extension TrustState {
    init(_ raw: BillPayGenerated.TrustState) {
        self =
            switch raw {
            case .good(let until): .good(until: until)
            case .renewalDue(let until): .renewalDue(until: until)
            case .expired: .expired
            }
    }
}

extension Activation {
    init(_ raw: BillPayGenerated.Activation) {
        self.init(
            id: raw.id,
            phoneMasked: raw.phoneMasked,
            stage: raw.stage.map { ActivationStage($0) },
            attemptsLeft: raw.attemptsLeft.map { Int($0) },
            resendAt: raw.resendAt,
            expiresAt: raw.expiresAt
        )
    }
}

extension ActivationStage {
    init(_ raw: BillPayGenerated.ActivationStage) {
        self =
            switch raw {
            case .waiting: .waiting
            case .locked: .locked
            case .expired: .expired
            case .used: .used
            case .other: .other
            }
    }
}

extension ActivationError: OperationError {
    init(_ raw: BillPayGenerated.ActivationError) {
        self =
            switch raw {
            case .NotAPhoneNumber(let why): .notAPhoneNumber(why: Why(why))
            case .NotACode(let why): .notACode(why: Why(why))
            case .NotStarted(let why): .notStarted(why: Why(why))
            case .AlreadyActive(let why): .alreadyActive(why: Why(why))
            case .CodeWrong(let attemptsLeft, let why): .codeWrong(attemptsLeft: Int(attemptsLeft), why: Why(why))
            case .CodeExpired(let why): .codeExpired(why: Why(why))
            case .CodeSuperseded(let why): .codeSuperseded(why: Why(why))
            case .CodeUsed(let why): .codeUsed(why: Why(why))
            case .CodeLocked(let why): .codeLocked(why: Why(why))
            case .ResendTooSoon(let why): .resendTooSoon(why: Why(why))
            case .DailyCap(let why): .dailyCap(why: Why(why))
            case .Over(let why): .over(why: Why(why))
            case .OtherCustomer(let why): .otherCustomer(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
