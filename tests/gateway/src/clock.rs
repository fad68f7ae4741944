//! The time, as the bank and the billers see it. Nothing in this crate asks the system directly, so
//! that a test can move one party's clock and a simulation can supply its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

/// A wall clock and a timer.
pub trait Clock: Send + Sync {
    /// What this party believes the time to be.
    fn now(&self) -> Timestamp;
    /// Ends after `duration` of real (or simulated) time, wherever the wall clock is moved to.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Another clock, set ahead or back by an offset. Sleeping is not affected.
pub struct MovableClock {
    base: Arc<dyn Clock>,
    offset_ms: AtomicI64,
}

impl MovableClock {
    /// Starts level with `base`.
    #[must_use]
    pub fn new(base: Arc<dyn Clock>) -> Self {
        Self { base, offset_ms: AtomicI64::new(0) }
    }

    /// Level with this machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock))
    }

    /// How far ahead of its base it is, in milliseconds; negative when it is behind.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Sets the offset.
    pub fn set_offset_ms(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
    }

    /// Moves it ahead by so many milliseconds more; back, if negative.
    pub fn advance_ms(&self, by_ms: i64) {
        let moved = |offset: i64| Some(offset.saturating_add(by_ms));
        // The closure never declines, so there is no error to look at.
        let _ = self.offset_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved);
    }

    /// Moves it ahead by a duration.
    pub fn advance(&self, by: Duration) {
        self.advance_ms(i64::try_from(by.as_millis()).unwrap_or(i64::MAX));
    }

    /// Makes it say `time` now, and go on from there.
    pub fn set(&self, time: Timestamp) {
        let ahead = time.duration_since(self.base.now()).as_millis();
        self.set_offset_ms(i64::try_from(ahead).unwrap_or(0));
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        let (now, offset) = (self.base.now(), SignedDuration::from_millis(self.offset_ms()));
        // A clock moved beyond the calendar stays at its end.
        now.saturating_add(offset).unwrap_or(now)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.base.sleep(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    #[test]
    fn a_moved_clock_is_ahead_or_behind_its_base_by_what_it_was_moved() {
        let clock = MovableClock::new(Arc::new(Fixed));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));
        clock.advance_ms(-30_000);
        assert_eq!(clock.now(), Timestamp::from_second(60).unwrap());
        clock.set(Timestamp::from_second(1_000).unwrap());
        assert_eq!(clock.now(), Timestamp::from_second(1_000).unwrap());
    }

    #[test]
    fn a_clock_moved_beyond_the_calendar_does_not_panic() {
        let clock = MovableClock::new(Arc::new(Fixed));
        clock.set_offset_ms(i64::MAX);
        assert!(clock.now() >= Timestamp::UNIX_EPOCH);
    }
}
