//! `DELETE /v1/bindings/{id}`: removes a binding; receipts stay. Removing it twice succeeds.

use super::bound;
use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
    },
    ledger::accounts::Account,
};

pub(crate) fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    let device = call.device()?;
    let done = call.gateway.ledger.write(call.now, |tx| {
        let Some(account) = tx.account(&device.customer, id)? else { return Ok(None) };
        let account = if account.bound {
            let account = Account { bound: false, version: account.version + 1, ..account };
            tx.put_account(&account)?;
            account
        } else {
            account
        };
        Ok(Some(Reply::stored(&bound(tx, account)?)?))
    })?;
    Ok(done.ok_or_else(Problem::account_unknown)?)
}
