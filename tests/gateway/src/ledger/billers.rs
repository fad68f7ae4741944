//! Billers as phones are told of them: a version that rises with each change of their entry in the
//! catalogue and of their standing.

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx};

/// How a biller stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which one.
    pub id: String,
    /// Raised with each change.
    pub version: i64,
    /// It takes nothing for the moment, as it said when it was last asked.
    pub closed: bool,
}

impl Tx<'_> {
    /// Takes note of what the catalogue says of a biller.
    pub(crate) fn describe_biller(&self, id: &str, entry: &[u8; 32]) -> Result<(), LedgerError> {
        let known = "SELECT EXISTS (SELECT 1 FROM biller WHERE id = ?1 AND entry = ?2)";
        if self.db.prepare_cached(known)?.query_row((id, entry), |row| row.get(0))? {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT INTO biller(id, version, closed, entry, changed) VALUES (?1, 1, 0, ?2, ?3)
                 ON CONFLICT DO UPDATE SET version = version + 1, entry = ?2, changed = ?3",
            )?
            .execute((id, entry, self.change()))?;
        Ok(())
    }

    /// Whether a biller was closed when it was last asked.
    pub(crate) fn biller_is_closed(&self, id: &str) -> Result<bool, LedgerError> {
        let mut look = self.db.prepare_cached("SELECT closed FROM biller WHERE id = ?1")?;
        Ok(look.query_row([id], |row| row.get(0)).optional()?.unwrap_or(false))
    }

    /// Takes note of a change in a biller's standing.
    pub(crate) fn biller_stands(&self, id: &str, closed: bool) -> Result<(), LedgerError> {
        // Two may have asked at the same time: only the first saw a change.
        if self.biller_is_closed(id)? == closed {
            return Ok(());
        }
        self.db
            .prepare_cached("UPDATE biller SET closed = ?2, version = version + 1, changed = ?3 WHERE id = ?1")?
            .execute((id, closed, self.change()))?;
        Ok(())
    }

    /// Billers that changed after `since` and not after `until`.
    pub(crate) fn billers_since(&self, since: i64, until: i64) -> Result<Vec<Standing>, LedgerError> {
        let sql = "SELECT id, version, closed FROM biller WHERE changed > ?1 AND changed <= ?2 ORDER BY id LIMIT 500";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((since, until), |row| {
            Ok(Standing { id: row.get(0)?, version: row.get(1)?, closed: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
