//! Several changes with one `COMMIT`.

use super::{Store, StoreError, Tx};
use crate::plant;

/// One change of several that share a transaction.
pub type Part<T, E> = Box<dyn FnOnce(&Tx<'_>) -> Result<T, E> + Send>;

impl Store {
    /// Stores each part as [`Store::write`] would, all of them with one `COMMIT`, in order. One that fails is
    /// undone alone. A `COMMIT` that fails, or an error after which nothing of the transaction is left, is
    /// the error of every one.
    pub fn write_each<T, E: From<StoreError> + Clone>(&self, mut parts: Vec<Part<T, E>>) -> Vec<Result<T, E>> {
        if parts.len() == 1 {
            return parts.pop().map(|part| self.write(part)).into_iter().collect();
        }
        let number = parts.len();
        let done = self.write(|tx| parts.into_iter().map(|part| tx.apart(part)).collect::<Result<_, E>>());
        done.unwrap_or_else(|error| vec![error; number].into_iter().map(Err).collect())
    }
}

impl Tx<'_> {
    /// Runs `work`, and undoes it alone if it fails. The outer error is of the whole transaction, of which
    /// nothing must be kept.
    fn apart<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<Result<T, E>, E> {
        self.execute("SAVEPOINT part", [])?;
        let done = work(self);
        // A full disk may have undone the whole transaction under it: then that is everybody's error.
        if done.is_err() && self.connection.is_autocommit() {
            return done.map(Ok);
        }
        if done.is_err() || plant::is!("undoes-what-shares-a-commit") {
            self.execute("ROLLBACK TO part", [])?;
        }
        self.execute("RELEASE part", [])?;
        Ok(done)
    }
}
