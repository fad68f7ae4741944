//! After a restore of the bank's ledger: show it what it may have lost (docs/payments.md, rule 9).

use std::sync::Arc;

use super::{Inner, cursor::Cursor};
use crate::{
    error::Fault,
    gateway::{caller::Call, wire},
    payments::Entry,
    plant,
    receipts::Stored,
    store::{StoreError, Tx},
};

/// Documents in one request; the contract allows 500.
const PAGE: u32 = 200;

fn epoch(tx: &Tx<'_>) -> Result<Option<String>, StoreError> {
    tx.setting("epoch")
}

impl Inner {
    /// Takes notice of the ledger's life that an answer named; a new one is met with evidence.
    pub(super) fn note_epoch(self: &Arc<Self>, epoch: &str) {
        let mut memory = self.memory();
        if memory.epoch.as_deref() == Some(epoch) || memory.presenting {
            return;
        }
        memory.presenting = true;
        drop(memory);
        let (this, epoch) = (self.clone(), epoch.to_owned());
        self.platform.executor.spawn(Box::pin(async move {
            let presented = this.meet_epoch(&epoch).await;
            let mut memory = this.memory();
            memory.presenting = false;
            match presented {
                Ok(()) => memory.epoch = Some(epoch),
                // The next answer brings it up again.
                Err(fault) => tracing::warn!(%fault, "evidence could not be presented"),
            }
        }));
    }

    async fn meet_epoch(self: &Arc<Self>, now: &str) -> Result<(), Fault> {
        let known = self.read(|tx| Ok::<_, Fault>(epoch(tx)?)).await?;
        if known.as_deref() == Some(now) {
            return Ok(());
        }
        if known.is_some() && !plant::is!("keeps-its-evidence") {
            self.present().await?;
        }
        let now = now.to_owned();
        self.write(move |tx| {
            // Cursors are of one life: the next refresh starts from nothing, and deletes nothing.
            Cursor::restart(tx)?;
            Ok::<_, Fault>(tx.set_setting("epoch", &now)?)
        })
        .await
    }

    async fn present(self: &Arc<Self>) -> Result<(), Fault> {
        self.identity().await?;
        let mut offset = 0;
        loop {
            let (open, kept) = self
                .read(move |tx| {
                    let open = if offset == 0 { Entry::open(tx)? } else { Vec::new() };
                    Ok::<_, Fault>((open, Stored::newest(tx, PAGE, offset)?.0))
                })
                .await?;
            if open.is_empty() && kept.is_empty() {
                return Ok(());
            }
            let body = wire::Evidence {
                orders: open.iter().take(500).map(|entry| &*entry.envelope).collect(),
                outcomes: kept.iter().map(|stored| stored.compact.as_str()).collect(),
            };
            let call = Call::post("/v1/evidence".to_owned(), &body, self.uuid())?;
            // Not `send`: it would come back here for the same epoch.
            let reply = self.caller.send(&call).await?;
            let reply = reply.success().map_err(|problem| Fault::from(&*problem))?;
            // Another request's answer is no word that it was looked into.
            reply.body::<wire::EvidenceTaken>()?;
            offset += PAGE;
        }
    }
}
