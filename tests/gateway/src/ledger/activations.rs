//! Activation sessions and their codes, and what was sent to a number in a day.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx};
use crate::redact::debug_shows;

/// A session: a device on its way to becoming a customer's.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Made by the client.
    pub id: String,
    /// HMAC of the number.
    pub phone: [u8; 32],
    /// The number itself, sealed for this session.
    pub phone_sealed: Vec<u8>,
    /// `+86138****0001`.
    pub phone_masked: String,
    /// Whose number it is; `None` if nobody's.
    pub customer: Option<String>,
    /// Thumbprint of the device key.
    pub keyid: String,
    /// The device key.
    pub key: Vec<u8>,
    /// Thumbprint of the order key.
    pub order_keyid: String,
    /// The order key.
    pub order_key: Vec<u8>,
    /// As the person named the device.
    pub device_name: String,
    /// `zh` or `en`.
    pub language: String,
    /// Wrong codes that may still come.
    pub attempts_left: i64,
    /// When a new code may be sent.
    pub resend_at: i64,
    /// When the code expires.
    pub expires_at: i64,
    /// Until when no code is taken, not even the right one.
    pub locked_until: Option<i64>,
    /// The device that came of it.
    pub device: Option<String>,
}

debug_shows!(Session: id, phone_masked, customer, attempts_left, resend_at, expires_at, locked_until, device);

fn session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        phone: row.get(1)?,
        phone_masked: row.get(2)?,
        customer: row.get(3)?,
        keyid: row.get(4)?,
        key: row.get(5)?,
        order_keyid: row.get(6)?,
        order_key: row.get(7)?,
        device_name: row.get(8)?,
        language: row.get(9)?,
        attempts_left: row.get(10)?,
        resend_at: row.get(11)?,
        expires_at: row.get(12)?,
        locked_until: row.get(13)?,
        device: row.get(14)?,
        phone_sealed: row.get(15)?,
    })
}

impl Tx<'_> {
    /// The session of that id.
    pub(crate) fn session(&self, id: &str) -> Result<Option<Session>, LedgerError> {
        let sql = "SELECT id, phone, phone_masked, customer, keyid, key, order_keyid, order_key, device_name, language,
                   attempts_left, resend_at, expires_at, locked_until, device, phone_sealed FROM activation WHERE id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([id], session).optional()?)
    }

    /// Stores a session, new or changed.
    pub(crate) fn put_session(&self, s: &Session) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO activation(id, phone, phone_masked, customer, keyid, key, order_keyid, order_key,
                    device_name, language, attempts_left, resend_at, expires_at, locked_until, device, phone_sealed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            )?
            .execute((
                &s.id,
                s.phone,
                &s.phone_masked,
                &s.customer,
                &s.keyid,
                &s.key,
                &s.order_keyid,
                &s.order_key,
                &s.device_name,
                &s.language,
                s.attempts_left,
                s.resend_at,
                s.expires_at,
                s.locked_until,
                &s.device,
                &s.phone_sealed,
            ))?;
        Ok(())
    }

    /// Until when the number is locked by wrong codes in any session.
    pub(crate) fn phone_locked_until(&self, phone: &[u8; 32]) -> Result<Option<i64>, LedgerError> {
        let mut look = self.db.prepare_cached("SELECT max(locked_until) FROM activation WHERE phone = ?1")?;
        Ok(look.query_row([phone], |row| row.get(0))?)
    }

    /// When the number may next be sent a code, over all its sessions.
    pub(crate) fn phone_resend_at(&self, phone: &[u8; 32]) -> Result<Option<i64>, LedgerError> {
        let mut look = self.db.prepare_cached("SELECT max(resend_at) FROM activation WHERE phone = ?1")?;
        Ok(look.query_row([phone], |row| row.get(0))?)
    }

    /// Adds the hash of a code to a session; it is the one that counts from now on.
    pub(crate) fn add_code(&self, session: &str, hash: &[u8; 32]) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT INTO code(activation, number, hash)
                 VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM code WHERE activation = ?1), ?2)",
            )?
            .execute((session, hash))?;
        Ok(())
    }

    /// The hashes of a session's codes, the one that counts first.
    pub(crate) fn codes(&self, session: &str) -> Result<Vec<[u8; 32]>, LedgerError> {
        let sql = "SELECT hash FROM code WHERE activation = ?1 ORDER BY number DESC";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map([session], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets sessions whose code expired, and whose lock ended, before `before`, with their codes;
    /// and what was sent to a number on days before `day`.
    pub(crate) fn forget_activations(&self, before: i64, day: i64) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("DELETE FROM activation WHERE expires_at < ?1 AND coalesce(locked_until, 0) < ?1")?
            .execute([before])?;
        self.db.execute("DELETE FROM code WHERE activation NOT IN (SELECT id FROM activation)", [])?;
        self.db.execute("DELETE FROM sms_due WHERE activation NOT IN (SELECT id FROM activation)", [])?;
        self.db.execute("DELETE FROM sms_count WHERE day < ?1", [day])?;
        Ok(())
    }

    /// A code is to be sent for a session, in the commit that makes it count; an older one no more.
    pub(crate) fn code_is_due(&self, session: &str, sealed: &[u8]) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO sms_due(activation, code_sealed, at) VALUES (?1, ?2, ?3)")?
            .execute((session, sealed, self.now))?;
        Ok(())
    }

    /// The code that is to be sent for a session, sealed.
    pub(crate) fn due_code(&self, session: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        let mut look = self.db.prepare_cached("SELECT code_sealed FROM sms_due WHERE activation = ?1")?;
        Ok(look.query_row([session], |row| row.get(0)).optional()?)
    }

    /// It is on its way.
    pub(crate) fn code_was_sent(&self, session: &str, sealed: &[u8]) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("DELETE FROM sms_due WHERE activation = ?1 AND code_sealed = ?2")?
            .execute((session, sealed))?;
        Ok(())
    }

    /// Sessions with a code that was to be sent before `before`.
    pub(crate) fn codes_due(&self, before: i64) -> Result<Vec<String>, LedgerError> {
        let mut look =
            self.db.prepare_cached("SELECT activation FROM sms_due WHERE at < ?1 ORDER BY at, activation")?;
        let rows = look.query_map([before], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Counts a message to a number on a day of the bank; gives how many that makes. Inside a transaction, which tells
    /// what fails after the answer.
    pub(crate) fn count_sms(&self, phone: &[u8; 32], day: i64) -> Result<i64, LedgerError> {
        let sql = "INSERT INTO sms_count(phone, day, sent) VALUES (?1, ?2, 1)
                   ON CONFLICT DO UPDATE SET sent = sent + 1 RETURNING sent";
        Ok(self.db.prepare_cached(sql)?.query_row((phone, day), |row| row.get(0))?)
    }

    /// How many messages went to a number on a day of the bank.
    pub(crate) fn sms_sent(&self, phone: &[u8; 32], day: i64) -> Result<i64, LedgerError> {
        let sql = "SELECT sent FROM sms_count WHERE phone = ?1 AND day = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row((phone, day), |row| row.get(0)).optional()?.unwrap_or(0))
    }
}
