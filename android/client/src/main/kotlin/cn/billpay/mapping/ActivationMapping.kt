package cn.billpay

import cn.billpay.generated.Activation as RawActivation
import cn.billpay.generated.ActivationException
import cn.billpay.generated.Profile as RawProfile
import cn.billpay.generated.TrustState as RawTrustState

internal fun RawProfile.toPublic(): Profile = Profile(
    active = active,
    revoked = revoked,
    nameMasked = nameMasked,
    mayPay = mayPay,
    activation = activation?.toPublic(),
    rolledBack = rolledBack,
    secrets = secrets.toPublic(),
    keys = keys.toPublic(),
    trust = trust.toPublic(),
)

internal fun RawTrustState.toPublic(): TrustState = when (this) {
    is RawTrustState.Good -> TrustState.Good(until)
    is RawTrustState.RenewalDue -> TrustState.RenewalDue(until)
    is RawTrustState.Expired -> TrustState.Expired
}

internal fun RawActivation.toPublic(): Activation = Activation(
    id = id,
    phoneMasked = phoneMasked,
    stage = stage?.toPublic(),
    attemptsLeft = attemptsLeft?.toInt(),
    resendAt = resendAt,
    expiresAt = expiresAt,
)

internal fun ActivationException.toPublic(): ActivationProblem = when (this) {
    is ActivationException.NotAPhoneNumber -> ActivationProblem.NotAPhoneNumber(why.toPublic())
    is ActivationException.NotACode -> ActivationProblem.NotACode(why.toPublic())
    is ActivationException.NotStarted -> ActivationProblem.NotStarted(why.toPublic())
    is ActivationException.AlreadyActive -> ActivationProblem.AlreadyActive(why.toPublic())
    is ActivationException.CodeWrong -> ActivationProblem.CodeWrong(attemptsLeft.toInt(), why.toPublic())
    is ActivationException.CodeExpired -> ActivationProblem.CodeExpired(why.toPublic())
    is ActivationException.CodeSuperseded -> ActivationProblem.CodeSuperseded(why.toPublic())
    is ActivationException.CodeUsed -> ActivationProblem.CodeUsed(why.toPublic())
    is ActivationException.CodeLocked -> ActivationProblem.CodeLocked(why.toPublic())
    is ActivationException.ResendTooSoon -> ActivationProblem.ResendTooSoon(why.toPublic())
    is ActivationException.DailyCap -> ActivationProblem.DailyCap(why.toPublic())
    is ActivationException.Over -> ActivationProblem.Over(why.toPublic())
    is ActivationException.OtherCustomer -> ActivationProblem.OtherCustomer(why.toPublic())
    is ActivationException.Other -> ActivationProblem.Other(fault.toPublic(), why.toPublic())
}
