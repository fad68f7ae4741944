package cn.billpay.scenarios

import cn.billpay.Account
import cn.billpay.Activation
import cn.billpay.ActivationProblem
import cn.billpay.Answer
import cn.billpay.Beyond
import cn.billpay.Bill
import cn.billpay.BillStatus
import cn.billpay.BindingEcho
import cn.billpay.ChainBreak
import cn.billpay.Document
import cn.billpay.Event
import cn.billpay.Figures
import cn.billpay.Method
import cn.billpay.Money
import cn.billpay.Owed
import cn.billpay.Payment
import cn.billpay.PaymentState
import cn.billpay.Problem
import cn.billpay.Profile
import cn.billpay.Proof
import cn.billpay.Quote
import cn.billpay.ReceiptPage
import cn.billpay.Refreshed
import cn.billpay.Reminder
import cn.billpay.ReminderPlan
import cn.billpay.Several
import cn.billpay.Statistics
import cn.billpay.StillDue

// What each result shows: the keys are documented in tests/scenarios/README.md, for all languages.

private val Enum<*>.shown: String get() = name.lowercase()

internal fun show(problem: Problem): Lines = Lines()
    .with("error", problem.why.code)
    .time("error.retry_at", problem.why.retryAt)
    .with("error.attempts_left", (problem as? ActivationProblem.CodeWrong)?.attemptsLeft)

internal fun show(activation: Activation): Lines = Lines()
    .id("activation", "activation", activation.id)
    .with("stage", activation.stage?.shown)
    .with("attempts_left", activation.attemptsLeft)
    .with("number", activation.phoneMasked)
    .time("resend_at", activation.resendAt)
    .time("expires_at", activation.expiresAt)

internal fun show(profile: Profile): Lines = Lines()
    .with("active", profile.active)
    .with("revoked", profile.revoked)
    .with("may_pay", profile.mayPay)
    .with("name", profile.nameMasked)
    .also { lines -> profile.activation?.let { lines.id("activation", "activation", it.id) } }

internal fun show(refreshed: Refreshed): Lines =
    Lines().with("invalid", refreshed.invalid).with("unverifiable", refreshed.unverifiable)

internal fun show(echo: BindingEcho): Lines = Lines()
    .with("biller", echo.biller.value)
    .with("payee", echo.payee)
    .with("number", echo.customerNumberMasked)
    .with("holder", echo.holderMasked)
    .with("address", echo.addressMasked)

internal fun show(account: Account): Lines = Lines()
    .id("account", "account", account.id.value)
    .with("biller", account.biller.value)
    .with("number", account.customerNumberMasked)
    .with("alias", account.alias)
    .with("state", account.state.shown)

internal fun show(bill: Bill): Lines {
    val lines = Lines()
        .with("biller", bill.biller.value)
        .with("bill", bill.billNumber.value)
        .with("version", bill.version)
        .with("number", bill.customerNumberMasked)
        .with("alias", bill.alias)
        .with("amount", bill.amount)
        .date("due", bill.dueDate)
        .with("kind", bill.kind.shown)
    return when (val status = bill.status) {
        BillStatus.Open -> lines.with("status", "open")
        is BillStatus.Checking -> lines.with("status", "checking").id("payment", "payment", status.payment.value)
        BillStatus.PaidElsewhere -> lines.with("status", "paid_elsewhere")
        BillStatus.Paid -> lines.with("status", "paid")
        BillStatus.Cancelled -> lines.with("status", "cancelled")
        BillStatus.Unknown -> lines.with("status", "unknown")
    }
}

internal fun show(quote: Quote): Lines = Lines()
    .id("quote", "quote", quote.id.value)
    .with("payee", quote.payee)
    .with("number", quote.customerNumberMasked)
    .with("bill", quote.billNumber.value)
    .with("amount", quote.amount)
    .with("fee", quote.fee)
    .with("total", quote.total)
    .with("method", quote.methodLabel)
    .with("balance", quote.balance)
    .with("valid_until", "time")

internal fun <T> show(answer: Answer<T, Problem>, value: (T) -> Lines): Lines = when (answer) {
    is Answer.Success -> value(answer.value)
    is Answer.Failure -> show(answer.problem)
}

internal fun show(several: Several): Lines = Lines()
    .list("quotes", several.quotes.map { show(it, ::show) })
    .list("totals", several.totals.map(::total))
    .list("beyond", several.beyond.map(::show))

private fun total(total: Money): Lines = Lines().with("total", total)

private fun show(beyond: Beyond): Lines = when (beyond) {
    is Beyond.Balance ->
        Lines().with("kind", "balance").with("method", beyond.methodLabel).with("left", beyond.balance).with("asked", beyond.asked)
    is Beyond.Day -> Lines().with("kind", "day").with("left", beyond.left).with("asked", beyond.asked)
}

internal fun show(methods: List<Method>): Lines = Lines().list(
    "methods",
    methods.map {
        Lines()
            .id("method", "method", it.id.value)
            .with("kind", it.kind.shown)
            .with("label", it.label)
            .with("last4", it.last4)
            .with("preferred", it.preferred)
            .with("usable", it.usable)
    },
)

internal fun show(payment: Payment): Lines {
    val (state, reason) = when (val state = payment.state) {
        is PaymentState.Checking -> "checking" to null
        PaymentState.Settled -> "settled" to null
        is PaymentState.Refused -> "refused" to state.reason
        is PaymentState.Reversed -> "reversed" to state.reason
        PaymentState.Cancelled -> "cancelled" to null
    }
    return Lines()
        .id("payment", "payment", payment.id.value)
        .with("state", state)
        .with("reason", reason)
        .with("biller", payment.biller.value)
        .with("payee", payment.payee)
        .with("bill", payment.billNumber.value)
        .with("amount", payment.amount)
        .with("fee", payment.fee)
        .with("total", payment.total)
}

internal fun show(document: Document): Lines {
    val proof = when (document.proof) {
        Proof.Verified -> "verified"
        is Proof.Unverifiable -> "unverifiable"
        Proof.Invalid -> "invalid"
    }
    val lines = Lines()
        .id("receipt", "receipt", document.id.value)
        .id("payment", "payment", document.payment.value)
        .with("kind", document.kind.shown)
        .with("sequence", document.sequence)
        .with("proof", proof)
        .with("reason", document.reason)
    val body = document.receipt ?: return lines
    return lines
        .with("payer", body.payerMasked)
        .with("biller", body.biller.value)
        .with("payee", body.payee)
        .with("number", body.customerNumberMasked)
        .with("bill", body.billNumber.value)
        .with("amount", body.amount)
        .with("fee", body.fee)
        .with("total", body.total)
        .with("paid_at", "time")
        .with("zone", body.zone)
        .with("channel", body.channel)
        .id("bank_serial", "serial", body.bankSerial)
        .id("biller_reference", "reference", body.billerReference)
        .with("method", "${body.methodKind} ${body.methodLast4}")
}

internal fun show(page: ReceiptPage): Lines =
    Lines().list("receipts", page.documents.map(::show)).with("more", page.next != null)

private fun Lines.figures(of: Figures): Lines =
    with("receipts", of.receipts).with("total", of.total).with("fee", of.fee).with("returned", of.returned)

internal fun show(found: Statistics): Lines = Lines()
    .list(
        "months",
        found.months.map { month ->
            val billers = month.billers.map { Lines().with("biller", it.biller?.value).with("payee", it.payee).figures(it.figures) }
            Lines().id("month", "date", "${month.month}").with("currency", month.currency).figures(month.sum).list("billers", billers)
        },
    )
    .with("waiting", found.waiting)
    .with("unverified", found.unverified)
    .with("damaged", found.damaged)

internal fun show(owed: Owed): Lines = Lines()
    .list("totals", owed.totals.map(::total))
    .with("bills", owed.bills)
    .list(
        "doubts",
        owed.doubts.map { doubt ->
            Lines().with("biller", doubt.biller.value).with("bill", doubt.billNumber.value).with("amount", doubt.amount)
                .also { lines -> doubt.payment?.let { lines.id("payment", "payment", it.value) } }
        },
    )
    .with("unknown", owed.unknown)
    .with("damaged", owed.damaged)
    .date("first_due", owed.firstDue)

internal fun show(found: ChainBreak): Lines = when (found) {
    is ChainBreak.Missing -> Lines().with("kind", "missing").with("from", found.from).with("to", found.to)
    is ChainBreak.Fork -> Lines().with("kind", "fork").with("sequence", found.sequence)
    is ChainBreak.Unlinked -> Lines().with("kind", "unlinked").with("sequence", found.sequence)
    is ChainBreak.Epoch -> Lines().with("kind", "epoch")
}

internal fun show(event: Event?): Lines = when (event) {
    null -> Lines().with("event", "none")
    else -> Lines()
        .id("event", "event", event.id.value)
        .with("kind", event.kind.shown)
        .id("payment", "payment", event.payment.value)
}

internal fun show(plan: ReminderPlan, unarmed: Int): Lines = Lines()
    .with("added", plan.add.size)
    .with("cancelled", plan.cancel.size)
    .with("kept", plan.keep.size)
    .with("unarmed", unarmed)
    .list("reminders", plan.reminders.map(::show))

internal fun show(reminder: Reminder): Lines {
    val stage = stage(reminder.id)
    val lines = Lines().with("stage", stage).with("kind", reminder.kind.shown).with("pay", reminder.pay).with("late", reminder.late)
    return if (stage == "s") lines else lines.with("days", reminder.days).with("title", reminder.title)
}

internal fun show(due: StillDue): Lines = Lines().with("due", due.shown)
