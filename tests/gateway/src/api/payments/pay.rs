//! `POST /v1/payments`: takes a signed order. Its answer is the signed end, or 202; the
//! Idempotency-Key is the payment id.

use super::{reply, signed_order};
use crate::{
    api::{
        call::Call,
        problem::Problem,
        reply::{Fault, Reply},
        wire::Envelope,
    },
    payments::{commit::Subject, drive::drive, transition::Event},
};

pub(crate) async fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    let envelope: Envelope = serde_json::from_slice(call.body).map_err(|_| Problem::order_malformed())?;
    if call.idempotency_key() != Some(&envelope.order.payment_id) {
        return Err(Problem::bad_request().into());
    }
    // Another device's order is that device's to hand over.
    if envelope.order.device != call.device()?.id {
        return Err(Problem::order_signature_invalid().into());
    }
    let (signed, revoked) = signed_order(call, envelope, Event::Pay)?;
    let subject = Subject::Signed { signed: Box::new(signed), revoked };
    reply(drive(call.gateway, subject, Event::Pay).await?, Problem::order_expired)
}
