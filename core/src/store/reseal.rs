//! Another root key in the place of the one that there is: every row is sealed anew, in one commit with the
//! canary, so that a profile is all of the one key or all of the other whenever the power goes.
//!
//! The key of the look-ups stays: what they stand for (customer numbers, payables) is not in the row, and
//! an order that is not found under its payable could be made twice. It tells which values are equal and
//! nothing more, and goes along sealed under the new root, under two names: one that rots does not lock the
//! profile.

use std::sync::Arc;

use rusqlite::params;
use zeroize::Zeroizing;

use super::{
    Store, StoreError, Tx, UnlockError,
    check::TABLES,
    give_way,
    seal::{Keys, Place},
    unlock,
};
use crate::{platform::Rng, secret::Secret};

/// Where the look-up key of an earlier root stands, twice.
const LOOKUP: [&str; 2] = ["look-up key", "look-up key, again"];

/// What sealing anew met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Rows that are sealed by the new root now.
    pub rows: u64,
    /// Rows that had not opened before, and do not now: left as they are.
    pub damaged: u64,
}

impl Store {
    /// Seals everything by another root (32 bytes), which is the profile's from then on. The store has to be
    /// unlocked. Takes as long as reading and writing everything does.
    ///
    /// # Errors
    /// [`StoreError::CommitUnknown`]: it is not known which root is right, and the store is locked; one of the
    /// two unlocks it. After any other error it is the old one.
    pub fn reseal(&self, root: &Secret, rng: Arc<dyn Rng>) -> Result<Resealed, UnlockError> {
        let old = self.keys().ok_or(StoreError::Locked)?;
        let new = Keys::derive(root, self.profile(), rng).ok_or(UnlockError::BadRoot)?;
        let new = Arc::new(new.carrying(old.lookup_bytes()));
        let mut met = Resealed::default();
        self.write_keys(|tx| {
            for table in TABLES {
                tx.reseal_table(&old, &new, table, &mut met)?;
            }
            let under_new = Tx { keys: Some(new.clone()), ..*tx };
            for name in LOOKUP {
                under_new.set_setting(name, &*Zeroizing::new(hex(new.lookup_bytes())))?;
            }
            let canary = unlock::canary(self.profile(), unlock::CARRIED, &new);
            tx.execute("UPDATE profile SET canary = ?1 WHERE id = 1", [canary])?;
            Ok(new.clone())
        })?;
        Ok(met)
    }
}

impl Tx<'_> {
    fn reseal_table(&self, old: &Keys, new: &Keys, table: &str, met: &mut Resealed) -> Result<(), StoreError> {
        // First all ids, then row by row: a table is not changed under a cursor that walks it.
        let ids: Vec<String> = {
            let mut statement = self.connection.prepare(&format!("SELECT id FROM {table}"))?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        let mut look = self.connection.prepare(&format!("SELECT * FROM {table} WHERE id = ?1"))?;
        let mut put = self.connection.prepare(&format!("UPDATE {table} SET sealed = ?2 WHERE id = ?1"))?;
        for id in ids {
            let mut rows = look.query([&id])?;
            let Some(row) = rows.next()? else { continue };
            let (place, sealed) = Place::of_row(self.profile, table, row)?;
            let resealed = old.open(&sealed, &place).ok().and_then(|plain| new.seal(&plain, &place));
            drop(rows);
            match resealed {
                Some(sealed) => {
                    put.execute(params![id, sealed])?;
                    met.rows += 1;
                }
                None => met.damaged += 1,
            }
        }
        Ok(())
    }
}

/// The look-up key that a profile carries along, by the keys of its root.
pub(super) fn carried(tx: &Tx<'_>, keys: &Arc<Keys>) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
    for name in LOOKUP {
        let by_them = Tx { keys: Some(keys.clone()), ..*tx };
        let Some(text) = give_way(by_them.setting::<String>(name))? else { continue };
        let text = Zeroizing::new(text);
        if let Some(key) = unhex(&text) {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

fn hex(key: &[u8; 32]) -> String {
    key.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(key)
}
