//! `POST /v1/quotes`: what a payment would be, asked of the biller at this moment. An order repeats
//! it to the letter.

use super::{
    bills::of_biller,
    bindings,
    call::Call,
    problem::Problem,
    reply::{Fault, Reply},
    wire::{AskQuote, Bill, Limits, Money, Quote},
};
use crate::{
    amounts::{self, Verdict},
    ids,
    ledger::{
        LedgerError, Tx,
        accounts::Account,
        customers::{Customer, Method},
        devices::Device,
    },
    limits::Limited,
    moment,
};

/// How long a quote is good, by the bank's clock.
pub(crate) const VALID_MS: i64 = 5 * 60_000;

pub(crate) async fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    call.limited(Limited::Biller)?;
    let (gateway, device) = (call.gateway, call.device()?);
    let ask: AskQuote = call.read()?;
    let (account, _) = gateway.ledger.read(call.now, |tx| who(tx, device, &ask))??;
    let entry = gateway.catalogue.get(&account.biller).ok_or_else(Problem::biller_unknown)?;
    let asked = bindings::ask(gateway, &account.biller, &account.customer_number, Some(&ask.bill_number));
    let fresh = asked.await?;
    let bill = fresh.bills.iter().find(|bill| bill.bill_number == ask.bill_number);
    let bill = of_biller(gateway, &account, bill.ok_or_else(Problem::bill_unknown)?);
    let fee = entry.fee;
    // The biller may have taken seconds: limits, permission, binding and the bank's day are those of now.
    let now = gateway.now();
    let reply = gateway.ledger.write(now, |tx| {
        let (account, customer) = match who(tx, device, &ask)? {
            Ok(known) => known,
            Err(problem) => return Ok(Err(problem)),
        };
        tx.saw_bill(&customer.id, &bill)?;
        let method = tx.method(&customer.id, &ask.method)?;
        let limits = limits(tx, &customer)?;
        if let Some(problem) = refused(tx, &ask, &bill, &limits, method.as_ref(), fee)? {
            return Ok(Err(problem));
        }
        let total = ask.amount.minor + fee;
        // Whole seconds: a moment that every client writes alike.
        let until = (now + VALID_MS).div_euclid(1000) * 1000;
        let quote = Quote {
            quote: ids::token("q_", gateway.ports.rng.as_ref()),
            biller: account.biller.clone(),
            payee: entry.biller.name.zh.clone(),
            customer_number: account.customer_number.clone(),
            bill_number: bill.bill_number.clone(),
            bill_version: bill.version,
            amount: ask.amount.clone(),
            fee: Money::cny(fee),
            total: Money::cny(total),
            method: ask.method.clone(),
            balance: method.filter(|method| method.balance >= 0).map(|method| Money::cny(method.balance)),
            step_up: total >= customer.step_up_from,
            limits,
            valid_until: moment::text(until),
            echo_digest: account.echo_digest.clone(),
        };
        tx.put_quote(&customer.id, &account.id, &quote, until)?;
        let reply = Reply::stored(&quote)?;
        call.keep(tx, &reply)?;
        Ok(Ok(reply))
    })?;
    Ok(reply?)
}

/// The binding that is asked about and its customer, who may pay.
fn who(tx: &Tx<'_>, device: &Device, ask: &AskQuote) -> Result<Result<(Account, Customer), Problem>, LedgerError> {
    let account = tx.account(&device.customer, &ask.account)?.filter(|account| account.bound);
    let Some(account) = account else { return Ok(Err(Problem::account_unknown())) };
    let Some(customer) = tx.customer(&device.customer)? else { return Ok(Err(Problem::device_unknown())) };
    if !customer.may_pay {
        return Ok(Err(Problem::payment_not_enabled()));
    }
    Ok(Ok((account, customer)))
}

/// The limits of a customer, and what of today's is used.
pub(crate) fn limits(tx: &Tx<'_>, customer: &Customer) -> Result<Limits, LedgerError> {
    Ok(Limits {
        per_payment: Money::cny(customer.per_payment),
        per_day: Money::cny(customer.per_day),
        used_today: Money::cny(tx.used_on(&customer.id, moment::bank_day(tx.now))?),
        step_up_from: Money::cny(customer.step_up_from),
        ceiling: Some(super::limits::ceiling()),
    })
}

/// Why there is no quote: what the person would only learn by paying, said before it.
fn refused(
    tx: &Tx<'_>,
    ask: &AskQuote,
    bill: &Bill,
    limits: &Limits,
    method: Option<&Method>,
    fee: i64,
) -> Result<Option<Problem>, LedgerError> {
    if bill.state == "paid" {
        let mut problem = Problem::already_settled();
        problem.settled_by = tx.settled_on(&bill.biller, &bill.bill_number)?.map(|(by, _)| by.into());
        return Ok(Some(problem.bill(bill.clone())));
    }
    if tx.open_on(&bill.biller, &bill.bill_number, "")? {
        return Ok(Some(Problem::payment_in_progress_elsewhere()));
    }
    if bill.version != ask.bill_version || bill.state != "open" {
        return Ok(Some(Problem::bill_changed().bill(bill.clone())));
    }
    Ok(amount(ask, bill).or_else(|| purse(ask.amount.minor.saturating_add(fee), limits, method)))
}

/// Row 15: the amount rules of the bill.
fn amount(ask: &AskQuote, bill: &Bill) -> Option<Problem> {
    match amounts::verdict(&bill.minimum, &bill.maximum, &ask.amount) {
        Verdict::Good => None,
        Verdict::NotAllowed => Some(Problem::amount_not_allowed()),
        Verdict::BelowMinimum => Some(Problem::amount_below_minimum().limit(bill.minimum.minor)),
        Verdict::AboveMaximum => Some(Problem::amount_above_maximum().limit(bill.maximum.minor)),
    }
}

/// The method, the limits, the money.
fn purse(total: i64, limits: &Limits, method: Option<&Method>) -> Option<Problem> {
    let Some(method) = method.filter(|method| method.state == "active") else {
        return Some(Problem::method_unknown());
    };
    if total > limits.per_payment.minor {
        Some(Problem::limit_exceeded().limit(limits.per_payment.minor))
    } else if limits.used_today.minor.saturating_add(total) > limits.per_day.minor {
        Some(Problem::limit_exceeded().limit(limits.per_day.minor))
    } else if method.balance < total {
        Some(Problem::insufficient_funds())
    } else {
        None
    }
}
