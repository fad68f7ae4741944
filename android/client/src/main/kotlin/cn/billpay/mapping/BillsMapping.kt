package cn.billpay

import cn.billpay.generated.Bill as RawBill
import cn.billpay.generated.BillItem as RawBillItem
import cn.billpay.generated.BillStatus as RawBillStatus
import cn.billpay.generated.Bills as RawBills
import cn.billpay.generated.RefreshException
import cn.billpay.generated.Refreshed as RawRefreshed
import java.time.LocalDate

internal fun RawRefreshed.toPublic(): Refreshed = Refreshed(
    bills = bills.toInt(),
    receipts = receipts.toInt(),
    unverifiable = unverifiable.toInt(),
    invalid = invalid.toInt(),
    rolledBack = rolledBack,
)

internal fun RawBills.toPublic(): Bills = Bills(
    bills = bills.map { it.toPublic() },
    asOf = asOf,
    limits = limits?.toPublic(),
    methods = methods.map { it.toPublic() },
    damaged = damaged.toInt(),
)

internal fun RawBill.toPublic(): Bill = Bill(
    account = AccountId(account),
    alias = alias,
    biller = BillerId(biller),
    billerName = billerName,
    customerNumberMasked = customerNumberMasked,
    billNumber = BillNumber(billNumber),
    version = version,
    kind = kind.toPublic(),
    status = status.toPublic(),
    amount = Money(amount),
    minimum = Money(minimum),
    maximum = Money(maximum),
    period = period,
    dueDate = dueEpochDay?.let(LocalDate::ofEpochDay),
    lateFee = lateFee?.let(::Money),
    items = items.map { it.toPublic() },
    asOf = asOf,
)

internal fun RawBillItem.toPublic(): BillItem = BillItem(
    label = label,
    amount = Money(amount),
)

internal fun RawBillStatus.toPublic(): BillStatus = when (this) {
    RawBillStatus.Open -> BillStatus.Open
    is RawBillStatus.Checking -> BillStatus.Checking(PaymentId(payment))
    RawBillStatus.PaidElsewhere -> BillStatus.PaidElsewhere
    RawBillStatus.Paid -> BillStatus.Paid
    RawBillStatus.Cancelled -> BillStatus.Cancelled
    RawBillStatus.Unknown -> BillStatus.Unknown
}

internal fun RefreshException.toPublic(): RefreshProblem = when (this) {
    is RefreshException.UnknownAccount -> RefreshProblem.UnknownAccount(why.toPublic())
    is RefreshException.BillerClosed -> RefreshProblem.BillerClosed(why.toPublic())
    is RefreshException.Other -> RefreshProblem.Other(fault.toPublic(), why.toPublic())
}
