// What crosses, as the public types of Why.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Why {
    init(_ raw: BillPayGenerated.Why) {
        self.init(
            code: raw.code,
            whoActs: WhoActs(raw.whoActs),
            retryAt: raw.retryAt,
            moneyMoved: raw.moneyMoved.map { MoneyMoved($0) },
            whatHappened: raw.whatHappened,
            aboutMoney: raw.aboutMoney,
            advice: raw.advice,
            whatToDo: raw.whatToDo
        )
    }
}

extension WhoActs {
    init(_ raw: BillPayGenerated.WhoActs) {
        self =
            switch raw {
            case .person: .person
            case .wait: .wait
            case .bank: .bank
            case .biller: .biller
            case .developer: .developer
            }
    }
}

extension MoneyMoved {
    init(_ raw: BillPayGenerated.MoneyMoved) {
        self =
            switch raw {
            case .no: .no
            case .nothingSent: .nothingSent
            case .notKnown: .notKnown
            case .yes: .yes
            case .returned: .returned
            case .byEarlier: .byEarlier
            }
    }
}
