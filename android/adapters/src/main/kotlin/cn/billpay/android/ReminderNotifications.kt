package cn.billpay.android

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.graphics.drawable.Icon
import cn.billpay.Language

/** What a person sees of a reminder: channels, buttons, and how much of it a locked screen shows. */
internal class ReminderNotifications(private val context: Context) {
    private val manager = checkNotNull(context.getSystemService(NotificationManager::class.java))

    /** Shows it, in place of an earlier one of the same subject. */
    fun show(host: ReminderHost, reminder: Reminder, checking: Boolean) {
        prepare(host.language)
        val shown = of(host, reminder, if (checking) reminder.checking else reminder.text)
        when (reminder.onLockScreen) {
            OnLockScreen.ALL -> shown.setVisibility(Notification.VISIBILITY_PUBLIC)
            OnLockScreen.NOTHING -> shown.setVisibility(Notification.VISIBILITY_SECRET)
            OnLockScreen.REDACTED -> {
                shown.setVisibility(Notification.VISIBILITY_PRIVATE)
                shown.setPublicVersion(of(host, reminder, reminder.redacted).build())
            }
        }
        val page = open(host, reminder)
        shown.setContentIntent(page)
        // Nothing to pay while a payment is being checked.
        if (!checking) {
            shown.addAction(button(host, Words.pay(host.language), page))
            shown.addAction(button(host, Words.snooze(host.language), snooze(reminder)))
        }
        manager.notify(reminder.subject, ID, shown.build())
    }

    fun withdraw(subject: String): Unit = manager.cancel(subject, ID)

    /** The kinds that the person does not see. A channel that was never made is not turned off. */
    fun silenced(): Set<ReminderKind> = ReminderKind.entries.filterTo(LinkedHashSet()) { kind ->
        !manager.areNotificationsEnabled() ||
            manager.getNotificationChannel(channel(kind))?.importance == NotificationManager.IMPORTANCE_NONE
    }

    // Again each time, since the language may have changed. What the person chose for a channel stays.
    private fun prepare(language: Language) {
        for (kind in ReminderKind.entries) {
            val importance = when (kind) {
                ReminderKind.DUE -> NotificationManager.IMPORTANCE_DEFAULT
                ReminderKind.OVERDUE -> NotificationManager.IMPORTANCE_HIGH
            }
            val channel = NotificationChannel(channel(kind), Words.channel(kind, language), importance)
            channel.lockscreenVisibility = Notification.VISIBILITY_PRIVATE
            manager.createNotificationChannel(channel)
        }
    }

    private fun of(host: ReminderHost, reminder: Reminder, text: ReminderText): Notification.Builder =
        Notification.Builder(context, channel(reminder.kind))
            .setSmallIcon(host.icon)
            .setCategory(Notification.CATEGORY_REMINDER)
            .setContentTitle(text.title)
            .setContentText(text.body)
            .setStyle(Notification.BigTextStyle().bigText(text.body))
            .setOnlyAlertOnce(true)
            .setAutoCancel(true)

    private fun button(host: ReminderHost, label: String, does: PendingIntent): Notification.Action =
        Notification.Action.Builder(Icon.createWithResource(context, host.icon), label, does).build()

    private fun open(host: ReminderHost, reminder: Reminder): PendingIntent {
        val page = host.open(context, reminder)
        // Told apart by its address, as in the receiver, whatever the app's intent carries.
        if (page.data == null) page.data = ReminderReceiver.address(reminder.id)
        return PendingIntent.getActivity(context, 0, page, PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE)
    }

    private fun snooze(reminder: Reminder): PendingIntent = PendingIntent.getBroadcast(
        context,
        0,
        ReminderReceiver.intent(context, ReminderReceiver.SNOOZE, reminder.id),
        PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE,
    )

    private fun channel(kind: ReminderKind): String = "billpay.${kind.name.lowercase()}"

    private companion object {
        const val ID = 1
    }
}
