package cn.billpay

import cn.billpay.generated.uniffiEnsureInitialized

/**
 * Does what needs libbillpay. One that is not there, or of another version than the generated code, is found while
 * it is loaded, before the first call does anything; then this answers so.
 */
internal inline fun <T> withLibrary(language: Language, work: () -> Answer<T, OpenProblem>): Answer<T, OpenProblem> = try {
    checkedLibrary(work)
} catch (unfit: LinkageError) {
    // The first call of a process says what is wrong, each later one only that the first one failed.
    Answer.Failure(OpenProblem.BadConfiguration(unfit.cause?.message ?: unfit.message.orEmpty(), notTheLibrary(language)))
}

/**
 * Does what needs libbillpay, once it is the one of the generated code: versions and checksums are compared nowhere
 * else, and another library would simply be called. Throws a [LinkageError] where it is none.
 */
internal inline fun <T> checkedLibrary(work: () -> T): T {
    uniffiEnsureInitialized()
    return work()
}

internal fun notTheLibrary(language: Language): Why {
    fun say(zh: String, en: String) = if (language == Language.ZH) zh else en
    return Why(
        code = "library-mismatch",
        whoActs = WhoActs.DEVELOPER,
        retryAt = null,
        moneyMoved = null,
        whatHappened = say(
            "应用的组成部分不配套：libbillpay 缺失，或与应用不是同一版本。",
            "The parts of this app do not fit together: libbillpay is missing, or of another version.",
        ),
        aboutMoney = null,
        advice = "update-app",
        whatToDo = say("请更新应用。", "Please update the app."),
    )
}
