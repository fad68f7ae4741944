//! From doubt to end: every open order is asked about until the bank has signed an end, with no
//! limit in time. Runs on open, on resume, when the network returns, and on demand.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::{
    StreamExt,
    stream::{self, FuturesUnordered},
};

use super::{Client, Inner};
use crate::{
    blocking::blocking,
    error::Fault,
    events::{Event as News, EventKind},
    moment,
    payments::{Entry, OpenIds, transition::Event},
    store::{StoreError, Tx},
};

/// The first pause, doubled each time up to the last.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(300);
/// Open orders asked about at a time, by however many rounds that overlap (one of the recovery, those of
/// whoever calls `resolve`): after a long outage the gateway is not flooded.
pub(super) const AT_A_TIME: usize = 4;
/// Orders that one round is busy with: those asked about, and as many whose end is being stored.
const UNDER_WAY: usize = 2 * AT_A_TIME;

impl Client {
    /// Tells the core that the network is back, or that the person wants to know now: open orders
    /// are asked about at once.
    pub fn network_returned(&self) {
        self.0.start_recovery();
        self.0.poke.notify_one();
    }

    /// Asks about every open order once, now, and says how many are still open. The oldest come first, at
    /// most four at a time, whoever else asks meanwhile; what is the matter with one holds up no other.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store; that of the store also where all were asked about and the file did
    /// not take the end of one: the next [`Client::refresh`] mends what can be mended.
    pub async fn resolve(&self) -> Result<usize, Fault> {
        self.0.round().await?;
        self.0.unstorable()?;
        Ok(usize::try_from(self.0.count_open().await?).unwrap_or(usize::MAX))
    }

    /// Why the last question about an order had no answer, where it had none: the bank could not be reached, or not safely.
    /// It says nothing about the order, which is being checked all the same.
    #[must_use]
    pub fn silence(&self) -> Option<Fault> {
        self.0.memory().silence.clone()
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

/// Says that the recovery has stopped, however it stopped. Holds no client: one that everybody else
/// has let go of is closed, and its profile free for the next.
struct Running(Weak<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.memory().recovering = false;
        }
    }
}

impl Inner {
    /// Starts the recovery, unless it runs.
    pub(super) fn start_recovery(self: &Arc<Self>) {
        if self.is_suspended() || std::mem::replace(&mut self.memory().recovering, true) {
            return;
        }
        let running = Running(Arc::downgrade(self));
        self.platform.executor.spawn(Box::pin(async move {
            let Some(stopped) = recover(&running.0).await else { return };
            let inner = running.0.clone();
            drop(running);
            let Some(this) = inner.upgrade() else { return };
            // Between the last look and the flag an order may have entered doubt, or the app have
            // been resumed: whoever started us then found us running. Look once more.
            let again = match stopped {
                Stopped::NothingOpen => {
                    let unstored = !this.memory().unstored.is_empty();
                    unstored || this.count_open().await.is_ok_and(|open| open > 0)
                }
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

    /// Asks about every open order that nobody else is busy with, the oldest first. Says how many were open,
    /// those among them whose rows are damaged.
    async fn round(self: &Arc<Self>) -> Result<u64, Fault> {
        if self.is_suspended() {
            return Err(Fault::Suspended);
        }
        let unstored = self.note_unstored().await;
        // By clear columns alone: a profile without open orders needs no keys for this.
        let OpenIds { ids: open, rotten } = self.in_clear(Entry::open_ids).await.inspect_err(|fault| {
            if let Fault::Store(_) = fault {
                self.look_with_next_refresh();
            }
        })?;
        if rotten {
            self.look_with_next_refresh();
        }
        // One that the feed has ended meanwhile is done with.
        self.memory().unstorable.retain(|id, _| open.contains(id));
        if open.is_empty() {
            return Ok(unstored);
        }
        let count = open.len() as u64;
        self.identity().await?;
        moment::reached("found-on-open");
        self.take_up_all(open).await;
        Ok(count)
    }

    /// A round, and one more for each time that somebody asks meanwhile: an order that waits for its answer holds up
    /// none whose answer was lost before the network was back. Not more of them than orders can be asked about:
    /// where each waits for one that hangs, there is no turn for another.
    async fn rounds(self: &Arc<Self>) -> Result<u64, Fault> {
        let mut rounds = FuturesUnordered::from_iter([self.round()]);
        let mut all = Ok(0);
        loop {
            tokio::select! {
                biased;
                ended = rounds.next() => match ended {
                    // What one of them could not do, the recovery is told of.
                    Some(ended) => all = all.and_then(|most: u64| ended.map(|open| most.max(open))),
                    None => return all,
                },
                () = self.poke.notified(), if rounds.len() < AT_A_TIME => rounds.push(self.round()),
            }
        }
    }

    pub(super) async fn take_up_all(self: &Arc<Self>, orders: Vec<String>) {
        stream::iter(orders).for_each_concurrent(UNDER_WAY, |id| self.take_up(id)).await;
    }

    /// Looks for the orders that may not be stored: one that is there is a doubt like any other. One that is not
    /// was never sent, and goes into the journal as that; the person was told that it is being checked. Says
    /// how many could not be looked for yet.
    async fn note_unstored(self: &Arc<Self>) -> u64 {
        let unstored = std::mem::take(&mut self.memory().unstored);
        let mut left = 0;
        for one in unstored {
            // A second tap may be at it: an order with a code keeps its id.
            let Some(_busy) = Busy::take(self, &one.order.payment_id) else {
                left += 1;
                self.memory().unstored.push(one);
                continue;
            };
            let (order, envelope, created) = (one.order.clone(), one.envelope.clone(), one.created);
            let event = self.uuid();
            let noted = self.write(move |tx| {
                if tx.count::<Entry>("WHERE id = ?1", [&order.payment_id])? == 0 {
                    let entry = Entry::not_sent(tx, &order, &envelope, created)?;
                    News::push(tx, event, &entry.id, EventKind::Cancelled)?;
                }
                Ok::<_, Fault>(())
            });
            if let Err(fault) = noted.await {
                tracing::warn!(%fault, "an order that may not be stored could not be looked for");
                left += 1;
                self.memory().unstored.push(one);
            }
        }
        left
    }

    async fn count_open(self: &Arc<Self>) -> Result<u64, Fault> {
        self.in_clear(Entry::count_open).await
    }

    /// Reads what stands in clear, for which no keys are needed.
    async fn in_clear<T: Send + 'static>(&self, read: fn(&Tx<'_>) -> Result<T, StoreError>) -> Result<T, Fault> {
        let store = self.store.clone();
        Ok(blocking(&*self.platform.executor, move || store.read(read)).await??)
    }

    async fn take_up(self: &Arc<Self>, id: String) {
        let Ok(turn) = self.asking.acquire().await else { return };
        let Some(_busy) = Busy::take(self, &id) else { return };
        let wanted = id.clone();
        // Read at its turn and not with the list: whoever else asks may have ended it meanwhile.
        match self.read(move |tx| Ok::<_, Fault>(Entry::load(tx, &wanted)?)).await {
            Ok(Some(entry)) if entry.state().is_final() => self.is_storable(&id),
            Ok(Some(entry)) => {
                let state = entry.state();
                self.drive(entry, state, Event::Ask, Some(turn)).await;
            }
            // An index has lost it: a refresh makes that anew.
            Ok(None) => self.note_unstorable(&id, &Fault::Store(StoreError::DamagedFile)),
            Err(Fault::Store(StoreError::Damaged { .. })) => self.end_damaged(&id).await,
            Err(fault) => self.note_unstorable(&id, &fault),
        }
    }

    fn with_jitter(&self, pause: Duration) -> Duration {
        let mut byte = [0];
        self.platform.rng.fill(&mut byte);
        // Up to a quarter more, so that a thousand phones do not ask in step.
        let [byte] = byte;
        pause + pause * u32::from(byte) / 1024
    }
}

/// Goes on until no order is open, until nothing can be done for now, or (`None`) until the client
/// is gone.
async fn recover(client: &Weak<Inner>) -> Option<Stopped> {
    let mut pause = FIRST;
    loop {
        let inner = client.upgrade()?;
        match inner.rounds().await {
            Ok(0) => return Some(Stopped::NothingOpen),
            Err(Fault::Suspended) => return Some(Stopped::Suspended),
            Err(Fault::NotActivated | Fault::KeyLost | Fault::ShuttingDown) => return Some(Stopped::Helpless),
            Ok(_) => {}
            Err(fault) => tracing::warn!(%fault, "open orders could not be looked at"),
        }
        let sleep = inner.platform.clock.sleep(inner.with_jitter(pause));
        let poke = inner.poke.clone();
        // Nothing of the client is held while nothing is done.
        drop(inner);
        tokio::select! {
            biased;
            () = poke.notified() => pause = FIRST,
            () = sleep => pause = (pause * 2).min(LAST),
        }
    }
}

/// An order that one task is busy with, for as long as this lives.
pub(super) struct Busy {
    inner: Arc<Inner>,
    id: String,
}

impl Busy {
    /// `None` if another task is.
    pub(super) fn take(inner: &Arc<Inner>, id: &str) -> Option<Self> {
        let taken = inner.memory().busy.insert(id.to_owned());
        taken.then(|| Self { inner: inner.clone(), id: id.to_owned() })
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.inner.memory().busy.remove(&self.id);
    }
}
