package cn.billpay.android

import android.app.ActivityManager
import android.app.AlarmManager
import android.app.PendingIntent
import android.content.Context
import android.os.Build
import android.os.PowerManager
import java.time.Instant

/** What Android's alarms made of one that was asked for. */
internal enum class Taken {
    /** It comes to the minute. */
    EXACT,

    /** It may be late by an hour. */
    INEXACT,

    /** There are as many as the system takes of an app. */
    NO_ROOM,

    /** It may not be armed at all. */
    REFUSED,
}

/**
 * Android's alarms, one for an id. The system lists them for nobody. But each stands for a token that is made with it,
 * can be sent once, and is given up with it: what has gone off, was cancelled, or was forgotten by a boot or a forced
 * stop has none.
 */
internal class SystemAlarms(private val context: Context) {
    private val alarms = checkNotNull(context.getSystemService(AlarmManager::class.java))

    /** Whether the system still has it. True also for a moment, of one that was about to be armed when the app died. */
    fun holds(id: String): Boolean = token(id, PendingIntent.FLAG_NO_CREATE) != null

    /** Takes the place of one of the same id. */
    fun arm(id: String, at: Instant, exact: Boolean): Taken {
        val token = checkNotNull(token(id, PendingIntent.FLAG_UPDATE_CURRENT))
        // First: with as many as there is room for, Android refuses even one that takes another's place.
        alarms.cancel(token)
        val taken = try {
            set(at.toEpochMilli(), token, exact)
            if (exact) Taken.EXACT else Taken.INEXACT
        } catch (_: IllegalStateException) {
            Taken.NO_ROOM
        } catch (_: SecurityException) {
            // Forbidden between the question and the call.
            if (exact) return arm(id, at, exact = false) else Taken.REFUSED
        }
        if (taken == Taken.NO_ROOM || taken == Taken.REFUSED) token.cancel()
        return taken
    }

    fun cancel(id: String) {
        val token = token(id, PendingIntent.FLAG_NO_CREATE) ?: return
        alarms.cancel(token)
        token.cancel()
    }

    fun exactAllowed(): Boolean = Build.VERSION.SDK_INT < Build.VERSION_CODES.S || askExact()

    /** Whether the system may hold alarms of this app back. */
    fun mayBeHeldBack(): Boolean {
        val saves = context.getSystemService(PowerManager::class.java)?.isPowerSaveMode == true
        return saves || (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P && restricted())
    }

    private fun set(at: Long, token: PendingIntent, exact: Boolean) = if (exact) {
        alarms.setExactAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, at, token)
    } else {
        alarms.setAndAllowWhileIdle(AlarmManager.RTC_WAKEUP, at, token)
    }

    @Above26(Build.VERSION_CODES.S)
    private fun askExact(): Boolean = alarms.canScheduleExactAlarms()

    @Above26(Build.VERSION_CODES.P)
    private fun restricted(): Boolean = context.getSystemService(ActivityManager::class.java)?.isBackgroundRestricted == true

    // Told apart by its address; no text goes with it into the system's lists.
    private fun token(id: String, how: Int): PendingIntent? = PendingIntent.getBroadcast(
        context,
        0,
        ReminderReceiver.intent(context, ReminderReceiver.FIRE, id),
        how or PendingIntent.FLAG_ONE_SHOT or PendingIntent.FLAG_IMMUTABLE,
    )
}
