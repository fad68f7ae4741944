//! `POST /v1/bindings/lookup`: who a customer number belongs to, masked by the biller. Bounded per
//! customer, so that nobody walks through a biller's numbers (row 13).

use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
        wire::{Echo, LookupBinding},
    },
    encoding::sha256,
    ids,
    ledger::accounts::Echo as Kept,
    moment, plant,
};

/// How many look-ups a customer has in [`WINDOW_MS`].
const LOOK_UPS: usize = 10;
/// How many all customers together have at a biller, in the same time.
const LOOK_UPS_OF_ALL: usize = 3_000;
const WINDOW_MS: i64 = 60_000;
/// How long an echo may be confirmed.
const ECHO_MS: i64 = 10 * 60_000;

pub(crate) async fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let (gateway, device) = (call.gateway, call.device()?);
    let ask: LookupBinding = call.read()?;
    let entry = gateway.catalogue.get(&ask.biller).ok_or_else(Problem::biller_unknown)?;
    if !entry.takes(&ask.customer_number) {
        return Err(Problem::customer_number_invalid().into());
    }
    gateway.ledger.write(call.now, |tx| {
        let earlier = tx.looked_up_since(&device.customer, call.now - WINDOW_MS)?;
        if let Some(oldest) = earlier.get(LOOK_UPS - 1).filter(|_| !plant::is("look-ups-unbounded")) {
            return Ok(Err(Problem::rate_limited().retry_at(oldest + WINDOW_MS)));
        }
        // Whoever has many customers to ask as must not walk through a biller's numbers either.
        if let Some(oldest) = tx.looked_up_at(&ask.biller, call.now - WINDOW_MS, LOOK_UPS_OF_ALL)? {
            return Ok(Err(Problem::rate_limited().retry_at(oldest + WINDOW_MS)));
        }
        tx.looked_up(&device.customer, &ask.biller)?;
        Ok(Ok(()))
    })??;
    let account = super::ask(gateway, &ask.biller, &ask.customer_number, None).await?;
    let token = ids::token("ec_", gateway.ports.rng.as_ref());
    let expires_at = call.now + ECHO_MS;
    let kept = Kept {
        customer: device.customer.clone(),
        biller: ask.biller,
        customer_number: ask.customer_number,
        holder_masked: account.holder_masked.clone(),
        address_masked: account.address_masked.clone(),
        expires_at,
    };
    let reply = Reply::ok(&Echo {
        holder_masked: account.holder_masked,
        address_masked: account.address_masked,
        echo_token: token.clone(),
        expires_at: moment::text(expires_at),
    })?;
    gateway.ledger.write(call.now, |tx| {
        tx.put_echo(&sha256(token.as_bytes()), &kept)?;
        call.keep(tx, &reply)
    })?;
    Ok(reply)
}
