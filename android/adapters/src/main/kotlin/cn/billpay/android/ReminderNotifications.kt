package cn.billpay.android

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.graphics.drawable.Icon
import android.os.Bundle
import cn.billpay.Language
import cn.billpay.RemindedBill
import cn.billpay.Reminder
import cn.billpay.ReminderId
import cn.billpay.ReminderKind

/** What a person sees of a reminder: channels, buttons, and how much of it a locked screen shows. */
internal class ReminderNotifications(private val context: Context) {
    private val manager = checkNotNull(context.getSystemService(NotificationManager::class.java))
    private val host get() = context.applicationContext as? ReminderHost

    /** Shows it as it was planned, in place of an earlier one of the same bill. */
    fun show(reminder: Reminder) = with(reminder) { show(OnScreen.of(this), ReminderText(title, body), pay, alerts = true) }

    /** Shows that its payment is being checked, and nothing to pay. Where it is one on the screen that changes, in silence. */
    fun showChecking(shown: OnScreen, alerts: Boolean = false) {
        val language = host?.language ?: return
        show(shown.copy(says = Says.CHECKING), Words.checking(language), pay = false, alerts)
    }

    /** Shows that there is a bill, and nothing of it. */
    fun showHidden(shown: OnScreen) {
        val language = host?.language ?: return
        show(shown.copy(says = Says.DUE), Words.hidden(language), pay = false, alerts = true)
    }

    /** The payment that was being checked has failed: the same, in silence, until the plan says what is due. */
    fun showAgain(shown: OnScreen) {
        val language = host?.language ?: return
        show(shown.copy(says = Says.DUE_AGAIN), Words.hidden(language), pay = false, alerts = false)
    }

    fun withdraw(bill: RemindedBill?): Unit = manager.cancel(tag(bill), ID)

    /** What stands on the screen. */
    fun shown(): List<OnScreen> = manager.activeNotifications.filter { it.id == ID }.mapNotNull { OnScreen.read(it.notification) }

    /** Whether the person sees any notifications of the app. */
    fun enabled(): Boolean = manager.areNotificationsEnabled()

    /** Whether the person sees those of this kind. A channel that was never made is not turned off. */
    fun enabled(kind: ReminderKind): Boolean =
        enabled() && manager.getNotificationChannel(channel(kind))?.importance != NotificationManager.IMPORTANCE_NONE

    private fun show(shown: OnScreen, text: ReminderText, pay: Boolean, alerts: Boolean) {
        val host = host ?: return
        prepare(host.language)
        // One that takes the place of an earlier one is heard all the same.
        val notification = of(host, shown, text).setOnlyAlertOnce(!alerts)
        // The words are those that the person chose for a locked screen; who hides more in the system's settings has it hidden.
        notification.setVisibility(Notification.VISIBILITY_PRIVATE)
        val hidden = if (shown.says == Says.CHECKING) Words.checking(host.language) else Words.hidden(host.language)
        notification.setPublicVersion(of(host, shown, hidden).build())
        val page = open(host, shown)
        notification.setContentIntent(page)
        if (shown.bill != null && pay) {
            notification.addAction(button(host, Words.pay(host.language), page))
            notification.addAction(button(host, Words.snooze(host.language), snooze(shown.bill)))
        }
        manager.notify(tag(shown.bill), ID, notification.build())
    }

    // Again each time, since the language may have changed. What the person chose for a channel stays.
    private fun prepare(language: Language) {
        for (overdue in listOf(false, true)) {
            val importance = if (overdue) NotificationManager.IMPORTANCE_HIGH else NotificationManager.IMPORTANCE_DEFAULT
            val channel = NotificationChannel(channel(overdue), Words.channel(overdue, language), importance)
            channel.lockscreenVisibility = Notification.VISIBILITY_PRIVATE
            manager.createNotificationChannel(channel)
        }
    }

    private fun of(host: ReminderHost, shown: OnScreen, text: ReminderText): Notification.Builder =
        Notification.Builder(context, channel(shown.kind))
            .setSmallIcon(host.icon)
            .setCategory(Notification.CATEGORY_REMINDER)
            .setContentTitle(text.title)
            .setContentText(text.body)
            .setStyle(Notification.BigTextStyle().bigText(text.body))
            .addExtras(shown.extras())
            .setAutoCancel(true)

    private fun button(host: ReminderHost, label: String, does: PendingIntent): Notification.Action =
        Notification.Action.Builder(Icon.createWithResource(context, host.icon), label, does).build()

    private fun open(host: ReminderHost, shown: OnScreen): PendingIntent {
        val page = host.open(context, shown.bill)
        // Told apart by its address, as in the receiver, whatever the app's intent carries.
        if (page.data == null) page.data = ReminderReceiver.address(tag(shown.bill))
        return PendingIntent.getActivity(context, 0, page, PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE)
    }

    private fun snooze(bill: RemindedBill): PendingIntent = PendingIntent.getBroadcast(
        context,
        0,
        ReminderReceiver.intent(context, ReminderReceiver.SNOOZE, bill.value),
        PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE,
    )

    private fun channel(kind: ReminderKind): String = channel(overdue = kind == ReminderKind.OVERDUE)

    // A person may turn off either.
    private fun channel(overdue: Boolean): String = if (overdue) "billpay.overdue" else "billpay.due"

    internal companion object {
        const val ID = 1

        /** One notification for a bill, and one that asks to open the app. */
        fun tag(bill: RemindedBill?): String = bill?.value ?: "open-the-app"
    }
}

/** What one on the screen says. */
internal enum class Says {
    /** That there is a bill. */
    DUE,

    /** That a payment of it is being checked. */
    CHECKING,

    /** That payment has failed; in which words it is due was not said yet. */
    DUE_AGAIN,
}

/** What of a reminder is needed when it stands on the screen. */
internal data class OnScreen(val id: ReminderId, val bill: RemindedBill?, val kind: ReminderKind, val says: Says) {
    fun extras() = Bundle().apply {
        putString(REMINDER, id.value)
        putString(BILL, bill?.value)
        putString(KIND, kind.name)
        putString(SAYS, says.name)
    }

    companion object {
        private const val REMINDER = "billpay.reminder"
        private const val BILL = "billpay.bill"
        private const val KIND = "billpay.kind"
        private const val SAYS = "billpay.says"

        /** As it was planned. */
        fun of(reminder: Reminder) = with(reminder) {
            OnScreen(id, bill, kind, if (kind == ReminderKind.CHECKING) Says.CHECKING else Says.DUE)
        }

        /** `null` where it is another notification of the app. */
        fun read(notification: Notification): OnScreen? = notification.extras?.run {
            val id = getString(REMINDER) ?: return null
            val kind = ReminderKind.entries.firstOrNull { it.name == getString(KIND) } ?: return null
            val says = Says.entries.firstOrNull { it.name == getString(SAYS) } ?: return null
            OnScreen(ReminderId(id), getString(BILL)?.let(::RemindedBill), kind, says)
        }
    }
}
