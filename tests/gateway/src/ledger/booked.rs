//! The lines of the billers' statements, booked in the commit that ends an order.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx, orders::Order};
use crate::{leg::statement::LineKind, moment};

/// A line, as it was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Booked {
    pub(crate) id: i64,
    pub(crate) day: i64,
    pub(crate) kind: LineKind,
    pub(crate) corrects: bool,
    pub(crate) number: String,
    pub(crate) payment_id: String,
    pub(crate) bill_number: String,
    pub(crate) amount: i64,
    pub(crate) charge_day: i64,
}

/// As it stands in the tables; the order of the codes is the order in which they can come to be.
pub(crate) fn code(kind: LineKind) -> i64 {
    match kind {
        LineKind::Open => 0,
        LineKind::Charged => 1,
        LineKind::Undone => 2,
        LineKind::Repaid => 3,
    }
}

pub(crate) fn kind(code: i64) -> rusqlite::Result<LineKind> {
    LineKind::ALL
        .into_iter()
        .find(|kind| self::code(*kind) == code)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(0, code))
}

/// The day that a line about an order names. The biller's own moment of the charge is not known: it is
/// at most minutes from when the order was taken and, where it was taken up only after a restore, from
/// the end of its validity.
fn charge_day(order: &Order) -> i64 {
    moment::bank_day(order.taken_at.min(order.valid_until))
}

const COLUMNS: &str = "id, day, kind, corrects, number, payment_id, bill_number, amount, charge_day";

fn booked(row: &Row<'_>) -> rusqlite::Result<Booked> {
    Ok(Booked {
        id: row.get(0)?,
        day: row.get(1)?,
        kind: kind(row.get(2)?)?,
        corrects: row.get::<_, i64>(3)? > 0,
        number: row.get(4)?,
        payment_id: row.get(5)?,
        bill_number: row.get(6)?,
        amount: row.get(7)?,
        charge_day: row.get(8)?,
    })
}

impl Tx<'_> {
    /// Books a line about an order; one that is booked stays as it is.
    pub(crate) fn book(&self, order: &Order, kind: LineKind) -> Result<(), LedgerError> {
        self.book_as(order, kind, 0)
    }

    /// Books a line that counts in the place of every earlier one of the number; one that says what the last
    /// such line says already is not booked again.
    pub(crate) fn correct(&self, order: &Order, kind: LineKind) -> Result<(), LedgerError> {
        let (last, says_so) = match self.last_correction(&order.biller, &order.number, kind)? {
            Some((nth, bill, amount)) => (nth, bill == order.bill_number && amount == order.amount),
            None => (0, false),
        };
        if says_so { Ok(()) } else { self.book_as(order, kind, last + 1) }
    }

    /// The last correcting line of a kind: the how manieth it is, and the bill and the amount that it names.
    pub(crate) fn last_correction(
        &self,
        biller: &str,
        number: &str,
        kind: LineKind,
    ) -> Result<Option<(i64, String, i64)>, LedgerError> {
        let sql = "SELECT corrects, bill_number, amount FROM booked
                   WHERE biller = ?1 AND number = ?2 AND kind = ?3 AND corrects > 0 ORDER BY corrects DESC LIMIT 1";
        let mut look = self.db.prepare_cached(sql)?;
        let found = look.query_row((biller, number, code(kind)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        Ok(found.optional()?)
    }

    fn book_as(&self, order: &Order, kind: LineKind, corrects: i64) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT INTO booked(biller, day, kind, corrects, number, payment_id, bill_number, amount, charge_day,
                    taken_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
            )?
            .execute((
                &order.biller,
                moment::bank_day(self.now),
                code(kind),
                corrects,
                &order.number,
                &order.payment_id,
                &order.bill_number,
                order.amount,
                charge_day(order),
                order.taken_at,
            ))?;
        Ok(())
    }

    /// The day on which the end of a number was booked first.
    pub(crate) fn booked_on(&self, biller: &str, number: &str) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT min(day) FROM booked WHERE biller = ?1 AND number = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row((biller, number), |row| row.get(0))?)
    }

    /// Whether a line of that kind was booked about a number.
    pub(crate) fn is_booked(&self, biller: &str, number: &str, kind: LineKind) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM booked WHERE biller = ?1 AND number = ?2 AND kind = ?3)";
        let mut look = self.db.prepare_cached(sql)?;
        Ok(look.query_row((biller, number, code(kind)), |row| row.get(0))?)
    }

    /// The next lines after `after` that were booked on `day` or before, in the order of booking.
    pub(crate) fn booked_by(&self, biller: &str, day: i64, after: i64, limit: i64) -> Result<Vec<Booked>, LedgerError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM booked INDEXED BY booked_in WHERE biller = ?1 AND id > ?3 AND day <= ?2
             ORDER BY id LIMIT ?4"
        );
        let mut look = self.db.prepare_cached(&sql)?;
        let rows = look.query_map((biller, day, after, limit), booked)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The next lines after `after` of orders that were recorded before `moment` and ended after `day`.
    pub(crate) fn booked_later(
        &self,
        biller: &str,
        day: i64,
        moment: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Booked>, LedgerError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM booked WHERE biller = ?1 AND day > ?2 AND id > ?4 AND taken_at < ?3 AND corrects = 0
             AND kind <> 3 ORDER BY id LIMIT ?5"
        );
        let mut look = self.db.prepare_cached(&sql)?;
        let rows = look.query_map((biller, day, moment, after, limit), booked)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The last line before the first one, after `after`, that is of a later day than `day`: all up to
    /// it are in the statements of `day` and before.
    pub(crate) fn booked_up_to(&self, biller: &str, day: i64, after: i64) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce((SELECT min(id) - 1 FROM booked WHERE biller = ?1 AND id > ?3 AND day > ?2),
                   (SELECT max(id) FROM booked), 0)";
        Ok(self.db.prepare_cached(sql)?.query_row((biller, day, after), |row| row.get(0))?)
    }

    /// The days before `day` on which something was booked after `after`, oldest first.
    pub(crate) fn booked_days(&self, biller: &str, day: i64, after: i64) -> Result<Vec<i64>, LedgerError> {
        let sql = "SELECT DISTINCT day FROM booked WHERE biller = ?1 AND id > ?3 AND day < ?2 ORDER BY day";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((biller, day, after), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The next orders of a biller after `after` that were recorded before `moment` and are open.
    pub(crate) fn open_at(
        &self,
        biller: &str,
        moment: i64,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Booked>, LedgerError> {
        let sql = "SELECT payment_id, number, bill_number, amount, taken_at, valid_until FROM orders
                   WHERE state IN (1, 2) AND biller = ?1 AND taken_at < ?2 AND payment_id > ?3
                   ORDER BY payment_id LIMIT ?4";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((biller, moment, after, limit), |row| {
            let (taken_at, valid_until): (i64, i64) = (row.get(4)?, row.get(5)?);
            Ok(Booked {
                id: 0,
                day: 0,
                kind: LineKind::Open,
                corrects: false,
                payment_id: row.get(0)?,
                number: row.get(1)?,
                bill_number: row.get(2)?,
                amount: row.get(3)?,
                charge_day: moment::bank_day(taken_at.min(valid_until)),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
