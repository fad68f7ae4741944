//! Steps of several orders share one `COMMIT` (group commit, as databases do it): while one is being brought
//! to the disk those that come meanwhile wait, and the next `COMMIT` is for all of them. Nobody hears of a step
//! before it is on the disk; one that fails is undone alone. A step that no other comes with is stored as if
//! there were none of this (docs/decisions/group-commit.md).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::oneshot;

use super::Inner;
use crate::{
    blocking::blocking,
    error::Fault,
    payments::{Entry, transition::Step},
    store::{Part, Store, Tx},
};

/// An order as it was stored, and what comes next.
type Moved = (Entry, Step);

/// See the head of this file.
pub(super) struct Steps<T = Moved> {
    waiting: Mutex<Vec<Waiting<T>>>,
    /// Held by whoever stores: what he takes out of the list is all that came while another did.
    storing: Mutex<()>,
}

/// A step that waits to be stored, and who waits for it.
struct Waiting<T> {
    part: Part<T, Fault>,
    tell: oneshot::Sender<Result<T, Fault>>,
}

impl<T> Default for Steps<T> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), storing: Mutex::default() }
    }
}

impl Inner {
    /// A transaction that writes, as [`Inner::write`] runs it, which may share its `COMMIT` with others.
    pub(super) async fn write_along(
        self: &Arc<Self>,
        step: impl FnOnce(&Tx<'_>) -> Result<Moved, Fault> + Send + 'static,
    ) -> Result<Moved, Fault> {
        self.unlock().await?;
        let told = self.steps.wait(step);
        let this = self.clone();
        blocking(&*self.platform.executor, move || this.steps.store(&this.store)).await?;
        told.await.unwrap_or(Err(Fault::ShuttingDown))
    }
}

impl<T: 'static> Steps<T> {
    fn wait(
        &self,
        step: impl FnOnce(&Tx<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> oneshot::Receiver<Result<T, Fault>> {
        let (tell, told) = oneshot::channel();
        // One that panics is undone alone, too.
        let part = |tx: &Tx<'_>| catch_unwind(AssertUnwindSafe(|| step(tx))).unwrap_or(Err(Fault::Defect));
        let waiting = Waiting { part: Box::new(part), tell };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
        told
    }

    /// Stores whatever waits; nothing, where another has stored it with his own.
    fn store(&self, store: &Store) {
        let storing = self.storing.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.is_empty() {
            return;
        }
        let (parts, told): (Vec<_>, Vec<_>) = waiting.into_iter().map(|step| (step.part, step.tell)).unzip();
        let stored = store.write_each(parts);
        drop(storing);
        for (tell, stored) in told.into_iter().zip(stored) {
            // Whoever waited may be gone; the step is stored all the same.
            let _ = tell.send(stored);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{secret::Secret, store::Location, system::SystemRng};

    fn names(store: &Store) -> Vec<String> {
        store.read(|tx| tx.select("SELECT id FROM setting ORDER BY id", [], |row| row.get(0))).unwrap()
    }

    #[test]
    fn i9_steps_that_wait_are_stored_by_the_first_who_can_and_one_that_fails_or_panics_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::file(folder.path().join("profile.db")), &SystemRng::new()).unwrap();
        store.unlock(&Secret::new(vec![7; 32]), Arc::new(SystemRng::new())).unwrap();
        let steps = Steps::<u8>::default();
        let mut told = Vec::new();
        for (nth, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            told.push(steps.wait(move |tx| {
                tx.set_setting(name, &nth)?;
                match name {
                    "b" => Err(Fault::Cancelled),
                    "d" => panic!("on purpose"),
                    _ => Ok(7),
                }
            }));
        }
        assert_eq!(told[0].try_recv(), Err(oneshot::error::TryRecvError::Empty), "not before it is stored");
        steps.store(&store);
        let said: Vec<_> = told.iter_mut().map(|told| told.try_recv().unwrap()).collect();
        assert_eq!(said, [Ok(7), Err(Fault::Cancelled), Ok(7), Err(Fault::Defect), Ok(7)]);
        assert_eq!(names(&store), ["a", "c", "e"]);
        // The others come too late to do anything.
        steps.store(&store);
        assert_eq!(names(&store), ["a", "c", "e"]);
    }
}
