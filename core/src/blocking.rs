//! Calls that block (the store, the key store) as futures, through the [`Executor`] port.

use crate::platform::Executor;

/// The executor was shut down before the work ended; the process is going away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abandoned;

/// Runs `work` where blocking is allowed and gives its result.
pub(crate) async fn blocking<T: Send + 'static>(
    executor: &dyn Executor,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Abandoned> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let run = executor.blocking(Box::new(move || {
        // Nobody waits any more: the work is done all the same.
        let _ = sender.send(work());
    }));
    run.await;
    receiver.await.map_err(|_| Abandoned)
}
