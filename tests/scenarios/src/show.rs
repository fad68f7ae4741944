//! What each result shows: the keys are documented in README.md, for all languages.

use billpay_core::{
    Activation, Beyond, BillStatus, BillView, BindingEcho, Payment, PaymentState, Profile, Proof, QuoteView,
    ReceiptPage, ReceiptView, Refreshed, Reminders, Several, Statistics,
    activation::Stage,
    bills::{Doubt, Owed},
    events::{Event, EventKind},
    model::{Account, BillKind, Language, Method, MethodKind, MethodState, Money},
    receipts::{Break, Figures, Month},
    reminders::{Kind, Reminder, StillDue},
    text::Explain,
};
use jiff::tz::TimeZone;

use crate::{alarms::stage, trace::Lines};

/// A typed error: its stable code, and the moment or the count that it carries.
pub fn error(error: &impl Explain) -> Lines {
    let told = error.explain(Language::En, &TimeZone::UTC);
    Lines::new().with("error", told.code).time("error.retry_at", told.retry_at)
}

/// An activation under way.
pub fn activation(activation: &Activation) -> Lines {
    let stage = activation.stage.map(|stage| match stage {
        Stage::Waiting => "waiting",
        Stage::Locked => "locked",
        Stage::Expired => "expired",
        Stage::Used => "used",
        Stage::Other => "other",
    });
    Lines::new()
        .id("activation", "activation", &activation.id)
        .with_some("stage", stage)
        .with_some("attempts_left", activation.attempts_left)
        .with_some("number", activation.phone_masked.as_deref())
        .time("resend_at", activation.resend_at)
        .time("expires_at", activation.expires_at)
}

/// Who the phone acts for.
pub fn profile(profile: &Profile) -> Lines {
    let lines = Lines::new()
        .with("active", profile.active)
        .with("revoked", profile.revoked)
        .with("may_pay", profile.may_pay)
        .with_some("name", profile.name_masked.as_deref());
    match &profile.activation {
        Some(under_way) => lines.id("activation", "activation", &under_way.id),
        None => lines,
    }
}

/// What a refresh brought: only whether anything was wrong with it, for how much it repeats is the
/// bank's affair.
pub fn refreshed(refreshed: Refreshed) -> Lines {
    Lines::new().with("invalid", refreshed.invalid).with("unverifiable", refreshed.unverifiable)
}

/// What the person compares.
pub fn echo(echo: &BindingEcho) -> Lines {
    Lines::new()
        .with("biller", &echo.biller)
        .with("payee", &echo.payee)
        .with("number", echo.customer_number.masked())
        .with("holder", &echo.holder_masked)
        .with("address", &echo.address_masked)
}

/// A binding.
pub fn account(account: &Account) -> Lines {
    Lines::new()
        .id("account", "account", &account.id)
        .with("biller", &account.biller)
        .with("number", account.customer_number.masked())
        .with("alias", &account.alias)
        .with("state", account.state.as_str())
}

/// A bill.
pub fn bill(bill: &BillView) -> Lines {
    let lines = Lines::new()
        .with("biller", &bill.biller)
        .with("bill", &bill.bill_number)
        .with("version", bill.version)
        .with("number", &bill.customer_number_masked)
        .with("alias", &bill.alias)
        .with("amount", bill.amount)
        .date("due", bill.due_date);
    let kind = match bill.kind {
        BillKind::Bill => "bill",
        BillKind::TopUp => "top_up",
        BillKind::Unknown => "unknown",
    };
    let lines = lines.with("kind", kind);
    match &bill.status {
        BillStatus::Open => lines.with("status", "open"),
        BillStatus::Checking { payment } => lines.with("status", "checking").id("payment", "payment", payment),
        BillStatus::PaidElsewhere => lines.with("status", "paid_elsewhere"),
        BillStatus::Paid => lines.with("status", "paid"),
        BillStatus::Cancelled => lines.with("status", "cancelled"),
        BillStatus::Unknown => lines.with("status", "unknown"),
    }
}

/// A quote.
pub fn quote(quote: &QuoteView) -> Lines {
    Lines::new()
        .id("quote", "quote", &quote.id)
        .with("payee", &quote.payee)
        .with("number", &quote.customer_number_masked)
        .with("bill", &quote.bill_number)
        .with("amount", quote.amount)
        .with("fee", quote.fee)
        .with("total", quote.total)
        .with("method", &quote.method_label)
        .with_some("balance", quote.balance)
        // Two quotes of one second may run out together: whether they do is the machine's affair.
        .with("valid_until", "time")
}

/// Several bills that are confirmed as one list.
pub fn several(several: &Several) -> Lines {
    let quoted = |of: &Result<QuoteView, _>| of.as_ref().map_or_else(error, quote);
    let beyond = |of: &Beyond| match of {
        Beyond::Balance { method_label, balance, asked } => {
            Lines::new().with("kind", "balance").with("method", method_label).with("left", balance).with("asked", asked)
        }
        Beyond::Day { left, asked } => Lines::new().with("kind", "day").with("left", left).with("asked", asked),
    };
    Lines::new()
        .list("quotes", several.quotes.iter().map(quoted).collect())
        .list("totals", several.totals.iter().map(total).collect())
        .list("beyond", several.beyond.iter().map(beyond).collect())
}

fn total(total: &Money) -> Lines {
    Lines::new().with("total", total)
}

/// What there is to pay with.
pub fn methods(methods: &[Method]) -> Lines {
    let method = |of: &Method| {
        let kind = match of.kind {
            MethodKind::Account => "account",
            MethodKind::Card => "card",
            MethodKind::Wallet => "wallet",
            MethodKind::Unknown => "unknown",
        };
        Lines::new()
            .id("method", "method", &of.id)
            .with("kind", kind)
            .with("label", &of.label)
            .with("last4", &of.last4)
            .with("preferred", of.default)
            .with("usable", of.state == MethodState::Active)
    };
    Lines::new().list("methods", methods.iter().map(method).collect())
}

/// A payment.
pub fn payment(payment: &Payment) -> Lines {
    let (state, reason) = match &payment.state {
        PaymentState::Checking { .. } => ("checking", None),
        PaymentState::Settled => ("settled", None),
        PaymentState::Refused { reason } => ("refused", Some(reason)),
        PaymentState::Reversed { reason } => ("reversed", Some(reason)),
        PaymentState::Cancelled => ("cancelled", None),
    };
    Lines::new()
        .id("payment", "payment", &payment.id)
        .with("state", state)
        .with_some("reason", reason)
        .with("biller", &payment.biller)
        .with("payee", &payment.payee)
        .with("bill", &payment.bill_number)
        .with("amount", payment.amount)
        .with("fee", payment.fee)
        .with("total", payment.total)
}

/// A document of the bank.
pub fn receipt(view: &ReceiptView) -> Lines {
    let proof = match view.proof {
        Proof::Verified => "verified",
        Proof::Unverifiable { .. } => "unverifiable",
        Proof::Invalid => "invalid",
    };
    let lines = Lines::new()
        .id("receipt", "receipt", &view.id)
        .id("payment", "payment", &view.payment)
        .with("kind", &view.kind)
        .with("sequence", view.sequence)
        .with("proof", proof)
        .with_some("reason", view.reason.as_deref());
    let Some(body) = &view.receipt else { return lines };
    lines
        .with("payer", &body.payer_masked)
        .with("biller", &body.biller)
        .with("payee", &body.payee)
        .with("number", &body.customer_number_masked)
        .with("bill", &body.bill_number)
        .with("amount", body.amount)
        .with("fee", body.fee)
        .with("total", body.total)
        .with("paid_at", "time")
        .with("zone", &body.zone)
        .with("channel", &body.channel)
        .id("bank_serial", "serial", &body.bank_serial)
        .id("biller_reference", "reference", &body.biller_reference)
        .with("method", format!("{} {}", body.method.kind, body.method.last4))
}

/// A page of documents, or what a search has found.
pub fn receipt_page(page: &ReceiptPage) -> Lines {
    Lines::new().list("receipts", page.receipts.iter().map(receipt).collect()).with("more", page.next.is_some())
}

/// What was paid, by month and biller.
pub fn statistics(found: &Statistics) -> Lines {
    let figures = |lines: Lines, of: &Figures| {
        lines
            .with("receipts", of.receipts)
            .with_some("total", of.total)
            .with_some("fee", of.fee)
            .with_some("returned", of.returned)
    };
    let month = |of: &Month| {
        let billers = of
            .billers
            .iter()
            .map(|of| figures(Lines::new().with("biller", &of.biller).with("payee", &of.payee), &of.figures));
        let lines = Lines::new().id("month", "date", &format!("{}-{}", of.year, of.month));
        figures(lines.with("currency", of.currency), &of.sum).list("billers", billers.collect())
    };
    Lines::new()
        .list("months", found.months.iter().map(month).collect())
        .with("waiting", found.waiting)
        .with("unverified", found.unverified)
        .with("damaged", found.damaged)
}

/// What is owed.
pub fn owed(owed: &Owed) -> Lines {
    let doubt = |of: &Doubt| {
        let lines = Lines::new().with("biller", &of.biller).with("bill", &of.bill_number).with("amount", of.amount);
        match &of.payment {
            Some(payment) => lines.id("payment", "payment", payment),
            None => lines,
        }
    };
    Lines::new()
        .list("totals", owed.totals.iter().map(total).collect())
        .with("bills", owed.bills)
        .list("doubts", owed.doubts.iter().map(doubt).collect())
        .with("unknown", owed.unknown)
        .with("damaged", owed.damaged)
        .date("first_due", owed.first_due)
}

/// Where the chain does not hold.
pub fn chain_break(found: &Break) -> Lines {
    match found {
        Break::Missing { from, to, .. } => Lines::new().with("kind", "missing").with("from", from).with("to", to),
        Break::Fork { sequence, .. } => Lines::new().with("kind", "fork").with("sequence", sequence),
        Break::Unlinked { sequence, .. } => Lines::new().with("kind", "unlinked").with("sequence", sequence),
        Break::Epoch { .. } => Lines::new().with("kind", "epoch"),
    }
}

/// What the shell hears.
pub fn event(event: Option<&Event>) -> Lines {
    let Some(event) = event else { return Lines::new().with("event", "none") };
    let kind = match event.kind {
        EventKind::Settled => "settled",
        EventKind::Refused => "refused",
        EventKind::Reversed => "reversed",
        EventKind::Cancelled => "cancelled",
        EventKind::Repaid => "repaid",
    };
    Lines::new().id("event", "event", &event.id).with("kind", kind).id("payment", "payment", event.payment())
}

/// What the phone is to say, and what was changed for it.
pub fn reminders(planned: &Reminders, unarmed: usize) -> Lines {
    let changes = &planned.changes;
    Lines::new()
        .with("added", changes.add.len())
        .with("cancelled", changes.cancel.len())
        .with("kept", changes.keep.len())
        .with("unarmed", unarmed)
        .list("reminders", planned.reminders.iter().map(reminder).collect())
}

fn reminder(reminder: &Reminder) -> Lines {
    let kind = match reminder.kind {
        Kind::Due => "due",
        Kind::Overdue => "overdue",
        Kind::Checking => "checking",
        Kind::Tail => "open_the_app",
    };
    let stage = stage(&reminder.id);
    let lines =
        Lines::new().with("stage", stage).with("kind", kind).with("pay", reminder.pay).with("late", reminder.late);
    // On which day one comes that was put off, and with how many left, depends on the hour.
    if stage == "s" { lines } else { lines.with("days", reminder.days).with("title", &reminder.title) }
}

/// What a reminder that goes off is told.
pub fn still_due(due: StillDue) -> Lines {
    let due = match due {
        StillDue::Yes => "yes",
        StillDue::Checking => "checking",
        StillDue::No => "no",
        StillDue::Unknown => "unknown",
    };
    Lines::new().with("due", due)
}
