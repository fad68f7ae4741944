package cn.billpay.android

import android.content.Context
import android.content.Intent
import cn.billpay.Language
import cn.billpay.RemindedBill
import cn.billpay.ReminderSource
import java.time.Duration

/**
 * What the receivers ask of the app, often in a process that the system has just started for them: the app's
 * `Application` implements it. Answers are waited for a few seconds, and an exception counts as no answer.
 */
public interface ReminderHost {
    /** The language of the channels and buttons. */
    public val language: Language

    /** The small icon of notifications: a drawable of the app. */
    public val icon: Int

    /** For how long *remind me later* puts a bill off. */
    public val later: Duration get() = Duration.ofHours(4)

    /**
     * The profile: opened where it is not (which works while the phone is locked), and resumed where the app has
     * suspended it. `null` where it cannot be had: then what is held stays armed, and is shown as it was planned.
     */
    public suspend fun profile(): ReminderSource?

    /** Opens the app at a bill; without one, at the list of bills. */
    public fun open(context: Context, bill: RemindedBill?): Intent

    /** A receiver has planned anew. */
    public suspend fun rearmed(how: Rearmed) {}
}
