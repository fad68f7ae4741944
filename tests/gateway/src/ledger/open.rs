//! Opening a ledger: durable, with the schema it needs, level with what lies beside it.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use rusqlite::{Connection, config::DbConfig};

use super::{
    Inner, Ledger, LedgerError, Life,
    aside::{self, Mark},
    orders, step_ups,
};
use crate::{
    location::{Location, into_wal},
    plant,
};

/// The schema's versions; those that a file lacks are added when it is opened.
const SCHEMA: [&str; 5] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
];
/// Schema 2 landed twice: first without this table, of which every later one took for granted that it is there.
const OF_THE_SECOND_2: &str = "CREATE TABLE IF NOT EXISTS biller(
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    entry BLOB NOT NULL,
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID";
const UNIQUE: &str = include_str!("unique.sql");

/// Statements kept prepared.
const STATEMENTS: usize = 160;

/// Sets a connection up; a real file is in WAL and synced with every commit.
pub(crate) fn connect(location: &Location) -> Result<Connection, LedgerError> {
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
    if !into_wal(&db)? {
        return Err(LedgerError::Meaning("the file system has no WAL"));
    }
    Ok(db)
}

impl Ledger {
    /// Opens the ledger, or makes a new one with the epoch `fresh`. One that was put back to an
    /// earlier moment by other means than a restore gets a new epoch, too, as far as that shows.
    ///
    /// # Errors
    /// What SQLite says; a newer schema is refused.
    pub fn open(location: &Location, fresh: impl FnOnce() -> String, now: i64) -> Result<Self, LedgerError> {
        let mut db = connect(location)?;
        let (aside, marks) = (aside::connect(location)?, aside::connect(location)?);
        marks.pragma_update(None, "synchronous", "NORMAL")?;
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let missing = usize::try_from(version).ok().and_then(|version| SCHEMA.get(version..));
        let missing = missing.ok_or(LedgerError::Meaning("a ledger of a newer version"))?;
        for step in missing {
            transaction.execute_batch(step)?;
        }
        transaction.execute_batch(OF_THE_SECOND_2)?;
        transaction.pragma_update(None, "user_version", i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX))?;
        if plant::is("payable-not-unique-at-gateway") {
            transaction.execute_batch(
                "DROP INDEX IF EXISTS one_claimed; DROP INDEX IF EXISTS one_held; DROP INDEX IF EXISTS one_settled",
            )?;
        } else {
            transaction.execute_batch(UNIQUE)?;
        }
        let highest = highest_change(&transaction)?;
        let mark = Mark::load(&aside)?;
        if aside::knows_no_epoch(&aside)? {
            aside::learn_epochs(&transaction, &aside)?;
        }
        if let Some(mark) = &mark {
            aside::learn_epoch(&aside, &mark.epoch)?;
        }
        let life = match (Life::load(&transaction)?, mark) {
            (Some(life), Some(mark)) if mark.epoch != life.epoch || mark.highest > highest => {
                tracing::warn!("the ledger is not where it was left: a new epoch begins");
                orders::restored(&transaction)?;
                step_ups::restored(&transaction)?;
                aside::learn_epochs(&transaction, &aside)?;
                life.after_restore(fresh(), now)
            }
            (Some(life), Some(_) | None) => life,
            (None, Some(_) | None) => Life { epoch: fresh(), restored_at: None },
        };
        // Kept before anything can be quoted in it.
        aside::learn_epoch(&aside, &life.epoch)?;
        life.store(&transaction)?;
        aside::level(&transaction, &aside)?;
        transaction.commit()?;
        Mark::store(&life, highest, &aside)?;
        let inner = Mutex::new(Inner { db, aside, marks, changed: Cell::new(highest) });
        Ok(Self { inner, life: Arc::new(life), after_commit: OnceLock::new() })
    }
}

/// The number after which changes go on: the highest that stands in a row. Cursors are made from it,
/// so it has to be the same for the program that runs and for the one that comes after a crash.
pub(super) fn highest_change(db: &Connection) -> Result<i64, LedgerError> {
    let highest = db.query_row(
        "SELECT max(
            (SELECT coalesce(max(changed), 0) FROM customer), (SELECT coalesce(max(changed), 0) FROM method),
            (SELECT coalesce(max(changed), 0) FROM account), (SELECT coalesce(max(changed), 0) FROM bill),
            (SELECT coalesce(max(changed), 0) FROM orders), (SELECT coalesce(max(changed), 0) FROM outcome),
            (SELECT coalesce(max(changed), 0) FROM biller))",
        [],
        |row| row.get(0),
    )?;
    Ok(highest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ledger::outcomes::Outcome, leg::statement::LineKind, location::Anchor, moment};

    #[test]
    fn the_numbers_of_changes_are_the_same_for_a_program_that_goes_on_and_one_that_comes_after_it() {
        let place = Location::memory("ledger-numbers");
        let _anchor = Anchor::hold(&place).unwrap();
        let open = || Ledger::open(&place, || "019a9d3e-7c00-7000-8000-00000000e001".to_owned(), 0).unwrap();
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

    #[test]
    fn row_34_what_an_older_ledger_has_ended_stands_in_the_statement_of_the_day_on_which_it_did() {
        let place = Location::memory("ledger-upgraded");
        let _anchor = Anchor::hold(&place).unwrap();
        let old = place.connect().unwrap();
        old.execute_batch(SCHEMA[0]).unwrap();
        old.execute_batch(SCHEMA[1]).unwrap();
        let add = "INSERT INTO orders(payment_id, digest, number, customer, device, epoch, biller, payee, bill_number,
                amount, fee, method, valid_until, state, held, taken_at, day, next_at, tries, changed)
             VALUES (?1, '', 'n' || ?1, 'c', 'd', 'e', 'b', 'p', 'B' || ?1, 5, 1, 'm', ?3, ?2, 0, ?3, 0, 0, 0, 0)";
        // 23:59:59.999 of day 20000 at the bank, and settled a millisecond later.
        let before = moment::day_begins(20_001) - 1;
        for state in 1..=5 {
            old.execute(add, (format!("{state}"), state, before)).unwrap();
        }
        for (debit, credit, minor) in [("customer:m", "held:3", 6), ("held:3", "biller:b", 5), ("held:3", "fees", 1)] {
            let sql = "INSERT INTO posting(payment_id, debit, credit, minor, at) VALUES ('3', ?1, ?2, ?3, ?4)";
            old.execute(sql, (debit, credit, minor, before + 1)).unwrap();
        }
        old.execute_batch("PRAGMA user_version = 2").unwrap();
        let ledger = Ledger::open(&place, || "019a9d3e-7c00-7000-8000-00000000e001".to_owned(), 0).unwrap();
        let booked = ledger.read(0, |tx| tx.booked_by("b", i64::MAX, 0, 10)).unwrap();
        let told: Vec<_> = booked
            .iter()
            .map(|line| (line.number.as_str(), line.kind, line.day, line.charge_day, line.amount))
            .collect();
        let (charged, undone) =
            (("n3", LineKind::Charged, 20_001, 20_000, 5), ("n5", LineKind::Undone, 20_000, 20_000, 5));
        assert!(told.contains(&charged) && told.contains(&undone) && told.len() == 2, "{told:?}");
    }
}
