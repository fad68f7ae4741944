//! The ports as an operating system fills them: its clock, its randomness, tokio's threads.

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::runtime::{Handle, TryCurrentError};

use crate::platform::{BoxFuture, Clock, Executor, Rng};

/// The system's clock. Timers need a tokio runtime with its time driver on.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = SystemTime::now();
        // A clock set beyond year 9999 is as wrong as a clock can be, and no reason to panic.
        Timestamp::try_from(now).unwrap_or(if now < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// On Linux, Android and Apple systems this stands still while the device sleeps.
    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // Made inside: a tokio timer needs its runtime from the moment it is made.
        Box::pin(async move { tokio::time::sleep(duration).await })
    }
}

/// The operating system's generator.
#[derive(Clone, Debug)]
pub struct SystemRng(SystemRandom);

impl SystemRng {
    /// The generator.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemRng {
    fn default() -> Self {
        Self::new()
    }
}

impl Rng for SystemRng {
    /// Never returns with a byte that did not come from the system's generator: there is no
    /// fallback that would be random. The systems that are supported cannot fail here once they
    /// have booted; where one does all the same, this waits until it no longer does, because a
    /// payment that never starts does less harm than two with one id.
    fn fill(&self, buffer: &mut [u8]) {
        fill_by(buffer, |bytes| self.0.fill(bytes).is_ok());
    }
}

/// Fills the buffer by a source that may fail, however often it does.
fn fill_by(buffer: &mut [u8], source: impl Fn(&mut [u8]) -> bool) {
    let mut pause = Duration::from_millis(1);
    while !source(buffer) {
        tracing::error!("the system's random generator failed; trying again");
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

/// tokio's threads.
#[derive(Clone, Debug)]
pub struct TokioExecutor(Handle);

impl TokioExecutor {
    /// An executor on the runtime of this handle. The runtime belongs to the caller and has to
    /// outlive the work; dropping it abandons what still runs.
    #[must_use]
    pub fn new(handle: Handle) -> Self {
        Self(handle)
    }

    /// An executor on the runtime that this is called in.
    ///
    /// # Errors
    /// When it is called outside of one.
    pub fn current() -> Result<Self, TryCurrentError> {
        Handle::try_current().map(Self)
    }
}

impl Executor for TokioExecutor {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        // Dropping the join handle detaches the task; it does not cancel it.
        drop(self.0.spawn(task));
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        let running = self.0.spawn_blocking(work);
        Box::pin(async move {
            // An error here is a panic in the work, or a runtime that shut down: in both cases the
            // work has ended, and whoever waits for its result finds none.
            if running.await.is_err() {
                tracing::error!("blocking work ended without a result");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
    };

    use super::*;

    #[test]
    fn the_generator_fills_every_byte() {
        // 64 zero bytes in one place come by chance once in 2^512.
        let mut buffer = [0; 640];
        SystemRng::new().fill(&mut buffer);
        assert!(buffer.chunks(64).all(|part| part.iter().any(|byte| *byte != 0)));
    }

    #[test]
    fn a_failing_generator_is_asked_until_it_answers() {
        let left = Cell::new(3);
        let mut buffer = [0; 4];
        fill_by(&mut buffer, |bytes| {
            left.set(left.get() - 1);
            let good = left.get() == 0;
            if good {
                bytes.fill(9);
            }
            good
        });
        assert_eq!((buffer, left.get()), ([9; 4], 0));
    }

    #[test]
    fn the_clock_tells_the_time_and_never_runs_backwards() {
        let clock = SystemClock::new();
        let (one, two) = (clock.monotonic(), clock.monotonic());
        assert!(one <= two);
        let age = Timestamp::now().duration_since(clock.now());
        assert!(age.abs().as_secs() < 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_ends_after_its_duration() {
        let before = tokio::time::Instant::now();
        SystemClock::new().sleep(Duration::from_secs(90)).await;
        assert!(before.elapsed() >= Duration::from_secs(90));
    }

    #[tokio::test]
    async fn a_task_runs_to_its_end_though_nobody_waits() {
        let executor = TokioExecutor::current().unwrap();
        let (done, ended) = tokio::sync::oneshot::channel();
        executor.spawn(Box::pin(async move {
            tokio::task::yield_now().await;
            let _ = done.send(());
        }));
        ended.await.unwrap();
    }

    #[tokio::test]
    async fn blocking_work_has_ended_when_its_future_has() {
        let executor = TokioExecutor::current().unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let work = done.clone();
        executor
            .blocking(Box::new(move || {
                thread::sleep(Duration::from_millis(20));
                work.store(true, Ordering::SeqCst);
            }))
            .await;
        assert!(done.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn blocking_work_that_panics_still_ends() {
        let executor = TokioExecutor::current().unwrap();
        executor.blocking(Box::new(|| panic!("on purpose"))).await;
    }

    #[test]
    fn outside_of_a_runtime_there_is_no_executor() {
        assert!(TokioExecutor::current().is_err());
    }
}
