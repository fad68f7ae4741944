//! The biller's list of differences: each found once, and resolved when the books and all that the
//! bank has stated agree again.

use rusqlite::params;

use super::{
    super::{Billers, BillersError, books::Books},
    compare::{Facts, compare},
    lines::EDGE_MS,
};
use crate::{
    leg::{
        ChargeNumber,
        differences::{Difference, Item},
    },
    moment,
};

/// A difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What does not agree.
    pub what: Difference,
    /// About which charge.
    pub number: ChargeNumber,
    /// In the statement of which day of the bank it was found.
    pub day: jiff::civil::Date,
    /// The bill in the books.
    pub bill_number: Option<String>,
    /// The amount in the books, in minor units.
    pub amount_minor: Option<i64>,
    /// The amount in the statement, in minor units.
    pub stated_minor: Option<i64>,
    /// When it was found, in milliseconds since 1970.
    pub found_at: i64,
    /// When it was told to the bank.
    pub told_at: Option<i64>,
    /// When both sides agreed again.
    pub resolved_at: Option<i64>,
}

/// What came of a look at a number.
pub(super) enum Looked {
    /// Nothing new.
    AsBefore,
    /// A difference that was not known.
    Found(Difference),
    /// One that was known is none any more.
    Resolved,
}

impl Books<'_> {
    /// Compares a number, and writes the result into the list.
    pub(super) fn look_at(&self, number: ChargeNumber, day: i64, overdue: bool) -> Result<Looked, BillersError> {
        let (told, own) = (self.told(number)?, self.own(number)?);
        let line = told.line.as_ref();
        let again = self.was_missing(number)?;
        let facts = Facts {
            overdue,
            same_amount: line.is_none_or(|line| Some(line.amount) == own.amount),
            same_bill: line.is_none_or(|line| Some(&line.bill) == own.bill.as_ref()),
            day_fits: line.zip(own.charged_at).is_none_or(|(line, at)| {
                // A correction is the bank's last word on it.
                if again || line.corrects {
                    return true;
                }
                let from = moment::day_begins(line.charge_day) - EDGE_MS;
                (from..moment::day_begins(line.charge_day + 1) + EDGE_MS).contains(&at)
            }),
            twice: told.twice,
        };
        let now = self.now.as_millisecond();
        match compare(told.said, own.state, facts) {
            None => {
                let sql = "UPDATE difference SET resolved_at = ?3 WHERE biller = ?1 AND number = ?2
                           AND resolved_at IS NULL";
                let resolved =
                    self.connection.prepare_cached(sql)?.execute(params![self.biller, number.bytes(), now])?;
                Ok(if resolved == 1 { Looked::Resolved } else { Looked::AsBefore })
            }
            Some(what) => {
                // One that is open already keeps its name and its date.
                let sql = "INSERT INTO difference(biller, number, what, day, bill, amount, stated, found_at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                           ON CONFLICT DO UPDATE SET what = ?3, day = ?4, bill = ?5, amount = ?6, stated = ?7,
                              found_at = ?8, told_at = NULL, resolved_at = NULL
                           WHERE resolved_at IS NOT NULL OR what <> ?3 OR amount IS NOT ?6";
                let found = self.connection.prepare_cached(sql)?.execute(params![
                    self.biller,
                    number.bytes(),
                    what.as_str(),
                    day,
                    own.bill,
                    own.amount,
                    line.map(|line| line.amount),
                    now,
                ])?;
                Ok(if found == 1 { Looked::Found(what) } else { Looked::AsBefore })
            }
        }
    }

    /// The next open differences after `after`, those of a lower version of a bill first where both
    /// are known here.
    pub(super) fn open(&self, after: Option<ChargeNumber>) -> Result<Vec<Found>, BillersError> {
        let after = after.map(|number| number.bytes().to_vec()).unwrap_or_default();
        let sql = "SELECT number, what, day, bill, amount, stated, found_at, told_at, resolved_at FROM difference
                   WHERE biller = ?1 AND resolved_at IS NULL AND number > ?2 ORDER BY number LIMIT 100";
        let mut look = self.connection.prepare_cached(sql)?;
        let mut rows = look.query(params![self.biller, after])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let what = row.get_ref(1)?.as_str().ok().and_then(Difference::parse);
            found.push(Found {
                number: ChargeNumber::new(row.get(0)?),
                what: what.ok_or(BillersError::Broken("difference.what"))?,
                day: moment::date_of(row.get(2)?),
                bill_number: row.get(3)?,
                amount_minor: row.get(4)?,
                stated_minor: row.get(5)?,
                found_at: row.get(6)?,
                told_at: row.get(7)?,
                resolved_at: row.get(8)?,
            });
        }
        Ok(found)
    }

    /// The bank has taken them.
    pub(super) fn told_to_bank(&self, items: &[Item]) -> Result<(), BillersError> {
        let sql = "UPDATE difference SET told_at = ?3 WHERE biller = ?1 AND number = ?2";
        let mut put = self.connection.prepare_cached(sql)?;
        for item in items {
            put.execute(params![self.biller, item.number.bytes(), self.now.as_millisecond()])?;
        }
        Ok(())
    }
}

impl Found {
    /// As it is told to the bank.
    #[must_use]
    pub fn item(&self) -> Item {
        Item {
            what: self.what,
            number: self.number,
            bill_number: self.bill_number.clone(),
            amount_minor: self.amount_minor,
        }
    }
}

impl Billers {
    /// The open differences of a biller, by number; `after` is the last one of the page before.
    ///
    /// # Errors
    /// No such biller, or the books.
    pub fn differences(&self, biller: &str, after: Option<ChargeNumber>) -> Result<Vec<Found>, BillersError> {
        self.by_hand(biller, |books| books.open(after))
    }
}
