//! `POST /v1/methods/{id}/default`: taken where the person chooses none.

use super::{ACTIVE, Methods};
use crate::api::{
    call::Call,
    problem::Problem,
    reply::{Fault, Reply},
};

pub(crate) fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    let customer = &call.device()?.customer;
    let done = call.gateway.ledger.write(call.now, |tx| {
        let Some(method) = tx.method(customer, id)?.filter(|method| method.state == ACTIVE) else {
            return Ok(Err(Problem::method_unknown()));
        };
        tx.prefer_method(customer, &method.id)?;
        let reply = Reply::stored(&Methods::of(tx, customer)?)?;
        call.keep(tx, &reply)?;
        Ok(Ok(reply))
    })?;
    Ok(done?)
}
