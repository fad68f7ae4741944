//! Calls that block (the store, the key store) as futures, through the [`Executor`] port.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;

use crate::platform::{BoxFuture, Executor};

/// The work has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// The executor was shut down before the work ended; the process is going away.
    ShutDown,
    /// The work, or a port that it called, panicked: a defect, but not the end of the process.
    Panicked,
}

/// Runs `work` where blocking is allowed and gives its result.
pub(crate) async fn blocking<T: Send + 'static>(
    executor: &dyn Executor,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Abandoned> {
    begin(executor, work).await
}

/// The same, handed over at once: it may run before anybody waits for its result.
pub(crate) fn begin<T: Send + 'static, W: FnOnce() -> T + Send + 'static>(
    executor: &dyn Executor,
    work: W,
) -> impl Future<Output = Result<T, Abandoned>> + Send + use<T, W> {
    let result = Arc::new(Mutex::new(None));
    let put = result.clone();
    let work = move || {
        let done = work();
        *put.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    };
    let done = handed(executor, Box::new(work));
    async move {
        done.await?;
        result.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Abandoned::ShutDown)
    }
}

/// Work that keeps its result to itself: one function for all of them, each of which would be one of its own otherwise,
/// in a library that a phone downloads.
fn handed(executor: &dyn Executor, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, Result<(), Abandoned>> {
    let (sender, receiver) = oneshot::channel();
    let run = executor.blocking(Box::new(move || {
        // What the work leaves behind is safe to see: a transaction that was cut short is undone by
        // the next one, and no lock of ours trusts a poisoned value.
        let done = catch_unwind(AssertUnwindSafe(work)).map_err(|_| Abandoned::Panicked);
        // Nobody waits any more: the work is done all the same.
        let _ = sender.send(done);
    }));
    Box::pin(async move {
        run.await;
        receiver.await.unwrap_or(Err(Abandoned::ShutDown))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::TokioExecutor;

    #[tokio::test]
    async fn a_panic_in_the_work_is_told_from_a_shutdown() {
        let executor = TokioExecutor::current().unwrap();
        assert_eq!(blocking(&executor, || 7).await, Ok(7));
        assert_eq!(blocking(&executor, || -> u8 { panic!("on purpose") }).await, Err(Abandoned::Panicked));
        let gone = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let executor = TokioExecutor::new(gone.handle().clone());
        gone.shutdown_background();
        assert_eq!(blocking(&executor, || 7).await, Err(Abandoned::ShutDown));
    }
}
