//! Opening a ledger: one connection, durable, with the schema it needs and the devices revoked that
//! a restore may have brought back.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use rusqlite::{Connection, config::DbConfig};

use super::{Inner, Ledger, LedgerError, Life};
use crate::{location::Location, plant};

const SCHEMA: &str = include_str!("schema.sql");
const UNIQUE: &str = include_str!("unique.sql");
const ASIDE: &str =
    "CREATE TABLE IF NOT EXISTS revoked(device TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID";

/// The schema's version; a newer file is refused.
const VERSION: i64 = 1;

/// Statements kept prepared.
const STATEMENTS: usize = 160;

/// Sets a connection up; a real file is in WAL and synced with every commit.
pub(super) fn connect(location: &Location) -> Result<Connection, LedgerError> {
    let db = location.connect()?;
    db.busy_timeout(Duration::from_secs(2))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it a statement with a bound range or limit is prepared anew each time it is bound.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    if location.vfs.is_none() {
        db.pragma_update(None, "fullfsync", true)?;
        db.pragma_update(None, "checkpoint_fullfsync", true)?;
    }
    db.pragma_update(None, "synchronous", "FULL")?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" && location.vfs.is_none() {
        return Err(LedgerError::Meaning("the file system has no WAL"));
    }
    Ok(db)
}

impl Ledger {
    /// Opens the ledger, or makes a new one with the epoch `fresh`.
    ///
    /// # Errors
    /// What SQLite says; a newer schema is refused.
    pub fn open(location: &Location, fresh: impl FnOnce() -> String) -> Result<Self, LedgerError> {
        let mut db = connect(location)?;
        let aside = connect(&location.beside(".aside"))?;
        aside.execute_batch(ASIDE)?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > VERSION {
            return Err(LedgerError::Meaning("a ledger of a newer version"));
        }
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if version == 0 {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        if plant::is("payable-not-unique-at-gateway") {
            transaction.execute_batch("DROP INDEX IF EXISTS one_claimed; DROP INDEX IF EXISTS one_settled")?;
        } else {
            transaction.execute_batch(UNIQUE)?;
        }
        let life = match Life::load(&transaction)? {
            Some(life) => life,
            None => {
                let life = Life { epoch: fresh(), restored_at: None };
                life.store(&transaction)?;
                life
            }
        };
        level_revocations(&transaction, &aside)?;
        transaction.commit()?;
        let changed = Cell::new(highest_change(&db)?);
        let inner = Mutex::new(Inner { db, aside, changed });
        Ok(Self { inner, life: Arc::new(life), after_commit: OnceLock::new() })
    }
}

/// A crash may have come between the two files, and a restore takes the ledger back: a device that
/// either knows as revoked is revoked.
fn level_revocations(db: &Connection, aside: &Connection) -> Result<(), LedgerError> {
    let mut known = aside.prepare("SELECT device, at FROM revoked")?;
    let mut rows = known.query([])?;
    while let Some(row) = rows.next()? {
        let (device, at): (String, i64) = (row.get(0)?, row.get(1)?);
        db.execute("UPDATE device SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", (device, at))?;
    }
    let mut here = db.prepare("SELECT id, revoked_at FROM device WHERE revoked_at IS NOT NULL")?;
    let mut rows = here.query([])?;
    while let Some(row) = rows.next()? {
        let (device, at): (String, i64) = (row.get(0)?, row.get(1)?);
        aside.execute("INSERT INTO revoked(device, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", (device, at))?;
    }
    Ok(())
}

/// The number after which changes go on: the highest that stands in a row. Cursors are made from it,
/// so it has to be the same for the program that runs and for the one that comes after a crash.
pub(super) fn highest_change(db: &Connection) -> Result<i64, LedgerError> {
    let highest = db.query_row(
        "SELECT max(
            (SELECT coalesce(max(changed), 0) FROM customer), (SELECT coalesce(max(changed), 0) FROM method),
            (SELECT coalesce(max(changed), 0) FROM account), (SELECT coalesce(max(changed), 0) FROM bill),
            (SELECT coalesce(max(changed), 0) FROM orders), (SELECT coalesce(max(changed), 0) FROM outcome))",
        [],
        |row| row.get(0),
    )?;
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ledger::outcomes::Outcome, location::Anchor};

    #[test]
    fn the_numbers_of_changes_are_the_same_for_a_program_that_goes_on_and_one_that_comes_after_it() {
        let place = Location::memory("ledger-numbers");
        let _anchor = Anchor::hold(&place).unwrap();
        let open = || Ledger::open(&place, || "019a9d3e-7c00-7000-8000-00000000e001".to_owned()).unwrap();
        let latest = |ledger: &Ledger| ledger.read(0, |tx| Ok(tx.latest_change())).unwrap();
        let outcome = Outcome {
            payment_id: "p".to_owned(),
            epoch: "e".to_owned(),
            sequence: 1,
            customer: "c".to_owned(),
            kind: "receipt".to_owned(),
            compact: "x".to_owned(),
        };
        let ledger = open();
        ledger.write(0, |tx| tx.keep_outcome(&outcome)).unwrap();
        ledger.write(0, |tx| tx.keep_outcome(&outcome)).unwrap();
        let failed: Result<(), _> = ledger.write(0, |tx| {
            tx.keep_outcome(&Outcome { sequence: 2, ..outcome.clone() })?;
            Err(LedgerError::Meaning("no"))
        });
        assert!(failed.is_err());
        assert_eq!((latest(&ledger), latest(&open())), (1, 1));
    }
}
