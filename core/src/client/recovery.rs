//! From doubt to end: every open order is asked about until the bank has signed an end, with no
//! limit in time. Runs on open, on resume, when the network returns, and on demand.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};

use super::{Client, Inner};
use crate::{
    blocking::blocking,
    error::Fault,
    moment,
    payments::{Entry, transition::Event},
};

/// The first pause, doubled each time up to the last.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(300);
/// Orders asked about at a time: after a long outage the gateway is not flooded.
const AT_A_TIME: usize = 4;

impl Client {
    /// Tells the core that the network is back, or that the person wants to know now: open orders
    /// are asked about at once.
    pub fn network_returned(&self) {
        self.0.start_recovery();
        self.0.poke.notify_one();
    }

    /// Asks about every open order once, now, and says how many are still open.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn resolve(&self) -> Result<usize, Fault> {
        self.0.round().await?;
        Ok(self.0.open_orders().await?.len())
    }
}

/// Why the recovery has stopped.
#[derive(Clone, Copy)]
enum Stopped {
    /// No order is open.
    NothingOpen,
    /// `resume` starts it again.
    Suspended,
    /// Not active, or the key is lost: activation starts it again.
    Helpless,
}

/// Says that the recovery has stopped, however it stopped.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.memory().recovering = false;
    }
}

impl Inner {
    /// Starts the recovery, unless it runs.
    pub(super) fn start_recovery(self: &Arc<Self>) {
        if self.is_suspended() || std::mem::replace(&mut self.memory().recovering, true) {
            return;
        }
        let running = Running(self.clone());
        self.platform.executor.spawn(Box::pin(async move {
            let stopped = running.0.recover().await;
            let this = running.0.clone();
            drop(running);
            // Between the last look and the flag an order may have entered doubt, or the app have
            // been resumed: whoever started us then found us running. Look once more.
            let again = match stopped {
                Stopped::NothingOpen => this.count_open().await.is_ok_and(|open| open > 0),
                Stopped::Suspended => !this.is_suspended(),
                Stopped::Helpless => false,
            };
            if again {
                this.start_recovery();
            }
        }));
    }

    /// Takes up a new doubt now, whether the recovery runs or not.
    pub(super) fn recover_now(self: &Arc<Self>) {
        let running = self.memory().recovering;
        self.start_recovery();
        if running {
            self.poke.notify_one();
        }
    }

    /// Goes on until no order is open, or until nothing can be done for now.
    async fn recover(self: &Arc<Self>) -> Stopped {
        let mut pause = FIRST;
        loop {
            match self.round().await {
                Ok(0) => return Stopped::NothingOpen,
                Err(Fault::Suspended) => return Stopped::Suspended,
                Err(Fault::NotActivated | Fault::KeyLost | Fault::ShuttingDown) => return Stopped::Helpless,
                Ok(_) => {}
                Err(fault) => tracing::warn!(%fault, "open orders could not be looked at"),
            }
            let sleep = self.platform.clock.sleep(self.with_jitter(pause));
            tokio::select! {
                biased;
                () = self.poke.notified() => pause = FIRST,
                () = sleep => pause = (pause * 2).min(LAST),
            }
        }
    }

    /// Asks about every open order that nobody else is busy with. Says how many were open.
    async fn round(self: &Arc<Self>) -> Result<usize, Fault> {
        if self.is_suspended() {
            return Err(Fault::Suspended);
        }
        // Counted by clear columns: a profile without open orders needs no keys for this.
        if self.count_open().await? == 0 {
            return Ok(0);
        }
        let open = self.open_orders().await?;
        self.identity().await?;
        let count = open.len();
        moment::reached("found-on-open");
        stream::iter(open).for_each_concurrent(AT_A_TIME, |entry| self.take_up(entry)).await;
        Ok(count)
    }

    async fn count_open(self: &Arc<Self>) -> Result<u64, Fault> {
        let store = self.store.clone();
        let counted = blocking(&*self.platform.executor, move || store.read(Entry::count_open));
        Ok(counted.await??)
    }

    async fn open_orders(self: &Arc<Self>) -> Result<Vec<Entry>, Fault> {
        self.read(|tx| Ok::<_, Fault>(Entry::open(tx)?)).await
    }

    async fn take_up(self: &Arc<Self>, entry: Entry) {
        let Some(_busy) = Busy::take(self, &entry.id) else { return };
        let state = entry.state();
        self.drive(entry, state, Event::Ask).await;
    }

    fn with_jitter(&self, pause: Duration) -> Duration {
        let mut byte = [0];
        self.platform.rng.fill(&mut byte);
        // Up to a quarter more, so that a thousand phones do not ask in step.
        let [byte] = byte;
        pause + pause * u32::from(byte) / 1024
    }
}

/// An order that one task is busy with.
struct Busy<'a> {
    inner: &'a Inner,
    id: String,
}

impl<'a> Busy<'a> {
    fn take(inner: &'a Inner, id: &str) -> Option<Self> {
        let taken = inner.memory().busy.insert(id.to_owned());
        taken.then(|| Self { inner, id: id.to_owned() })
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.inner.memory().busy.remove(&self.id);
    }
}
