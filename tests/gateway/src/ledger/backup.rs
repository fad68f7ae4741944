//! Backups of the ledger, and restores. A restore starts a new epoch and remembers when; what lies
//! beside the ledger (revocations) is not touched by it.

use std::io::Cursor;

use rusqlite::{Connection, MAIN_DB, backup::Backup};

use super::{Ledger, LedgerError, Life, open, orders};
use crate::location::Location;

impl Ledger {
    /// The ledger as it is at this moment, as the bytes of a database.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn snapshot(&self) -> Result<Vec<u8>, LedgerError> {
        let mut bytes = self.lock().db.serialize(MAIN_DB)?.to_vec();
        // "Written in WAL" (bytes 18 and 19 of the file format) holds for the file, not for these
        // bytes: SQLite would look for a log beside them.
        if let Some(written_in) = bytes.get_mut(18..20) {
            written_in.fill(1);
        }
        Ok(bytes)
    }

    /// Writes the ledger as it is at this moment to another place.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn backup(&self, to: &Location) -> Result<(), LedgerError> {
        let mut target = to.connect()?;
        copy(&self.lock().db, &mut target)
    }
}

/// Puts a backup in the ledger's place, under a new epoch. Nobody may have the ledger open.
///
/// # Errors
/// What SQLite says.
pub fn restore(ledger: &Location, from: &Location, fresh: String, now: i64) -> Result<Life, LedgerError> {
    put(ledger, &from.connect()?, fresh, now)
}

/// The same from the bytes of [`Ledger::snapshot`].
///
/// # Errors
/// What SQLite says.
pub fn restore_snapshot(ledger: &Location, bytes: &[u8], fresh: String, now: i64) -> Result<Life, LedgerError> {
    let mut from = Connection::open_in_memory()?;
    from.deserialize_read_exact(MAIN_DB, Cursor::new(bytes), bytes.len(), true)?;
    put(ledger, &from, fresh, now)
}

fn put(ledger: &Location, from: &Connection, fresh: String, now: i64) -> Result<Life, LedgerError> {
    // The epoch is drawn in the copy before the copy takes the ledger's place: a crash in between
    // must not leave an old ledger under its old epoch.
    let mut copied = Connection::open_in_memory()?;
    copy(from, &mut copied)?;
    let old = Life::load(&copied)?.ok_or(LedgerError::Meaning("a backup without an epoch"))?;
    let life = old.after_restore(fresh, now);
    life.store(&copied)?;
    orders::restored(&copied)?;
    let mut target = open::connect(ledger)?;
    copy(&copied, &mut target)?;
    Ok(life)
}

fn copy(from: &Connection, to: &mut Connection) -> Result<(), LedgerError> {
    let backup = Backup::new(from, to)?;
    while backup.step(-1)? != rusqlite::backup::StepResult::Done {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn rule_7_an_order_that_a_backup_shows_as_reversing_comes_back_as_claimed_with_its_money_held() {
        let fresh = || crate::ids::uuid7(1_795_320_000_000, &SystemRng::new());
        let place = Location::memory("backup-reversing");
        let _anchor = crate::location::Anchor::hold(&place).unwrap();
        let ledger = Ledger::open(&place, fresh).unwrap();
        let add = "INSERT INTO orders(payment_id, digest, number, customer, device, epoch, biller, payee, bill_number,
                amount, fee, method, valid_until, state, held, taken_at, day, next_at, tries, reason, changed)
             VALUES (?1, '', ?1, 'c', 'd', 'e', 'b', 'p', ?1, 5, 1, 'm', 0, ?2, 6, 0, 0, 0, 0, 'not-charged', ?2)";
        for state in 1..=5 {
            ledger.write(0, |tx| Ok(tx.db.execute(add, (format!("p{state}"), state))?)).unwrap();
        }
        let snapshot = ledger.snapshot().unwrap();
        drop(ledger);
        restore_snapshot(&place, &snapshot, fresh(), 5).unwrap();
        let ledger = Ledger::open(&place, fresh).unwrap();
        let states = ledger.read(0, |tx| {
            let mut look = tx.db.prepare("SELECT state, held, reason FROM orders ORDER BY payment_id")?;
            let rows = look.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<Vec<(i64, i64, Option<String>)>, _>>()?)
        });
        let kept = |state| (state, 6, Some("not-charged".to_owned()));
        assert_eq!(states.unwrap(), [kept(1), (1, 6, None), kept(3), kept(4), kept(5)]);
    }

    #[test]
    fn row_19_a_ledger_in_a_file_comes_back_from_either_kind_of_backup_under_a_new_epoch() {
        let directory = tempfile::tempdir().unwrap();
        let fresh = || crate::ids::uuid7(1_795_320_000_000, &SystemRng::new());
        let place = Location::file(directory.path().join("ledger.db"));
        let copy = Location::file(directory.path().join("copy.db"));
        let ledger = Ledger::open(&place, fresh).unwrap();
        let spent = |ledger: &Ledger| ledger.read(0, |tx| tx.sms_sent(&[1; 32], 7)).unwrap();
        ledger.write(0, |tx| tx.count_sms(&[1; 32], 7)).unwrap();
        let snapshot = ledger.snapshot().unwrap();
        ledger.backup(&copy).unwrap();
        let epoch = ledger.life().epoch.clone();
        for again in 0..2 {
            let ledger = Ledger::open(&place, fresh).unwrap();
            ledger.write(0, |tx| tx.count_sms(&[1; 32], 7)).unwrap();
            drop(ledger);
            let life = if again == 0 {
                restore_snapshot(&place, &snapshot, fresh(), 5).unwrap()
            } else {
                restore(&place, &copy, fresh(), 5).unwrap()
            };
            let ledger = Ledger::open(&place, fresh).unwrap();
            assert_eq!((ledger.life().as_ref(), spent(&ledger)), (&life, 1));
            assert_ne!(life.epoch, epoch);
        }
    }
}
