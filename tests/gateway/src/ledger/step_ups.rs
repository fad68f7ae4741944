//! Second factors: codes that are good for one digest each, and where a customer's messages go.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{LedgerError, Tx};
use crate::redact::debug_shows;

/// A second factor that was asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct StepUp {
    /// As it stands on the wire.
    pub id: String,
    /// Who asked.
    pub customer: String,
    /// `payment` or `limits`.
    pub purpose: String,
    /// What it is bound to.
    pub digest: String,
    /// Hash of the code.
    pub code: [u8; 32],
    /// Wrong codes that may still come.
    pub attempts_left: i64,
    /// When it was asked for.
    pub sent_at: i64,
    /// Until when the code is good.
    pub expires_at: i64,
}

debug_shows!(StepUp: id, customer, purpose, attempts_left, expires_at);

/// Where a customer's messages go.
#[derive(Clone, PartialEq, Eq)]
pub struct Reach {
    /// What the number is sealed for: the activation, or the customer where another number was enrolled
    /// since.
    pub activation: String,
    /// The number.
    pub phone_sealed: Vec<u8>,
    /// `zh` or `en`.
    pub language: String,
}

debug_shows!(Reach: activation, language);

fn step_up(row: &Row<'_>) -> rusqlite::Result<StepUp> {
    Ok(StepUp {
        id: row.get(0)?,
        customer: row.get(1)?,
        purpose: row.get(2)?,
        digest: row.get(3)?,
        code: row.get(4)?,
        attempts_left: row.get(5)?,
        sent_at: row.get(6)?,
        expires_at: row.get(7)?,
    })
}

/// A ledger that was put back to an earlier moment would know codes again that were used, and how often
/// wrong ones may still come: none of them counts any more, and no page on which a card can be entered.
pub(super) fn restored(db: &Connection) -> Result<(), LedgerError> {
    // A backup of an earlier version has no such tables.
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'step_up')";
    if db.query_row(sql, [], |row| row.get(0))? {
        db.execute_batch("DELETE FROM step_up; DELETE FROM hosted")?;
    }
    Ok(())
}

impl Tx<'_> {
    /// The number that a customer's device was activated with is where codes go from now on.
    pub(crate) fn put_reach(&self, customer: &str, reach: &Reach) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO reach(customer, activation, phone_sealed, language) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute((customer, &reach.activation, &reach.phone_sealed, &reach.language))?;
        Ok(())
    }

    /// The bank has another number of the customer: codes go there, as the answer to who asks for one
    /// says, and those that went to the old one are void.
    pub(crate) fn number_changed(&self, customer: &str, phone_sealed: &[u8]) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("UPDATE reach SET activation = ?1, phone_sealed = ?2 WHERE customer = ?1")?
            .execute((customer, phone_sealed))?;
        self.db.prepare_cached("DELETE FROM step_up WHERE customer = ?1")?.execute([customer])?;
        Ok(())
    }

    /// The customer reads this language now: messages come in it from now on.
    pub(crate) fn reads(&self, customer: &str, language: &str) -> Result<(), LedgerError> {
        let sql = "UPDATE reach SET language = ?2 WHERE customer = ?1 AND language <> ?2";
        self.db.prepare_cached(sql)?.execute((customer, language))?;
        Ok(())
    }

    /// Where a customer's codes go.
    pub(crate) fn reach(&self, customer: &str) -> Result<Option<Reach>, LedgerError> {
        let sql = "SELECT activation, phone_sealed, language FROM reach WHERE customer = ?1";
        let found = self.db.prepare_cached(sql)?.query_row([customer], |row| {
            Ok(Reach { activation: row.get(0)?, phone_sealed: row.get(1)?, language: row.get(2)? })
        });
        Ok(found.optional()?)
    }

    /// Keeps a factor whose code is to be sent; those for the same digest are void.
    pub(crate) fn put_step_up(&self, s: &StepUp, due: &[u8]) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("DELETE FROM step_up WHERE customer = ?1 AND digest = ?2 AND purpose = ?3")?
            .execute((&s.customer, &s.digest, &s.purpose))?;
        self.db
            .prepare_cached(
                "INSERT INTO step_up(id, customer, purpose, digest, code, attempts_left, sent_at, expires_at, due)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                &s.id,
                &s.customer,
                &s.purpose,
                &s.digest,
                s.code,
                s.attempts_left,
                s.sent_at,
                s.expires_at,
                due,
            ))?;
        Ok(())
    }

    /// The factor of that id.
    pub(crate) fn step_up(&self, id: &str) -> Result<Option<StepUp>, LedgerError> {
        let sql = "SELECT id, customer, purpose, digest, code, attempts_left, sent_at, expires_at FROM step_up
                   WHERE id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([id], step_up).optional()?)
    }

    /// When a code for this digest was last sent.
    pub(crate) fn step_up_sent_at(
        &self,
        customer: &str,
        purpose: &str,
        digest: &str,
    ) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT max(sent_at) FROM step_up WHERE customer = ?1 AND digest = ?3 AND purpose = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row((customer, purpose, digest), |row| row.get(0))?)
    }

    /// One wrong code more.
    pub(crate) fn wrong_factor(&self, id: &str) -> Result<(), LedgerError> {
        self.db.prepare_cached("UPDATE step_up SET attempts_left = attempts_left - 1 WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// It has done its work.
    pub(crate) fn use_step_up(&self, id: &str) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM step_up WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// The code that is to be sent for a factor, sealed.
    pub(crate) fn due_factor(&self, id: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let mut look = self.db.prepare_cached("SELECT due FROM step_up WHERE id = ?1")?;
        Ok(look.query_row([id], |row| row.get(0)).optional()?.flatten())
    }

    /// Its message is on its way.
    pub(crate) fn factor_was_sent(&self, id: &str) -> Result<(), LedgerError> {
        self.db.prepare_cached("UPDATE step_up SET due = NULL WHERE id = ?1")?.execute([id])?;
        Ok(())
    }

    /// Factors whose code was to be sent before `before`.
    pub(crate) fn factors_due(&self, before: i64) -> Result<Vec<String>, LedgerError> {
        let sql = "SELECT id FROM step_up WHERE due IS NOT NULL AND sent_at < ?1 ORDER BY sent_at, id";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map([before], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets factors that expired before `before`.
    pub(crate) fn forget_step_ups(&self, before: i64) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM step_up WHERE expires_at < ?1")?.execute([before])?;
        Ok(())
    }
}
