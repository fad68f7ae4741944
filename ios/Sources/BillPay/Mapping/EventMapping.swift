// What crosses, as the public types of Event.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Event {
    init(_ raw: BillPayGenerated.Event) {
        self.init(
            id: EventID(raw.id),
            kind: EventKind(raw.kind),
            payment: PaymentID(raw.payment)
        )
    }
}

extension EventKind {
    init(_ raw: BillPayGenerated.EventKind) {
        self =
            switch raw {
            case .settled: .settled
            case .refused: .refused
            case .reversed: .reversed
            case .cancelled: .cancelled
            case .repaid: .repaid
            }
    }
}
