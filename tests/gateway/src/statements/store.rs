//! The closed days, beside the ledger. A closed day is only ever read again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use crate::{
    ledger::{
        LedgerError,
        booked::{Booked, code, kind},
        connect,
    },
    leg::statement::LineKind,
    location::Location,
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS closed(
        biller TEXT NOT NULL, day INTEGER NOT NULL, epoch TEXT NOT NULL,
        upto INTEGER NOT NULL, -- all that the ledger of that epoch booked up to here is in this day or before
        pages INTEGER NOT NULL, PRIMARY KEY (biller, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS page(
        id INTEGER PRIMARY KEY, biller TEXT NOT NULL, day INTEGER NOT NULL, page INTEGER NOT NULL,
        body BLOB NOT NULL, UNIQUE (biller, day, page)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS stated(
        biller TEXT NOT NULL, number TEXT NOT NULL, kind INTEGER NOT NULL, corrects INTEGER NOT NULL,
        payment_id TEXT NOT NULL, bill_number TEXT NOT NULL, amount INTEGER NOT NULL,
        PRIMARY KEY (biller, number, kind, corrects)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS looked(id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL) STRICT;
    CREATE TEMP TABLE IF NOT EXISTS opened(number TEXT PRIMARY KEY) WITHOUT ROWID;";

/// How many lines are read at a time, wherever lines are read.
pub(crate) const AT_A_TIME: i64 = 500;

/// The bank's keeper of statements.
pub(crate) struct Statements(Mutex<Connection>);

/// A line that a closed day holds.
pub(crate) struct Stated {
    pub(crate) biller: String,
    pub(crate) number: String,
    pub(crate) kind: LineKind,
    pub(crate) bill_number: String,
    pub(crate) amount: i64,
}

/// A day, closed.
pub(crate) struct Closed {
    pub(crate) upto: i64,
    pub(crate) pages: i64,
}

impl Statements {
    pub(crate) fn open(ledger: &Location) -> Result<Self, LedgerError> {
        let db = connect(&ledger.beside(".statements"))?;
        db.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(db)))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // Whoever panicked rolled back on the way out; the rows are whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction: a day is closed whole, or not at all.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&Keep<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let mut db = self.lock();
        let keep = Keep(db.transaction_with_behavior(TransactionBehavior::Immediate)?);
        let result = work(&keep)?;
        keep.0.commit()?;
        Ok(result)
    }

    /// A page of a closed day.
    pub(crate) fn page(&self, biller: &str, day: i64, page: i64) -> Result<Option<Vec<u8>>, LedgerError> {
        let db = self.lock();
        let mut look = db.prepare_cached("SELECT body FROM page WHERE biller = ?1 AND day = ?2 AND page = ?3")?;
        Ok(look.query_row((biller, day, page), |row| row.get(0)).optional()?)
    }

    /// Whether a day is closed.
    pub(crate) fn is_closed(&self, biller: &str, day: i64) -> Result<bool, LedgerError> {
        let db = self.lock();
        Ok(db.prepare_cached("SELECT 1 FROM closed WHERE biller = ?1 AND day = ?2")?.exists((biller, day))?)
    }
}

/// The keeper, within a transaction.
pub(crate) struct Keep<'a>(Transaction<'a>);

impl Keep<'_> {
    /// A closed day.
    pub(crate) fn closed(&self, biller: &str, day: i64) -> Result<Option<Closed>, LedgerError> {
        let sql = "SELECT upto, pages FROM closed WHERE biller = ?1 AND day = ?2";
        let found = self
            .0
            .prepare_cached(sql)?
            .query_row((biller, day), |row| Ok(Closed { upto: row.get(0)?, pages: row.get(1)? }));
        Ok(found.optional()?)
    }

    /// Up to where all lines of this epoch's ledger are in closed days.
    pub(crate) fn upto(&self, biller: &str, epoch: &str) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce(max(upto), 0) FROM closed WHERE biller = ?1 AND epoch = ?2";
        Ok(self.0.prepare_cached(sql)?.query_row((biller, epoch), |row| row.get(0))?)
    }

    pub(crate) fn put_closed(&self, biller: &str, day: i64, epoch: &str, closed: &Closed) -> Result<(), LedgerError> {
        self.0
            .prepare_cached("INSERT INTO closed(biller, day, epoch, upto, pages) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((biller, day, epoch, closed.upto, closed.pages))?;
        Ok(())
    }

    pub(crate) fn put_page(&self, biller: &str, day: i64, page: i64, body: &[u8]) -> Result<(), LedgerError> {
        self.0
            .prepare_cached("INSERT INTO page(biller, day, page, body) VALUES (?1, ?2, ?3, ?4)")?
            .execute((biller, day, page, body))?;
        Ok(())
    }

    /// Whether a line was in no closed day so far; from now on it is in one. What a restored ledger
    /// books anew is not stated twice. Corrections are counted here, too: one is new if it says something
    /// else than the last one, however many of them the ledger has lost since.
    pub(crate) fn is_new(&self, biller: &str, line: &Booked) -> Result<bool, LedgerError> {
        let mut nth = 0;
        if line.corrects {
            let last = self.last_correction(biller, line)?;
            if last.as_ref().is_some_and(|(_, bill, amount)| (bill, *amount) == (&line.bill_number, line.amount)) {
                return Ok(false);
            }
            nth = last.map_or(0, |(nth, ..)| nth) + 1;
        }
        let sql = "INSERT INTO stated(biller, number, kind, corrects, payment_id, bill_number, amount)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
        let new = self.0.prepare_cached(sql)?.execute((
            biller,
            &line.number,
            code(line.kind),
            nth,
            &line.payment_id,
            &line.bill_number,
            line.amount,
        ))?;
        Ok(new == 1)
    }

    /// The last correction in the place of such a line: the how manieth, and its bill and amount.
    fn last_correction(&self, biller: &str, line: &Booked) -> Result<Option<(i64, String, i64)>, LedgerError> {
        let sql = "SELECT corrects, bill_number, amount FROM stated
                   WHERE biller = ?1 AND number = ?2 AND kind = ?3 AND corrects > 0 ORDER BY corrects DESC LIMIT 1";
        let mut look = self.0.prepare_cached(sql)?;
        let found =
            look.query_row((biller, &line.number, code(line.kind)), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        Ok(found.optional()?)
    }

    /// Whether a number was not among the open ones of the day that is being closed.
    pub(crate) fn is_newly_open(&self, number: &str) -> Result<bool, LedgerError> {
        let sql = "INSERT INTO temp.opened(number) VALUES (?1) ON CONFLICT DO NOTHING";
        Ok(self.0.prepare_cached(sql)?.execute([number])? == 1)
    }

    pub(crate) fn forget_open(&self) -> Result<(), LedgerError> {
        self.0.execute("DELETE FROM temp.opened", [])?;
        Ok(())
    }

    /// In which epoch it was last asked what the ledger has lost of all this.
    pub(crate) fn looked(&self) -> Result<Option<String>, LedgerError> {
        let mut look = self.0.prepare_cached("SELECT epoch FROM looked")?;
        Ok(look.query_row([], |row| row.get(0)).optional()?)
    }

    pub(crate) fn put_looked(&self, epoch: &str) -> Result<(), LedgerError> {
        self.0.execute("INSERT OR REPLACE INTO looked(id, epoch) VALUES (1, ?1)", [epoch])?;
        Ok(())
    }

    /// The next lines after (biller, number), those that correct nothing.
    pub(crate) fn stated(&self, after: (&str, &str, i64)) -> Result<Vec<Stated>, LedgerError> {
        let sql = "SELECT biller, number, kind, bill_number, amount FROM stated
                   WHERE (biller, number, kind) > (?1, ?2, ?3) AND corrects = 0
                   ORDER BY biller, number, kind LIMIT ?4";
        let mut look = self.0.prepare_cached(sql)?;
        let rows = look.query_map((after.0, after.1, after.2, AT_A_TIME), |row| {
            Ok(Stated {
                biller: row.get(0)?,
                number: row.get(1)?,
                kind: kind(row.get(2)?)?,
                bill_number: row.get(3)?,
                amount: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
