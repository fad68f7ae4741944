//! The bank's list of differences with its billers, and what is done about each.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx};
use crate::leg::differences::{Difference, Item};

/// A difference, as the bank knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// With whom.
    pub biller: String,
    /// About which charge, 64 hex digits.
    pub number: String,
    /// What does not agree, from the biller's side.
    pub what: Difference,
    /// The bill in the biller's books.
    pub bill_number: Option<String>,
    /// The amount in the biller's books, in minor units.
    pub amount: Option<i64>,
    /// Since when it is listed, in milliseconds since 1970.
    pub since: i64,
    /// What follows from it, as it was decided last.
    pub repair: Option<String>,
    /// When nothing was left to do about it; `None`: open.
    pub resolved_at: Option<i64>,
    pub(crate) tries: i64,
}

const COLUMNS: &str = "biller, number, what, bill_number, amount, since, repair, resolved_at, tries";

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let what = Difference::parse(row.get_ref(2)?.as_str()?);
    Ok(Listed {
        biller: row.get(0)?,
        number: row.get(1)?,
        what: what.ok_or(rusqlite::Error::InvalidColumnName("difference.what".to_owned()))?,
        bill_number: row.get(3)?,
        amount: row.get(4)?,
        since: row.get(5)?,
        repair: row.get(6)?,
        resolved_at: row.get(7)?,
        tries: row.get(8)?,
    })
}

impl Tx<'_> {
    /// Takes a difference into the list. One that is listed as it is keeps its date and its turn; told
    /// again after it was resolved, or otherwise, it is open again.
    pub(crate) fn list_difference(&self, biller: &str, item: &Item) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT INTO difference(biller, number, what, bill_number, amount, since, next_at, tries)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0)
                 ON CONFLICT DO UPDATE SET what = ?3, bill_number = ?4, amount = ?5, next_at = ?6, tries = 0,
                    since = iif(resolved_at IS NULL, since, ?6), resolved_at = NULL",
            )?
            .execute((
                biller,
                item.number.to_string(),
                item.what.as_str(),
                &item.bill_number,
                item.amount_minor,
                self.now,
            ))?;
        Ok(())
    }

    /// Differences whose turn has come.
    pub(crate) fn due_differences(&self, limit: i64) -> Result<Vec<Listed>, LedgerError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM difference WHERE resolved_at IS NULL AND next_at <= ?1
             ORDER BY next_at, biller, number LIMIT ?2"
        );
        let mut look = self.db.prepare_cached(&sql)?;
        let rows = look.query_map((self.now, limit), listed)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A difference about a number.
    pub(crate) fn difference(&self, biller: &str, number: &str) -> Result<Option<Listed>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM difference WHERE biller = ?1 AND number = ?2");
        Ok(self.db.prepare_cached(&sql)?.query_row((biller, number), listed).optional()?)
    }

    /// What was decided about a difference: it is resolved, or has its turn again at `next_at`.
    pub(crate) fn decided_difference(&self, d: &Listed, repair: &str, next_at: Option<i64>) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "UPDATE difference SET repair = ?3, next_at = coalesce(?4, next_at), tries = tries + 1,
                    resolved_at = iif(?4 IS NULL, ?5, NULL) WHERE biller = ?1 AND number = ?2",
            )?
            .execute((&d.biller, &d.number, repair, next_at, self.now))?;
        Ok(())
    }

    /// The open ones, the oldest first; at most `limit`.
    pub(crate) fn open_differences(&self, limit: i64) -> Result<Vec<Listed>, LedgerError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM difference WHERE resolved_at IS NULL ORDER BY since, biller, number LIMIT ?1"
        );
        let mut look = self.db.prepare_cached(&sql)?;
        let rows = look.query_map([limit], listed)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
