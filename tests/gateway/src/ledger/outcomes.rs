//! Outcomes: the signed ends of orders, kept as they were issued.

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx};

/// A signed end of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The order.
    pub payment_id: String,
    /// Of the document.
    pub epoch: String,
    /// Of the document, in its epoch.
    pub sequence: i64,
    /// Whose it is.
    pub customer: String,
    /// `receipt`, `refusal` or `reversal`; or `repayment`, which ends nothing.
    pub kind: String,
    /// The compact JWS.
    pub compact: String,
}

impl Tx<'_> {
    /// Keeps an outcome; one that is kept already stays as it is.
    pub(crate) fn keep_outcome(&self, o: &Outcome) -> Result<(), LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outcome WHERE payment_id = ?1 AND epoch = ?2 AND sequence = ?3)";
        let mut look = self.db.prepare_cached(sql)?;
        if look.query_row((&o.payment_id, &o.epoch, o.sequence), |row| row.get(0))? {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT INTO outcome(payment_id, epoch, sequence, customer, kind, compact, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((&o.payment_id, &o.epoch, o.sequence, &o.customer, &o.kind, &o.compact, self.change()))?;
        Ok(())
    }

    /// The outcome of an order that was kept first.
    pub(crate) fn outcome(&self, payment_id: &str) -> Result<Option<String>, LedgerError> {
        let sql = "SELECT compact FROM outcome WHERE payment_id = ?1 ORDER BY changed LIMIT 1";
        Ok(self.db.prepare_cached(sql)?.query_row([payment_id], |row| row.get(0)).optional()?)
    }

    /// Whether a settled payment was given back.
    pub(crate) fn is_repaid(&self, payment_id: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outcome WHERE payment_id = ?1 AND kind = 'repayment')";
        Ok(self.db.prepare_cached(sql)?.query_row([payment_id], |row| row.get(0))?)
    }

    /// A customer's outcomes that were kept after `since`.
    pub(crate) fn outcomes_since(&self, customer: &str, since: i64) -> Result<Vec<(i64, String)>, LedgerError> {
        let sql =
            "SELECT changed, compact FROM outcome WHERE customer = ?1 AND changed > ?2 ORDER BY changed LIMIT 501";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, since), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All outcomes in the order of keeping, for whoever checks the books.
    pub(crate) fn all_outcomes(&self) -> Result<Vec<Outcome>, LedgerError> {
        let sql = "SELECT payment_id, epoch, sequence, customer, kind, compact FROM outcome ORDER BY changed";
        let mut look = self.db.prepare(sql)?;
        let rows = look.query_map([], |row| {
            Ok(Outcome {
                payment_id: row.get(0)?,
                epoch: row.get(1)?,
                sequence: row.get(2)?,
                customer: row.get(3)?,
                kind: row.get(4)?,
                compact: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
