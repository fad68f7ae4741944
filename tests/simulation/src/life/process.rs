//! A process that may die at any await: its tasks, and the points at which it counts down.
//!
//! All ports of a process pass [`Process::point`] before and after their effect. At the chosen point
//! the process is dead: nothing of it goes on, then or later, whoever still holds its futures.

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use billpay_core::platform::{BoxFuture, Executor};
use futures_util::FutureExt as _;
use tokio::{sync::watch, task::AbortHandle};

use super::{
    common::{Common, pause, spoken},
    keeper::Keeper,
    rng::Stream,
};

/// What unwinds a task whose process dies in the middle of it, between two awaits.
struct Killed;

/// One life of a core or of a gateway.
#[derive(Debug)]
pub struct Process {
    common: Arc<Common>,
    who: String,
    commits: AtomicI64,
    dead: AtomicBool,
    left: AtomicI64,
    died: watch::Sender<bool>,
    tasks: Mutex<Vec<AbortHandle>>,
}

impl Process {
    /// A process that dies after so many points; `None`: only by [`Process::kill`].
    #[must_use]
    pub fn start(common: &Arc<Common>, who: &str, points: Option<u64>) -> Arc<Self> {
        let left = points.and_then(|points| i64::try_from(points).ok()).unwrap_or(i64::MAX);
        Arc::new(Self {
            common: common.clone(),
            who: who.to_owned(),
            commits: AtomicI64::new(i64::MAX),
            dead: AtomicBool::new(false),
            left: AtomicI64::new(left),
            died: watch::Sender::new(false),
            tasks: Mutex::default(),
        })
    }

    /// Whether it is dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// No crash is planned any more.
    pub fn spare(&self) {
        self.left.store(i64::MAX, Ordering::Relaxed);
        self.commits.store(i64::MAX, Ordering::Relaxed);
    }

    /// It dies with the commit of that number, whatever was to come after it without an await.
    pub fn dies_with_commit(&self, number: u64) {
        self.commits.store(i64::try_from(number).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// A task of it has committed something.
    pub fn committed(&self) {
        if self.commits.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::panic::resume_unwind(Box::new(Killed));
        }
    }

    fn fell(&self, panic: &(dyn Any + Send)) {
        if panic.is::<Killed>() {
            self.die();
        } else {
            self.common.wrong("panic", format!("{} panicked: {}", self.who, spoken(panic)));
        }
    }

    /// It may die here; if it is dead, nothing comes after.
    pub async fn point(&self) {
        if !self.is_dead() && self.left.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
        self.die();
        std::future::pending().await
    }

    /// It dies here, whatever comes after.
    pub async fn lose_power(&self) {
        self.die();
        std::future::pending().await
    }

    fn die(&self) {
        if !self.dead.swap(true, Ordering::Relaxed) {
            self.died.send_replace(true);
        }
    }

    /// Ends when it dies.
    pub async fn death(&self) {
        let mut died = self.died.subscribe();
        // The sender is in here: it cannot have gone.
        let _ = died.wait_for(|dead| *dead).await;
    }

    /// What `work` gives, or nothing if the process dies first; a panic is the end of it.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.death() => None,
            done = AssertUnwindSafe(work).catch_unwind() => match done {
                Ok(done) => Some(done),
                Err(panic) => {
                    self.fell(panic.as_ref());
                    self.die();
                    None
                }
            },
        }
    }

    /// Runs a task that ends with the process.
    pub fn run(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() >= 64 {
            tasks.retain(|task| !task.is_finished());
        }
        let own = self.clone();
        let task = async move {
            // Held, and not dropped: whoever waits for it in a dead process must not hear that it was let go.
            if own.is_dead() {
                std::future::pending::<()>().await;
            }
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                own.fell(panic.as_ref());
            }
        };
        tasks.push(tokio::spawn(task).abort_handle());
    }

    /// Kills it, and ends when nothing of it is left.
    pub async fn kill(&self) {
        self.die();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.iter().for_each(AbortHandle::abort);
        while tasks.iter().any(|task| !task.is_finished()) {
            tokio::task::yield_now().await;
        }
    }
}

/// The core's threads: tasks of the process, and blocking work done on the spot.
pub struct Threads {
    /// Whose they are.
    pub process: Arc<Process>,
    /// The phone's disk: when it has no power, nothing has.
    pub keeper: Arc<Keeper>,
    /// Which work waits for a thread, and for how long: whatever comes meanwhile goes on, and what wants to be
    /// stored meanwhile is stored with it.
    pub late: Mutex<Stream>,
}

/// Of a thousand pieces of work so many wait, and for so many virtual milliseconds at the most.
const LATE: (u64, u64) = (150, 40);

impl Threads {
    /// For how long the next piece of work waits.
    fn waits(&self) -> Option<u64> {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        let (waits, ms) = (late.chance(LATE.0), late.between(1, LATE.1));
        waits.then_some(ms)
    }
}

impl Executor for Threads {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.process.run(task);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        let (process, keeper, waits) = (self.process.clone(), self.keeper.clone(), self.waits());
        Box::pin(async move {
            if let Some(ms) = waits {
                pause(ms).await;
            }
            process.point().await;
            work();
            if keeper.is_dark() {
                process.lose_power().await;
            }
            process.point().await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::run::Options;

    #[tokio::test]
    async fn a_panic_in_a_task_or_under_a_person_is_something_that_must_not_be() {
        let common = Common::new(0, &Options::default());
        let process = Process::start(&common, "it", None);
        process.run(async { panic!("oh") });
        // The task has its turn first: one that starts in a dead process does nothing at all.
        tokio::task::yield_now().await;
        assert!(process.within(async { panic!("{}", 7) }).await.is_none());
        process.run(async { panic!("never") });
        tokio::task::yield_now().await;
        let said: Vec<String> = common.record.facts().wrong.iter().map(|(_, what)| what.clone()).collect();
        assert_eq!(said, ["it panicked: oh", "it panicked: 7"]);
    }

    #[tokio::test]
    async fn a_process_that_dies_with_a_commit_does_nothing_after_it_and_that_is_no_panic() {
        let common = Common::new(0, &Options::default());
        let process = Process::start(&common, "it", None);
        process.dies_with_commit(2);
        let did = Arc::new(AtomicI64::new(0));
        let (own, count) = (process.clone(), did.clone());
        process.run(async move {
            for _ in 0..5 {
                count.fetch_add(1, Ordering::Relaxed);
                own.committed();
            }
        });
        process.death().await;
        assert_eq!(did.load(Ordering::Relaxed), 2);
        assert_eq!(common.record.facts().wrong, []);
    }

    #[tokio::test]
    async fn a_dead_process_does_nothing_more_before_or_after_the_point() {
        for (points, done) in [(1, false), (2, true)] {
            let process = Process::start(&Common::new(0, &Options::default()), "it", Some(points));
            let keeper = Keeper::new(&format!("process-{points}"), Stream::of(0, "cuts")).unwrap();
            let late = Mutex::new(Stream::of(0, "late"));
            let threads = Threads { process: process.clone(), keeper: Arc::new(keeper), late };
            let did = Arc::new(AtomicBool::new(false));
            let flag = did.clone();
            let work = threads.blocking(Box::new(move || flag.store(true, Ordering::Relaxed)));
            assert!(process.within(work).await.is_none());
            assert_eq!(did.load(Ordering::Relaxed), done);
            assert!(process.is_dead());
        }
    }
}
