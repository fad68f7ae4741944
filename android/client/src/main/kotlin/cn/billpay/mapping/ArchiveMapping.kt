package cn.billpay

import java.time.LocalDate
import java.time.YearMonth
import cn.billpay.generated.BillInDoubt as RawBillInDoubt
import cn.billpay.generated.BillerSums as RawBillerSums
import cn.billpay.generated.Figures as RawFigures
import cn.billpay.generated.MonthSums as RawMonthSums
import cn.billpay.generated.Owed as RawOwed
import cn.billpay.generated.PaymentPage as RawPaymentPage
import cn.billpay.generated.ReceiptPage as RawReceiptPage
import cn.billpay.generated.Statistics as RawStatistics

internal fun RawReceiptPage.toPublic(): ReceiptPage = ReceiptPage(
    documents = documents.map { it.toPublic() },
    damaged = damaged.toInt(),
    next = next?.let(::Place),
)

internal fun RawPaymentPage.toPublic(): PaymentPage = PaymentPage(
    payments = payments.map { it.toPublic() },
    damaged = damaged.toInt(),
    next = next?.let(::Place),
)

internal fun RawStatistics.toPublic(): Statistics = Statistics(
    months = months.map { it.toPublic() },
    waiting = waiting.toInt(),
    unverified = unverified.toInt(),
    damaged = damaged.toInt(),
)

internal fun RawMonthSums.toPublic(): MonthSums = MonthSums(
    month = YearMonth.of(year.toInt(), month.toInt()),
    currency = currency,
    sum = sum.toPublic(),
    billers = billers.map { it.toPublic() },
)

internal fun RawBillerSums.toPublic(): BillerSums = BillerSums(
    biller = biller.takeIf { it.isNotEmpty() }?.let(::BillerId),
    payee = payee,
    figures = figures.toPublic(),
)

internal fun RawFigures.toPublic(): Figures = Figures(
    receipts = receipts.toInt(),
    total = total?.let(::Money),
    fee = fee?.let(::Money),
    returned = returned?.let(::Money),
)

internal fun RawOwed.toPublic(): Owed = Owed(
    totals = totals.map(::Money),
    tooLarge = tooLarge,
    bills = bills.toInt(),
    oldest = oldest,
    firstDue = firstDueEpochDay?.let(LocalDate::ofEpochDay),
    doubts = doubts.map { it.toPublic() },
    unknown = unknown.toInt(),
    damaged = damaged.toInt(),
)

internal fun RawBillInDoubt.toPublic(): BillInDoubt = BillInDoubt(
    biller = BillerId(biller),
    billNumber = BillNumber(billNumber),
    amount = Money(amount),
    payment = payment?.let(::PaymentId),
)
