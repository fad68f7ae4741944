package cn.billpay

import cn.billpay.generated.BindingEcho
import cn.billpay.generated.Client
import cn.billpay.generated.InternalException
import cn.billpay.generated.LogLevel
import cn.billpay.generated.LogSink
import cn.billpay.generated.checkDeviceSigner
import cn.billpay.generated.checkSecretStore
import cn.billpay.generated.coreVersion
import cn.billpay.generated.openClient
import cn.billpay.generated.setLogSink
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assertions.fail
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.charset.CharacterCodingException
import java.nio.file.Path
import kotlin.time.Duration.Companion.minutes
import cn.billpay.generated.Money as RawMoney

/** Every export, called as no app of good will calls it (row 59): a typed error at most, and the client goes on. */
class HostileTest {
    @TempDir
    lateinit var folder: Path

    private val texts = listOf(
        "", " ", "\u0000", "\uD83D", "\uFFFF", "'; DROP TABLE order; --", "../../../etc/passwd", "%2e%2e%2f", "{}",
        "١٢٣", "-1", "9".repeat(400), "缴".repeat(300_000), "\r\nX-Injected: 1",
    )
    private val amounts = listOf(
        RawMoney(-1, "CNY"), RawMoney(Long.MIN_VALUE, "CNY"), RawMoney(Long.MAX_VALUE, "CNY"), RawMoney(0, "CNY"),
        RawMoney(1, ""), RawMoney(1, "cny"), RawMoney(1, "￥￥￥"), RawMoney(1, "X".repeat(100_000)),
    )
    private val counts = listOf(0u, 1u, UInt.MAX_VALUE)

    private class Hostile(val phone: Phone, val client: Client, val echo: BindingEcho)

    /** A case for each export. What a case does is up to it; that it has one is not. */
    private val cases: Map<String, suspend Hostile.() -> Unit> = mapOf(
        "coreVersion" to { assertFalse(coreVersion().isEmpty()) },
        "checkSecretStore" to { attempt { checkSecretStore(SecretStorePort(phone.secrets)) } },
        "checkDeviceSigner" to { attempt { checkDeviceSigner(DeviceSignerPort(JdkSigner())) } },
        "setLogSink" to {
            val throwing = object : LogSink {
                override fun log(level: LogLevel, line: String): Unit = error("no room for $line")
            }
            attempt { setLogSink(throwing) }
            assertFalse(setLogSink(throwing), "the second one is not taken")
        },
        "openClient" to {
            val good = phone.configuration.toRaw()
            // Some of these are good names for a folder: below our own.
            val profiles = texts.filterNot { ".." in it }.map { good.copy(profile = "$folder/hostile/$it/profile") }
            val others = texts.flatMap { listOf(good.copy(connection = it), good.copy(zone = it)) }
            val named = texts.flatMap { text ->
                listOf(good.copy(clientVersion = text), good.copy(deviceName = text)).map { it.copy(profile = "$folder/named") }
            }
            for (configuration in profiles + others + named + good.copy(profile = "")) {
                val secrets = SecretStorePort(MemorySecrets())
                attempt { openClient(configuration, secrets, DeviceSignerPort(JdkSigner())).close() }
            }
        },
        "BindingEcho.view" to { assertFalse(POWER_NUMBER in "${echo.view()}") },
        "Client.profile" to { attempt { client.profile() } },
        "Client.startActivation" to { texts.forEach { attempt { client.startActivation(it) } } },
        "Client.resendCode" to { attempt { client.resendCode() } },
        "Client.finishActivation" to { texts.forEach { attempt { client.finishActivation(it) } } },
        "Client.billerCatalog" to { attempt { client.billerCatalog() } },
        "Client.lookupBinding" to {
            texts.forEach { attempt { client.lookupBinding(it, it) } }
            texts.forEach { attempt { client.lookupBinding(POWER.value, it) } }
        },
        "Client.confirmBinding" to { texts.forEach { attempt { client.confirmBinding(echo, it) } } },
        "Client.acknowledgeEcho" to { texts.forEach { attempt { client.acknowledgeEcho(it, it) } } },
        "Client.unbind" to { texts.forEach { attempt { client.unbind(it) } } },
        "Client.accounts" to { attempt { client.accounts() } },
        "Client.refresh" to { attempt { client.refresh() } },
        "Client.queryBills" to { texts.forEach { attempt { client.queryBills(it) } } },
        "Client.bills" to { attempt { client.bills() } },
        "Client.quote" to {
            texts.forEach { attempt { client.quote(it, it, null, it) } }
            amounts.forEach { attempt { client.quote(POWER.value, POWER_BILL.value, it, null) } }
        },
        "Client.pay" to { texts.forEach { attempt { client.pay(it) } } },
        "Client.askPaymentCode" to { texts.forEach { attempt { client.askPaymentCode(it) } } },
        "Client.payWithCode" to { texts.forEach { attempt { client.payWithCode(it, it) } } },
        "Client.payments" to { for (limit in counts) for (offset in counts) attempt { client.payments(limit, offset) } },
        "Client.payment" to { texts.forEach { attempt { client.payment(it) } } },
        "Client.receipts" to { for (limit in counts) for (offset in counts) attempt { client.receipts(limit, offset) } },
        "Client.documents" to { texts.forEach { attempt { client.documents(it) } } },
        "Client.receipt" to { texts.forEach { attempt { client.receipt(it) } } },
        "Client.nextEvent" to { attempt { client.nextEvent() } },
        "Client.acknowledgeEvent" to { texts.forEach { attempt { client.acknowledgeEvent(it) } } },
        "Client.suspend" to { attempt { client.suspend() }; attempt { client.suspend() } },
        "Client.resume" to { attempt { client.resume() }; attempt { client.resume() } },
        "Client.networkReturned" to { attempt { client.networkReturned() } },
        "Client.resolve" to { attempt { client.resolve() } },
    )

    @Test
    fun `every export has a hostile case, and no case is for what is no export`() {
        assertEquals(Generated.exports().sorted(), cases.keys.sorted())
    }

    @Test
    fun `hostile input meets a typed error, from one thread and from many, and the client goes on`() = hostile {
        withTimeout(5.minutes) {
            for ((name, case) in cases) {
                runCatching { case() }.onFailure { throw AssertionError("$name: $it", it) }
            }
            // All of them at a time, suspending and resuming among them.
            repeat(2) { for (case in cases.values) launch(Dispatchers.Default) { case() } }
        }
    }

    @Test
    fun `half a character is refused like any wrong text, and nothing is thrown`(): Unit = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            Phone(folder, sandbox.connection).open().use { billpay ->
                val half = "1380000\uD83D"
                assertTrue(billpay.startActivation(half).problem() is ActivationProblem.NotAPhoneNumber)
                assertTrue(billpay.finishActivation(half).problem() is ActivationProblem.NotACode)
                assertTrue(billpay.pay(QuoteId(half)).problem() is PayProblem.UnknownQuote)
                assertTrue(billpay.payment(PaymentId(half)).problem() is ViewProblem.NotFound)
                assertEquals("a\uFFFDb 😀", "a\uD83Db 😀".wellFormed().replace('?', '\uFFFD'))
            }
        }
    }

    private fun hostile(test: suspend Hostile.() -> Unit): Unit = runBlocking {
        Sandbox.start(folder.resolve("bank")).use { sandbox ->
            val phone = Phone(folder, sandbox.connection)
            val client = openClient(phone.configuration.toRaw(), SecretStorePort(phone.secrets), DeviceSignerPort(phone.signer))
            client.use {
                client.startActivation(PHONE_NUMBER)
                client.finishActivation(sandbox.code())
                Hostile(phone, client, client.lookupBinding(POWER.value, POWER_NUMBER)).test()
                client.resume()
                assertTrue(client.profile().active, "the client goes on")
                assertEquals(emptyList<Any>(), client.payments(10u, 0u).payments, "and nothing was paid")
            }
        }
    }

    /** Anything but a typed error ends the test. Half a character does not cross: Kotlin itself refuses it. */
    private suspend fun attempt(call: suspend () -> Any?) {
        try {
            call()
        } catch (untyped: InternalException) {
            fail<Unit>("untyped: $untyped")
        } catch (refused: Exception) {
            val typed = refused is CharacterCodingException || refused.javaClass.name.startsWith("cn.billpay.generated.")
            if (!typed) throw refused
        }
    }
}
