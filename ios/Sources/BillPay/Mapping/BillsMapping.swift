// What crosses, as the public types of Bills.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated
import Foundation

extension Refreshed {
    init(_ raw: BillPayGenerated.Refreshed) {
        self.init(
            bills: Int(raw.bills),
            receipts: Int(raw.receipts),
            unverifiable: Int(raw.unverifiable),
            invalid: Int(raw.invalid),
            rolledBack: raw.rolledBack
        )
    }
}

extension Bills {
    init(_ raw: BillPayGenerated.Bills) {
        self.init(
            bills: raw.bills.map { Bill($0) },
            asOf: raw.asOf,
            limits: raw.limits.map { Limits($0) },
            methods: raw.methods.map { Method($0) },
            damaged: Int(raw.damaged)
        )
    }
}

extension Bill {
    init(_ raw: BillPayGenerated.Bill) {
        self.init(
            account: AccountID(raw.account),
            alias: raw.alias,
            biller: BillerID(raw.biller),
            billerName: raw.billerName,
            customerNumberMasked: raw.customerNumberMasked,
            billNumber: BillNumber(raw.billNumber),
            version: raw.version,
            kind: BillKind(raw.kind),
            status: BillStatus(raw.status),
            amount: Money(raw.amount),
            minimum: Money(raw.minimum),
            maximum: Money(raw.maximum),
            period: raw.period,
            dueDate: raw.dueEpochDay.map { DateComponents(epochDay: $0) },
            lateFee: raw.lateFee.map { Money($0) },
            items: raw.items.map { BillItem($0) },
            asOf: raw.asOf
        )
    }
}

extension BillItem {
    init(_ raw: BillPayGenerated.BillItem) {
        self.init(
            label: raw.label,
            amount: Money(raw.amount)
        )
    }
}

extension BillKind {
    init(_ raw: BillPayGenerated.BillKind) {
        self =
            switch raw {
            case .bill: .bill
            case .topUp: .topUp
            case .unknown: .unknown
            }
    }
}

extension BillStatus {
    init(_ raw: BillPayGenerated.BillStatus) {
        self =
            switch raw {
            case .open: .open
            case .checking(let payment): .checking(payment: PaymentID(payment))
            case .paidElsewhere: .paidElsewhere
            case .paid: .paid
            case .cancelled: .cancelled
            case .unknown: .unknown
            }
    }
}

extension RefreshError: OperationError {
    init(_ raw: BillPayGenerated.RefreshError) {
        self =
            switch raw {
            case .UnknownAccount(let why): .unknownAccount(why: Why(why))
            case .BillerClosed(let why): .billerClosed(why: Why(why))
            case .Other(let fault, let why): .other(fault: Fault(fault), why: Why(why))
            }
    }
}
