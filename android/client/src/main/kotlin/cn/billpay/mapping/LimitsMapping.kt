package cn.billpay

import cn.billpay.generated.Ceiling as RawCeiling
import cn.billpay.generated.Limits as RawLimits
import cn.billpay.generated.LimitsChange as RawLimitsChange
import cn.billpay.generated.LimitsCodeException
import cn.billpay.generated.LimitsException
import cn.billpay.generated.LimitsView as RawLimitsView
import cn.billpay.generated.Method as RawMethod
import cn.billpay.generated.MethodException

internal fun RawLimits.toPublic(): Limits = Limits(
    perPayment = Money(perPayment),
    perDay = Money(perDay),
    usedToday = Money(usedToday),
    stepUpFrom = Money(stepUpFrom),
    ceiling = ceiling?.toPublic(),
)

internal fun RawCeiling.toPublic(): Ceiling = Ceiling(
    perPayment = Money(perPayment),
    perDay = Money(perDay),
    stepUpFrom = Money(stepUpFrom),
)

internal fun RawLimitsView.toPublic(): LimitsView = LimitsView(
    limits = limits?.toPublic(),
    mayPay = mayPay,
    asOf = asOf,
)

internal fun LimitsChange.toRaw(): RawLimitsChange = RawLimitsChange(
    perPayment = perPayment?.toRaw(),
    perDay = perDay?.toRaw(),
    stepUpFrom = stepUpFrom?.toRaw(),
)

internal fun LimitsException.toPublic(): LimitsProblem = when (this) {
    is LimitsException.NothingToChange -> LimitsProblem.NothingToChange(why.toPublic())
    is LimitsException.NotAnAmount -> LimitsProblem.NotAnAmount(why.toPublic())
    is LimitsException.AboveCeiling -> LimitsProblem.AboveCeiling(ceiling?.let(::Money), why.toPublic())
    is LimitsException.StepUpNeeded -> LimitsProblem.StepUpNeeded(why.toPublic())
    is LimitsException.NotACode -> LimitsProblem.NotACode(why.toPublic())
    is LimitsException.CodeWrong -> LimitsProblem.CodeWrong(why.toPublic())
    is LimitsException.CodeExpired -> LimitsProblem.CodeExpired(why.toPublic())
    is LimitsException.CodeLocked -> LimitsProblem.CodeLocked(why.toPublic())
    is LimitsException.Other -> LimitsProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun LimitsCodeException.toPublic(): LimitsCodeProblem = when (this) {
    is LimitsCodeException.NothingToChange -> LimitsCodeProblem.NothingToChange(why.toPublic())
    is LimitsCodeException.NotAnAmount -> LimitsCodeProblem.NotAnAmount(why.toPublic())
    is LimitsCodeException.AboveCeiling -> LimitsCodeProblem.AboveCeiling(ceiling?.let(::Money), why.toPublic())
    is LimitsCodeException.TooSoon -> LimitsCodeProblem.TooSoon(why.toPublic())
    is LimitsCodeException.DailyCap -> LimitsCodeProblem.DailyCap(why.toPublic())
    is LimitsCodeException.Other -> LimitsCodeProblem.Other(fault.toPublic(), why.toPublic())
}

internal fun RawMethod.toPublic(): Method = Method(
    id = MethodId(id),
    kind = kind.toPublic(),
    label = label,
    last4 = last4,
    preferred = preferred,
    usable = usable,
)

internal fun MethodException.toPublic(): MethodProblem = when (this) {
    is MethodException.UnknownMethod -> MethodProblem.UnknownMethod(why.toPublic())
    is MethodException.NotOffered -> MethodProblem.NotOffered(why.toPublic())
    is MethodException.Other -> MethodProblem.Other(fault.toPublic(), why.toPublic())
}
