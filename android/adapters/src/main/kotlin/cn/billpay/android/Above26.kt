package cn.billpay.android

/** Calls what Android has only from [api] on, and is itself called only there. The build exempts nothing else. */
@Retention(AnnotationRetention.BINARY)
@Target(AnnotationTarget.FUNCTION, AnnotationTarget.CLASS)
internal annotation class Above26(val api: Int)
