// What crosses, as the public types of Binding.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Biller {
    init(_ raw: BillPayGenerated.Biller) {
        self.init(
            id: BillerID(raw.id),
            name: raw.name,
            kind: BillerKind(raw.kind),
            state: BillerState(raw.state),
            numberLabel: raw.numberLabel,
            numberHelp: raw.numberHelp,
            numberExample: raw.numberExample,
            phone: raw.phone,
            phoneHours: raw.phoneHours
        )
    }
}

extension Account {
    init(_ raw: BillPayGenerated.Account) {
        self.init(
            id: AccountID(raw.id),
            biller: BillerID(raw.biller),
            customerNumberMasked: raw.customerNumberMasked,
            holderMasked: raw.holderMasked,
            addressMasked: raw.addressMasked,
            alias: raw.alias,
            state: AccountState(raw.state)
        )
    }
}

extension Accounts {
    init(_ raw: BillPayGenerated.Accounts) {
        self.init(
            accounts: raw.accounts.map { Account($0) },
            damaged: Int(raw.damaged)
        )
    }
}

extension BillerKind {
    init(_ raw: BillPayGenerated.BillerKind) {
        self =
            switch raw {
            case .power: .power
            case .water: .water
            case .gas: .gas
            case .mobile: .mobile
            case .property: .property
            case .unknown: .unknown
            }
    }
}

extension BillerState {
    init(_ raw: BillPayGenerated.BillerState) {
        self =
            switch raw {
            case .open: .open
            case .closed: .closed
            case .unknown: .unknown
            }
    }
}

extension AccountState {
    init(_ raw: BillPayGenerated.AccountState) {
        self =
            switch raw {
            case .bound: .bound
            case .unbound: .unbound
            case .unknown: .unknown
            }
    }
}

extension BindingError: OperationError {
    init(_ raw: BillPayGenerated.BindingError) {
        self =
            switch raw {
            case .UnknownBiller(let why): .unknownBiller(why: Why(why))
            case .Number(let problem, let why): .badNumber(problem: NumberProblem(problem), why: Why(why))
            case .UnknownNumber(let why): .unknownNumber(why: Why(why))
            case .EchoInvalid(let why): .echoInvalid(why: Why(why))
            case .UnknownAccount(let why): .unknownAccount(why: Why(why))
            case .BillerClosed(let why): .billerClosed(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}

extension NumberProblem {
    init(_ raw: BillPayGenerated.NumberProblem) {
        self =
            switch raw {
            case .tooShort(let minimum): .tooShort(minimum: Int(minimum))
            case .tooLong(let maximum): .tooLong(maximum: Int(maximum))
            case .shape: .shape
            case .checkDigit: .checkDigit
            }
    }
}
