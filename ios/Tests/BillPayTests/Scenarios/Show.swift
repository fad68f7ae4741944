// What each result shows: the keys are documented in tests/scenarios/README.md, for all languages.

import BillPay
import Foundation

/// The name of a state, in lower case with underscores.
private func name(_ state: Any) -> String {
    "\(state)".reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
    }
}

func show(_ error: any BillPayError) -> StepLines {
    let lines = StepLines().with("error", error.why.code).time("error.retry_at", error.why.retryAt)
    guard case .codeWrong(let left, _) = error as? ActivationError else { return lines }
    return lines.with("error.attempts_left", left)
}

func show(_ activation: Activation) -> StepLines {
    StepLines()
        .id("activation", "activation", activation.id)
        .with("stage", activation.stage.map { name($0) })
        .with("attempts_left", activation.attemptsLeft)
        .with("number", activation.phoneMasked)
        .time("resend_at", activation.resendAt)
        .time("expires_at", activation.expiresAt)
}

func show(_ profile: Profile) -> StepLines {
    let lines = StepLines()
        .with("active", profile.active)
        .with("revoked", profile.revoked)
        .with("may_pay", profile.mayPay)
        .with("name", profile.nameMasked)
    return profile.activation.map { lines.id("activation", "activation", $0.id) } ?? lines
}

func show(_ refreshed: Refreshed) -> StepLines {
    StepLines().with("invalid", refreshed.invalid).with("unverifiable", refreshed.unverifiable)
}

func show(_ echo: BindingEcho) -> StepLines {
    StepLines()
        .with("biller", echo.biller)
        .with("payee", echo.payee)
        .with("number", echo.customerNumberMasked)
        .with("holder", echo.holderMasked)
        .with("address", echo.addressMasked)
}

func show(_ account: Account) -> StepLines {
    StepLines()
        .id("account", "account", account.id.rawValue)
        .with("biller", account.biller)
        .with("number", account.customerNumberMasked)
        .with("alias", account.alias)
        .with("state", name(account.state))
}

func show(_ bill: Bill) -> StepLines {
    let lines = StepLines()
        .with("biller", bill.biller)
        .with("bill", bill.billNumber)
        .with("version", bill.version)
        .with("number", bill.customerNumberMasked)
        .with("alias", bill.alias)
        .with("amount", bill.amount)
        .date("due", bill.dueDate)
        .with("kind", name(bill.kind))
    guard case .checking(let payment) = bill.status else { return lines.with("status", name(bill.status)) }
    return lines.with("status", "checking").id("payment", "payment", payment.rawValue)
}

func show(_ quote: Quote) -> StepLines {
    StepLines()
        .id("quote", "quote", quote.id.rawValue)
        .with("payee", quote.payee)
        .with("number", quote.customerNumberMasked)
        .with("bill", quote.billNumber)
        .with("amount", quote.amount)
        .with("fee", quote.fee)
        .with("total", quote.total)
        .with("method", quote.methodLabel)
        .with("balance", quote.balance)
        .with("valid_until", "time")
}

func show<T, E: BillPayError>(_ result: Result<T, E>, _ value: (T) -> StepLines) -> StepLines {
    switch result {
    case .success(let found): value(found)
    case .failure(let error): show(error)
    }
}

func show(_ several: Several) -> StepLines {
    StepLines()
        .list("quotes", several.quotes.map { show($0) { show($0) } })
        .list("totals", several.totals.map { total($0) })
        .list("beyond", several.beyond.map { show($0) })
}

private func total(_ total: Money) -> StepLines { StepLines().with("total", total) }

private func show(_ beyond: Beyond) -> StepLines {
    switch beyond {
    case .balance(let method, let left, let asked, _):
        StepLines().with("kind", "balance").with("method", method).with("left", left).with("asked", asked)
    case .day(let left, let asked, _): StepLines().with("kind", "day").with("left", left).with("asked", asked)
    }
}

func show(_ methods: [BillPay.Method]) -> StepLines {
    StepLines().list(
        "methods",
        methods.map {
            StepLines()
                .id("method", "method", $0.id.rawValue)
                .with("kind", name($0.kind))
                .with("label", $0.label)
                .with("last4", $0.last4)
                .with("preferred", $0.preferred)
                .with("usable", $0.usable)
        })
}

func show(_ payment: Payment) -> StepLines {
    let (state, reason): (String, String?) =
        switch payment.state {
        case .checking: ("checking", nil)
        case .settled: ("settled", nil)
        case .refused(let reason): ("refused", reason)
        case .reversed(let reason): ("reversed", reason)
        case .cancelled: ("cancelled", nil)
        }
    return StepLines()
        .id("payment", "payment", payment.id.rawValue)
        .with("state", state)
        .with("reason", reason)
        .with("biller", payment.biller)
        .with("payee", payment.payee)
        .with("bill", payment.billNumber)
        .with("amount", payment.amount)
        .with("fee", payment.fee)
        .with("total", payment.total)
}

func show(_ document: Document) -> StepLines {
    let proof =
        switch document.proof {
        case .verified: "verified"
        case .unverifiable: "unverifiable"
        case .invalid: "invalid"
        }
    let lines = StepLines()
        .id("receipt", "receipt", document.id.rawValue)
        .id("payment", "payment", document.payment.rawValue)
        .with("kind", name(document.kind))
        .with("sequence", document.sequence)
        .with("proof", proof)
        .with("reason", document.reason)
    guard let body = document.receipt else { return lines }
    return
        lines
        .with("payer", body.payerMasked)
        .with("biller", body.biller)
        .with("payee", body.payee)
        .with("number", body.customerNumberMasked)
        .with("bill", body.billNumber)
        .with("amount", body.amount)
        .with("fee", body.fee)
        .with("total", body.total)
        .with("paid_at", "time")
        .with("zone", body.zone)
        .with("channel", body.channel)
        .id("bank_serial", "serial", body.bankSerial)
        .id("biller_reference", "reference", body.billerReference)
        .with("method", "\(body.methodKind) \(body.methodLast4)")
}

func show(_ page: ReceiptPage) -> StepLines {
    StepLines().list("receipts", page.documents.map { show($0) }).with("more", page.next != nil)
}

extension StepLines {
    fileprivate func figures(_ of: Figures) -> StepLines {
        with("receipts", of.receipts).with("total", of.total).with("fee", of.fee).with("returned", of.returned)
    }
}

func show(_ found: Statistics) -> StepLines {
    let months = found.months.map { month in
        let billers = month.billers.map {
            StepLines().with("biller", $0.biller).with("payee", $0.payee).figures($0.figures)
        }
        return StepLines()
            .id("month", "date", "\(month.month.year ?? 0)-\(month.month.month ?? 0)")
            .with("currency", month.currency)
            .figures(month.sum)
            .list("billers", billers)
    }
    return StepLines()
        .list("months", months)
        .with("waiting", found.waiting)
        .with("unverified", found.unverified)
        .with("damaged", found.damaged)
}

func show(_ owed: Owed) -> StepLines {
    let doubts = owed.doubts.map { doubt in
        let lines = StepLines().with("biller", doubt.biller).with("bill", doubt.billNumber).with("amount", doubt.amount)
        return doubt.payment.map { lines.id("payment", "payment", $0.rawValue) } ?? lines
    }
    return StepLines()
        .list("totals", owed.totals.map { total($0) })
        .with("bills", owed.bills)
        .list("doubts", doubts)
        .with("unknown", owed.unknown)
        .with("damaged", owed.damaged)
        .date("first_due", owed.firstDue)
}

func show(_ found: ChainBreak) -> StepLines {
    switch found {
    case .missing(_, let from, let to, _): StepLines().with("kind", "missing").with("from", from).with("to", to)
    case .fork(_, let sequence): StepLines().with("kind", "fork").with("sequence", sequence)
    case .unlinked(_, let sequence): StepLines().with("kind", "unlinked").with("sequence", sequence)
    case .epoch: StepLines().with("kind", "epoch")
    }
}

func show(_ event: Event?) -> StepLines {
    guard let event else { return StepLines().with("event", "none") }
    return StepLines()
        .id("event", "event", event.id.rawValue)
        .with("kind", name(event.kind))
        .id("payment", "payment", event.payment.rawValue)
}

func show(_ plan: ReminderPlan, unarmed: Int) -> StepLines {
    StepLines()
        .with("added", plan.add.count)
        .with("cancelled", plan.cancel.count)
        .with("kept", plan.keep.count)
        .with("unarmed", unarmed)
        .list("reminders", plan.reminders.map { show($0) })
}

func show(_ reminder: Reminder) -> StepLines {
    let stage = stage(reminder.id)
    let lines = StepLines()
        .with("stage", stage)
        .with("kind", name(reminder.kind))
        .with("pay", reminder.pay)
        .with("late", reminder.late)
    return stage == "s" ? lines : lines.with("days", reminder.days).with("title", reminder.title)
}

func show(_ due: StillDue) -> StepLines { StepLines().with("due", name(due)) }
