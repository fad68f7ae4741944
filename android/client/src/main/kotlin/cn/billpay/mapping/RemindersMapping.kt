package cn.billpay

import cn.billpay.generated.ArmedReminders as RawArmed
import cn.billpay.generated.Channel as RawChannel
import cn.billpay.generated.HeldReminder
import cn.billpay.generated.QuietHours as RawQuiet
import cn.billpay.generated.Redaction as RawRedaction
import cn.billpay.generated.Reminder as RawReminder
import cn.billpay.generated.ReminderChannels as RawChannels
import cn.billpay.generated.ReminderException
import cn.billpay.generated.ReminderKind as RawKind
import cn.billpay.generated.ReminderPlan as RawPlan
import cn.billpay.generated.ReminderPolicy as RawPolicy
import cn.billpay.generated.SnoozedBill as RawSnoozed
import cn.billpay.generated.StillDue as RawStillDue
import cn.billpay.generated.TimeOfDay
import cn.billpay.generated.UnarmedReminder as RawUnarmed
import cn.billpay.generated.WhyUnarmed as RawWhyUnarmed
import java.time.LocalTime

internal fun RawPlan.toPublic(): ReminderPlan = ReminderPlan(
    reminders = reminders.map { it.toPublic() },
    add = add.mapTo(LinkedHashSet(), ::ReminderId),
    cancel = cancel.mapTo(LinkedHashSet(), ::ReminderId),
    keep = keep.mapTo(LinkedHashSet(), ::ReminderId),
    lost = lost,
)

private fun RawReminder.toPublic(): Reminder = Reminder(
    id = ReminderId(id),
    bill = bill?.let(::RemindedBill),
    at = at,
    kind = when (kind) {
        RawKind.DUE -> ReminderKind.DUE
        RawKind.OVERDUE -> ReminderKind.OVERDUE
        RawKind.CHECKING -> ReminderKind.CHECKING
        RawKind.TAIL -> ReminderKind.OPEN_THE_APP
    },
    days = days.toInt(),
    pay = pay,
    late = late,
    title = title,
    body = body,
    mark = mark,
)

internal fun ArmedReminders.toRaw(): RawArmed = RawArmed(
    held = held.map { (id, mark) -> HeldReminder(id.value.wellFormed(), mark.wellFormed()) },
    told = seen.map { it.value.wellFormed() },
    toldChecking = seenChecking.map { it.value.wellFormed() },
    notifications = notifications,
    permission = permission,
    batterySaver = batterySaver,
)

internal fun RawUnarmed.toPublic(): UnarmedReminder = UnarmedReminder(
    id = ReminderId(id),
    bill = bill?.let(::RemindedBill),
    at = at,
    reason = when (reason) {
        RawWhyUnarmed.NOTIFICATIONS_OFF -> WhyUnarmed.NOTIFICATIONS_OFF
        RawWhyUnarmed.NO_PERMISSION -> WhyUnarmed.NO_PERMISSION
        RawWhyUnarmed.NO_ROOM -> WhyUnarmed.NO_ROOM
        RawWhyUnarmed.BATTERY_SAVER -> WhyUnarmed.BATTERY_SAVER
        RawWhyUnarmed.NOT_ARMED -> WhyUnarmed.NOT_ARMED
    },
)

internal fun RawStillDue.toPublic(): StillDue = when (this) {
    RawStillDue.YES -> StillDue.YES
    RawStillDue.CHECKING -> StillDue.CHECKING
    RawStillDue.NO -> StillDue.NO
    RawStillDue.UNKNOWN -> StillDue.UNKNOWN
}

internal fun RawPolicy.toPublic(): ReminderPolicy = ReminderPolicy(
    leadDays = leadDays.mapTo(LinkedHashSet()) { it.toInt() },
    overdueDays = overdueDays.mapTo(LinkedHashSet()) { it.toInt() },
    overdueEvery = overdueEvery.toInt(),
    at = at.toPublic(),
    quiet = quiet?.let { QuietHours(it.from.toPublic(), it.to.toPublic()) },
    redaction = when (redaction) {
        RawRedaction.NOTHING -> Redaction.NOTHING
        RawRedaction.MASKED -> Redaction.MASKED
        RawRedaction.EVERYTHING -> Redaction.EVERYTHING
    },
    channels = channels.toPublic(),
    language = language.toPublic(),
    muted = muted.mapTo(LinkedHashSet(), ::BillerId),
    snoozed = snoozed.map { SnoozedBill(RemindedBill(it.bill), it.from, it.until) },
    horizonDays = horizonDays.toInt(),
)

internal fun ReminderPolicy.toRaw(): RawPolicy = RawPolicy(
    leadDays = leadDays.map(::days),
    overdueDays = overdueDays.map(::days),
    overdueEvery = days(overdueEvery),
    at = at.toRaw(),
    quiet = quiet?.let { RawQuiet(it.from.toRaw(), it.to.toRaw()) },
    redaction = when (redaction) {
        Redaction.NOTHING -> RawRedaction.NOTHING
        Redaction.MASKED -> RawRedaction.MASKED
        Redaction.EVERYTHING -> RawRedaction.EVERYTHING
    },
    channels = channels.toRaw(),
    language = language.toRaw(),
    muted = muted.map { it.value.wellFormed() },
    snoozed = snoozed.map { RawSnoozed(it.bill.value.wellFormed(), it.from, it.until) },
    horizonDays = days(horizonDays),
)

/** What does not fit is more than the library takes, and is refused there. */
private fun days(number: Int): UShort = (if (number in 0..0xFFFF) number else 0xFFFF).toUShort()

private fun TimeOfDay.toPublic(): LocalTime = LocalTime.of(hour.toInt(), minute.toInt())

private fun LocalTime.toRaw(): TimeOfDay = TimeOfDay(hour.toUByte(), minute.toUByte())

internal fun Collection<RawChannel>.toPublic(): Set<Channel> = mapTo(LinkedHashSet()) {
    when (it) {
        RawChannel.PHONE -> Channel.PHONE
        RawChannel.PUSH -> Channel.PUSH
        RawChannel.SMS -> Channel.SMS
    }
}

internal fun Set<Channel>.toRaw(): List<RawChannel> = map {
    when (it) {
        Channel.PHONE -> RawChannel.PHONE
        Channel.PUSH -> RawChannel.PUSH
        Channel.SMS -> RawChannel.SMS
    }
}

internal fun RawChannels.toPublic(): ReminderChannels = ReminderChannels(
    usual = usual.toPublic(),
    accounts = accounts.associate { AccountId(it.account) to it.channels.toPublic() },
    bankKnows = bankKnows,
)

internal fun ReminderException.toPublic(): ReminderProblem = when (this) {
    is ReminderException.UnknownZone -> ReminderProblem.UnknownZone(why.toPublic())
    is ReminderException.Nonsense -> ReminderProblem.Nonsense(why.toPublic())
    is ReminderException.UnknownBill -> ReminderProblem.UnknownBill(why.toPublic())
    is ReminderException.UnknownAccount -> ReminderProblem.UnknownAccount(why.toPublic())
    is ReminderException.Other -> ReminderProblem.Other(fault.toPublic(), why.toPublic())
}
