package cn.billpay

import cn.billpay.generated.ChainBreak as RawChainBreak
import cn.billpay.generated.Document as RawDocument
import cn.billpay.generated.Event as RawEvent
import cn.billpay.generated.Proof as RawProof
import cn.billpay.generated.Receipt as RawReceipt
import cn.billpay.generated.Receipts as RawReceipts
import cn.billpay.generated.Repayment as RawRepayment

internal fun RawReceipts.toPublic(): Receipts = Receipts(
    documents = documents.map { it.toPublic() },
    damaged = damaged.toInt(),
)

internal fun RawDocument.toPublic(): Document = Document(
    id = DocumentId(id),
    payment = PaymentId(payment),
    kind = kind.toPublic(),
    sequence = sequence,
    issued = issued,
    proof = proof.toPublic(),
    receipt = receipt?.toPublic(),
    repayment = repayment?.toPublic(),
    reason = reason,
    returned = returned?.let(::Money),
    illegible = illegible,
    compact = compact,
)

internal fun RawReceipt.toPublic(): Receipt = Receipt(
    payerMasked = payerMasked,
    biller = BillerId(biller),
    payee = payee,
    customerNumberMasked = customerNumberMasked,
    billNumber = BillNumber(billNumber),
    amount = Money(amount),
    fee = Money(fee),
    total = Money(total),
    paidAt = paidAt,
    zone = zone,
    channel = channel,
    bankSerial = bankSerial,
    billerReference = billerReference,
    methodKind = methodKind,
    methodLast4 = methodLast4,
)

internal fun RawRepayment.toPublic(): Repayment = Repayment(
    reason = reason,
    returned = Money(returned),
    receipt = DocumentId(receipt),
    repaidAt = repaidAt,
    bankSerial = bankSerial,
)

internal fun RawEvent.toPublic(): Event = Event(
    id = EventId(id),
    kind = kind.toPublic(),
    payment = PaymentId(payment),
)

internal fun RawProof.toPublic(): Proof = when (this) {
    RawProof.Verified -> Proof.Verified
    is RawProof.Unverifiable -> Proof.Unverifiable(kid)
    RawProof.Invalid -> Proof.Invalid
}

internal fun RawChainBreak.toPublic(): ChainBreak = when (this) {
    is RawChainBreak.Missing -> ChainBreak.Missing(epoch, from, to, awaiting)
    is RawChainBreak.Fork -> ChainBreak.Fork(epoch, sequence)
    is RawChainBreak.Unlinked -> ChainBreak.Unlinked(epoch, sequence)
    is RawChainBreak.Epoch -> ChainBreak.Epoch(epoch)
}
