//! What persons at the bank have said about orders that no rule ends (rule 12): a log that is only
//! ever added to.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx};
use crate::payments::transition::Ruling;

/// A person's word about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled {
    /// The order.
    pub payment_id: String,
    /// How it is to end.
    pub ruling: Ruling,
    /// What the biller is to have, in minor units; 0 where it is to have nothing.
    pub biller_minor: i64,
    /// Who said so.
    pub person: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// By this word it was done: the second of two that agree.
    pub effect: bool,
}

/// As it stands in the table.
#[must_use]
pub(crate) fn name(ruling: Ruling) -> &'static str {
    match ruling {
        Ruling::Charged => "charged",
        Ruling::NotCharged => "not-charged",
    }
}

const COLUMNS: &str = "payment_id, ruling, biller_minor, person, at, effect";

fn ruled(row: &Row<'_>) -> rusqlite::Result<Ruled> {
    let ruling = match row.get_ref(1)?.as_str()? {
        "charged" => Ruling::Charged,
        "not-charged" => Ruling::NotCharged,
        _ => return Err(rusqlite::Error::InvalidColumnName("ruling.ruling".to_owned())),
    };
    Ok(Ruled {
        payment_id: row.get(0)?,
        ruling,
        biller_minor: row.get(2)?,
        person: row.get(3)?,
        at: row.get(4)?,
        effect: row.get(5)?,
    })
}

impl Tx<'_> {
    /// Adds a person's word.
    pub(crate) fn add_ruling(&self, word: &Ruled) -> Result<(), LedgerError> {
        let sql = "INSERT INTO ruling(payment_id, ruling, biller_minor, person, at, effect)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values =
            (&word.payment_id, name(word.ruling), word.biller_minor, &word.person, word.at, i64::from(word.effect));
        self.db.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The last word about an order.
    pub(crate) fn last_ruling(&self, payment_id: &str) -> Result<Option<Ruled>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM ruling WHERE payment_id = ?1 ORDER BY id DESC LIMIT 1");
        Ok(self.db.prepare_cached(&sql)?.query_row([payment_id], ruled).optional()?)
    }

    /// What the biller is to have of a settled order by two persons' word; `None`: nobody said otherwise than
    /// was signed.
    pub(crate) fn ruled_minor(&self, payment_id: &str) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT biller_minor FROM ruling WHERE payment_id = ?1 AND effect = 1 AND ruling = 'charged'
                   ORDER BY id DESC LIMIT 1";
        Ok(self.db.prepare_cached(sql)?.query_row([payment_id], |row| row.get(0)).optional()?)
    }

    /// All of it, the oldest first, for the auditors.
    pub(crate) fn all_rulings(&self) -> Result<Vec<Ruled>, LedgerError> {
        let mut look = self.db.prepare(&format!("SELECT {COLUMNS} FROM ruling ORDER BY id"))?;
        let rows = look.query_map([], ruled)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
