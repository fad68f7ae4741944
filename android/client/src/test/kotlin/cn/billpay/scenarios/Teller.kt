package cn.billpay.scenarios

import cn.billpay.AccountId
import cn.billpay.Answer
import cn.billpay.BillNumber
import cn.billpay.BillPay
import cn.billpay.BillerId
import cn.billpay.BindingEcho
import cn.billpay.DocumentId
import cn.billpay.EventId
import cn.billpay.Language
import cn.billpay.MethodId
import cn.billpay.Money
import cn.billpay.OpenPayments
import cn.billpay.PaymentId
import cn.billpay.PaymentState
import cn.billpay.Phone
import cn.billpay.Place
import cn.billpay.Problem
import cn.billpay.Quote
import cn.billpay.QuoteId
import cn.billpay.Sandbox
import cn.billpay.Wish
import cn.billpay.value
import kotlinx.coroutines.delay
import kotlinx.coroutines.withTimeoutOrNull
import java.nio.file.Path
import java.time.Duration
import java.time.Instant
import kotlin.io.path.createDirectories
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Tells a story (tests/scenarios/README.md) to the library, over real sockets; its world is a sandbox in a process of its own. */
internal class Teller(private val story: Map<*, *>, private val folder: Path) : AutoCloseable {
    private class Owner(val phone: Phone) {
        var app: BillPay? = null
        var number = ""
        var echo: BindingEcho? = null
        var place: Place? = null
        val alarms = Alarms()

        fun running(): BillPay = checkNotNull(app) { "the app does not run" }
    }

    private val trace = Trace("${story["name"]}")
    private val owners = mutableMapOf<String, Owner>()
    private var sandbox: Sandbox? = Sandbox.start(folder.resolve("bank"))
    private val connection = bank().connection
    private val earlier = mutableListOf<Pair<String, String>>()
    private var aheadMs = 0L
    private var faults = "[]"

    private fun bank(): Sandbox = checkNotNull(sandbox) { "the bank does not run" }

    /** The trace, up to the step that failed. */
    suspend fun tell(): String {
        (story["steps"] as List<*>).forEachIndexed { nth, step -> step(nth + 1, step as Map<*, *>) }
        return "$trace"
    }

    private suspend fun step(nth: Int, step: Map<*, *>) {
        delay(50.milliseconds)
        val (act, who) = "${step["do"]}" to "${step["phone"] ?: "a"}"
        val owner = owners[who] ?: Owner(phone(who)).also { owners[who] = it; it.app = it.phone.open() }
        val lines = try {
            if (act.startsWith("world.")) turn(act, step) else act(act, owner, step)
        } catch (refused: Refused) {
            show(refused.problem)
        }
        val written = trace.step("$nth ${if (who == "a") "" else "$who "}$act", lines)
        val expected = step["expect"] as Map<*, *>? ?: emptyMap<String, String>()
        check("error" !in written || "error" in expected) { "step $nth ($act): the error ${written["error"]}\n$trace" }
        for ((key, want) in expected) check(written[key] == want) { "step $nth ($act): $key is ${written[key]}, not $want\n$trace" }
    }

    private fun phone(name: String) = Phone(folder.resolve(name).createDirectories(), connection, Language.ZH)

    private suspend fun act(act: String, owner: Owner, step: Map<*, *>): Lines {
        fun text(member: String) = "${step[member]}"
        fun id(member: String) = trace.value(text(member))
        if (act == "app.open") {
            check(owner.app == null) { "the app runs already" }
            owner.app = owner.phone.open()
            return Lines()
        }
        val app = owner.running()
        return when (act) {
            "app.kill" -> {
                kill(owner)
                Lines()
            }
            "phone.lose_keys" -> {
                owner.phone.signer.lose()
                Lines()
            }
            "app.wipe" -> app.wipe(if (step["leave"] == true) OpenPayments.LEAVE else OpenPayments.WAIT).done()
            "app.suspend" -> app.suspendProfile().done()
            "app.resume" -> app.resumeProfile().done()
            "activate.start" -> {
                owner.number = text("number")
                show(app.startActivation(owner.number).told())
            }
            "activate.resend" -> show(app.resendCode().told())
            "activate.finish" -> show(app.finishActivation(code(owner.number, text("code"))).told())
            "profile" -> show(app.profile().told())
            "refresh" -> show(app.refresh().told())
            "bind.lookup" -> {
                owner.echo = null
                show(app.lookUpBinding(BillerId(text("biller")), text("number")).told().also { owner.echo = it })
            }
            "bind.confirm" -> show(app.confirmBinding(checkNotNull(owner.echo), text("alias")).told())
            "bills" -> {
                val bills = app.bills().told().bills.sortedWith(compareBy({ it.biller.value }, { it.billNumber.value }))
                Lines().list("bills", bills.map(::show))
            }
            "quote" -> {
                val amount = (step["minor"] as Long?)?.let { Money(it, "CNY") }
                val method = (step["method"] as String?)?.let { MethodId(trace.value(it)) }
                show(app.quote(BillerId(text("biller")), BillNumber(text("bill")), amount, method).told().also { compare(app, it) })
            }
            "quote.all" -> {
                val wishes = (step["bills"] as List<*>).map { it as Map<*, *> }
                    .map { Wish(BillerId("${it["biller"]}"), BillNumber("${it["bill"]}")) }
                val several = app.quoteAll(wishes).told()
                several.quotes.forEach { if (it is Answer.Success) compare(app, it.value) }
                show(several)
            }
            "quote.usual" -> show(app.usual(AccountId(id("account"))).told())
            "pay.all" -> {
                val quotes = (step["quotes"] as List<*>).map { QuoteId(trace.value("$it")) }
                Lines().list("payments", app.payAll(quotes).told().map { show(it, ::show) })
            }
            "methods" -> show(app.methods().told())
            "methods.prefer" -> show(app.preferMethod(MethodId(id("method"))).told())
            "methods.remove" -> show(app.removeMethod(MethodId(id("method"))).told())
            "pay" -> show(app.pay(QuoteId(id("quote"))).told())
            "payment" -> {
                val payment = PaymentId(id("payment"))
                if (step["until_ended"] == true) {
                    withTimeoutOrNull(60.seconds) {
                        while (app.payment(payment).told().state is PaymentState.Checking) delay(100.milliseconds)
                    }
                }
                show(app.payment(payment).told())
            }
            "payments" -> Lines().list("payments", app.payments(100u).told().payments.map(::show))
            "receipts" -> Lines().list("receipts", app.receipts(100u).told().documents.map(::show))
            "receipt" -> {
                val of = text("of")
                show((if (of.startsWith("payment")) app.receipt(PaymentId(id("of"))) else app.receipt(DocumentId(id("of")))).told())
            }
            "receipt.text" -> {
                val document = DocumentId(id("receipt"))
                val (words, shown) = app.receiptText(document).told() to app.receipt(document).told()
                Lines().with("document", shown.compact in words).with("words", "上海" in words)
            }
            "receipts.page" -> {
                val page = app.receiptPage((step["limit"] as Long).toInt(), owner.place.takeIf { step["more"] == true }).told()
                owner.place = page.next
                show(page)
            }
            "receipts.search" -> show(app.searchReceipts(text("query"), 100).told())
            "statistics" -> show(app.statistics().told())
            "owed" -> show(app.owed().told())
            "chain" -> Lines().list("breaks", app.chainBreaks().told().map(::show))
            "resolve" -> Lines().with("open", app.resolve().told())
            "event.next" -> show(app.nextEvent().told())
            "reminders.plan" -> {
                val diesAfter = step["dies_after"] as Long?
                val (plan, unarmed) = owner.alarms.plan(app, diesAfter?.toInt())
                if (diesAfter != null) kill(owner)
                show(plan, unarmed).with("armed", owner.alarms.size)
            }
            "reminders.due" -> show(app.stillDue(owner.alarms.ofStage(text("stage"))).told())
            "reminders.snooze" -> {
                val bill = checkNotNull(app.remindedBill(BillerId(text("biller")), BillNumber(text("bill"))).told())
                app.snooze(bill, Instant.now() + Duration.ofHours(step["hours"] as Long)).done()
            }
            "reminders.mute" -> app.mute(BillerId(text("biller")), step["muted"] == true).done()
            "event.acknowledge" -> app.acknowledge(EventId(id("event"))).done()
            else -> error("no runner knows $act")
        }
    }

    /** The people of the stories have compared whose number it is. */
    private suspend fun compare(app: BillPay, quote: Quote) = quote.firstPayment?.let { app.acknowledgeEcho(it).value() }

    /** No process ends here: its files are closed, and its memory is let go of. */
    private suspend fun kill(owner: Owner) {
        owner.running().suspendProfile()
        owner.running().close()
        owner.app = null
    }

    private fun turn(act: String, step: Map<*, *>): Lines {
        val biller = step["biller"]
        when (act) {
            "world.faults" -> {
                faults = Json.write(step["script"])
                sandbox?.say("faults $faults", "faults")
            }
            "world.bank_clock" -> {
                aheadMs += step["advance_s"] as Long * 1_000
                sandbox?.say("clock $aheadMs", "clock")
            }
            "world.gateway" -> if (step["running"] == true) start() else stop()
            "world.revise_bill" -> bank().say("revise $biller ${step["bill"]} ${step["minor"]}", "revise")
            "world.close_biller" -> bank().say("${if (step["closed"] == true) "close" else "reopen"} $biller", "biller")
            "world.charges" -> {
                val (wasDown, answer) = (sandbox == null).also { if (it) start() } to bank().say("charges $biller", "charges")
                if (wasDown) stop()
                val said = Json.read(answer) as Map<*, *>
                return Lines().with("charges", said["charges"]).with("minor", said["minor"])
            }
            else -> error("no runner knows $act")
        }
        return Lines()
    }

    /** The same bank, at the same address. */
    private fun start() {
        sandbox = Sandbox.start(folder.resolve("bank"))
        bank().say("clock $aheadMs", "clock")
        bank().say("faults $faults", "faults")
    }

    private fun stop() {
        earlier += bank().messages
        bank().close()
        sandbox = null
    }

    /** The code that a person types. */
    private fun code(number: String, which: String): String {
        // A message that was sent before the first answer is told before the second one.
        repeat(2) { sandbox?.say("requests", "requests") }
        val sent = (earlier + sandbox?.messages.orEmpty()).filter { it.first == number }.map { it.second }.reversed()
        return when (which) {
            "newest" -> sent[0]
            "previous" -> sent[1]
            "wrong 1", "wrong 2", "wrong 3" ->
                (0..9).map { "$it".repeat(6) }.filterNot { it in sent }[which.last().digitToInt() - 1]
            else -> which
        }
    }

    override fun close() {
        owners.values.forEach { it.app?.close() }
        sandbox?.close()
    }
}

private fun Answer<*, Problem>.done(): Lines = told().let { Lines() }
