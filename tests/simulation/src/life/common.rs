//! What everything in a life shares.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;

use super::{clock::Now, fault::Faults, record::Record, run::Options, suite::Signatures, trace::Trace};

/// What everything in a life shares.
#[derive(Debug)]
pub struct Common {
    /// The one time.
    pub now: Now,
    /// Which signatures.
    pub signatures: Signatures,
    /// What goes wrong.
    pub faults: Arc<Faults>,
    /// What happened.
    pub trace: Trace,
    /// What the checks go by.
    pub record: Record,
    /// When the last message that is under way arrives.
    pub horizon: AtomicI64,
}

impl Common {
    /// A life begins. Inside of its runtime.
    #[must_use]
    pub fn new(seed: u64, options: &Options) -> Arc<Self> {
        let now = Now::begin();
        Arc::new(Self {
            now,
            signatures: options.signatures,
            faults: Arc::new(if options.steady { Faults::only_loss(seed) } else { Faults::of(seed, &options.without) }),
            trace: Trace::begin(now, options.keep),
            record: Record::default(),
            horizon: AtomicI64::new(0),
        })
    }

    /// Something that must not be was seen as it happened.
    pub fn wrong(&self, invariant: &'static str, what: String) {
        self.trace.note(format_args!("WRONG {invariant}: {what}"));
        self.record.facts().wrong.push((invariant, what));
    }

    /// Runs `work`; a panic in it is no weather but something that must not be.
    pub async fn watched<T>(&self, who: &str, work: impl Future<Output = T>) -> Option<T> {
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(done) => Some(done),
            Err(panic) => {
                self.wrong("panic", format!("{who} panicked: {}", spoken(panic.as_ref())));
                None
            }
        }
    }

    /// A message is under way for so long.
    pub fn under_way(&self, how_long: Duration) {
        let until = self.now.ms().saturating_add(i64::try_from(how_long.as_millis()).unwrap_or(i64::MAX));
        self.horizon.fetch_max(until, Ordering::Relaxed);
    }

    /// Waits until nothing is under way any more.
    pub async fn drained(&self) {
        loop {
            let left = self.horizon.load(Ordering::Relaxed) - self.now.ms();
            if left <= 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0) + 1)).await;
        }
    }
}

/// What a panic said.
#[must_use]
pub fn spoken(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}

/// Waits so many virtual milliseconds.
pub async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// A life that could not be set up or looked at: a fault of the simulation, not of what it simulates.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A database.
    #[error("sql: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The gateway's ledger.
    #[error("ledger: {0}")]
    Ledger(#[from] sandbox_gateway::ledger::LedgerError),
    /// The gateway.
    #[error("gateway: {0}")]
    Gateway(#[from] sandbox_gateway::OpenError),
    /// The billers.
    #[error("billers: {0}")]
    Billers(#[from] sandbox_gateway::biller::BillersError),
    /// The core.
    #[error("core: {0}")]
    Core(#[from] billpay_core::error::OpenError),
    /// JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// The runtime.
    #[error("runtime: {0}")]
    Runtime(#[from] std::io::Error),
    /// Anything else.
    #[error("{0}")]
    Other(&'static str),
}

impl Unfit {
    /// Whether it is a party that could not be opened on its own bytes, and not the simulation.
    #[must_use]
    pub fn is_a_partys(&self) -> bool {
        match self {
            Self::Ledger(_) | Self::Gateway(_) | Self::Core(_) => true,
            Self::Sql(_) | Self::Billers(_) | Self::Json(_) | Self::Runtime(_) | Self::Other(_) => false,
        }
    }
}
