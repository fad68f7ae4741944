//! What speaks against taking an order, in the order in which it is looked at. Each is a signed
//! refusal, recorded before it is answered (rule 1).

use super::signed::Signed;
use crate::{
    api::{
        step_ups::{self, PAYMENT, Worth},
        wire::Quote,
    },
    ledger::{LedgerError, Tx, customers::Customer},
    moment, plant,
};

/// Why an order is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// As in the signed refusal.
    pub(crate) reason: &'static str,
    /// The payment that settled the bill.
    pub(crate) settled_by: Option<String>,
}

impl From<&'static str> for Obstacle {
    fn from(reason: &'static str) -> Self {
        Self { reason, settled_by: None }
    }
}

/// The first obstacle, if there is one. `secret` is the one that codes are hashed with.
pub(crate) fn first(secret: &[u8; 32], tx: &Tx<'_>, signed: &Signed) -> Result<Option<Obstacle>, LedgerError> {
    let order = &signed.envelope.order;
    if tx.sequence_used(&order.device, order.journal_sequence, &order.payment_id)? && !plant::is("sequence-reuse-taken")
    {
        return Ok(Some("journal-rolled-back".into()));
    }
    let Some((quote, account)) = tx.quote(&order.customer, &order.quote)? else {
        return Ok(Some("quote-unknown".into()));
    };
    if !same(signed, &quote) && !plant::is("link-unchecked") {
        return Ok(Some("link-mismatch".into()));
    }
    let acknowledged = tx.account(&order.customer, &account)?.is_some_and(|account| {
        // Row 12: what the person compared is what the bank has now.
        account.bound && account.echo_digest == order.echo_digest
    });
    if !acknowledged {
        return Ok(Some("echo-not-acknowledged".into()));
    }
    let Some(customer) = tx.customer(&order.customer)?.filter(|customer| customer.may_pay) else {
        return Ok(Some("payment-not-enabled".into()));
    };
    if let Some(reason) = purse(secret, tx, signed, &customer)? {
        return Ok(Some(reason.into()));
    }
    payable(tx, signed)
}

/// Row 24: the order repeats its quote to the letter.
fn same(signed: &Signed, quote: &Quote) -> bool {
    let order = &signed.envelope.order;
    let texts = [
        (&order.biller, &quote.biller),
        (&order.payee, &quote.payee),
        (&order.customer_number, &quote.customer_number),
        (&order.bill_number, &quote.bill_number),
        (&order.method, &quote.method),
    ];
    let sums = [(&order.amount, &quote.amount), (&order.fee, &quote.fee), (&order.total, &quote.total)];
    texts.into_iter().all(|(order, quote)| order == quote)
        && sums.into_iter().all(|(order, quote)| order.minor == quote.minor && order.currency == quote.currency)
        && order.bill_version == quote.bill_version
        && moment::parse(&quote.valid_until) == Some(signed.valid_until)
}

/// The method, the limits and the second factor (row 25), the money.
fn purse(
    secret: &[u8; 32],
    tx: &Tx<'_>,
    signed: &Signed,
    customer: &Customer,
) -> Result<Option<&'static str>, LedgerError> {
    let (order, total) = (&signed.envelope.order, signed.envelope.order.total.minor);
    let method = tx.method(&customer.id, &order.method)?.filter(|method| method.state == "active");
    let Some(method) = method else { return Ok(Some("method-unknown")) };
    let used = tx.used_on(&customer.id, moment::bank_day(tx.now))?;
    if total > customer.per_payment || used.saturating_add(total) > customer.per_day {
        return Ok(Some("limit-exceeded"));
    }
    if total >= customer.step_up_from {
        let factor = signed.envelope.step_up.as_deref().unwrap_or_default();
        let (worth, _) = step_ups::worth(secret, tx, &customer.id, (PAYMENT, &signed.digest), factor)?;
        if worth != Worth::Good {
            return Ok(Some("step-up-missing"));
        }
    }
    Ok((method.balance < total && !plant::is("overdraft")).then_some("insufficient-funds"))
}

/// Row 22: the second wall.
fn payable(tx: &Tx<'_>, signed: &Signed) -> Result<Option<Obstacle>, LedgerError> {
    let order = &signed.envelope.order;
    if plant::is("payable-not-unique-at-gateway") {
        return Ok(None);
    }
    if tx.open_on(&order.biller, &order.bill_number, &order.payment_id)? {
        return Ok(Some("payment-in-progress-elsewhere".into()));
    }
    let known = tx.payable(&order.biller, &order.bill_number)?;
    let settled = tx.settled_on(&order.biller, &order.bill_number)?;
    let paid = known.as_ref().is_some_and(|bill| bill.state == "paid" && bill.version >= order.bill_version);
    let newer = known.as_ref().is_some_and(|bill| bill.version > order.bill_version);
    let same = settled.as_ref().is_some_and(|(_, version)| *version >= Some(order.bill_version));
    if paid || (same && !newer) {
        return Ok(Some(Obstacle { reason: "already-settled", settled_by: settled.map(|(by, _)| by) }));
    }
    if newer || same || known.is_some_and(|bill| bill.state == "cancelled") {
        return Ok(Some("stale-version".into()));
    }
    Ok(None)
}
