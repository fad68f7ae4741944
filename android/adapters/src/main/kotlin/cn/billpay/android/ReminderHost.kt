package cn.billpay.android

import android.content.Context
import android.content.Intent
import cn.billpay.Answer
import cn.billpay.BillPay
import cn.billpay.FaultProblem
import cn.billpay.Language
import cn.billpay.RemindedBill
import cn.billpay.ReminderId
import cn.billpay.ReminderSource
import cn.billpay.StillDue
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

    /**
     * Whether a reminder that goes off is still true. Answer it with [BillPay.stillDue] of the app's configuration, and
     * nothing is opened for it, however many alarms start a process; as it stands here the [profile] is asked. `null`
     * where there is no answer: then it is shown.
     */
    public suspend fun stillDue(reminder: ReminderId): Answer<StillDue, FaultProblem>? = profile()?.stillDue(reminder)

    /** Opens the app at a bill; without one, at the list of bills. */
    public fun open(context: Context, bill: RemindedBill?): Intent

    /** A receiver has planned anew. */
    public suspend fun rearmed(how: Rearmed) {}
}
