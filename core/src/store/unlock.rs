//! Taking the keys, and the canary that tells a wrong key from a broken file.
//!
//! The canary is `version ‖ check (32) ‖ SHA-256(version ‖ profile ‖ check)`. The sum says whether it is
//! whole; only then does a different check value mean another root key. Version 1: all keys are of one root.
//! Version 2: the root was changed, and the look-ups are by the first one's key, which is kept, sealed, under
//! two names ([`super::reseal`]); its check value is another, so that nobody makes one of the other.

use std::sync::Arc;

use ring::digest;

use super::{Store, StoreError, Tx, UnlockError, reseal, seal::Keys};
use crate::{platform::Rng, secret::Secret};

/// All keys are of one root.
const OF_ONE_ROOT: u8 = 1;
/// The look-up key is of an earlier one.
pub(super) const CARRIED: u8 = 2;
const SEALED: &str = "SELECT EXISTS(SELECT 1 FROM setting) OR EXISTS(SELECT 1 FROM account)
    OR EXISTS(SELECT 1 FROM bill) OR EXISTS(SELECT 1 FROM payment)
    OR EXISTS(SELECT 1 FROM outcome) OR EXISTS(SELECT 1 FROM outcome_search)
    OR EXISTS(SELECT 1 FROM drawer) OR EXISTS(SELECT 1 FROM unverified) OR EXISTS(SELECT 1 FROM event)";

impl Store {
    /// Takes the root key (32 bytes) and the randomness for nonces. A profile that holds nothing
    /// sealed yet takes any key as its own; later ones must be the same.
    ///
    /// # Errors
    /// [`UnlockError::WrongKey`] if the profile is sound and this is not its key.
    pub fn unlock(&self, root: &Secret, rng: Arc<dyn Rng>) -> Result<(), UnlockError> {
        let keys = Arc::new(Keys::derive(root, self.profile(), rng.clone()).ok_or(UnlockError::BadRoot)?);
        let stored = self.read(|tx| tx.canary())?;
        let version = match stored {
            Some(stored) => compare(self.profile(), &stored, &keys)?,
            None => self.write(|tx| match tx.canary()? {
                Some(stored) => compare(self.profile(), &stored, &keys),
                None => tx.adopt(&canary(self.profile(), OF_ONE_ROOT, &keys)).map(|()| OF_ONE_ROOT),
            })?,
        };
        let keys = if version == CARRIED {
            let lookup = self.read(|tx| reseal::carried(tx, &keys))?.ok_or(UnlockError::Damaged)?;
            Arc::new(Keys::derive(root, self.profile(), rng).ok_or(UnlockError::BadRoot)?.carrying(&lookup))
        } else {
            keys
        };
        // A second unlock with the same root changes nothing.
        self.set_keys(Some(keys));
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

    /// Whether the profile is sound, and these are not its keys.
    pub(super) fn is_of_another_root(&self, keys: &Keys) -> bool {
        let stored = self.canary().ok().flatten();
        stored.is_some_and(|stored| matches!(compare(self.profile, &stored, keys), Err(UnlockError::WrongKey)))
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

pub(super) fn canary(profile: &str, version: u8, keys: &Keys) -> Vec<u8> {
    let mut canary = Vec::with_capacity(65);
    canary.push(version);
    canary.extend_from_slice(if version == CARRIED { keys.check_carried() } else { keys.check() });
    canary.extend_from_slice(sum(profile, &canary).as_ref());
    canary
}

/// The version of a canary that is of these keys.
fn compare(profile: &str, stored: &[u8], keys: &Keys) -> Result<u8, UnlockError> {
    let (check, theirs) = stored.split_at_checked(33).ok_or(UnlockError::Damaged)?;
    let version = check.first().copied().filter(|version| [OF_ONE_ROOT, CARRIED].contains(version));
    let version = version.ok_or(UnlockError::Damaged)?;
    if sum(profile, check).as_ref() != theirs {
        return Err(UnlockError::Damaged);
    }
    let ours = Secret::new(canary(profile, version, keys));
    if Secret::new(stored.to_vec()) == ours { Ok(version) } else { Err(UnlockError::WrongKey) }
}

fn sum(profile: &str, check: &[u8]) -> digest::Digest {
    let mut sum = digest::Context::new(&digest::SHA256);
    sum.update(b"billpay canary");
    sum.update(profile.as_bytes());
    sum.update(check);
    sum.finish()
}
