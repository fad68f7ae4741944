//! The core's views, as lines for people and as JSON for scripts. No full customer number in either.

use std::collections::BTreeMap;

use billpay_core::{
    BillStatus, BillView, Client, FirstPayment, Payment, PaymentState, Proof, QuoteView, ReceiptView,
    model::{Account, Limits, Money},
    text::{DocumentText, document_of},
};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    paint::{Align, pad, width},
    shell::Shell,
};

pub(crate) fn money(money: Money) -> Value {
    json!({ "minor": money.minor(), "currency": money.currency().code() })
}

pub(crate) fn state(state: &PaymentState) -> &'static str {
    match state {
        PaymentState::Checking { .. } => "checking",
        PaymentState::Settled => "settled",
        PaymentState::Refused { .. } => "refused",
        PaymentState::Reversed { .. } => "reversed",
        PaymentState::Cancelled => "cancelled",
    }
}

pub(crate) fn payment(payment: &Payment) -> Value {
    let (held_until, reason) = match &payment.state {
        PaymentState::Checking { held_until } => (*held_until, None),
        PaymentState::Refused { reason } | PaymentState::Reversed { reason } => (None, Some(reason)),
        PaymentState::Settled | PaymentState::Cancelled => (None, None),
    };
    json!({
        "payment_id": payment.id, "state": state(&payment.state), "reason": reason, "held_until": held_until,
        "biller": payment.biller, "payee": payment.payee, "bill_number": payment.bill_number,
        "amount": money(payment.amount), "fee": money(payment.fee), "total": money(payment.total), "repaid": payment.repaid.map(money),
        "created": payment.created, "valid_until": payment.valid_until,
    })
}

pub(crate) fn bill(bill: &BillView) -> Value {
    let (status, payment) = match &bill.status {
        BillStatus::Open => ("open", None),
        BillStatus::Checking { payment } => ("checking", Some(payment)),
        BillStatus::PaidElsewhere => ("paid_elsewhere", None),
        BillStatus::Paid => ("paid", None),
        BillStatus::Cancelled => ("cancelled", None),
        BillStatus::Unknown => ("unknown", None),
    };
    json!({
        "account": bill.account, "alias": bill.alias, "biller": bill.biller, "biller_name": bill.biller_name,
        "customer_number_masked": bill.customer_number_masked, "bill_number": bill.bill_number,
        "version": bill.version, "status": status, "payment_id": payment, "amount": money(bill.amount),
        "minimum": money(bill.minimum), "maximum": money(bill.maximum), "period": bill.period,
        "due_date": bill.due_date, "late_fee": bill.late_fee.map(money), "as_of": bill.as_of,
    })
}

pub(crate) fn quote(quote: &QuoteView) -> Value {
    json!({
        "payee": quote.payee, "customer_number_masked": quote.customer_number_masked,
        "bill_number": quote.bill_number, "amount": money(quote.amount), "fee": money(quote.fee),
        "total": money(quote.total), "method": quote.method_label, "method_id": quote.method, "valid_until": quote.valid_until,
        "balance": quote.balance.map(money), "as_of": quote.as_of, "step_up": quote.step_up,
        "limits": limits(&quote.limits),
        "first_payment": quote.first_payment.as_ref().map(|first| json!({
            "account": first.account, "echo_digest": first.echo_digest,
            "holder_masked": first.holder_masked, "address_masked": first.address_masked,
        })),
    })
}

pub(crate) fn limits(limits: &Limits) -> Value {
    json!({
        "per_payment": money(limits.per_payment), "per_day": money(limits.per_day),
        "used_today": money(limits.used_today), "step_up_from": money(limits.step_up_from),
        "payments_stopped": limits.stop_payments(),
        "ceiling": limits.ceiling.map(|most| json!({
            "per_payment": money(most.per_payment), "per_day": money(most.per_day),
            "step_up_from": money(most.step_up_from),
        })),
    })
}

pub(crate) fn account(account: &Account) -> Value {
    json!({
        "account": account.id, "biller": account.biller, "alias": account.alias,
        "customer_number_masked": account.customer_number.masked(),
        "holder_masked": account.holder_masked, "address_masked": account.address_masked,
    })
}

pub(crate) fn proof(proof: &Proof) -> &'static str {
    match proof {
        Proof::Verified => "verified",
        Proof::Unverifiable { .. } => "unverifiable",
        Proof::Invalid => "invalid",
    }
}

pub(crate) fn receipt(receipt: &ReceiptView) -> Value {
    json!({
        "id": receipt.id, "payment_id": receipt.payment, "kind": receipt.kind, "sequence": receipt.sequence,
        "issued": receipt.issued, "proof": proof(&receipt.proof), "reason": receipt.reason,
        "returned": receipt.returned.map(money), "repayment": receipt.repayment,
        "receipt": receipt.receipt, "illegible": receipt.illegible, "compact": receipt.compact,
    })
}

/// A payment's state in its colour.
pub(crate) fn coloured(shell: &Shell, state: &PaymentState, cell: &str) -> String {
    match state {
        PaymentState::Settled => shell.paint.good(cell),
        PaymentState::Checking { .. } => shell.paint.doubt(cell),
        PaymentState::Refused { .. } | PaymentState::Reversed { .. } | PaymentState::Cancelled => cell.to_owned(),
    }
}

/// Exactly what will be signed, as a block: labels left, amounts under each other on the right.
pub(crate) fn what_is_signed(shell: &Shell, quote: &QuoteView) -> Vec<String> {
    let amounts = [
        (shell.say("缴费金额", "amount"), quote.amount),
        (shell.say("手续费", "fee"), quote.fee),
        (shell.say("合计", "total"), quote.total),
    ];
    let figures: Vec<String> = amounts.iter().map(|(_, amount)| shell.money(*amount)).collect();
    let widest = figures.iter().map(|figure| width(figure)).max().unwrap_or(0);
    let mut pairs = vec![
        (shell.say("收款方", "payee"), quote.payee.clone()),
        (shell.say("户号", "customer"), quote.customer_number_masked.clone()),
        (shell.say("账单号", "bill"), quote.bill_number.clone()),
        (shell.say("支付方式", "from"), quote.method_label.clone()),
    ];
    let total = amounts.len() - 1;
    for (at, ((label, _), figure)) in amounts.iter().zip(&figures).enumerate() {
        let figure = pad(figure, widest, Align::Right);
        pairs.push((label, if at == total { shell.paint.bold(&figure) } else { figure }));
    }
    pairs.push((shell.say("有效至", "good until"), shell.moment(quote.valid_until)));
    self::pairs(shell, &pairs)
}

/// Billers by the names that the person knows from the catalogue. What is signed names each of them as the bank
/// does, in one language.
pub(crate) struct Names(BTreeMap<String, String>);

/// The names in the person's language.
pub(crate) async fn names(shell: &Shell, client: &Client) -> Result<Names, Failure> {
    let billers = client.biller_catalog(shell.language).await.map_err(shell.failure())?;
    Ok(Names(billers.into_iter().map(|biller| (biller.id, biller.name)).collect()))
}

impl Names {
    /// Of a biller, by its id.
    pub(crate) fn of(&self, biller: &str) -> Option<&str> {
        self.0.get(biller).map(String::as_str)
    }

    /// The name, where it is another one than is signed.
    fn other(&self, quote: &QuoteView) -> Option<&str> {
        self.0.get(&quote.biller).map(String::as_str).filter(|name| *name != quote.payee)
    }

    /// The payee as signed, and the name that the person knows.
    pub(crate) fn beside(&self, shell: &Shell, quote: &QuoteView) -> String {
        match self.other(quote) {
            Some(name) => format!("{}{}", quote.payee, shell.aside(name)),
            None => quote.payee.clone(),
        }
    }
}

/// What the bank says beside it: who the payee is in the person's language, what there is to pay with, what may still be paid today, and
/// whether a code is asked for. Not signed, and as old as it says.
pub(crate) fn beside(shell: &Shell, quote: &QuoteView, names: &Names) -> Vec<String> {
    let limits = &quote.limits;
    let mut pairs = Vec::new();
    if let Some(name) = names.other(quote) {
        pairs.push((shell.say("收费单位", "biller"), name.to_owned()));
    }
    if let Some(balance) = quote.balance {
        let at = shell.moment(quote.as_of);
        pairs.push((shell.say("可用余额", "balance"), format!("{}{}", shell.money(balance), shell.aside(&at))));
    }
    pairs.push((shell.say("单笔限额", "per payment"), shell.money(limits.per_payment)));
    let used = format!("{} {}", shell.say("已用", "used"), shell.money(limits.used_today));
    pairs.push((shell.say("当日限额", "per day"), format!("{}{}", shell.money(limits.per_day), shell.aside(&used))));
    if quote.step_up {
        pairs.push((shell.say("确认", "to confirm"), shell.say("需要短信验证码", "a code by message").to_owned()));
    }
    self::pairs(shell, &pairs)
}

/// Whose number it is that is paid to.
pub(crate) fn whose(shell: &Shell, quote: &QuoteView, first: &FirstPayment) -> Vec<String> {
    let strong = |text: &str| shell.paint.bold(text);
    self::pairs(
        shell,
        &[
            (shell.say("户号", "customer"), quote.customer_number_masked.clone()),
            (shell.say("户主", "holder"), strong(&first.holder_masked)),
            (shell.say("地址", "address"), strong(&first.address_masked)),
        ],
    )
}

/// Labels and values, the values under each other.
pub(crate) fn pairs(shell: &Shell, pairs: &[(&str, String)]) -> Vec<String> {
    let widest = pairs.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
    let line =
        |(label, value): &(&str, String)| format!("{}  {value}", shell.paint.dim(&pad(label, widest, Align::Left)));
    pairs.iter().map(line).collect()
}

/// A document in full, with what its payment was of.
pub(crate) fn receipt_in_full(shell: &Shell, view: &ReceiptView, payment: Option<&Payment>) -> Vec<String> {
    named(shell, &fields(shell, document_of(view, payment, shell.language)))
}

/// Fields by their names in the person's language.
pub(crate) fn fields(shell: &Shell, fields: Vec<(DocumentText, String)>) -> Vec<(String, String)> {
    fields.into_iter().map(|(name, value)| (shell.text(name), value)).collect()
}

/// Names and values, the values under each other.
pub(crate) fn named(shell: &Shell, pairs: &[(String, String)]) -> Vec<String> {
    let pairs: Vec<(&str, String)> = pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    self::pairs(shell, &pairs)
}
