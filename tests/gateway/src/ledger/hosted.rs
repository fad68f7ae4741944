//! Hosted steps that add a method: begun by a device, ended on a page of the bank.

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx};

impl Tx<'_> {
    /// A step that may be ended until then, under the hash of its page's token.
    pub(crate) fn put_hosted(
        &self,
        token: &[u8; 32],
        customer: &str,
        kind: &str,
        expires_at: i64,
    ) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO hosted(token, customer, kind, expires_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute((token, customer, kind, expires_at))?;
        Ok(())
    }

    /// Whose step it is, and what it adds; `None` once it has ended or expired.
    pub(crate) fn hosted(&self, token: &[u8; 32]) -> Result<Option<(String, String)>, LedgerError> {
        let sql = "SELECT customer, kind FROM hosted WHERE token = ?1 AND expires_at >= ?2";
        let found = self.db.prepare_cached(sql)?.query_row((token, self.now), |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    }

    /// It has ended.
    pub(crate) fn end_hosted(&self, token: &[u8; 32]) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM hosted WHERE token = ?1")?.execute([token])?;
        Ok(())
    }

    /// Forgets steps that expired before `before`.
    pub(crate) fn forget_hosted(&self, before: i64) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM hosted WHERE expires_at < ?1")?.execute([before])?;
        Ok(())
    }
}
