package cn.billpay.android

import android.app.Activity
import android.app.Application
import android.content.Context
import android.content.Intent
import cn.billpay.Language
import cn.billpay.RemindedBill
import cn.billpay.ReminderSource

/** A bank's app; the tests choose its profile. */
class BankApp : Application(), ReminderHost {
    override var language = Language.EN
    override val icon = android.R.drawable.ic_dialog_info

    /** A stand-in, unless a test brings a real one. */
    val fake = FakeSource()
    var profile: ReminderSource? = fake
    val rearmed = mutableListOf<Rearmed>()

    override suspend fun profile(): ReminderSource? = profile

    override fun open(context: Context, bill: RemindedBill?): Intent =
        Intent(context, BankActivity::class.java).putExtra("bill", bill?.value)

    override suspend fun rearmed(how: Rearmed) {
        rearmed += how
    }
}

class BankActivity : Activity()
