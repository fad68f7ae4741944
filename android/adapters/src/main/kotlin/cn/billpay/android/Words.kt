package cn.billpay.android

import cn.billpay.Language

/** The few words that the adapters bring themselves, in both languages. */
internal object Words {
    fun confirmTitle(language: Language): String = pick(language, "确认付款", "Confirm the payment")

    fun confirmBody(language: Language): String =
        pick(language, "验证是您本人，随后才会签署这笔付款", "Show that it is you; only then is the payment signed")

    fun cancel(language: Language): String = pick(language, "取消", "Cancel")

    fun channel(overdue: Boolean, language: Language): String =
        if (overdue) pick(language, "账单逾期提醒", "Bills that are overdue") else pick(language, "账单到期提醒", "Bills that are due")

    /** The plan's own words for whoever hides everything (docs/reminders.md): a test holds the two against each other. */
    fun hidden(language: Language): ReminderText = ReminderText(
        pick(language, "缴费提醒", "Bill reminder"),
        pick(language, "有账单待处理，请打开应用查看。", "Open the app to see it."),
    )

    /** The same, while a payment is being checked: what was armed before it began has other words. */
    fun checking(language: Language): ReminderText = ReminderText(
        pick(language, "缴费提醒", "Bill reminder"),
        pick(
            language,
            "有一笔缴费正在核实，请勿重复缴费。详情请打开应用查看。",
            "A payment is being checked: do not pay again. Open the app to see which.",
        ),
    )

    fun pay(language: Language): String = pick(language, "查看并缴费", "See and pay")

    fun snooze(language: Language): String = pick(language, "稍后提醒", "Remind me later")

    private fun pick(language: Language, zh: String, en: String): String = when (language) {
        Language.ZH -> zh
        Language.EN -> en
    }
}

/** A title and a body, in the person's language. */
internal class ReminderText(val title: String, val body: String)
