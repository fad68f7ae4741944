// What crosses, as the public types of Archive.swift.

import BillPayGenerated
import Foundation

extension ReceiptPage {
    init(_ raw: BillPayGenerated.ReceiptPage) {
        self.init(
            documents: raw.documents.map { Document($0) },
            damaged: Int(raw.damaged),
            next: raw.next.map { Place(raw: $0) }
        )
    }
}

extension PaymentPage {
    init(_ raw: BillPayGenerated.PaymentPage) {
        self.init(
            payments: raw.payments.map { Payment($0) },
            damaged: Int(raw.damaged),
            next: raw.next.map { Place(raw: $0) }
        )
    }
}

extension Statistics {
    init(_ raw: BillPayGenerated.Statistics) {
        self.init(
            months: raw.months.map { MonthSums($0) },
            waiting: Int(raw.waiting),
            unverified: Int(raw.unverified),
            damaged: Int(raw.damaged)
        )
    }
}

extension MonthSums {
    init(_ raw: BillPayGenerated.MonthSums) {
        self.init(
            month: DateComponents(year: Int(raw.year), month: Int(raw.month)),
            currency: raw.currency,
            sum: Figures(raw.sum),
            billers: raw.billers.map { BillerSums($0) }
        )
    }
}

extension BillerSums {
    init(_ raw: BillPayGenerated.BillerSums) {
        self.init(
            biller: raw.biller.isEmpty ? nil : BillerID(raw.biller),
            payee: raw.payee,
            figures: Figures(raw.figures)
        )
    }
}

extension Figures {
    init(_ raw: BillPayGenerated.Figures) {
        self.init(
            receipts: Int(raw.receipts),
            total: raw.total.map { Money($0) },
            fee: raw.fee.map { Money($0) },
            returned: raw.returned.map { Money($0) }
        )
    }
}

extension Owed {
    init(_ raw: BillPayGenerated.Owed) {
        self.init(
            totals: raw.totals.map { Money($0) },
            tooLarge: raw.tooLarge,
            bills: Int(raw.bills),
            oldest: raw.oldest,
            firstDue: raw.firstDueEpochDay.map { DateComponents(epochDay: $0) },
            doubts: raw.doubts.map { BillInDoubt($0) },
            unknown: Int(raw.unknown),
            damaged: Int(raw.damaged)
        )
    }
}

extension BillInDoubt {
    init(_ raw: BillPayGenerated.BillInDoubt) {
        self.init(
            biller: BillerID(raw.biller),
            billNumber: BillNumber(raw.billNumber),
            amount: Money(raw.amount),
            payment: raw.payment.map { PaymentID($0) }
        )
    }
}
