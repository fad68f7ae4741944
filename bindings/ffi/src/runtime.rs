//! Where the work of all exports is done: threads of this library, so that nothing ever blocks the
//! thread that called, often the screen's.
//!
//! What was begun runs to its end, whoever stops waiting: dropping the future of an export (Kotlin
//! does so when a coroutine is cancelled) ends the waiting and nothing else. A panic ends its own
//! work, and reaches the caller as an error of the call.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use billpay_core::system::TokioExecutor;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinError,
};

/// The core waits for the network and for blocking threads; two workers never stand still for it.
const WORKERS: usize = 2;

fn runtime() -> Result<&'static Runtime, Lost> {
    // Lives as long as the process: payments under way belong to no client and to no screen.
    static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread().worker_threads(WORKERS).thread_name("billpay").enable_all().build()
    });
    made.as_ref().map_err(|_| Lost)
}

/// The work has no result: it panicked, or the system gives this process no threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl From<JoinError> for Lost {
    fn from(_: JoinError) -> Self {
        Self
    }
}

/// The core's way to these threads.
pub(crate) fn executor() -> Result<Arc<TokioExecutor>, Lost> {
    Ok(Arc::new(TokioExecutor::new(runtime()?.handle().clone())))
}

/// Does asynchronous work here, and waits for its result.
pub(crate) async fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, Lost> {
    let result = Arc::new(Mutex::new(None));
    let put = result.clone();
    let work = async move {
        let done = work.await;
        *put.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
    };
    started(Box::pin(work)).await?;
    result.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or(Lost)
}

/// Work that keeps its result to itself: one task for all exports. One each would be a third of what an export takes in
/// the library.
async fn started(work: Pin<Box<dyn Future<Output = ()> + Send>>) -> Result<(), Lost> {
    Ok(runtime()?.spawn(work).await?)
}

/// Does work that blocks here, and waits for its result.
pub(crate) async fn block<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Lost> {
    Ok(runtime()?.spawn_blocking(work).await?)
}

/// Lets go of something whose end may block (files, locks), without waiting for it.
pub(crate) fn let_go(thing: impl Send + 'static) {
    match runtime() {
        Ok(runtime) => drop(runtime.spawn_blocking(move || drop(thing))),
        Err(Lost) => drop(thing),
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;

    #[tokio::test]
    async fn row_59_a_panic_ends_its_own_work_and_nothing_else() {
        assert_eq!(run(async { panic!("on purpose") }).await, Err::<(), _>(Lost));
        assert_eq!(block(|| panic!("on purpose")).await, Err::<(), _>(Lost));
        assert_eq!(run(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn work_is_done_on_threads_of_its_own() {
        let caller = thread::current().id();
        assert_ne!(run(async { thread::current().id() }).await, Ok(caller));
        assert_ne!(block(|| thread::current().id()).await, Ok(caller));
    }

    #[tokio::test]
    async fn what_was_begun_runs_to_its_end_though_nobody_waits() {
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (go, may_go) = tokio::sync::oneshot::channel::<()>();
        let (done, is_done) = tokio::sync::oneshot::channel();
        let mut waiting = Box::pin(run(async move {
            let _ = begun.send(());
            let _ = may_go.await;
            let _ = done.send(());
        }));
        tokio::select! {
            biased;
            _ = &mut waiting => unreachable!("it may not go on yet"),
            started = has_begun => started.unwrap(),
        }
        drop(waiting);
        go.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(30), is_done).await.unwrap().unwrap();
    }
}
