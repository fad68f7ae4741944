//! `POST /v1/evidence`: after a change of epoch the client shows its open orders and its outcomes.
//! Our own receipts are taken up as they are; each open order is looked into (rule 9).

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::{TryStreamExt as _, stream};

use super::{
    call::Call,
    payments::signed_order,
    problem::Problem,
    reply::{Fault, Reply},
    wire::Evidence,
};
use crate::{
    encoding::from_base64url,
    ledger::orders::Order,
    limits::Limited,
    moment,
    outcomes::{
        jws::RECEIPT,
        payload::{OutcomePayload, ReceiptBody},
    },
    payments::{
        commit::{Subject, Told},
        drive::drive,
        signed::number,
        transition::{Event, State},
    },
};

/// The most items of a kind.
const MOST: usize = 500;
/// How many billers are asked at the same time.
const AT_ONCE: usize = 16;
/// The longest that they are waited for: the client waits for 20 s.
const PATIENCE: Duration = Duration::from_secs(12);

pub(crate) async fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    call.limited(Limited::Evidence)?;
    let evidence: Evidence = call.read()?;
    if evidence.orders.len() > MOST || evidence.outcomes.len() > MOST {
        return Err(Problem::too_large().into());
    }
    let mut outcomes = 0;
    // Receipts first: what they settle needs no asking.
    for compact in evidence.outcomes {
        let Some(subject) = receipt(call, compact)? else { continue };
        if matches!(drive(call.gateway, subject, Event::Receipt).await?, Told::Ended(_)) {
            outcomes += 1;
        }
    }
    let mut subjects = Vec::new();
    for envelope in evidence.orders {
        match signed_order(call, envelope, Event::Evidence) {
            Ok((signed, revoked)) => subjects.push(Ok(Subject::Signed { signed: Box::new(signed), revoked })),
            // One that is none does not keep the others from being looked into.
            Err(Fault::Problem(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    let orders = AtomicUsize::new(0);
    let look = stream::iter(subjects).try_for_each_concurrent(AT_ONCE, async |subject| {
        let told = drive(call.gateway, subject, Event::Evidence).await?;
        orders.fetch_add(usize::from(told != Told::OtherOrder), Ordering::Relaxed);
        Ok::<_, Fault>(())
    });
    tokio::select! {
        biased;
        looked = look => looked?,
        // What is known here the worker asks about; the rest the client shows again, by reversal.
        () = call.gateway.ports.clock.sleep(PATIENCE) => {}
    }
    Reply::ok(&serde_json::json!({"orders": orders.into_inner(), "outcomes": outcomes}))
}

/// A receipt of ours for this customer; `None` for anything else.
fn receipt(call: &Call<'_>, compact: String) -> Result<Option<Subject>, Fault> {
    let Some(ours) = call.gateway.pen.read(&compact).filter(|ours| ours.typ == RECEIPT) else { return Ok(None) };
    let Ok(payload) = serde_json::from_slice::<OutcomePayload>(&ours.payload) else { return Ok(None) };
    if payload.customer != call.device()?.customer {
        return Ok(None);
    }
    call.gateway.ledger.read(call.now, |tx| tx.learn_epoch(&payload.epoch))?;
    let Some(body) = payload.receipt.clone() else { return Ok(None) };
    let Some(order) = settled_by(call, &payload, &body)? else { return Ok(None) };
    Ok(Some(Subject::Receipt { payload: Box::new(payload), compact, order: Box::new(order) }))
}

/// The order that a receipt tells of, as far as it does.
fn settled_by(call: &Call<'_>, payload: &OutcomePayload, body: &ReceiptBody) -> Result<Option<Order>, Fault> {
    let method = call
        .gateway
        .ledger
        .read(call.now, |tx| tx.method_like(&payload.customer, &body.method.kind, &body.method.last4))?;
    let Some(digest) = from_base64url(&payload.order_digest) else { return Ok(None) };
    // A method that is not known, or not without doubt, is nobody's: the bank's suspense account
    // pays, and a person puts it right.
    let method = method.map(|method| method.id).unwrap_or_default();
    Ok(Some(Order {
        payment_id: payload.payment_id.clone(),
        digest: payload.order_digest.clone(),
        number: number(&digest),
        customer: payload.customer.clone(),
        device: payload.device.clone(),
        journal_sequence: None,
        epoch: payload.epoch.clone(),
        biller: body.biller.clone(),
        customer_number: None,
        payee: body.payee.clone(),
        bill_number: body.bill_number.clone(),
        bill_version: None,
        amount: body.amount.minor,
        fee: body.fee.minor,
        method,
        valid_until: moment::parse(&body.paid_at).unwrap_or(call.now),
        envelope: None,
        state: State::Unknown,
        held: 0,
        taken_at: moment::parse(&body.paid_at).unwrap_or(call.now),
        charge_sent_at: None,
        tries: 0,
        reason: None,
        biller_code: None,
    }))
}
