// What crosses, as the public types of OpenError.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension OpenError: OperationError {
    init(_ raw: BillPayGenerated.OpenError) {
        self =
            switch raw {
            case .InUse(let why): .inUse(why: Why(why))
            case .Newer(let found, let supported, let why): .newer(found: found, supported: supported, why: Why(why))
            case .Unreadable(let why): .unreadable(why: Why(why))
            case .DiskFull(let why): .diskFull(why: Why(why))
            case .Unreachable(let why): .unreachable(why: Why(why))
            case .Configuration(let detail, let why): .badConfiguration(detail: detail, why: Why(why))
            case .ShuttingDown(let why): .shuttingDown(why: Why(why))
            }
    }
}
