//! `POST /v1/methods`: begins a hosted step at the bank that ends in an opaque token. The new method
//! comes with the next sync.

use super::hosted;
use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
        wire::{AddMethod, HostedStep},
    },
    encoding::sha256,
    ids,
    limits::Limited,
    moment,
};

/// How long the page waits.
const STEP_MS: i64 = 10 * 60_000;

pub(crate) fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let gateway = call.gateway;
    let customer = call.device()?.customer.clone();
    let AddMethod { kind } = call.read()?;
    // The bank's own accounts are there without being added.
    if !matches!(kind.as_str(), "card" | "wallet") {
        return Err(Problem::bad_request().into());
    }
    call.limited(Limited::Page)?;
    let token = ids::token("", gateway.ports.rng.as_ref());
    let expires_at = call.now + STEP_MS;
    let reply = gateway.ledger.write(call.now, |tx| {
        tx.put_hosted(&sha256(token.as_bytes()), &customer, &kind, expires_at)?;
        let url = format!("{}{}{token}", gateway.config.public_url, hosted::PATH);
        let reply = Reply::stored(&HostedStep { url, expires_at: moment::text(expires_at) })?;
        call.keep(tx, &reply)?;
        Ok(reply)
    })?;
    Ok(reply)
}
