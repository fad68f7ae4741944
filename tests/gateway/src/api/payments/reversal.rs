//! `POST /v1/payments/{id}/reversal`: ends an order whose end is unknown. The biller is asked first:
//! a charge that is found is adopted instead.

use super::{reply, signed_order};
use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
        wire::Envelope,
    },
    limits::Limited,
    payments::{commit::Subject, drive::drive, transition::Event},
};

pub(crate) async fn handle(call: &Call<'_>, id: &str) -> Result<Reply, Fault> {
    call.limited(Limited::Reversal)?;
    let envelope: Envelope = serde_json::from_slice(call.body).map_err(|_| Problem::order_malformed())?;
    if envelope.order.payment_id != id {
        return Err(Problem::bad_request().into());
    }
    let (signed, revoked) = signed_order(call, envelope, Event::Reverse)?;
    let subject = Subject::Signed { signed: Box::new(signed), revoked };
    reply(drive(call.gateway, subject, Event::Reverse).await?, Problem::payment_unknown)
}
