// What crosses, as the public types of Fault.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Fault {
    init(_ raw: BillPayGenerated.Fault) {
        self =
            switch raw {
            case .notActivated: .notActivated
            case .deviceRevoked: .deviceRevoked
            case .deviceUnknown: .deviceUnknown
            case .clientTooOld(let minimum): .clientTooOld(minimum: minimum)
            case .network(let fault): .network(NetworkFault(fault))
            case .locked: .locked
            case .cancelled: .cancelled
            case .keyLost: .keyLost
            case .keyStore: .keyStore
            case .suspended: .suspended
            case .diskFull: .diskFull
            case .store(let detail): .store(detail: detail)
            case .rateLimited: .rateLimited
            case .gateway(let kind, let status): .gateway(kind: kind, status: Int(status))
            case .badAnswer(let detail): .badAnswer(detail: detail)
            case .shuttingDown: .shuttingDown
            case .defect: .defect
            }
    }
}

extension NetworkFault {
    init(_ raw: BillPayGenerated.NetworkFault) {
        self =
            switch raw {
            case .unreachable: .unreachable
            case .interrupted: .interrupted
            case .pinMismatch(let seen): .pinMismatch(seen: seen)
            case .untrusted: .untrusted
            case .wrongName: .wrongName
            case .certificateTime: .certificateTime
            case .clockWrong: .clockWrong
            case .tls(let detail): .tls(detail: detail)
            case .badAnswer: .badAnswer
            case .pinsExpired: .pinsExpired
            }
    }
}

extension FaultError: OperationError {
    init(_ raw: BillPayGenerated.FaultError) {
        switch raw {
        case .Met(let fault, let why): self.init(fault: Fault(fault), why: Why(why))
        }
    }

    static func other(fault: Fault, why: Why) -> FaultError { FaultError(fault: fault, why: why) }
}
