//! A process that may die at any await: its tasks, and the points at which it counts down.
//!
//! All ports of a process pass [`Process::point`] before and after their effect. At the chosen point
//! the process is dead: nothing of it goes on, then or later, whoever still holds its futures.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use billpay_core::platform::{BoxFuture, Executor};
use tokio::{sync::watch, task::AbortHandle};

/// One life of a core or of a gateway.
#[derive(Debug)]
pub struct Process {
    dead: AtomicBool,
    left: AtomicI64,
    died: watch::Sender<bool>,
    tasks: Mutex<Vec<AbortHandle>>,
}

impl Process {
    /// A process that dies after so many points; `None`: only by [`Process::kill`].
    #[must_use]
    pub fn start(points: Option<u64>) -> Arc<Self> {
        let left = points.and_then(|points| i64::try_from(points).ok()).unwrap_or(i64::MAX);
        Arc::new(Self {
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
    }

    /// It may die here; if it is dead, nothing comes after.
    pub async fn point(&self) {
        if !self.is_dead() && self.left.fetch_sub(1, Ordering::Relaxed) > 1 {
            return;
        }
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

    /// What `work` gives, or nothing if the process dies first.
    pub async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.death() => None,
            done = work => Some(done),
        }
    }

    /// Runs a task that ends with the process.
    pub fn run(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        if self.is_dead() {
            return;
        }
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() >= 64 {
            tasks.retain(|task| !task.is_finished());
        }
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
#[derive(Debug)]
pub struct Threads(pub Arc<Process>);

impl Executor for Threads {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.0.run(task);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        let process = self.0.clone();
        Box::pin(async move {
            process.point().await;
            work();
            process.point().await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dead_process_does_nothing_more_before_or_after_the_point() {
        for (points, done) in [(1, false), (2, true)] {
            let process = Process::start(Some(points));
            let threads = Threads(process.clone());
            let did = Arc::new(AtomicBool::new(false));
            let flag = did.clone();
            let work = threads.blocking(Box::new(move || flag.store(true, Ordering::Relaxed)));
            assert!(process.within(work).await.is_none());
            assert_eq!(did.load(Ordering::Relaxed), done);
            assert!(process.is_dead());
        }
    }
}
