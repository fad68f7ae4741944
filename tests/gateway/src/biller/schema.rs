//! The billers' tables. Money in minor units, times in milliseconds since 1970.

use rusqlite::{Connection, config::DbConfig};

use super::BillersError;
use crate::location::Location;

/// Statements kept prepared: about one per question the house asks.
const STATEMENTS: usize = 64;

const VERSION: i64 = 1;

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
    // In memory there is no WAL; SQLite answers with the mode that it kept.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        VERSION => {}
        other => return Err(BillersError::Schema(other)),
    }
    let empty = transaction.query_row("SELECT NOT EXISTS (SELECT 1 FROM biller)", [], |row| row.get(0))?;
    if empty {
        seed(&transaction)?;
    }
    transaction.commit()?;
    Ok(connection)
}
