//! The virtual clock: one time for all, and for each party its own idea of it. Time passes only
//! when nobody has anything to do.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use billpay_core::platform::BoxFuture;
use jiff::{Timestamp, civil::Date};
use tokio::time::Instant;

/// 2026-11-22T04:00:00Z, noon at the bank: when every life begins.
pub const DAWN_MS: i64 = 1_795_320_000_000;
/// The day of it, at the bank.
pub const DAWN_DATE: Date = jiff::civil::date(2026, 11, 22);

/// Time since a life began.
#[derive(Clone, Copy, Debug)]
pub struct Now(Instant);

impl Now {
    /// A life begins. Inside of its runtime.
    #[must_use]
    pub fn begin() -> Self {
        // gate-allows(time): tokio's, which is paused
        Self(Instant::now())
    }

    /// Milliseconds since.
    #[must_use]
    pub fn ms(self) -> i64 {
        i64::try_from(self.0.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// One party's clock.
#[derive(Debug)]
pub struct PartyClock {
    now: Now,
    skew_ms: AtomicI64,
}

impl PartyClock {
    /// Ahead of the truth by so much.
    #[must_use]
    pub fn new(now: Now, skew_ms: i64) -> Self {
        Self { now, skew_ms: AtomicI64::new(skew_ms) }
    }

    /// How far ahead it is.
    #[must_use]
    pub fn skew_ms(&self) -> i64 {
        self.skew_ms.load(Ordering::Relaxed)
    }

    /// Somebody sets it.
    pub fn jump(&self, skew_ms: i64) {
        self.skew_ms.store(skew_ms, Ordering::Relaxed);
    }

    fn told(&self) -> Timestamp {
        let ms = DAWN_MS.saturating_add(self.now.ms()).saturating_add(self.skew_ms());
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

fn pause(duration: Duration) -> BoxFuture<'static, ()> {
    Box::pin(async move { tokio::time::sleep(duration).await })
}

impl billpay_core::platform::Clock for PartyClock {
    fn now(&self) -> Timestamp {
        self.told()
    }

    fn monotonic(&self) -> Duration {
        self.now.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        pause(duration)
    }
}

impl sandbox_gateway::clock::Clock for PartyClock {
    fn now(&self) -> Timestamp {
        self.told()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        pause(duration)
    }
}
