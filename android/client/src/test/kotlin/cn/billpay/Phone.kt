package cn.billpay

import kotlinx.coroutines.delay
import kotlinx.coroutines.withTimeout
import java.nio.file.Path
import java.time.ZoneId
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

const val PHONE_NUMBER = "13800000001"
val POWER = BillerId("power-sh")
const val POWER_NUMBER = "3110001017"
val POWER_BILL = BillNumber("E0001")

/** An app of the bank on a phone of its own. */
class Phone(folder: Path, private val connection: String, language: Language = Language.EN) {
    val secrets = MemorySecrets()
    val signer = JdkSigner()
    val configuration = Configuration(
        profile = folder.resolve("phone").toString(),
        connection = connection,
        clientVersion = "1.0.0",
        deviceName = "a test",
        language = language,
        zone = ZoneId.of("Asia/Shanghai"),
    )

    suspend fun open(): BillPay = BillPay.open(configuration, secrets, signer).value()
}

/** The value, or the end of the test. */
fun <T, P : Problem> Answer<T, P>.value(): T = orElse { throw AssertionError("$it") }

/** The problem, or the end of the test. */
fun <T, P : Problem> Answer<T, P>.problem(): P = when (this) {
    is Answer.Success -> throw AssertionError("no problem: $value")
    is Answer.Failure -> problem
}

suspend fun BillPay.activate(sandbox: Sandbox) {
    startActivation(PHONE_NUMBER).value()
    finishActivation(sandbox.code()).value()
}

suspend fun BillPay.bind(): Account = confirmBinding(lookUpBinding(POWER, POWER_NUMBER).value()).value()

/** A quote for the usual bill, on a phone that was new a moment ago; whose number it is has been compared. */
suspend fun BillPay.firstQuote(sandbox: Sandbox): Quote {
    activate(sandbox)
    bind()
    refresh().value()
    val quote = quote(POWER, POWER_BILL).value()
    acknowledgeEcho(checkNotNull(quote.firstPayment)).value()
    return quote
}

suspend fun BillPay.bill(): Bill = bills().value().bills.single { it.billNumber == POWER_BILL }

/** Looks again and again until it holds. */
suspend fun eventually(holds: suspend () -> Boolean) = withTimeout(60.seconds) {
    while (!holds()) delay(10.milliseconds)
}
