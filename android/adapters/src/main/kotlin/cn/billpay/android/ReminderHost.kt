package cn.billpay.android

import android.content.Context
import android.content.Intent
import cn.billpay.Language

/**
 * What the receivers ask of the app, often in a process that the system has just started for them: the app's
 * `Application` implements it. Answers are waited for a few seconds, and an exception counts as no answer.
 */
public interface ReminderHost {
    /** The language of the channels and buttons. */
    public val language: Language

    /** The small icon of notifications: a drawable of the app. */
    public val icon: Int

    /** The plan of this moment, or `null` where it cannot be made (the phone is locked): what is held then stays. */
    public suspend fun plan(): List<Reminder>?

    /** Asked when a reminder fires; without an answer it is shown as planned. Needs no secret. */
    public suspend fun stillDue(reminder: Reminder): StillDue

    /** The person asked to be reminded later. The plan is asked for afterwards. */
    public suspend fun snooze(reminder: Reminder)

    /** Opens the app at a reminder's bill. */
    public fun open(context: Context, reminder: Reminder): Intent

    /** The system took this of a plan that was asked for by a receiver. */
    public suspend fun accepted(what: Accepted)
}
