//! `DELETE /v1/methods/{id}`: from now on nothing is paid by it. Removing it twice succeeds; open
//! orders by it go on, and what comes back of them goes where it came from.

use super::{ACTIVE, Methods, REMOVED};
use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
    },
    ledger::customers::Method,
};

pub(crate) fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    let customer = &call.device()?.customer;
    let done = call.gateway.ledger.write(call.now, |tx| {
        let Some(method) = tx.method(customer, id)? else { return Ok(Err(Problem::method_unknown())) };
        if method.state != REMOVED {
            let was_default = method.preferred;
            tx.put_method(&Method { state: REMOVED.to_owned(), preferred: false, ..method })?;
            let mut left = tx.methods_of(customer)?.into_iter();
            if was_default && let Some(next) = left.find(|method| method.state == ACTIVE) {
                tx.prefer_method(customer, &next.id)?;
            }
        }
        Ok(Ok(Reply::stored(&Methods::of(tx, customer)?)?))
    })?;
    Ok(done?)
}
