//! The billers' tables. Money in minor units, times in milliseconds since 1970.

use rusqlite::{Connection, config::DbConfig};

use super::BillersError;
use crate::location::{Location, into_wal};

/// Statements kept prepared: about one per question the house asks.
const STATEMENTS: usize = 64;

/// The steps from an empty database; those that one lacks are taken when it is opened.
const STEPS: [&str; 3] = [TABLES, RECONCILIATION, OPENED];

const TABLES: &str = "
CREATE TABLE biller(
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  closed INTEGER NOT NULL,
  retry_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE account(
  biller TEXT NOT NULL REFERENCES biller,
  number TEXT NOT NULL,
  holder TEXT NOT NULL,
  address TEXT NOT NULL,
  revises INTEGER NOT NULL,
  refuses INTEGER NOT NULL,
  slow_ms INTEGER NOT NULL,
  PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;

-- `billed` is what was asked in all, `received` what unreversed charges have brought in.
CREATE TABLE bill(
  biller TEXT NOT NULL,
  number TEXT NOT NULL,
  customer TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  version INTEGER NOT NULL,
  billed INTEGER NOT NULL,
  received INTEGER NOT NULL,
  minimum INTEGER NOT NULL,
  maximum INTEGER NOT NULL,
  late_fee INTEGER,
  period TEXT,
  due_date TEXT,
  updated_at INTEGER NOT NULL,
  items TEXT NOT NULL,
  PRIMARY KEY (biller, number),
  FOREIGN KEY (biller, customer) REFERENCES account(biller, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX bill_of_customer ON bill(biller, customer);

-- A tombstone is an undone number without a bill.
CREATE TABLE charge(
  biller TEXT NOT NULL REFERENCES biller,
  number BLOB NOT NULL,
  state TEXT NOT NULL,
  bill TEXT,
  version_at INTEGER,
  version_after INTEGER,
  amount INTEGER,
  billed INTEGER,
  reference TEXT,
  charged_at INTEGER,
  undone_at INTEGER,
  PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX charge_of_payable ON charge(biller, bill, version_at);

-- Every movement takes from one place and gives to another. Only ever added to.
CREATE TABLE entry(
  id INTEGER PRIMARY KEY,
  biller TEXT NOT NULL,
  number BLOB NOT NULL,
  debit TEXT NOT NULL,
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_of_charge ON entry(biller, number);
";

const RECONCILIATION: &str = "
-- The lines of the bank's statements about a number. Kinds: 0 open, 1 charged, 2 undone, 3 repaid.
CREATE TABLE stated(
  biller TEXT NOT NULL,
  number BLOB NOT NULL,
  kind INTEGER NOT NULL,
  corrects INTEGER NOT NULL,
  day INTEGER NOT NULL,
  bill TEXT NOT NULL,
  amount INTEGER NOT NULL,
  charge_day INTEGER NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (biller, number, kind, corrects, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX stated_on ON stated(biller, day);
CREATE INDEX stated_open ON stated(biller, day) WHERE kind = 0;

-- The statements that were checked, each known by the signature of its last page.
CREATE TABLE reconciled(
  biller TEXT NOT NULL,
  day INTEGER NOT NULL,
  signature TEXT NOT NULL,
  lines INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (biller, day)
) STRICT, WITHOUT ROWID;

-- What does not agree; `bill` and `amount` are of these books.
CREATE TABLE difference(
  biller TEXT NOT NULL,
  number BLOB NOT NULL,
  what TEXT NOT NULL,
  day INTEGER NOT NULL,
  bill TEXT,
  amount INTEGER,
  stated INTEGER,
  found_at INTEGER NOT NULL,
  told_at INTEGER,
  resolved_at INTEGER,
  PRIMARY KEY (biller, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX difference_open ON difference(biller) WHERE resolved_at IS NULL;
CREATE INDEX charge_at ON charge(biller, charged_at);
";

/// When the biller opened its books: what it lost before any charge that it still knows was on a day since
/// then. Books of earlier versions tell it by the oldest thing in them.
const OPENED: &str = "
ALTER TABLE biller ADD COLUMN opened_at INTEGER;
UPDATE biller SET opened_at = min(
  coalesce((SELECT min(updated_at) FROM bill WHERE bill.biller = biller.id), 9e18),
  coalesce((SELECT min(charged_at) FROM charge WHERE charge.biller = biller.id), 9e18));
UPDATE biller SET opened_at = NULL WHERE opened_at = 9e18;
";

/// Opens the books at `location`, and makes and seeds the tables where there are none, both or neither.
/// Books without a biller are seeded, too: an earlier version made them first and seeded them then, and
/// may have been stopped in between.
pub(super) fn open(
    location: &Location,
    seed: impl FnOnce(&Connection) -> Result<(), BillersError>,
) -> Result<Connection, BillersError> {
    let mut connection = location.connect()?;
    connection.busy_timeout(std::time::Duration::from_secs(2))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it a statement with a bound range or limit is prepared anew each time it is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    if !into_wal(&connection)? {
        let none = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        return Err(rusqlite::Error::SqliteFailure(none, Some("the file system has no WAL".to_owned())).into());
    }
    upgrade(&mut connection, seed)?;
    Ok(connection)
}

/// Makes the tables that are not there yet, and seeds books without a biller, both or neither; gives the
/// version that was.
pub(super) fn upgrade(
    connection: &mut Connection,
    seed: impl FnOnce(&Connection) -> Result<(), BillersError>,
) -> Result<i64, BillersError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = usize::try_from(version).ok().and_then(|version| STEPS.get(version..));
    for step in missing.ok_or(BillersError::Schema(version))? {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(STEPS.len()).unwrap_or(i64::MAX))?;
    let empty = transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM biller)", [], |row| row.get(0))?;
    if empty {
        seed(&transaction)?;
    }
    transaction.commit()?;
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_of_the_first_version_are_brought_up_to_date_and_newer_ones_are_refused() {
        let mut old = Connection::open_in_memory().unwrap();
        old.execute_batch(TABLES).unwrap();
        old.execute_batch("INSERT INTO biller VALUES ('b', 7, 0, NULL); PRAGMA user_version = 1").unwrap();
        assert_eq!(upgrade(&mut old, |_| Ok(())).unwrap(), 1);
        assert_eq!(upgrade(&mut old, |_| Ok(())).unwrap(), 3);
        let (version, stated): (i64, i64) = old
            .query_row("SELECT version, (SELECT count(*) FROM stated) FROM biller", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!((version, stated), (7, 0));
        old.execute_batch("PRAGMA user_version = 4").unwrap();
        assert!(matches!(upgrade(&mut old, |_| Ok(())), Err(BillersError::Schema(4))));
    }
}
