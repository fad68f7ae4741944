// What crosses, as the public types of Ending.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension OpenPayments {
    var raw: BillPayGenerated.OpenPayments {
        switch self {
        case .wait: .wait
        case .leave: .leave
        }
    }
}

extension WipeError: OperationError {
    init(_ raw: BillPayGenerated.WipeError) {
        self =
            switch raw {
            case .PaymentsOpen(let count, let why): .paymentsOpen(count: Int(clamping: count), why: Why(why))
            case .File(let why): .file(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
