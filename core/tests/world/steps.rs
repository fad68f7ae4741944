//! The steps of what a client does: each piece of blocking work and each request, before and after
//! it. One of them can be held up, so that a test does something just there.

use std::sync::atomic::{AtomicI64, Ordering};

use billpay_core::{
    platform::{BoxFuture, Executor},
    system::TokioExecutor,
};
use tokio::sync::Notify;

/// Counts steps, and holds one up.
#[derive(Default)]
pub struct Steps {
    left: AtomicI64,
    held: Notify,
    go_on: Notify,
}

impl Steps {
    /// The nth step from now on is held up, counted from 1.
    pub fn hold(&self, nth: i64) {
        self.left.store(nth, Ordering::SeqCst);
    }

    /// Waits until the step is held up.
    pub async fn is_held(&self) {
        self.held.notified().await;
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.go_on.notify_one();
    }

    /// A step is here.
    pub async fn pass(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.held.notify_one();
            self.go_on.notified().await;
        }
    }
}

/// tokio's threads, with each piece of work between two steps.
pub struct Stepping {
    pub steps: std::sync::Arc<Steps>,
    pub threads: TokioExecutor,
}

impl Executor for Stepping {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.threads.spawn(task);
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        let (steps, threads) = (self.steps.clone(), self.threads.clone());
        // Of its own: work that was begun is done, whether or not anybody waits for it.
        let done = tokio::spawn(async move {
            steps.pass().await;
            threads.blocking(work).await;
            steps.pass().await;
        });
        Box::pin(async move { done.await.unwrap() })
    }
}
