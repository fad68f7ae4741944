package cn.billpay

import cn.billpay.generated.Beyond as RawBeyond
import cn.billpay.generated.Outcome as RawOutcome
import cn.billpay.generated.Quoted as RawQuoted
import cn.billpay.generated.Several as RawSeveral
import cn.billpay.generated.SeveralException
import cn.billpay.generated.Spread as RawSpread
import cn.billpay.generated.SpreadException
import cn.billpay.generated.UsualException
import cn.billpay.generated.WipeException
import cn.billpay.generated.Wish as RawWish

internal fun Wish.toRaw(): RawWish = RawWish(
    biller = biller.value.wellFormed(),
    billNumber = billNumber.value.wellFormed(),
    amount = amount?.toRaw(),
    method = method?.value?.wellFormed(),
)

internal fun RawSeveral.toPublic(): Several = Several(
    quotes = quotes.map { it.toPublic() },
    totals = totals.map(::Money),
    beyond = beyond.map { it.toPublic() },
)

internal fun RawQuoted.toPublic(): Answer<Quote, QuoteProblem> = when (this) {
    is RawQuoted.Offered -> Answer.Success(quote.toPublic())
    is RawQuoted.Refused -> Answer.Failure(problem.toPublic())
}

internal fun RawOutcome.toPublic(): Answer<Payment, PayProblem> = when (this) {
    is RawOutcome.Ordered -> Answer.Success(payment.toPublic())
    is RawOutcome.Refused -> Answer.Failure(problem.toPublic())
}

internal fun RawBeyond.toPublic(): Beyond = when (this) {
    is RawBeyond.Balance -> Beyond.Balance(methodLabel, Money(balance), Money(asked), why.toPublic())
    is RawBeyond.Day -> Beyond.Day(Money(left), Money(asked), why.toPublic())
}

internal fun RawSpread.toPublic(): Spread = Spread(
    shares = shares.map { Share(BillNumber(it.billNumber), Money(it.amount)) },
    left = Money(left),
    waiting = waiting.map(::BillNumber),
)

internal fun SeveralException.toPublic(): SeveralProblem = when (this) {
    is SeveralException.TooMany -> SeveralProblem.TooMany(most.toInt(), why.toPublic())
    is SeveralException.ListedTwice ->
        SeveralProblem.ListedTwice(BillerId(biller), BillNumber(billNumber), why.toPublic())
    is SeveralException.NotAnAmount -> SeveralProblem.NotAnAmount(why.toPublic())
    is SeveralException.TooMuch -> SeveralProblem.TooMuch(why.toPublic())
    is SeveralException.Other -> SeveralProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun SpreadException.toPublic(): SpreadProblem = when (this) {
    is SpreadException.NotAnAmount -> SpreadProblem.NotAnAmount(why.toPublic())
    is SpreadException.Other -> SpreadProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun UsualException.toPublic(): UsualProblem = when (this) {
    is UsualException.UnknownAccount -> UsualProblem.UnknownAccount(why.toPublic())
    is UsualException.NothingUsual -> UsualProblem.NothingUsual(why.toPublic())
    is UsualException.NothingOpen -> UsualProblem.NothingOpen(why.toPublic())
    is UsualException.NotQuoted -> UsualProblem.NotQuoted(problem.toPublic(), why.toPublic())
    is UsualException.Other -> UsualProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun WipeException.toPublic(): WipeProblem = when (this) {
    is WipeException.PaymentsOpen -> WipeProblem.PaymentsOpen(count.toLong(), why.toPublic())
    is WipeException.File -> WipeProblem.File(why.toPublic())
    is WipeException.Other -> WipeProblem.Other(fault.toPublic(), why.toPublic())
}
