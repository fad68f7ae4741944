package cn.billpay

import cn.billpay.generated.Account as RawAccount
import cn.billpay.generated.Accounts as RawAccounts
import cn.billpay.generated.Biller as RawBiller
import cn.billpay.generated.BindingException
import cn.billpay.generated.NumberProblem as RawNumberProblem

internal fun RawBiller.toPublic(): Biller = Biller(
    id = BillerId(id),
    name = name,
    kind = kind.toPublic(),
    state = state.toPublic(),
    numberLabel = numberLabel,
    numberHelp = numberHelp,
    numberExample = numberExample,
    phone = phone,
    phoneHours = phoneHours,
)

internal fun RawAccount.toPublic(): Account = Account(
    id = AccountId(id),
    biller = BillerId(biller),
    customerNumberMasked = customerNumberMasked,
    holderMasked = holderMasked,
    addressMasked = addressMasked,
    alias = alias,
    state = state.toPublic(),
)

internal fun RawAccounts.toPublic(): Accounts = Accounts(
    accounts = accounts.map { it.toPublic() },
    damaged = damaged.toInt(),
)

internal fun RawNumberProblem.toPublic(): NumberProblem = when (this) {
    is RawNumberProblem.TooShort -> NumberProblem.TooShort(minimum.toInt())
    is RawNumberProblem.TooLong -> NumberProblem.TooLong(maximum.toInt())
    RawNumberProblem.Shape -> NumberProblem.Shape
    RawNumberProblem.CheckDigit -> NumberProblem.CheckDigit
}

internal fun BindingException.toPublic(): BindingProblem = when (this) {
    is BindingException.UnknownBiller -> BindingProblem.UnknownBiller(why.toPublic())
    is BindingException.Number -> BindingProblem.BadNumber(problem.toPublic(), why.toPublic())
    is BindingException.UnknownNumber -> BindingProblem.UnknownNumber(why.toPublic())
    is BindingException.EchoInvalid -> BindingProblem.EchoInvalid(why.toPublic())
    is BindingException.UnknownAccount -> BindingProblem.UnknownAccount(why.toPublic())
    is BindingException.BillerClosed -> BindingProblem.BillerClosed(why.toPublic())
    is BindingException.Other -> BindingProblem.Other(fault.toPublic(), why.toPublic())
}
