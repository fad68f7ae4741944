package cn.billpay

import cn.billpay.generated.Fault as RawFault
import cn.billpay.generated.FaultException
import cn.billpay.generated.NetworkFault as RawNetworkFault
import cn.billpay.generated.OpenException
import cn.billpay.generated.Why as RawWhy

internal fun RawWhy.toPublic(): Why = Why(
    code = code,
    whoActs = whoActs.toPublic(),
    retryAt = retryAt,
    moneyMoved = moneyMoved?.toPublic(),
    whatHappened = whatHappened,
    aboutMoney = aboutMoney,
    advice = advice,
    whatToDo = whatToDo,
)

internal fun RawFault.toPublic(): Fault = when (this) {
    RawFault.NotActivated -> Fault.NotActivated
    RawFault.DeviceRevoked -> Fault.DeviceRevoked
    RawFault.DeviceUnknown -> Fault.DeviceUnknown
    is RawFault.ClientTooOld -> Fault.ClientTooOld(minimum)
    is RawFault.Network -> Fault.Network(fault.toPublic())
    RawFault.Locked -> Fault.Locked
    RawFault.Cancelled -> Fault.Cancelled
    RawFault.KeyLost -> Fault.KeyLost
    RawFault.KeyStore -> Fault.KeyStore
    RawFault.Suspended -> Fault.Suspended
    RawFault.DiskFull -> Fault.DiskFull
    is RawFault.Store -> Fault.Store(detail)
    RawFault.RateLimited -> Fault.RateLimited
    is RawFault.Gateway -> Fault.Gateway(kind, status.toInt())
    is RawFault.BadAnswer -> Fault.BadAnswer(detail)
    RawFault.ShuttingDown -> Fault.ShuttingDown
    RawFault.Defect -> Fault.Defect
}

internal fun RawNetworkFault.toPublic(): NetworkFault = when (this) {
    RawNetworkFault.Unreachable -> NetworkFault.Unreachable
    RawNetworkFault.Interrupted -> NetworkFault.Interrupted
    is RawNetworkFault.PinMismatch -> NetworkFault.PinMismatch(seen)
    RawNetworkFault.Untrusted -> NetworkFault.Untrusted
    RawNetworkFault.WrongName -> NetworkFault.WrongName
    RawNetworkFault.CertificateTime -> NetworkFault.CertificateTime
    RawNetworkFault.ClockWrong -> NetworkFault.ClockWrong
    is RawNetworkFault.Tls -> NetworkFault.Tls(detail)
    RawNetworkFault.BadAnswer -> NetworkFault.BadAnswer
    RawNetworkFault.PinsExpired -> NetworkFault.PinsExpired
}

internal fun OpenException.toPublic(): OpenProblem = when (this) {
    is OpenException.InUse -> OpenProblem.InUse(why.toPublic())
    is OpenException.Newer -> OpenProblem.Newer(found, supported, why.toPublic())
    is OpenException.Unreadable -> OpenProblem.Unreadable(why.toPublic())
    is OpenException.DiskFull -> OpenProblem.DiskFull(why.toPublic())
    is OpenException.Unreachable -> OpenProblem.Unreachable(why.toPublic())
    is OpenException.Configuration -> OpenProblem.BadConfiguration(detail, why.toPublic())
    is OpenException.ShuttingDown -> OpenProblem.ShuttingDown(why.toPublic())
}

internal fun FaultException.toPublic(): FaultProblem = when (this) {
    is FaultException.Met -> FaultProblem(fault.toPublic(), why.toPublic())
}
