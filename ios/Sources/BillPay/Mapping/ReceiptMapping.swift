// What crosses, as the public types of Receipt.swift. Each switch names every case of its side: one that the library
// gains does not compile here until somebody has dealt with it.

import BillPayGenerated

extension Receipts {
    init(_ raw: BillPayGenerated.Receipts) {
        self.init(
            documents: raw.documents.map { Document($0) },
            damaged: Int(raw.damaged)
        )
    }
}

extension Document {
    init(_ raw: BillPayGenerated.Document) {
        self.init(
            id: DocumentID(raw.id),
            payment: PaymentID(raw.payment),
            kind: DocumentKind(raw.kind),
            sequence: raw.sequence,
            issued: raw.issued,
            proof: Proof(raw.proof),
            receipt: raw.receipt.map { Receipt($0) },
            repayment: raw.repayment.map { Repayment($0) },
            reason: raw.reason,
            returned: raw.returned.map { Money($0) },
            illegible: raw.illegible,
            compact: raw.compact
        )
    }
}

extension Receipt {
    init(_ raw: BillPayGenerated.Receipt) {
        self.init(
            payerMasked: raw.payerMasked,
            biller: BillerID(raw.biller),
            payee: raw.payee,
            customerNumberMasked: raw.customerNumberMasked,
            billNumber: BillNumber(raw.billNumber),
            amount: Money(raw.amount),
            fee: Money(raw.fee),
            total: Money(raw.total),
            paidAt: raw.paidAt,
            zone: raw.zone,
            channel: raw.channel,
            bankSerial: raw.bankSerial,
            billerReference: raw.billerReference,
            methodKind: raw.methodKind,
            methodLast4: raw.methodLast4
        )
    }
}

extension Repayment {
    init(_ raw: BillPayGenerated.Repayment) {
        self.init(
            reason: raw.reason,
            returned: Money(raw.returned),
            receipt: DocumentID(raw.receipt),
            repaidAt: raw.repaidAt,
            bankSerial: raw.bankSerial
        )
    }
}

extension DocumentKind {
    init(_ raw: BillPayGenerated.DocumentKind) {
        self =
            switch raw {
            case .receipt: .receipt
            case .refusal: .refusal
            case .reversal: .reversal
            case .repayment: .repayment
            case .unknown: .unknown
            }
    }
}

extension Proof {
    init(_ raw: BillPayGenerated.Proof) {
        self =
            switch raw {
            case .verified: .verified
            case .unverifiable(let kid): .unverifiable(kid: kid)
            case .invalid: .invalid
            }
    }
}

extension ChainBreak {
    init(_ raw: BillPayGenerated.ChainBreak) {
        self =
            switch raw {
            case .missing(let epoch, let from, let to, let awaiting):
                .missing(epoch: epoch, from: from, to: to, awaiting: awaiting)
            case .fork(let epoch, let sequence): .fork(epoch: epoch, sequence: sequence)
            case .unlinked(let epoch, let sequence): .unlinked(epoch: epoch, sequence: sequence)
            case .epoch(let epoch): .epoch(epoch: epoch)
            }
    }
}
