//! The one door: a method per thing a person does. Each composes rooms inside one store transaction
//! and decides nothing about money itself; that is `payments::transition`.

mod activating;
mod adopting;
mod along;
mod archive;
mod aside;
mod asking;
mod attesting;
mod binding;
mod catalogue;
mod channels;
mod config;
mod cursor;
mod drive;
mod events;
mod evidence;
mod keys;
mod lifecycle;
mod limits;
mod mending;
mod methods;
mod pauses;
mod pay;
mod quote;
mod records;
mod recovery;
mod reminding;
mod several;
mod shown;
mod step_up;
mod sync;
mod taken;
mod usual;
mod views;
mod wipe;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

pub use attesting::NotAnAttestation;
pub use channels::Channels;
pub use config::Config;
pub use reminding::{Armed, Reminders};
pub use several::{Beyond, MOST_AT_ONCE, Several, Wish};
pub use views::{
    Accounts, Activation, BillStatus, BillView, BillerView, Bills, BindingEcho, FirstPayment, HostedStep, LimitsView,
    Payment, PaymentPage, PaymentState, Payments, Profile, Proof, QuoteView, ReceiptPage, ReceiptView, Receipts,
    Refreshed, SentCode, Statistics, TrustState,
};
pub use wipe::OpenPayments;

use crate::{
    blocking::blocking,
    error::{Fault, OpenError},
    gateway::{caller::Caller, trust::Trust},
    platform::Platform,
    store::{Store, StoreError, Tx},
};

/// A profile that is open: one customer's bills, payments and receipts on this device.
///
/// Cheap to clone. All methods may be called from any task; dropping the future of any of them
/// never cancels a payment, only the waiting for it. When the last clone is dropped the profile is
/// closed, as soon as what is under way has ended; open orders are taken up at the next open.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    config: Config,
    platform: Platform,
    store: Store,
    caller: Caller,
    trust: Mutex<Trust>,
    /// One at a time makes or fetches the root key.
    unlocking: Arc<tokio::sync::Mutex<()>>,
    /// The store has its keys, and the stored trust document is taken.
    unlocked: AtomicBool,
    /// Suspending and resuming happen in the order in which they were asked for.
    lifecycle: Arc<tokio::sync::Mutex<()>>,
    /// Steps of an activation come one after the other: each may make keys.
    activating: Arc<tokio::sync::Mutex<()>>,
    /// Two refreshes at a time would each undo where the other stands.
    refreshing: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
    /// Wakes the recovery before its time.
    poke: Arc<tokio::sync::Notify>,
    /// Turns at asking about an open order; first come, first served.
    asking: tokio::sync::Semaphore,
    /// Steps of orders that wait to be stored.
    steps: along::Steps,
}

/// What a process may forget without harm.
#[derive(Default)]
struct Memory {
    /// Quotes that can still be taken up, by our id.
    quotes: BTreeMap<String, taken::Taken>,
    /// Orders of which the person was told that they are being checked, and perhaps not in the file.
    unstored: Vec<taken::Unstored>,
    /// Open orders whose next step the file did not take when it was last tried.
    unstorable: BTreeMap<String, Fault>,
    /// Why the last question about an order had no answer; `None` where it had one.
    silence: Option<Fault>,
    /// Orders that a task of this process is busy with: two at a time could contradict each other
    /// about what was sent.
    busy: BTreeSet<String>,
    /// The last journal sequence given out, once known.
    sequence: Option<i64>,
    /// The ledger's life, as the last answer told it.
    epoch: Option<String>,
    /// A recovery task is running.
    recovering: bool,
    /// Evidence of this epoch is being presented.
    presenting: bool,
    /// Everything stored was looked at since something was last found broken.
    looked: bool,
    /// The trust document that was stored does not open.
    trust_lost: bool,
    /// The highest version of a trust document that was stored.
    trust_version: i64,
    /// The version that the bank says it has now.
    trust_told: i64,
    /// Quotes made so far.
    quoted: u64,
    /// What the bank was asked too often.
    pauses: pauses::Pauses,
}

impl Client {
    /// Opens a profile. Works while the key store is locked: keys are fetched on first need. Orders
    /// whose end is not known are taken up again at once, in the background.
    ///
    /// # Errors
    /// [`OpenError`]; nothing is ever deleted or overwritten for it.
    pub async fn open(config: Config, platform: Platform) -> Result<Self, OpenError> {
        let trust = config.trust(&*platform.suite)?;
        let (location, rng) = (config.profile.clone(), platform.rng.clone());
        let opened = blocking(&*platform.executor, move || Store::open(&location, &*rng)).await;
        let store = opened.map_err(|_| OpenError::ShuttingDown)??;
        let caller = Caller::new(platform.clone(), &config.gateway, &config.client_version, config.language);
        let client = Self(Arc::new(Inner {
            config,
            platform,
            store,
            caller,
            trust: Mutex::new(trust),
            unlocking: Arc::default(),
            unlocked: AtomicBool::new(false),
            lifecycle: Arc::default(),
            activating: Arc::default(),
            refreshing: tokio::sync::Mutex::default(),
            memory: Mutex::default(),
            poke: Arc::default(),
            asking: tokio::sync::Semaphore::new(recovery::AT_A_TIME),
            steps: along::Steps::default(),
        }));
        client.0.start_recovery();
        Ok(client)
    }
}

impl Inner {
    /// A transaction that writes, away from the caller's thread, with the keys at hand.
    async fn write<T, E>(self: &Arc<Self>, work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<Fault> + Send + 'static,
    {
        self.unlock().await?;
        self.write_unlocked(work).await
    }

    /// The same for callers that hold no keys and need none.
    async fn write_unlocked<T, E>(
        self: &Arc<Self>,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<Fault> + Send + 'static,
    {
        self.away(move |store| store.write(work)).await
    }

    /// Something of the store's, away from the caller's thread.
    async fn away<T, E>(&self, work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let store = self.store.clone();
        blocking(&*self.platform.executor, move || work(&store)).await.map_err(Fault::from)?
    }

    /// A snapshot to read from.
    async fn read<T, E>(self: &Arc<Self>, work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<Fault> + Send + 'static,
    {
        self.unlock().await?;
        self.away(move |store| store.read(work)).await
    }

    /// The same for work that takes long.
    async fn read_long<T, E>(
        self: &Arc<Self>,
        work: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<Fault> + Send + 'static,
    {
        self.unlock().await?;
        self.away(move |store| store.read_long(work)).await
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trust(&self) -> MutexGuard<'_, Trust> {
        self.trust.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_suspended(&self) -> bool {
        self.caller.is_asleep()
    }

    fn uuid(&self) -> String {
        crate::ids::uuid_v7(&*self.platform.clock, &*self.platform.rng)
    }
}
