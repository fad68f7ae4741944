//! `POST /v1/reminders`: how the customer wishes to be reminded (row 89). The whole of it, each time: what is not
//! named is not wished. A choice that was overtaken by a later one of the same phone changes nothing: the answer
//! shows what is in force.

use super::{
    call::Call,
    problem::Problem,
    reply::{Fault, Reply},
};
use crate::{
    limits::Limited,
    reminding::{choice::Choice, turn},
};

pub(crate) fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    call.limited(Limited::Page)?;
    let gateway = call.gateway;
    let device = call.device()?;
    let customer = &device.customer;
    let choice = call.read::<Choice>()?.of(&device.id);
    if !choice.makes_sense() {
        return Err(Problem::bad_request().into());
    }
    let stored = serde_json::to_string(&choice).map_err(|_| Problem::bad_request())?;
    let done = gateway.ledger.write(call.now, |tx| {
        for account in choice.accounts() {
            if tx.account(customer, account)?.is_none() {
                return Ok(Err(Problem::account_unknown()));
            }
        }
        let before = tx.choice(customer)?;
        if let Some(before) = &before {
            let before: Choice = serde_json::from_str(before)?;
            if choice.is_older_than(&before) {
                let reply = Reply::stored(&before.in_force())?;
                call.keep(tx, &reply)?;
                return Ok(Ok(reply));
            }
        }
        turn::begin(gateway, tx, customer, before.as_deref(), &choice)?;
        tx.put_choice(customer, &stored)?;
        let reply = Reply::stored(&choice.in_force())?;
        call.keep(tx, &reply)?;
        Ok(Ok(reply))
    })?;
    Ok(done?)
}
