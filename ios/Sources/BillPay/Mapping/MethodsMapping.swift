// What crosses, as the public types of Methods.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated
import Foundation

extension Method {
    init(_ raw: BillPayGenerated.Method) {
        self.init(
            id: MethodID(raw.id),
            kind: MethodKind(raw.kind),
            label: raw.label,
            last4: raw.last4,
            preferred: raw.preferred,
            usable: raw.usable
        )
    }
}

extension MethodKind {
    init(_ raw: BillPayGenerated.MethodKind) {
        self =
            switch raw {
            case .account: .account
            case .card: .card
            case .wallet: .wallet
            case .unknown: .unknown
            }
    }

    var raw: BillPayGenerated.MethodKind {
        switch self {
        case .account: .account
        case .card: .card
        case .wallet: .wallet
        case .unknown: .unknown
        }
    }
}

extension HostedStep {
    init(_ raw: BillPayGenerated.HostedStep) {
        self.init(url: raw.url(), expiresAt: raw.expiresAt())
    }
}

extension MethodError: OperationError {
    init(_ raw: BillPayGenerated.MethodError) {
        self =
            switch raw {
            case .UnknownMethod(let why): .unknownMethod(why: Why(why))
            case .NotOffered(let why): .notOffered(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
