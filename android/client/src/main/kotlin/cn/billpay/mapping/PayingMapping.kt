package cn.billpay

import cn.billpay.generated.CodeException
import cn.billpay.generated.FirstPayment as RawFirstPayment
import cn.billpay.generated.OrderProblem as RawOrderProblem
import cn.billpay.generated.PayException
import cn.billpay.generated.Payment as RawPayment
import cn.billpay.generated.PaymentState as RawPaymentState
import cn.billpay.generated.Payments as RawPayments
import cn.billpay.generated.Quote as RawQuote
import cn.billpay.generated.QuoteException
import cn.billpay.generated.SentCode as RawSentCode
import cn.billpay.generated.ViewException

internal fun RawQuote.toPublic(): Quote = Quote(
    id = QuoteId(id),
    biller = BillerId(biller),
    payee = payee,
    customerNumberMasked = customerNumberMasked,
    billNumber = BillNumber(billNumber),
    amount = Money(amount),
    fee = Money(fee),
    total = Money(total),
    method = MethodId(method),
    methodLabel = methodLabel,
    balance = balance?.let(::Money),
    asOf = asOf,
    limits = limits.toPublic(),
    stepUp = stepUp,
    validUntil = validUntil,
    firstPayment = firstPayment?.toPublic(),
)

internal fun RawFirstPayment.toPublic(): FirstPayment = FirstPayment(
    account = AccountId(account),
    echoDigest = EchoDigest(echoDigest),
    holderMasked = holderMasked,
    addressMasked = addressMasked,
)

internal fun RawPayments.toPublic(): Payments = Payments(
    payments = payments.map { it.toPublic() },
    damaged = damaged.toInt(),
)

internal fun RawPayment.toPublic(): Payment = Payment(
    id = PaymentId(id),
    state = state.toPublic(),
    why = why.toPublic(),
    payee = payee,
    biller = BillerId(biller),
    billNumber = BillNumber(billNumber),
    amount = Money(amount),
    fee = Money(fee),
    total = Money(total),
    repaid = repaid?.let(::Money),
    created = created,
    validUntil = validUntil,
)

internal fun RawSentCode.toPublic(): SentCode = SentCode(
    id = id,
    sentToMasked = sentToMasked,
    attemptsLeft = attemptsLeft.toInt(),
    expiresAt = expiresAt,
)

internal fun RawPaymentState.toPublic(): PaymentState = when (this) {
    is RawPaymentState.Checking -> PaymentState.Checking(heldUntil)
    RawPaymentState.Settled -> PaymentState.Settled
    is RawPaymentState.Refused -> PaymentState.Refused(reason)
    is RawPaymentState.Reversed -> PaymentState.Reversed(reason)
    RawPaymentState.Cancelled -> PaymentState.Cancelled
}

internal fun RawOrderProblem.toPublic(): OrderProblem = when (this) {
    RawOrderProblem.UnknownQuote -> OrderProblem.UnknownQuote
    RawOrderProblem.QuoteExpired -> OrderProblem.QuoteExpired
    RawOrderProblem.MethodUnusable -> OrderProblem.MethodUnusable
    RawOrderProblem.EchoNotAcknowledged -> OrderProblem.EchoNotAcknowledged
    is RawOrderProblem.PaymentInDoubt -> OrderProblem.PaymentInDoubt(PaymentId(payment))
    RawOrderProblem.Other -> OrderProblem.Other
}

internal fun QuoteException.toPublic(): QuoteProblem = when (this) {
    is QuoteException.UnknownBill -> QuoteProblem.UnknownBill(why.toPublic())
    is QuoteException.PaymentInDoubt -> QuoteProblem.PaymentInDoubt(PaymentId(payment), why.toPublic())
    is QuoteException.PaymentInProgressElsewhere -> QuoteProblem.PaymentInProgressElsewhere(why.toPublic())
    is QuoteException.AlreadySettled -> QuoteProblem.AlreadySettled(by?.let(::PaymentId), why.toPublic())
    is QuoteException.BillChanged -> QuoteProblem.BillChanged(now?.let(::Money), why.toPublic())
    is QuoteException.BelowMinimum -> QuoteProblem.BelowMinimum(minimum?.let(::Money), why.toPublic())
    is QuoteException.AboveMaximum -> QuoteProblem.AboveMaximum(maximum?.let(::Money), why.toPublic())
    is QuoteException.AmountNotAllowed -> QuoteProblem.AmountNotAllowed(why.toPublic())
    is QuoteException.InsufficientFunds -> QuoteProblem.InsufficientFunds(why.toPublic())
    is QuoteException.LimitExceeded -> QuoteProblem.LimitExceeded(limit?.let(::Money), why.toPublic())
    is QuoteException.PaymentNotEnabled -> QuoteProblem.PaymentNotEnabled(why.toPublic())
    is QuoteException.MethodUnusable -> QuoteProblem.MethodUnusable(why.toPublic())
    is QuoteException.BillerClosed -> QuoteProblem.BillerClosed(why.toPublic())
    is QuoteException.Other -> QuoteProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun PayException.toPublic(): PayProblem = when (this) {
    is PayException.UnknownQuote -> PayProblem.UnknownQuote(why.toPublic())
    is PayException.QuoteExpired -> PayProblem.QuoteExpired(why.toPublic())
    is PayException.StepUpNeeded -> PayProblem.StepUpNeeded(why.toPublic())
    is PayException.NotACode -> PayProblem.NotACode(why.toPublic())
    is PayException.MethodUnusable -> PayProblem.MethodUnusable(why.toPublic())
    is PayException.EchoNotAcknowledged -> PayProblem.EchoNotAcknowledged(why.toPublic())
    is PayException.PaymentInDoubt -> PayProblem.PaymentInDoubt(PaymentId(payment), why.toPublic())
    is PayException.Other -> PayProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun CodeException.toPublic(): CodeProblem = when (this) {
    is CodeException.Order -> CodeProblem.Order(refused.toPublic(), why.toPublic())
    is CodeException.TooSoon -> CodeProblem.TooSoon(why.toPublic())
    is CodeException.DailyCap -> CodeProblem.DailyCap(why.toPublic())
    is CodeException.Other -> CodeProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun ViewException.toPublic(): ViewProblem = when (this) {
    is ViewException.NotFound -> ViewProblem.NotFound(why.toPublic())
    is ViewException.Other -> ViewProblem.Other(fault.toPublic(), why.toPublic())
}
