//! The worker's turn (rule 10): open charges are repeated while they may be, then confirmed;
//! `refund`s always, until they are answered. Also forgets what has had its day.

use futures_util::StreamExt as _;

use super::{
    commit::{MAX_PATIENCE_MS, Subject},
    drive::drive,
    transition::Event,
};
use crate::{
    api::{activations, signature::WINDOW_SECONDS, step_ups},
    gateway::Gateway,
    moment,
    statements::{desk, lost},
};

/// How many orders one turn looks into.
const ORDERS: i64 = 256;
/// How many billers are asked at the same time.
const AT_ONCE: usize = 16;
/// From then on a code that is due is the worker's to send: its request is gone.
const CODE_LATE_MS: i64 = 2_000;
const HOUR_MS: i64 = 3_600_000;
/// How long the answer to an idempotency key is kept: a client gives up long before.
const ANSWERS_MS: i64 = 7 * 24 * HOUR_MS;
/// How long an activation is remembered that came to nothing, or to a device.
const ACTIVATIONS_MS: i64 = 24 * HOUR_MS;

/// How long it is known what people were reminded of: the latest of a bill counts, and the longest pause between two
/// is a year.
const REMINDED_MS: i64 = 800 * 24 * HOUR_MS;

/// One turn; gives how many orders it looked into.
pub(crate) async fn turn(gateway: &Gateway) -> usize {
    let now = gateway.now();
    let due = gateway.ledger.read(now, |tx| tx.due_orders(ORDERS, MAX_PATIENCE_MS)).unwrap_or_else(|error| {
        tracing::error!(%error, "the worker cannot read the ledger");
        Vec::new()
    });
    let count = due.len();
    futures_util::stream::iter(due)
        .for_each_concurrent(AT_ONCE, async |payment_id| {
            if let Err(error) = drive(gateway, Subject::Known(payment_id), Event::Tick).await {
                tracing::error!(%error, "the worker cannot move an order");
            }
        })
        .await;
    let repaired = super::again::turn(gateway).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the worker cannot put a difference right");
        0
    });
    send_codes(gateway, now);
    if gateway.housekeeping_due(now) {
        forget(gateway, now);
        let looked = desk::close_yesterday(gateway).and_then(|()| lost::look(gateway));
        if let Err(error) = looked {
            tracing::error!(%error, "the worker cannot close a day");
        }
    }
    count + repaired
}

/// Codes whose request was cut short after the commit.
fn send_codes(gateway: &Gateway, now: i64) {
    match gateway.ledger.read(now, |tx| tx.codes_due(now - CODE_LATE_MS)) {
        Ok(sessions) => sessions.iter().for_each(|session| activations::send_due(gateway, session)),
        Err(error) => tracing::error!(%error, "the worker cannot read the ledger"),
    }
    match gateway.ledger.read(now, |tx| tx.factors_due(now - CODE_LATE_MS)) {
        Ok(factors) => factors.iter().for_each(|factor| step_ups::send_due(gateway, factor)),
        Err(error) => tracing::error!(%error, "the worker cannot read the ledger"),
    }
}

fn forget(gateway: &Gateway, now: i64) {
    let done = gateway.ledger.write(now, |tx| {
        // Twice the window: an earlier version noted the time of the request, not its date, and that
        // may be ahead by the window.
        tx.forget_nonces(now - (2 * WINDOW_SECONDS + 1) * 1000)?;
        tx.forget_look_ups(now - HOUR_MS)?;
        tx.forget_answers(now - ANSWERS_MS)?;
        tx.forget_step_ups(now - HOUR_MS)?;
        tx.forget_hosted(now - HOUR_MS)?;
        tx.forget_activations(now - ACTIVATIONS_MS, moment::bank_day(now) - 1)?;
        tx.forget_reminded(now - REMINDED_MS)?;
        tx.forget_quotes(now - HOUR_MS)
    });
    if let Err(error) = done {
        tracing::error!(%error, "the worker cannot tidy the ledger");
    }
}
