//! `POST /v1/bindings`: binds the number that was looked up, and no other. Binding it twice gives
//! the same account (row 11).

use super::{bound, echo_digest};
use crate::{
    api::{
        bills,
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
        wire::ConfirmBinding,
    },
    encoding::sha256,
    ids,
    ledger::accounts::Account,
    plant,
};

pub(crate) async fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let (gateway, device) = (call.gateway, call.device()?);
    let ask: ConfirmBinding = call.read()?;
    if ask.alias.chars().count() > 40 {
        return Err(Problem::bad_request().into());
    }
    let token = sha256(ask.echo_token.as_bytes());
    let echo = gateway.ledger.read(call.now, |tx| tx.echo(&token))?;
    let echo = echo.filter(|echo| {
        let same = echo.biller == ask.biller && echo.customer_number == ask.customer_number;
        echo.customer == device.customer && (same || plant::is("echo-for-any-number")) && call.now <= echo.expires_at
    });
    let echo = echo.ok_or_else(Problem::echo_token_invalid)?;
    // Bound even when the biller is silent now: the bills come with the next look.
    let fresh = super::ask(gateway, &ask.biller, &ask.customer_number, None).await.ok();
    let reply = gateway.ledger.write(call.now, |tx| {
        let digest = echo_digest(&ask.biller, &ask.customer_number, &echo.holder_masked, &echo.address_masked)?;
        let known = tx.account_with(&device.customer, &ask.biller, &ask.customer_number)?;
        let account = Account {
            id: known.as_ref().map_or_else(|| ids::token("A", gateway.ports.rng.as_ref()), |known| known.id.clone()),
            customer: device.customer.clone(),
            biller: ask.biller.clone(),
            customer_number: ask.customer_number.clone(),
            holder_masked: echo.holder_masked.clone(),
            address_masked: echo.address_masked.clone(),
            alias: ask.alias.clone(),
            bound: true,
            version: known.as_ref().map_or(1, |known| known.version + 1),
            echo_digest: digest,
        };
        let unchanged = known.is_some_and(|known| Account { version: account.version, ..known } == account);
        let account = if unchanged {
            Account { version: account.version - 1, ..account }
        } else {
            tx.put_account(&account)?;
            account
        };
        if let Some(fresh) = &fresh {
            bills::take_up(gateway, tx, &account, fresh)?;
        }
        let reply = Reply::stored(&bound(tx, account)?)?;
        call.keep(tx, &reply)?;
        Ok(reply)
    })?;
    Ok(reply)
}
