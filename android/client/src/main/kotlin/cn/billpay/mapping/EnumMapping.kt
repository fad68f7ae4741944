package cn.billpay

import cn.billpay.generated.AccountState as RawAccountState
import cn.billpay.generated.ActivationStage as RawActivationStage
import cn.billpay.generated.BillKind as RawBillKind
import cn.billpay.generated.BillerKind as RawBillerKind
import cn.billpay.generated.BillerState as RawBillerState
import cn.billpay.generated.DocumentKind as RawDocumentKind
import cn.billpay.generated.EventKind as RawEventKind
import cn.billpay.generated.KeyRole as RawKeyRole
import cn.billpay.generated.Language as RawLanguage
import cn.billpay.generated.LogLevel as RawLogLevel
import cn.billpay.generated.MethodKind as RawMethodKind
import cn.billpay.generated.MoneyMoved as RawMoneyMoved
import cn.billpay.generated.OpenPayments as RawOpenPayments
import cn.billpay.generated.SecurityLevel as RawSecurityLevel
import cn.billpay.generated.WhoActs as RawWhoActs

// The values of both sides, each named on each side: one that is missing does not compile.

internal fun RawAccountState.toPublic(): AccountState = when (this) {
    RawAccountState.BOUND -> AccountState.BOUND
    RawAccountState.UNBOUND -> AccountState.UNBOUND
    RawAccountState.UNKNOWN -> AccountState.UNKNOWN
}

internal fun RawActivationStage.toPublic(): ActivationStage = when (this) {
    RawActivationStage.WAITING -> ActivationStage.WAITING
    RawActivationStage.LOCKED -> ActivationStage.LOCKED
    RawActivationStage.EXPIRED -> ActivationStage.EXPIRED
    RawActivationStage.USED -> ActivationStage.USED
    RawActivationStage.OTHER -> ActivationStage.OTHER
}

internal fun RawBillKind.toPublic(): BillKind = when (this) {
    RawBillKind.BILL -> BillKind.BILL
    RawBillKind.TOP_UP -> BillKind.TOP_UP
    RawBillKind.UNKNOWN -> BillKind.UNKNOWN
}

internal fun RawBillerKind.toPublic(): BillerKind = when (this) {
    RawBillerKind.POWER -> BillerKind.POWER
    RawBillerKind.WATER -> BillerKind.WATER
    RawBillerKind.GAS -> BillerKind.GAS
    RawBillerKind.MOBILE -> BillerKind.MOBILE
    RawBillerKind.PROPERTY -> BillerKind.PROPERTY
    RawBillerKind.UNKNOWN -> BillerKind.UNKNOWN
}

internal fun RawBillerState.toPublic(): BillerState = when (this) {
    RawBillerState.OPEN -> BillerState.OPEN
    RawBillerState.CLOSED -> BillerState.CLOSED
    RawBillerState.UNKNOWN -> BillerState.UNKNOWN
}

internal fun RawDocumentKind.toPublic(): DocumentKind = when (this) {
    RawDocumentKind.RECEIPT -> DocumentKind.RECEIPT
    RawDocumentKind.REFUSAL -> DocumentKind.REFUSAL
    RawDocumentKind.REVERSAL -> DocumentKind.REVERSAL
    RawDocumentKind.REPAYMENT -> DocumentKind.REPAYMENT
    RawDocumentKind.UNKNOWN -> DocumentKind.UNKNOWN
}

internal fun RawEventKind.toPublic(): EventKind = when (this) {
    RawEventKind.SETTLED -> EventKind.SETTLED
    RawEventKind.REFUSED -> EventKind.REFUSED
    RawEventKind.REVERSED -> EventKind.REVERSED
    RawEventKind.CANCELLED -> EventKind.CANCELLED
    RawEventKind.REPAID -> EventKind.REPAID
}

internal fun RawKeyRole.toPublic(): KeyRole = when (this) {
    RawKeyRole.DEVICE -> KeyRole.DEVICE
    RawKeyRole.ORDER -> KeyRole.ORDER
    RawKeyRole.SECOND_DEVICE -> KeyRole.SECOND_DEVICE
    RawKeyRole.SECOND_ORDER -> KeyRole.SECOND_ORDER
}

internal fun RawLanguage.toPublic(): Language = when (this) {
    RawLanguage.ZH -> Language.ZH
    RawLanguage.EN -> Language.EN
}

internal fun Language.toRaw(): RawLanguage = when (this) {
    Language.ZH -> RawLanguage.ZH
    Language.EN -> RawLanguage.EN
}

internal fun RawLogLevel.toPublic(): LogLevel = when (this) {
    RawLogLevel.ERROR -> LogLevel.ERROR
    RawLogLevel.WARNING -> LogLevel.WARNING
    RawLogLevel.INFO -> LogLevel.INFO
}

internal fun RawMethodKind.toPublic(): MethodKind = when (this) {
    RawMethodKind.ACCOUNT -> MethodKind.ACCOUNT
    RawMethodKind.CARD -> MethodKind.CARD
    RawMethodKind.WALLET -> MethodKind.WALLET
    RawMethodKind.UNKNOWN -> MethodKind.UNKNOWN
}

internal fun MethodKind.toRaw(): RawMethodKind = when (this) {
    MethodKind.ACCOUNT -> RawMethodKind.ACCOUNT
    MethodKind.CARD -> RawMethodKind.CARD
    MethodKind.WALLET -> RawMethodKind.WALLET
    MethodKind.UNKNOWN -> RawMethodKind.UNKNOWN
}

internal fun RawMoneyMoved.toPublic(): MoneyMoved = when (this) {
    RawMoneyMoved.NO -> MoneyMoved.NO
    RawMoneyMoved.NOTHING_SENT -> MoneyMoved.NOTHING_SENT
    RawMoneyMoved.NOT_KNOWN -> MoneyMoved.NOT_KNOWN
    RawMoneyMoved.YES -> MoneyMoved.YES
    RawMoneyMoved.RETURNED -> MoneyMoved.RETURNED
    RawMoneyMoved.BY_EARLIER -> MoneyMoved.BY_EARLIER
}

internal fun OpenPayments.toRaw(): RawOpenPayments = when (this) {
    OpenPayments.WAIT -> RawOpenPayments.WAIT
    OpenPayments.LEAVE -> RawOpenPayments.LEAVE
}

internal fun RawSecurityLevel.toPublic(): SecurityLevel = when (this) {
    RawSecurityLevel.FILE -> SecurityLevel.FILE
    RawSecurityLevel.SOFTWARE -> SecurityLevel.SOFTWARE
    RawSecurityLevel.HARDWARE -> SecurityLevel.HARDWARE
}

internal fun SecurityLevel.toRaw(): RawSecurityLevel = when (this) {
    SecurityLevel.FILE -> RawSecurityLevel.FILE
    SecurityLevel.SOFTWARE -> RawSecurityLevel.SOFTWARE
    SecurityLevel.HARDWARE -> RawSecurityLevel.HARDWARE
}

internal fun RawWhoActs.toPublic(): WhoActs = when (this) {
    RawWhoActs.PERSON -> WhoActs.PERSON
    RawWhoActs.WAIT -> WhoActs.WAIT
    RawWhoActs.BANK -> WhoActs.BANK
    RawWhoActs.BILLER -> WhoActs.BILLER
    RawWhoActs.DEVELOPER -> WhoActs.DEVELOPER
}
