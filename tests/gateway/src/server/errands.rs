//! What the bank does by itself and could do later: collecting bills, reminding. Two tasks: billers that do not answer keep
//! no reminder back.
//!
//! Either ends where it is when the gateway is taken away for a restore, which waits for whoever holds it: as in a crash,
//! nothing is lost by that, since a question is counted before it is asked, and a message noted after it was sent.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::future::{Either, select};

use super::bank::Slot;
use crate::gateway::Gateway;

/// How often the bank looks for what there is to do.
const TURN: Duration = Duration::from_secs(1);

pub(super) async fn collect(slot: Arc<Slot>) {
    loop {
        tokio::time::sleep(TURN).await;
        let collected = run(&slot, async |gateway| gateway.collect().await).await;
        if let Some(Err(error)) = collected {
            tracing::error!(%error, "no bills are collected for now");
        }
    }
}

pub(super) async fn remind(slot: Arc<Slot>) {
    loop {
        tokio::time::sleep(TURN).await;
        let reminded = run(&slot, async |gateway| gateway.remind().await).await;
        if let Some(Err(error)) = reminded {
            tracing::error!(%error, "nobody is reminded for now");
        }
    }
}

/// An errand, with the gateway that is there; `None` where none is, or it was taken away meanwhile.
async fn run<T>(slot: &Slot, errand: impl AsyncFnOnce(Arc<Gateway>) -> T) -> Option<T> {
    // Before the gateway is looked for, or one that is taken in between is held.
    let mut taken = slot.taken();
    let gateway = slot.get()?;
    match select(pin!(errand(gateway)), pin!(taken.changed())).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where the bank is not what it should be")]

    use std::{future::pending, sync::Arc, time::Duration};

    use crate::server::{Options, Sandbox};

    #[tokio::test(flavor = "multi_thread")]
    async fn an_errand_that_waits_for_a_silent_biller_keeps_no_restore_back() {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let backup = sandbox.backup().unwrap();
        let slot = Arc::clone(&sandbox.slot);
        let (began, begun) = tokio::sync::oneshot::channel();
        let errand = tokio::spawn(async move {
            super::run(&slot, async |_gateway| {
                began.send(()).unwrap();
                pending::<()>().await;
            })
            .await
        });
        begun.await.unwrap();
        tokio::time::timeout(Duration::from_secs(10), sandbox.restore(&backup)).await.unwrap().unwrap();
        assert_eq!(errand.await.unwrap(), None);
        // And the next one has the gateway of after.
        let epoch = super::run(&sandbox.slot, async |gateway| gateway.epoch().to_owned()).await.unwrap();
        assert_eq!(epoch, sandbox.gateway().unwrap().epoch());
        sandbox.stop().await;
    }
}
