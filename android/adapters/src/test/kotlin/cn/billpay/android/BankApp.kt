package cn.billpay.android

import android.app.Activity
import android.app.Application
import android.content.Context
import android.content.Intent
import cn.billpay.Answer
import cn.billpay.FaultProblem
import cn.billpay.Language
import cn.billpay.RemindedBill
import cn.billpay.ReminderId
import cn.billpay.ReminderSource
import cn.billpay.StillDue

/** A bank's app; the tests choose its profile. */
class BankApp : Application(), ReminderHost {
    override var language = Language.EN
    override val icon = android.R.drawable.ic_dialog_info

    /** A stand-in, unless a test brings a real one. */
    val fake = FakeSource()
    var profile: ReminderSource? = fake
    val rearmed = mutableListOf<Rearmed>()

    /** Where a test answers it without a profile. */
    var still: (suspend (ReminderId) -> Answer<StillDue, FaultProblem>)? = null

    override suspend fun profile(): ReminderSource? = profile

    override suspend fun stillDue(reminder: ReminderId): Answer<StillDue, FaultProblem>? =
        still.let { if (it == null) super.stillDue(reminder) else it(reminder) }

    override fun open(context: Context, bill: RemindedBill?): Intent =
        Intent(context, BankActivity::class.java).putExtra("bill", bill?.value)

    override suspend fun rearmed(how: Rearmed) {
        rearmed += how
    }
}

class BankActivity : Activity()
