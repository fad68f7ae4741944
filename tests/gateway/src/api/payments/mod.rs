//! Paying, confirming, reversing.

pub(crate) mod confirm;
pub(crate) mod pay;
pub(crate) mod reversal;

use super::{
    call::Call,
    problem::Problem,
    reply::{Fault, Reply},
    wire::{Envelope, Order},
};
use crate::{
    ledger::{LedgerError, Tx, devices::Device},
    payments::{commit::Told, signed::Signed, transition::Event},
};

/// What the client is told, on the wire. `unknown` is the problem where nothing is known here.
fn reply(told: Told, unknown: fn() -> Problem) -> Result<Reply, Fault> {
    match told {
        Told::Ended(outcome) => Ok(Reply::ended(&outcome)),
        Told::Pending => Ok(Reply::pending()),
        Told::NotKnown => Err(unknown().into()),
        Told::OtherOrder => Err(Problem::idempotency_key_reused().into()),
    }
}

/// Reads a signed order of the calling customer to which `event` is to happen, signed by the order key
/// of whichever device of the customer it names. Gives whether that device was revoked, too.
pub(crate) fn signed_order(call: &Call<'_>, envelope: Envelope, event: Event) -> Result<(Signed, bool), Fault> {
    let (gateway, caller) = (call.gateway, call.device()?);
    let suite = gateway.ports.suite.as_ref();
    let signed = Signed::read(envelope, suite).map_err(|_| Problem::order_malformed())?;
    let order = &signed.envelope.order;
    if order.customer != caller.customer {
        return Err(Problem::order_signature_invalid().into());
    }
    call.may_end_order_of(&order.device)?;
    let other: Option<Device> = if order.device == caller.id {
        None
    } else {
        // A restored ledger may not know the device that signed; what lies beside it does.
        gateway.ledger.read(call.now, |tx| match tx.device(&order.device)? {
            Some(device) => Ok(Some(device)),
            None => tx.device_aside(&order.device),
        })?
    };
    // Where neither does: after a new activation it is the same order key, under another device's id,
    // that vouches for the orders of before.
    let signer = Some(other.as_ref().unwrap_or(caller));
    let signer =
        signer.filter(|device| device.customer == caller.customer && device.order_keyid == signed.envelope.key);
    let signer = signer.ok_or_else(Problem::order_signature_invalid)?;
    if !signed.is_by(&signer.order_key, suite) {
        return Err(Problem::order_signature_invalid().into());
    }
    let revoked = signer.revoked_at.is_some();
    // A biller may go while orders of its are open: a person ends those. One at which the customer
    // never had an account is made up.
    let billed = gateway.catalogue.get(&order.biller).is_some()
        || gateway.ledger.read(call.now, |tx| tx.has_account_at(&order.customer, &order.biller))?;
    if !billed {
        return Err(Problem::biller_unknown().into());
    }
    match gateway.ledger.read(call.now, |tx| made_up(tx, order, event))? {
        Some(problem) => Err(problem.into()),
        None => Ok((signed, revoked)),
    }
}

/// What shows that an order was never quoted here. Of an order that is not known here the bank asks the
/// biller, keeps it in the way of the bill's next payment, and lists it for a person: for all that the
/// customer's own signature is too little.
fn made_up(tx: &Tx<'_>, order: &Order, event: Event) -> Result<Option<Problem>, LedgerError> {
    if !tx.knows_epoch(&order.epoch)? {
        return Ok(Some(Problem::order_malformed()));
    }
    let current = order.epoch == tx.life.epoch;
    // In this epoch the obstacles of a payment say all this, in a signed refusal. What is recorded was
    // looked at when it came.
    if (current && event == Event::Pay) || tx.order(&order.payment_id)?.is_some() {
        return Ok(None);
    }
    // Quoted before a restore it may be of an account that is forgotten.
    if current && tx.account_with(&order.customer, &order.biller, &order.customer_number)?.is_none() {
        return Ok(Some(Problem::account_unknown()));
    }
    let anothers = tx.bill_is_anothers(&order.biller, &order.bill_number, &order.customer_number)?;
    Ok(anothers.then(Problem::bill_unknown))
}
