//! The bank's ledger: everything that the gateway knows rests here and nowhere else, so that a
//! gateway may vanish at any moment.
//!
//! Each decision is one transaction of [`Ledger::write`]; none spans a wait for anything. A COMMIT
//! that answers an error is *unknown*: the caller gets the error, says nothing about money, and the
//! next turn looks again.

pub mod accounts;
pub mod activations;
pub(crate) mod again;
pub mod answers;
mod aside;
mod asked;
pub mod backup;
pub mod billers;
pub mod bills;
pub(crate) mod booked;
pub mod customers;
pub mod devices;
pub mod differences;
pub(crate) mod hosted;
pub mod life;
mod open;
pub mod operator;
pub mod orders;
pub mod outcomes;
pub mod postings;
pub mod quotes;
pub(crate) mod reminded;
pub mod rulings;
pub mod step_ups;

use std::{
    cell::{Cell, RefCell},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use rusqlite::Connection;
use thiserror::Error;

pub use self::life::Life;
pub(crate) use self::open::connect;

/// Why the ledger did not do what was asked. Whether a write happened is then unknown.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// SQLite's own word.
    #[error("the ledger failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored JSON text could not be read, or one not be made.
    #[error("a stored text is not what it was: {0}")]
    Json(#[from] serde_json::Error),
    /// A stored value that no version of this program has written.
    #[error("a stored value has no meaning: {0}")]
    Meaning(&'static str),
}

/// One connection with everything in it.
pub struct Ledger {
    inner: Mutex<Inner>,
    life: Arc<Life>,
    after_commit: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

struct Inner {
    db: Connection,
    /// What a restore from a backup must not undo.
    aside: Connection,
    /// The same place, without a wait for the disk at each commit: how far the ledger has come, and when payments ended.
    marks: Connection,
    changed: Cell<i64>,
}

/// A transaction under way.
pub struct Tx<'a> {
    pub(crate) db: &'a Connection,
    aside: &'a Connection,
    /// The moment of this decision, in milliseconds since 1970.
    pub now: i64,
    pub(crate) life: &'a Life,
    changed: &'a Cell<i64>,
    /// Payments that this transaction ends, and when; noted beside the ledger once it is committed.
    ended: RefCell<Vec<(String, i64)>>,
}

impl Tx<'_> {
    /// A number above all that were given before.
    pub(crate) fn change(&self) -> i64 {
        let next = self.changed.get() + 1;
        self.changed.set(next);
        next
    }

    /// The highest number given so far.
    pub(crate) fn latest_change(&self) -> i64 {
        self.changed.get()
    }
}

impl Ledger {
    /// The epoch and when it began.
    #[must_use]
    pub fn life(&self) -> &Arc<Life> {
        &self.life
    }

    /// Calls `hook` after each commit and before anything else happens: for whoever breaks a bank
    /// between two of them. The first hook stays.
    pub fn after_each_commit(&self, hook: Box<dyn Fn() + Send + Sync>) {
        let _first_stays = self.after_commit.set(hook);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked rolled back on the way out; the rows are whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction and commits it; rolls back if it answers an error.
    ///
    /// # Errors
    /// What `work` answers, or what the commit does.
    pub fn write<T>(&self, now: i64, work: impl FnOnce(&Tx<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let mut inner = self.lock();
        let Inner { db, aside, marks, changed } = &mut *inner;
        let before = changed.get();
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let tx = Tx { db: &transaction, aside, now, life: &self.life, changed, ended: RefCell::default() };
        let result = match work(&tx) {
            Ok(result) => result,
            Err(error) => {
                // What a cursor has passed must never be given to a later change, so a number that
                // came to nothing is given again.
                changed.set(before);
                return Err(error);
            }
        };
        let ended = tx.ended.into_inner();
        if let Err(error) = transaction.commit() {
            changed.set(open::highest_change(db)?);
            return Err(error.into());
        }
        if changed.get() != before
            && let Err(error) = aside::Mark::store(&self.life, changed.get(), marks)
        {
            // What was decided is committed; a mark that is behind raises no alarm.
            tracing::warn!(%error, "not noted how far the ledger has come");
        }
        if let Err(error) = reminded::note_ends(&ended, marks) {
            // Only reminders read it, and take what the document says where it is not there: no payment waits for that.
            tracing::warn!(%error, "not noted when a payment ended");
        }
        drop(inner);
        if let Some(after_commit) = self.after_commit.get() {
            after_commit();
        }
        Ok(result)
    }

    /// Looks, without writing.
    ///
    /// # Errors
    /// What `work` answers.
    pub fn read<T>(&self, now: i64, work: impl FnOnce(&Tx<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let inner = self.lock();
        let Inner { db, aside, changed, .. } = &*inner;
        work(&Tx { db, aside, now, life: &self.life, changed, ended: RefCell::default() })
    }
}
