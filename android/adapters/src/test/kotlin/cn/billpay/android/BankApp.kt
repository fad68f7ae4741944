package cn.billpay.android

import android.app.Activity
import android.app.Application
import android.content.Context
import android.content.Intent
import cn.billpay.Language
import kotlinx.coroutines.awaitCancellation

/** A bank's app whose answers the tests choose. */
class BankApp : Application(), ReminderHost {
    override var language = Language.EN
    override val icon = android.R.drawable.ic_dialog_info

    var plan: List<Reminder>? = emptyList()
    var due = StillDue.DUE
    var answers = true
    var breaks = false
    val snoozed = mutableListOf<String>()
    val told = mutableListOf<Accepted>()

    private suspend fun answer() {
        if (!answers) awaitCancellation()
        check(!breaks) { "the app broke" }
    }

    override suspend fun plan(): List<Reminder>? {
        answer()
        return plan
    }

    override suspend fun stillDue(reminder: Reminder): StillDue {
        answer()
        return due
    }

    override suspend fun snooze(reminder: Reminder) {
        answer()
        snoozed += reminder.id
    }

    override fun open(context: Context, reminder: Reminder): Intent = Intent(context, BankActivity::class.java).putExtra("bill", reminder.subject)

    override suspend fun accepted(what: Accepted) {
        told += what
    }
}

class BankActivity : Activity()
