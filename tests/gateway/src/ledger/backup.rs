//! Backups of the ledger, and restores. A restore starts a new epoch and remembers when; what lies
//! beside the ledger is not undone by it, nor what guards against guessing and repetition.

use std::io::Cursor;

use rusqlite::{Connection, MAIN_DB, backup::Backup, params_from_iter, types::Value};

use super::{
    Ledger, LedgerError, Life,
    aside::{self, Mark},
    open, orders, step_ups,
};
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
    step_ups::restored(&copied)?;
    let mut target = open::connect(ledger)?;
    if let Err(error) = carry_over(&target, &copied) {
        // A ledger that cannot be read may be the reason for the restore; nothing of it is needed.
        tracing::warn!(%error, "nothing is carried over from the ledger that is replaced");
    }
    let aside = aside::connect(ledger)?;
    learn_epochs(&target, &copied, &aside)?;
    aside::learn_epoch(&aside, &old.epoch)?;
    copy(&copied, &mut target)?;
    // A crash before this leaves a ledger that is not where it was left: it gets an epoch of its own.
    Mark::store(&life, open::highest_change(&target)?, &aside)?;
    Ok(life)
}

/// Orders of all these epochs may be shown yet: those of the ledger that is replaced, and the backup's.
fn learn_epochs(replaced: &Connection, copied: &Connection, aside: &Connection) -> Result<(), LedgerError> {
    if let Some(mark) = Mark::load(aside)? {
        aside::learn_epoch(aside, &mark.epoch)?;
    }
    // A ledger that cannot be read, or is new, has no epoch to tell.
    if let Ok(Some(_)) = Life::load(replaced)
        && let Err(error) = aside::learn_epochs(replaced, aside)
    {
        tracing::warn!(%error, "not all epochs of the ledger that is replaced are known");
    }
    aside::learn_epochs(copied, aside)
}

/// What a restore would reset to the good of whoever guesses codes or repeats requests: signatures
/// that were used, messages that were sent, codes that were tried.
const CARRIED: [(&str, &str); 4] = [
    ("SELECT keyid, nonce, at FROM nonce", "INSERT INTO nonce VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING"),
    (
        "SELECT phone, day, sent FROM sms_count",
        "INSERT INTO sms_count VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET sent = max(sent, ?3)",
    ),
    (
        "SELECT id, phone, phone_sealed, phone_masked, customer, keyid, key, order_keyid, order_key, device_name,
            language, attempts_left, resend_at, expires_at, locked_until, device FROM activation WHERE device IS NULL",
        "INSERT OR REPLACE INTO activation(id, phone, phone_sealed, phone_masked, customer, keyid, key, order_keyid,
            order_key, device_name, language, attempts_left, resend_at, expires_at, locked_until, device)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    ),
    (
        "SELECT activation, number, hash FROM code WHERE activation IN (SELECT id FROM activation WHERE device IS NULL)",
        "INSERT OR REPLACE INTO code VALUES (?1, ?2, ?3)",
    ),
];

fn carry_over(old: &Connection, to: &Connection) -> Result<(), LedgerError> {
    let version: i64 = old.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        return Ok(());
    }
    for (from, into) in CARRIED {
        let mut look = old.prepare(from)?;
        let mut put = to.prepare(into)?;
        let columns = look.column_count();
        let mut rows = look.query([])?;
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()?;
            put.execute(params_from_iter(values))?;
        }
    }
    Ok(())
}

fn copy(from: &Connection, to: &mut Connection) -> Result<(), LedgerError> {
    let backup = Backup::new(from, to)?;
    while backup.step(-1)? != rusqlite::backup::StepResult::Done {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ledger::activations::Session, rng::SystemRng};

    #[test]
    fn rule_7_an_order_that_a_backup_shows_as_reversing_comes_back_as_claimed_with_its_money_held() {
        let fresh = || crate::ids::uuid7(1_795_320_000_000, &SystemRng::new());
        let place = Location::memory("backup-reversing");
        let _anchor = crate::location::Anchor::hold(&place).unwrap();
        let ledger = Ledger::open(&place, fresh, 5).unwrap();
        let add = "INSERT INTO orders(payment_id, digest, number, customer, device, epoch, biller, payee, bill_number,
                amount, fee, method, valid_until, state, held, taken_at, day, next_at, tries, reason, changed)
             VALUES (?1, '', ?1, 'c', 'd', 'e', 'b', 'p', ?1, 5, 1, 'm', 0, ?2, 6, 0, 0, 0, 0, 'not-charged', ?2)";
        for state in 1..=5 {
            ledger.write(0, |tx| Ok(tx.db.execute(add, (format!("p{state}"), state))?)).unwrap();
        }
        let snapshot = ledger.snapshot().unwrap();
        drop(ledger);
        restore_snapshot(&place, &snapshot, fresh(), 5).unwrap();
        let ledger = Ledger::open(&place, fresh, 5).unwrap();
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
        let ledger = Ledger::open(&place, fresh, 0).unwrap();
        let looked = |ledger: &Ledger| ledger.read(0, |tx| tx.looked_up_since("C1", -1)).unwrap().len();
        ledger.write(0, |tx| tx.looked_up("C1", "power-sh")).unwrap();
        let snapshot = ledger.snapshot().unwrap();
        ledger.backup(&copy).unwrap();
        let epoch = ledger.life().epoch.clone();
        for again in 0..2 {
            let ledger = Ledger::open(&place, fresh, 0).unwrap();
            ledger.write(0, |tx| tx.looked_up("C1", "power-sh")).unwrap();
            drop(ledger);
            let life = if again == 0 {
                restore_snapshot(&place, &snapshot, fresh(), 5).unwrap()
            } else {
                restore(&place, &copy, fresh(), 5).unwrap()
            };
            let ledger = Ledger::open(&place, fresh, 0).unwrap();
            assert_eq!((ledger.life().as_ref(), looked(&ledger)), (&life, 1));
            assert_ne!(life.epoch, epoch);
        }
    }
    #[test]
    fn row_2_a_restore_gives_nobody_his_guesses_messages_or_used_signatures_back() {
        let place = Location::memory("ledger-carried");
        let _anchor = crate::location::Anchor::hold(&place).unwrap();
        let fresh = || crate::ids::uuid7(1_795_320_000_000, &SystemRng::new());
        let open = || Ledger::open(&place, fresh, 0).unwrap();
        let session = |left| Session {
            id: "A1".to_owned(),
            phone: [1; 32],
            phone_sealed: vec![1],
            phone_masked: "+86138****0001".to_owned(),
            customer: None,
            keyid: "k".to_owned(),
            key: vec![4],
            order_keyid: "o".to_owned(),
            order_key: vec![4],
            device_name: String::new(),
            language: "zh".to_owned(),
            attempts_left: left,
            resend_at: 1,
            expires_at: 2,
            locked_until: None,
            device: None,
        };
        let ledger = open();
        ledger.write(0, |tx| tx.put_session(&session(5))).unwrap();
        ledger.write(0, |tx| tx.count_sms(&[1; 32], 7)).unwrap();
        let snapshot = ledger.snapshot().unwrap();
        let later = Session { locked_until: Some(9), ..session(0) };
        ledger.write(0, |tx| tx.put_session(&later)).unwrap();
        ledger.write(0, |tx| tx.add_code("A1", &[3; 32])).unwrap();
        ledger.write(0, |tx| tx.count_sms(&[1; 32], 7)).unwrap();
        assert!(ledger.write(0, |tx| tx.use_nonce("k", "n", 0)).unwrap());
        drop(ledger);
        restore_snapshot(&place, &snapshot, fresh(), 5).unwrap();
        let ledger = open();
        assert_eq!(ledger.read(0, |tx| tx.session("A1")).unwrap(), Some(later));
        assert_eq!(ledger.read(0, |tx| tx.codes("A1")).unwrap(), [[3; 32]]);
        assert_eq!(ledger.read(0, |tx| tx.sms_sent(&[1; 32], 7)).unwrap(), 2);
        assert!(!ledger.write(0, |tx| tx.use_nonce("k", "n", 0)).unwrap(), "used before the restore");
    }
}
