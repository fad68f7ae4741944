//! Taking the keys, and the canary that tells a wrong key from a broken file.
//!
//! The canary is `01 ‖ check (32) ‖ SHA-256(01 ‖ profile ‖ check)`. The sum says whether it is
//! whole; only then does a different check value mean another root key.

use std::sync::Arc;

use ring::digest;

use super::{Store, StoreError, Tx, UnlockError, seal::Keys};
use crate::{platform::Rng, secret::Secret};

const VERSION: u8 = 1;
const SEALED: &str = "SELECT EXISTS(SELECT 1 FROM setting) OR EXISTS(SELECT 1 FROM account)
    OR EXISTS(SELECT 1 FROM bill) OR EXISTS(SELECT 1 FROM payment)
    OR EXISTS(SELECT 1 FROM outcome) OR EXISTS(SELECT 1 FROM outcome_search)
    OR EXISTS(SELECT 1 FROM unverified) OR EXISTS(SELECT 1 FROM event)";

impl Store {
    /// Takes the root key (32 bytes) and the randomness for nonces. A profile that holds nothing
    /// sealed yet takes any key as its own; later ones must be the same.
    ///
    /// # Errors
    /// [`UnlockError::WrongKey`] if the profile is sound and this is not its key.
    pub fn unlock(&self, root: &Secret, rng: Arc<dyn Rng>) -> Result<(), UnlockError> {
        let keys = Keys::derive(root, self.profile(), rng).ok_or(UnlockError::BadRoot)?;
        let ours = canary(self.profile(), keys.check());
        let stored = self.read(|tx| tx.canary())?;
        match stored {
            Some(stored) => compare(self.profile(), &stored, &ours)?,
            None => self.write(|tx| match tx.canary()? {
                Some(stored) => compare(self.profile(), &stored, &ours),
                None => tx.adopt(&ours),
            })?,
        }
        self.set_keys(keys);
        Ok(())
    }

    /// Whether a root key was ever taken by this profile. If so and the key is gone, it is lost;
    /// if not, a new one may be made.
    ///
    /// # Errors
    /// Those of the file.
    pub fn has_canary(&self) -> Result<bool, StoreError> {
        Ok(self.read(|tx| tx.canary())?.is_some())
    }
}

impl Tx<'_> {
    fn canary(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let rows = self.select("SELECT canary FROM profile WHERE id = 1", [], |row| row.get(0))?;
        rows.into_iter().next().ok_or(StoreError::DamagedFile)
    }

    fn adopt(&self, canary: &[u8]) -> Result<(), UnlockError> {
        let sealed: bool = self.connection.query_row(SEALED, [], |row| row.get(0)).map_err(StoreError::from)?;
        if sealed {
            // Someone took the canary away: a new key would make every row look broken.
            return Err(UnlockError::Damaged);
        }
        self.execute("UPDATE profile SET canary = ?1 WHERE id = 1", [canary])?;
        Ok(())
    }
}

fn canary(profile: &str, check: &[u8]) -> Vec<u8> {
    let mut canary = Vec::with_capacity(65);
    canary.push(VERSION);
    canary.extend_from_slice(check);
    canary.extend_from_slice(sum(profile, &canary).as_ref());
    canary
}

fn compare(profile: &str, stored: &[u8], ours: &[u8]) -> Result<(), UnlockError> {
    let (check, theirs) = stored.split_at_checked(33).ok_or(UnlockError::Damaged)?;
    if check.first() != Some(&VERSION) || sum(profile, check).as_ref() != theirs {
        return Err(UnlockError::Damaged);
    }
    if Secret::new(stored.to_vec()) == Secret::new(ours.to_vec()) { Ok(()) } else { Err(UnlockError::WrongKey) }
}

fn sum(profile: &str, check: &[u8]) -> digest::Digest {
    let mut sum = digest::Context::new(&digest::SHA256);
    sum.update(b"billpay canary");
    sum.update(profile.as_bytes());
    sum.update(check);
    sum.finish()
}
