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
};

/// Success, or the problem that the gateway answered with.
pub(super) type Answered = Result<Reply, Box<Problem>>;

impl Inner {
    /// Sends a call as the active device.
    pub(super) async fn ask(self: &Arc<Self>, call: &Call) -> Result<Answered, Fault> {
        self.identity().await?;
        let reply = self.send(call).await?;
        Ok(reply.success())
    }

    /// Sends a call and takes notice of the ledger's life.
    pub(super) async fn send(self: &Arc<Self>, call: &Call) -> Result<Reply, NoReply> {
        if self.is_suspended() {
            return Err(NoReply { fault: Fault::Suspended, nothing_sent: true });
        }
        let reply = self.caller.send(call).await?;
        self.note_epoch(&reply.epoch);
        Ok(reply)
    }

    /// What a problem means for any operation, once the operation has taken its own ones out.
    pub(super) async fn fault(self: &Arc<Self>, problem: &Problem) -> Fault {
        match problem.name() {
            // What is in doubt can still be ended; for the rest the person activates again.
            "device-revoked" => self.note_identity(|identity| identity.revoked = true, Fault::DeviceRevoked).await,
            "device-unknown" => self.note_identity(|identity| identity.forgotten = true, Fault::DeviceUnknown).await,
            "client-too-old" => Fault::ClientTooOld { minimum: problem.minimum_client.clone().unwrap_or_default() },
            "rate-limited" => Fault::RateLimited { retry_at: problem.retry_at },
            name => Fault::Gateway { kind: name.to_owned(), status: problem.status },
        }
    }

    async fn note_identity(self: &Arc<Self>, note: fn(&mut Identity), fault: Fault) -> Fault {
        let noted = self.write(move |tx| {
            if let Some(mut identity) = Identity::load(tx)?
                && identity.is_active()
            {
                note(&mut identity);
                identity.save(tx)?;
            }
            Ok::<_, Fault>(())
        });
        noted.await.err().unwrap_or(fault)
    }
}
