//! Devices: their two keys, their revocation, the highest journal sequence seen; and the nonces of
//! their requests.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx};

/// A device that was activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// A UUID.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// As the person named it.
    pub name: String,
    /// Thumbprint of the device key (RFC 7638).
    pub keyid: String,
    /// The device key, 65 bytes.
    pub key: Vec<u8>,
    /// Thumbprint of the order key.
    pub order_keyid: String,
    /// The order key, 65 bytes.
    pub order_key: Vec<u8>,
    /// When it was revoked. Its order key is void from then on.
    pub revoked_at: Option<i64>,
}

fn device(row: &Row<'_>) -> rusqlite::Result<Device> {
    Ok(Device {
        id: row.get(0)?,
        customer: row.get(1)?,
        name: row.get(2)?,
        keyid: row.get(3)?,
        key: row.get(4)?,
        order_keyid: row.get(5)?,
        order_key: row.get(6)?,
        revoked_at: row.get(7)?,
    })
}

impl Tx<'_> {
    /// Adds a device; beside the ledger, too.
    pub(crate) fn add_device(&self, new: &Device) -> Result<(), LedgerError> {
        self.add_device_aside(new)?;
        self.db
            .prepare_cached(
                "INSERT INTO device(id, customer, name, keyid, key, order_keyid, order_key, activated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                &new.id,
                &new.customer,
                &new.name,
                &new.keyid,
                &new.key,
                &new.order_keyid,
                &new.order_key,
                self.now,
            ))?;
        Ok(())
    }

    /// The device that signs requests with that key.
    pub(crate) fn device_by_key(&self, keyid: &str) -> Result<Option<Device>, LedgerError> {
        let sql = "SELECT id, customer, name, keyid, key, order_keyid, order_key, revoked_at
                   FROM device WHERE keyid = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([keyid], device).optional()?)
    }

    /// The device of that id.
    pub(crate) fn device(&self, id: &str) -> Result<Option<Device>, LedgerError> {
        let sql = "SELECT id, customer, name, keyid, key, order_keyid, order_key, revoked_at
                   FROM device WHERE id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([id], device).optional()?)
    }

    /// Revokes all devices of a customer but one; beside the ledger first.
    pub(crate) fn revoke_others(&self, customer: &str, but: &str) -> Result<(), LedgerError> {
        let sql = "UPDATE device SET revoked_at = ?3 WHERE customer = ?1 AND id <> ?2 AND revoked_at IS NULL
                   RETURNING id";
        let mut update = self.db.prepare_cached(sql)?;
        let rows = update.query_map((customer, but, self.now), |row| row.get::<_, String>(0))?;
        for device in rows {
            self.revoke_aside(&device?)?;
        }
        Ok(())
    }

    /// The highest journal sequence seen from a device.
    pub(crate) fn highest_sequence(&self, device: &str) -> Result<i64, LedgerError> {
        let mut look = self.db.prepare_cached("SELECT highest_sequence FROM device WHERE id = ?1")?;
        Ok(look.query_row([device], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// Takes note of a journal sequence.
    pub(crate) fn saw_sequence(&self, device: &str, sequence: i64) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("UPDATE device SET highest_sequence = max(highest_sequence, ?2) WHERE id = ?1")?
            .execute((device, sequence))?;
        Ok(())
    }

    /// Uses the nonce of a signature of `created` (in seconds) up; `false` if it was used before.
    pub(crate) fn use_nonce(&self, keyid: &str, nonce: &str, created: i64) -> Result<bool, LedgerError> {
        let used = self
            .db
            .prepare_cached("INSERT INTO nonce(keyid, nonce, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute((keyid, nonce, created.saturating_mul(1_000)))?;
        Ok(used == 1)
    }

    /// Forgets the nonces of signatures from before `before`, when none from then is accepted any more;
    /// notes the newest of them, for where the clock was wrong about that.
    pub(crate) fn forget_nonces(&self, before: i64) -> Result<(), LedgerError> {
        let mut look = self.db.prepare_cached("SELECT max(at) FROM nonce WHERE at < ?1")?;
        let newest: Option<i64> = look.query_row([before], |row| row.get(0))?;
        if let Some(newest) = newest {
            self.note_forgotten(newest)?;
        }
        self.db.prepare_cached("DELETE FROM nonce WHERE at < ?1")?.execute([before])?;
        Ok(())
    }
}
