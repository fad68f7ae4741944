package cn.billpay.android

import cn.billpay.Language

/** The few words that the adapters bring themselves, in both languages. */
internal object Words {
    fun confirmTitle(language: Language): String = pick(language, "确认付款", "Confirm the payment")

    fun confirmBody(language: Language): String =
        pick(language, "验证是您本人，随后才会签署这笔付款", "Show that it is you; only then is the payment signed")

    fun cancel(language: Language): String = pick(language, "取消", "Cancel")

    fun channel(kind: ReminderKind, language: Language): String = when (kind) {
        ReminderKind.DUE -> pick(language, "账单到期提醒", "Bills that are due")
        ReminderKind.OVERDUE -> pick(language, "账单逾期提醒", "Bills that are overdue")
    }

    fun pay(language: Language): String = pick(language, "查看并缴费", "See and pay")

    fun snooze(language: Language): String = pick(language, "稍后提醒", "Remind me later")

    private fun pick(language: Language, zh: String, en: String): String = when (language) {
        Language.ZH -> zh
        Language.EN -> en
    }
}
