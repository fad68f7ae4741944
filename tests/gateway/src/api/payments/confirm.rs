//! `GET /v1/payments/{id}`: what became of an order of this customer.

use super::reply;
use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
    },
    payments::{commit::Subject, drive::drive, transition::Event},
};

pub(crate) async fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    let customer = &call.device()?.customer;
    let known = call.gateway.ledger.read(call.now, |tx| tx.order(id))?;
    // Another customer's order is not known to this one.
    let known = known.filter(|order| order.customer == *customer).ok_or_else(Problem::payment_unknown)?;
    call.may_end_order_of(&known.device)?;
    reply(drive(call.gateway, Subject::Known(id.to_owned()), Event::Confirm).await?, Problem::payment_unknown)
}
