//! Idempotency: a key is bound to the request it first came with, and to the answer it got.

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx};

/// What is known of an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
    /// The first answer, where one is kept.
    pub answer: Option<(u16, Vec<u8>)>,
}

impl Tx<'_> {
    /// Binds a key to a request, unless it is bound already; gives what it was bound to before.
    pub(crate) fn bind_key(
        &self,
        keyid: &str,
        key: &str,
        fingerprint: &[u8; 32],
    ) -> Result<Option<Bound>, LedgerError> {
        let new = self
            .db
            .prepare_cached(
                "INSERT INTO answer(keyid, key, fingerprint, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute((keyid, key, fingerprint, self.now))?;
        if new == 1 {
            return Ok(None);
        }
        let sql = "SELECT fingerprint, status, body FROM answer WHERE keyid = ?1 AND key = ?2";
        let bound = self.db.prepare_cached(sql)?.query_row((keyid, key), |row| {
            let status: Option<u16> = row.get(1)?;
            let body: Option<Vec<u8>> = row.get(2)?;
            Ok(Bound { fingerprint: row.get(0)?, answer: status.zip(body) })
        });
        Ok(bound.optional()?)
    }

    /// Forgets keys that came before `before`: nobody asks again after so long.
    pub(crate) fn forget_answers(&self, before: i64) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM answer WHERE at < ?1")?.execute([before])?;
        Ok(())
    }

    /// Keeps the answer to a key.
    pub(crate) fn keep_answer(&self, keyid: &str, key: &str, status: u16, body: &[u8]) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("UPDATE answer SET status = ?3, body = ?4 WHERE keyid = ?1 AND key = ?2")?
            .execute((keyid, key, status, body))?;
        Ok(())
    }
}
