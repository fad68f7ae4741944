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
import cn.billpay.generated.setAside
import cn.billpay.generated.setLogSink
import cn.billpay.generated.stillDueIn
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
import java.time.Instant
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.minutes
import cn.billpay.generated.ArmedReminders as RawArmedReminders
import cn.billpay.generated.Channel as RawChannel
import cn.billpay.generated.HeldReminder as RawHeldReminder
import cn.billpay.generated.LimitsChange as RawLimitsChange
import cn.billpay.generated.MethodKind as RawMethodKind
import cn.billpay.generated.Money as RawMoney
import cn.billpay.generated.OpenPayments as RawOpenPayments
import cn.billpay.generated.Place as RawPlace
import cn.billpay.generated.SnoozedBill as RawSnoozedBill
import cn.billpay.generated.TimeOfDay as RawTimeOfDay
import cn.billpay.generated.Wish as RawWish

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
    private val places = listOf(null) +
        texts.flatMap { listOf(RawPlace(0, it), RawPlace(Long.MIN_VALUE, it), RawPlace(Long.MAX_VALUE, it)) }

    private val counter = AtomicInteger()

    /** Of each limit in turn: what is no amount. */
    private suspend fun changes(call: suspend (RawLimitsChange) -> Unit) {
        call(RawLimitsChange(null, null, null))
        for (amount in amounts.filterNot { it.minor == 0L && it.currency == "CNY" }) {
            call(RawLimitsChange(amount, null, null))
            call(RawLimitsChange(null, amount, null))
            call(RawLimitsChange(null, null, amount))
        }
    }

    private fun armed(ids: List<String>) =
        RawArmedReminders(ids.map { RawHeldReminder(it, it) }, ids, ids, notifications = true, permission = true, batterySaver = false)

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
        "Client.quoteAll" to {
            texts.forEach { attempt { client.quoteAll(listOf(RawWish(it, it, null, it))) } }
            amounts.forEach { attempt { client.quoteAll(listOf(RawWish(POWER.value, POWER_BILL.value, it, null))) } }
            attempt { client.quoteAll(emptyList()) }
            attempt { client.quoteAll(List(10_000) { RawWish(POWER.value, "$it", null, null) }) }
        },
        "Client.payAll" to {
            attempt { client.payAll(emptyList()) }
            attempt { client.payAll(List(10_000) { "$it" }) }
            texts.forEach { attempt { client.payAll(listOf(it)) } }
            attempt { client.payAll(texts + texts) }
        },
        "Client.spread" to {
            texts.forEach { attempt { client.spread(it, RawMoney(1, "CNY")) } }
            amounts.forEach { attempt { client.spread("none", it) } }
        },
        "Client.usual" to { texts.forEach { attempt { client.usual(it) } } },
        "Client.reminders" to {
            texts.forEach { attempt { client.reminders(it, 64u) } }
            counts.forEach { attempt { client.reminders("Asia/Shanghai", it) } }
        },
        "Client.reminderHealth" to {
            texts.forEach { attempt { client.reminderHealth(it, 64u) } }
            counts.forEach { attempt { client.reminderHealth("Asia/Shanghai", it) } }
        },
        "Client.reportArmed" to {
            for (text in texts) attempt { client.reportArmed(armed(listOf(text))) }
            attempt { client.reportArmed(armed(texts + texts)) }
            attempt { client.reportArmed(armed(List(10_000) { "$it" })) }
            attempt { client.reportArmed(armed(emptyList())) }
        },
        "Client.stillDue" to { texts.forEach { attempt { client.stillDue(it) } } },
        "stillDueIn" to {
            val good = phone.configuration.toRaw()
            texts.forEach { attempt { stillDueIn(good, it) } }
            val id = "${"A".repeat(43)}~${"A".repeat(43)}.2026-12-01.d0"
            texts.filterNot { ".." in it }.forEach { attempt { stillDueIn(good.copy(profile = "$folder/hostile/$it/none"), id) } }
            texts.forEach { attempt { stillDueIn(good.copy(zone = it, connection = it, profile = ""), id) } }
        },
        "Client.pushedReminder" to { texts.forEach { attempt { client.pushedReminder(it) } } },
        "Client.reminderOf" to { texts.forEach { attempt { client.reminderOf(it, it) } } },
        "Client.snooze" to {
            texts.forEach { attempt { client.snooze(it, Instant.EPOCH) } }
            listOf(Instant.MIN, Instant.MAX).forEach { attempt { client.snooze("none", it) } }
        },
        "Client.mute" to { for (text in texts) for (muted in listOf(true, false)) attempt { client.mute(text, muted) } },
        "Client.reminderPolicy" to { attempt { client.reminderPolicy() } },
        "Client.setReminderPolicy" to {
            attempt { client.reminderPolicy().let { client.setReminderPolicy(it, it.copy(leadDays = List(10_000) { it.toUShort() })) } }
            attempt { client.reminderPolicy().let { client.setReminderPolicy(it, it.copy(overdueDays = listOf(0u))) } }
            attempt { client.reminderPolicy().let { client.setReminderPolicy(it, it.copy(horizonDays = UShort.MAX_VALUE)) } }
            attempt { client.reminderPolicy().let { client.setReminderPolicy(it, it.copy(at = RawTimeOfDay(255u, 255u))) } }
            attempt { client.reminderPolicy().let { client.setReminderPolicy(it, it.copy(snoozed = listOf(RawSnoozedBill("none", Instant.MAX, Instant.MIN)))) } }
        },
        "Client.reminderChannels" to { attempt { client.reminderChannels() } },
        "Client.chooseChannels" to {
            texts.forEach { attempt { client.chooseChannels(it, listOf(RawChannel.SMS, RawChannel.SMS)) } }
            attempt { client.chooseChannels(null, List(10_000) { RawChannel.PHONE }) }
            attempt { client.chooseChannels(null, null) }
        },
        "Client.tellReminders" to { attempt { client.tellReminders() } },
        "Client.limits" to { attempt { client.limits() } },
        // What is no amount reaches no limit; what is one would change them under the other cases.
        "Client.setLimits" to { changes { attempt { client.setLimits(it) } } },
        "Client.askLimitsCode" to { changes { attempt { client.askLimitsCode(it) } } },
        "Client.raiseLimits" to {
            changes { change -> attempt { client.raiseLimits(change, "", "") } }
            texts.forEach { attempt { client.raiseLimits(RawLimitsChange(RawMoney(600_000, "CNY"), null, null), it, it) } }
        },
        "Client.methods" to { attempt { client.methods() } },
        "Client.addMethod" to { RawMethodKind.entries.forEach { kind -> attempt { client.addMethod(kind).close() } } },
        "HostedStep.url" to { attempt { client.addMethod(RawMethodKind.CARD).use { assertTrue(it.url().startsWith("https://")) } } },
        "HostedStep.expiresAt" to { attempt { client.addMethod(RawMethodKind.WALLET).use { it.expiresAt() } } },
        "Client.removeMethod" to { texts.forEach { attempt { client.removeMethod(it) } } },
        "Client.preferMethod" to { texts.forEach { attempt { client.preferMethod(it) } } },
        "Client.waitingEvents" to { attempt { client.waitingEvents() } },
        "Client.chainBreaks" to { attempt { client.chainBreaks() } },
        "Client.changeRootKey" to { attempt { client.changeRootKey() }; attempt { client.changeRootKey() } },
        "Client.wipe" to {
            // Of a profile of its own: the others go on with theirs.
            val configuration = phone.configuration.toRaw().copy(profile = "$folder/wiped-${counter.incrementAndGet()}")
            openClient(configuration, SecretStorePort(MemorySecrets()), DeviceSignerPort(JdkSigner())).use { other ->
                for (open in RawOpenPayments.entries) repeat(2) { attempt { other.wipe(open) } }
                attempt { other.profile() }
                attempt { other.resume() }
            }
        },
        "setAside" to {
            // Never the one that the other cases use: while it is suspended, it may be put aside.
            val good = phone.configuration.toRaw().copy(profile = "$folder/nobody")
            attempt { setAside(good) }
            texts.filterNot { ".." in it }.forEach { attempt { setAside(good.copy(profile = "$folder/hostile/$it/none")) } }
            texts.forEach { attempt { setAside(good.copy(zone = it, connection = it, profile = "$folder/none")) } }
        },
        "Client.payments" to { for (limit in counts) for (offset in counts) attempt { client.payments(limit, offset) } },
        "Client.payment" to { texts.forEach { attempt { client.payment(it) } } },
        "Client.receipts" to { for (limit in counts) for (offset in counts) attempt { client.receipts(limit, offset) } },
        "Client.receiptPage" to { for (limit in counts) for (after in places) attempt { client.receiptPage(limit, after) } },
        "Client.paymentPage" to { for (limit in counts) for (after in places) attempt { client.paymentPage(limit, after) } },
        "Client.searchReceipts" to {
            for (text in texts) attempt { client.searchReceipts(text, UInt.MAX_VALUE, null) }
            for (limit in counts) for (after in places) attempt { client.searchReceipts("电", limit, after) }
        },
        "Client.statistics" to { attempt { client.statistics() } },
        "Client.owed" to { attempt { client.owed() } },
        "Client.receiptText" to { texts.forEach { attempt { client.receiptText(it) } } },
        "Client.receiptKeys" to { attempt { client.receiptKeys() } },
        "Client.documents" to { texts.forEach { attempt { client.documents(it) } } },
        "Client.receipt" to { texts.forEach { attempt { client.receipt(it) } } },
        "Client.nextEvent" to { attempt { client.nextEvent() } },
        "Client.acknowledgeEvent" to { texts.forEach { attempt { client.acknowledgeEvent(it) } } },
        "Client.suspend" to { attempt { client.suspend() }; attempt { client.suspend() } },
        "Client.resume" to { attempt { client.resume() }; attempt { client.resume() } },
        "Client.networkReturned" to { attempt { client.networkReturned() } },
        "Client.setAttestation" to { (texts + null).forEach { attempt { client.setAttestation(it) } } },
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
