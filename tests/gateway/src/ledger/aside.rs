//! What lies beside the ledger, because no restore from a backup may undo it: which devices there
//! are, which of them are revoked, which epochs there were, from when on it is known which
//! signatures were used, how far this ledger had come, how often billers were asked, how people
//! wish to be reminded and of what they were, when payments ended.
//!
//! It is written before the commit that it belongs to. A crash between the two leaves a device that
//! was never used, or revokes one whose owner was just replacing it.
//! How far the ledger had come, and when payments ended, is written after it: no payment waits for either.

use rusqlite::{Connection, OptionalExtension as _};

use super::{LedgerError, Life, Tx, devices::Device};
use crate::{ledger::open, location::Location};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS revoked(device TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS device(
        id TEXT PRIMARY KEY, customer TEXT NOT NULL, keyid TEXT NOT NULL, key BLOB NOT NULL,
        order_keyid TEXT NOT NULL, order_key BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS life(
        id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, highest INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS forgotten(
        id INTEGER PRIMARY KEY CHECK (id = 1), created INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS epoch(epoch TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS asked(
        account TEXT PRIMARY KEY, at INTEGER NOT NULL, day INTEGER NOT NULL, times INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS choice(customer TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS reminded(
        customer TEXT NOT NULL, channel TEXT NOT NULL, reminder TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (customer, channel, reminder)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS told_checking(
        customer TEXT NOT NULL, channel TEXT NOT NULL, reminder TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (customer, channel, reminder)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS ended(payment TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS texted(
        customer TEXT PRIMARY KEY, day INTEGER NOT NULL, times INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;";

pub(super) fn connect(ledger: &Location) -> Result<Connection, LedgerError> {
    let aside = open::connect(&ledger.beside(".aside"))?;
    aside.execute_batch(SCHEMA)?;
    Ok(aside)
}

/// How far the ledger had come, as it was noted here last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) epoch: String,
    pub(super) highest: i64,
}

impl Mark {
    pub(super) fn load(aside: &Connection) -> Result<Option<Self>, LedgerError> {
        let mut look = aside.prepare_cached("SELECT epoch, highest FROM life WHERE id = 1")?;
        Ok(look.query_row([], |row| Ok(Self { epoch: row.get(0)?, highest: row.get(1)? })).optional()?)
    }

    pub(super) fn store(life: &Life, highest: i64, aside: &Connection) -> Result<(), LedgerError> {
        aside
            .prepare_cached("INSERT OR REPLACE INTO life(id, epoch, highest) VALUES (1, ?1, ?2)")?
            .execute((&life.epoch, highest))?;
        Ok(())
    }
}

/// Keeps an epoch as one that this bank had.
pub(super) fn learn_epoch(aside: &Connection, epoch: &str) -> Result<(), LedgerError> {
    aside.prepare_cached("INSERT INTO epoch(epoch) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([epoch])?;
    Ok(())
}

/// Keeps the epochs that stand in a ledger. An earlier version drew epochs without keeping them here.
pub(super) fn learn_epochs(db: &Connection, aside: &Connection) -> Result<(), LedgerError> {
    let mut look =
        db.prepare("SELECT epoch FROM life UNION SELECT epoch FROM orders UNION SELECT epoch FROM outcome")?;
    let mut rows = look.query([])?;
    while let Some(row) = rows.next()? {
        learn_epoch(aside, &row.get::<_, String>(0)?)?;
    }
    Ok(())
}

/// Whether no epoch was ever kept here.
pub(super) fn knows_no_epoch(aside: &Connection) -> Result<bool, LedgerError> {
    Ok(aside.query_row("SELECT NOT EXISTS (SELECT 1 FROM epoch)", [], |row| row.get(0))?)
}

/// A restore takes the ledger back: a device that either knows as revoked is revoked. A device that
/// only this place knows stays out of the ledger, where it would be active; its word on the orders
/// that it signed counts.
pub(super) fn level(db: &Connection, aside: &Connection) -> Result<(), LedgerError> {
    let mut known = aside.prepare("SELECT device, at FROM revoked")?;
    let mut rows = known.query([])?;
    while let Some(row) = rows.next()? {
        let (device, at): (String, i64) = (row.get(0)?, row.get(1)?);
        db.execute("UPDATE device SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", (device, at))?;
    }
    let mut here = db.prepare("SELECT id, revoked_at FROM device WHERE revoked_at IS NOT NULL")?;
    let mut rows = here.query([])?;
    while let Some(row) = rows.next()? {
        revoke(aside, &row.get::<_, String>(0)?, row.get(1)?)?;
    }
    let mut here = db.prepare("SELECT id, customer, keyid, key, order_keyid, order_key FROM device")?;
    let mut rows = here.query([])?;
    while let Some(row) = rows.next()? {
        add(aside, (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))?;
    }
    Ok(())
}

fn revoke(aside: &Connection, device: &str, at: i64) -> Result<(), LedgerError> {
    aside
        .prepare_cached("INSERT INTO revoked(device, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute((device, at))?;
    Ok(())
}

type Row = (String, String, String, Vec<u8>, String, Vec<u8>);

fn add(aside: &Connection, row: Row) -> Result<(), LedgerError> {
    aside
        .prepare_cached(
            "INSERT INTO device(id, customer, keyid, key, order_keyid, order_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
        )?
        .execute(row)?;
    Ok(())
}

impl Tx<'_> {
    /// Records that a device is about to be the customer's.
    pub(super) fn add_device_aside(&self, new: &Device) -> Result<(), LedgerError> {
        let d = new.clone();
        add(self.aside, (d.id, d.customer, d.keyid, d.key, d.order_keyid, d.order_key))
    }

    /// Records that a device is about to be revoked.
    pub(super) fn revoke_aside(&self, device: &str) -> Result<(), LedgerError> {
        revoke(self.aside, device, self.now)
    }

    /// Whether this bank ever had that epoch.
    pub(crate) fn knows_epoch(&self, epoch: &str) -> Result<bool, LedgerError> {
        let mut look = self.aside.prepare_cached("SELECT EXISTS (SELECT 1 FROM epoch WHERE epoch = ?1)")?;
        Ok(epoch == self.life.epoch || look.query_row([epoch], |row| row.get(0))?)
    }

    /// Keeps an epoch that a document of this bank names: should what lies here have been lost, too.
    pub(crate) fn learn_epoch(&self, epoch: &str) -> Result<(), LedgerError> {
        if self.knows_epoch(epoch)? { Ok(()) } else { learn_epoch(self.aside, epoch) }
    }

    /// Notes that nonces of signatures up to this moment are about to be forgotten.
    pub(super) fn note_forgotten(&self, created: i64) -> Result<(), LedgerError> {
        self.aside
            .prepare_cached(
                "INSERT INTO forgotten(id, created) VALUES (1, ?1)
                 ON CONFLICT DO UPDATE SET created = max(created, ?1)",
            )?
            .execute([created])?;
        Ok(())
    }

    /// The newest signature whose nonce was forgotten.
    pub(crate) fn forgotten_until(&self) -> Result<Option<i64>, LedgerError> {
        let mut look = self.aside.prepare_cached("SELECT created FROM forgotten WHERE id = 1")?;
        Ok(look.query_row([], |row| row.get(0)).optional()?)
    }

    /// When a device was revoked.
    pub(crate) fn revoked_aside(&self, device: &str) -> Result<Option<i64>, LedgerError> {
        let mut look = self.aside.prepare_cached("SELECT at FROM revoked WHERE device = ?1")?;
        Ok(look.query_row([device], |row| row.get(0)).optional()?)
    }

    /// A device that the ledger may have forgotten: whose it is and which keys it has.
    pub(crate) fn device_aside(&self, id: &str) -> Result<Option<Device>, LedgerError> {
        let sql = "SELECT id, customer, keyid, key, order_keyid, order_key FROM device WHERE id = ?1";
        let found = self.aside.prepare_cached(sql)?.query_row([id], |row| {
            Ok(Device {
                id: row.get(0)?,
                customer: row.get(1)?,
                name: String::new(),
                keyid: row.get(2)?,
                key: row.get(3)?,
                order_keyid: row.get(4)?,
                order_key: row.get(5)?,
                revoked_at: None,
            })
        });
        let Some(device) = found.optional()? else { return Ok(None) };
        let revoked_at = self.revoked_aside(id)?;
        Ok(Some(Device { revoked_at, ..device }))
    }
}
