//! Asking the gateway, and turning what every answer may say into faults.

use std::sync::Arc;

use super::Inner;
use crate::{
    activation::Identity,
    error::Fault,
    gateway::{
        caller::{Call, NoReply, Reply},
        problem::Problem,
    },
    platform::{Route, TransportFault},
};

/// Success, or the problem that the gateway answered with.
pub(super) type Answered = Result<Reply, Box<Problem>>;

impl Inner {
    /// Sends a call as the active device. One of which the bank has said that it comes too often is not
    /// sent before its time, whoever asks (row 13).
    pub(super) async fn ask(self: &Arc<Self>, call: &Call) -> Result<Answered, Fault> {
        self.ask_about("", call).await
    }

    /// The same about one biller: what it is asked too often is still asked of the others.
    pub(super) async fn ask_about(self: &Arc<Self>, biller: &str, call: &Call) -> Result<Answered, Fault> {
        self.identity().await?;
        let now = || self.platform.clock.monotonic();
        let rests = format!("{} {biller}", call.path);
        if let Some(retry_at) = self.memory().pauses.holds(&rests, now()) {
            return Ok(Err(Box::new(Problem::rate_limited(retry_at))));
        }
        let reply = self.send(call).await?;
        let bank_time = reply.bank_time;
        let answered = reply.success();
        let mut memory = self.memory();
        match &answered {
            Err(problem) if problem.name() == "rate-limited" => {
                memory.pauses.refused(&rests, now(), bank_time, problem.retry_at);
            }
            Ok(_) | Err(_) => memory.pauses.answered(&rests),
        }
        drop(memory);
        Ok(answered)
    }

    /// Sends a call, and takes notice of the ledger's life and of what the bank says of this device.
    pub(super) async fn send(self: &Arc<Self>, call: &Call) -> Result<Reply, NoReply> {
        if self.is_suspended() {
            return Err(NoReply { fault: Fault::Suspended, nothing_sent: true });
        }
        let mut sent = self.caller.send(call).await;
        // Provably nothing was sent; with new pins it may go out after all.
        if let Err(NoReply { fault: Fault::Network(TransportFault::PinsExpired), .. }) = &sent
            && self.refresh_trust(Route::TrustOnly).await
        {
            sent = self.caller.send(call).await;
        }
        let reply = sent?;
        self.note_epoch(&reply.epoch);
        self.note_standing(&reply).await;
        Ok(reply)
    }

    /// The bank serves this device no more: what is in doubt can still be ended, for the rest the
    /// person activates again. A late answer to an earlier key says nothing about the present one.
    async fn note_standing(self: &Arc<Self>, reply: &Reply) {
        if reply.status < 400 {
            return;
        }
        let note: fn(&mut Identity) = match Problem::read(reply.status, &reply.body).name() {
            "device-revoked" => |identity| identity.revoked = true,
            "device-unknown" => |identity| identity.forgotten = true,
            _ => return,
        };
        let keyid = reply.keyid.clone();
        let noted = self.write(move |tx| {
            if let Some(mut identity) = Identity::load(tx)?
                && identity.is_active()
                && keyid.is_some_and(|keyid| keyid == identity.device_key)
            {
                note(&mut identity);
                identity.save(tx)?;
            }
            Ok::<_, Fault>(())
        });
        if let Err(fault) = noted.await {
            // The next answer says it again.
            tracing::warn!(%fault, "the device's standing could not be stored");
        }
    }
}
