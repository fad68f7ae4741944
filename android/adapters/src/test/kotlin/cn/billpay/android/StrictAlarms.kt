package cn.billpay.android

import android.app.AlarmManager
import android.app.PendingIntent
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowAlarmManager

/** Alarms that refuse as Android's do, and under which the process can die. */
@Implements(AlarmManager::class)
class StrictAlarms : ShadowAlarmManager() {
    @Implementation
    override fun setExactAndAllowWhileIdle(type: Int, triggerAtMs: Long, operation: PendingIntent) {
        if (forbidden || !canScheduleExactAlarms()) throw SecurityException("exact alarms are not allowed")
        refuse()
        super.setExactAndAllowWhileIdle(type, triggerAtMs, operation)
    }

    @Implementation
    override fun setAndAllowWhileIdle(type: Int, triggerAtMs: Long, operation: PendingIntent) {
        if (forbidden) throw SecurityException("no alarms at all")
        refuse()
        super.setAndAllowWhileIdle(type, triggerAtMs, operation)
    }

    private fun refuse() {
        if (asked++ == dies) throw Killed()
        // As Android does: also where it would take another's place.
        check(scheduledAlarms.size < most) { "Maximum limit of concurrent alarms $most reached for uid" }
    }

    companion object {
        var most = 500
        var forbidden = false

        /** At which one from now on the process dies. */
        var dies = -1
            set(value) {
                field = value
                asked = 0
            }
        private var asked = 0

        fun asNew() {
            most = 500
            forbidden = false
            dies = -1
        }
    }
}

/** The end of the process: nothing of ours catches it. */
class Killed : Error()
