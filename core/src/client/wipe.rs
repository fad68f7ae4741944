//! Wiping everything on this phone (row 75; MASVS PRIVACY-4), and changing the key that it is sealed by
//! (MASVS CRYPTO-2).

use std::sync::{Arc, atomic::Ordering};

use super::{Client, Inner, keys};
use crate::{
    blocking::blocking,
    error::{Fault, WipeError},
    platform::KeyRole,
    secret::Secret,
    store::{StoreError, Tx, UnlockError},
};

/// What to do about payments whose end is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenPayments {
    /// Wipe nothing while there is one.
    Wait,
    /// Wipe: they end at the bank all the same, and a phone that is activated later hears how.
    Leave,
}

/// Whether every payment has its end: by the clear column, since the key may be lost. What cannot be counted is not
/// taken for none.
fn none_is_open(tx: &Tx<'_>) -> Result<(), WipeError> {
    let sql = "SELECT count(*) FROM payment WHERE state IN ('authorized', 'in_doubt')";
    let counts = tx.select(sql, [], |row| row.get::<_, i64>(0))?;
    match counts.first() {
        Some(0) | None => Ok(()),
        Some(count) => Err(WipeError::PaymentsOpen { count: count.unsigned_abs() }),
    }
}

/// The keys of a device.
const ROLES: [KeyRole; 4] = [KeyRole::Device, KeyRole::Order, KeyRole::SecondDevice, KeyRole::SecondOrder];

impl Client {
    /// Wipes everything that this profile has on this phone: the root key in the system's key store first, which
    /// makes the rest unreadable, then every file, those put aside too. The device's own keys are replaced by
    /// ones that no bank knows. The client can do nothing more afterwards; a new [`Client::open`] starts from
    /// nothing. Works while the key is lost; needs no network: to end what the bank has, revoke the device there.
    ///
    /// Killed in the middle of it, the next open goes on with it.
    ///
    /// # Errors
    /// [`WipeError::PaymentsOpen`], a fault of a file of which it cannot be told whether payments are open
    /// ([`OpenPayments::Leave`] wipes it), and those of the key store: nothing was wiped. Those of the file: the key is
    /// gone, and the next open removes what is left.
    pub async fn wipe(&self, open: OpenPayments) -> Result<(), WipeError> {
        let turn = self.0.lifecycle.clone().lock_owned().await;
        let this = self.0.clone();
        let wipe = move || {
            let wiped = this.wipe_blocking(open);
            drop(turn);
            wiped
        };
        blocking(&*self.0.platform.executor, wipe).await.map_err(Fault::from)?
    }

    /// Seals everything by a new root key, and deletes the old one. A profile that is large takes a second or
    /// two, in which nothing else is written. Killed at any moment, it is all of the one key or all of the other,
    /// and the next open finds which.
    ///
    /// # Errors
    /// [`Fault`]; the profile goes on by one of the two keys.
    pub async fn change_root_key(&self) -> Result<(), Fault> {
        self.0.unlock().await?;
        let turn = self.0.unlocking.clone().lock_owned().await;
        let this = self.0.clone();
        let change = move || {
            let changed = this.change_root_blocking();
            drop(turn);
            changed
        };
        blocking(&*self.0.platform.executor, change).await?
    }
}

impl Inner {
    fn wipe_blocking(self: &Arc<Self>, open: OpenPayments) -> Result<(), WipeError> {
        if self.is_suspended() {
            return Err(Fault::Suspended.into());
        }
        // From here on nobody gets at the store any more.
        self.caller.set_asleep(true);
        self.poke.notify_one();
        let wiped = self.wipe_now(open);
        if wiped.is_err() && self.store.resume().is_ok() {
            self.unlocked.store(false, Ordering::Release);
            self.caller.set_asleep(false);
            self.recover_now();
        }
        wiped
    }

    fn wipe_now(&self, open: OpenPayments) -> Result<(), WipeError> {
        if open == OpenPayments::Wait {
            // Closed with the count: an order that comes in between would be stored, sent, and wiped.
            self.store.suspend_unless(none_is_open)?;
        }
        // Nothing is wiped yet.
        let wipe = self.store.begin_wipe().map_err(|error| Fault::Store(StoreError::Reopen(error)))?;
        let gone = wipe.profiles().iter().try_for_each(|profile| self.forget_root(profile)).map_err(Fault::from);
        if let Err(fault) = gone {
            wipe.cancel().map_err(WipeError::File)?;
            return Err(fault.into());
        }
        for role in ROLES {
            // What they sign says nothing to any bank any more. A store that will not replace them keeps keys
            // whose bank forgets them with the device.
            let replaced = self.platform.signer.public_key(role).and_then(|key| match key {
                Some(_) => self.platform.signer.create(role).map(drop),
                None => Ok(()),
            });
            if let Err(error) = replaced {
                tracing::warn!(%error, "a key of this device could not be replaced");
            }
        }
        wipe.finish().map_err(WipeError::File)
    }

    fn forget_root(&self, profile: &str) -> Result<(), crate::platform::SecretError> {
        self.platform.secrets.delete(&keys::root_name(profile))?;
        self.platform.secrets.delete(&keys::next_root_name(profile))
    }

    /// The keys of profiles that were wiped by an open after a kill.
    pub(super) fn forget_wiped(&self) -> Result<(), Fault> {
        let failed = |error| Fault::Store(StoreError::Reopen(error));
        let profiles = crate::store::Store::wiped(&self.config.profile).map_err(failed)?;
        if profiles.is_empty() {
            return Ok(());
        }
        profiles.iter().try_for_each(|profile| self.forget_root(profile))?;
        crate::store::Store::forget_wiped(&self.config.profile).map_err(failed)
    }

    /// The new key is in the key store before anything is sealed by it; the old one goes when everything is.
    fn change_root_blocking(&self) -> Result<(), Fault> {
        let secrets = &*self.platform.secrets;
        let (name, next) = (keys::root_name(self.store.profile()), keys::next_root_name(self.store.profile()));
        let root = match secrets.get(&next)? {
            // Of a change that was killed before it had an effect.
            Some(root) => root,
            None => {
                let mut bytes = vec![0; 32];
                self.platform.rng.fill(&mut bytes);
                let root = Secret::new(bytes);
                secrets.put(&next, &root)?;
                root
            }
        };
        match self.store.reseal(&root, self.platform.rng.clone()) {
            Ok(resealed) if resealed.damaged > 0 => {
                tracing::error!(?resealed, "rows that do not open stay as they are")
            }
            Ok(_) => {}
            Err(error) => {
                // Which of the two it is, the next one who needs keys finds out.
                let unknown = matches!(error, UnlockError::Store(StoreError::CommitUnknown { .. }));
                self.unlocked.store(!unknown, Ordering::Release);
                return Err(error.into());
            }
        }
        secrets.put(&name, &root)?;
        Ok(secrets.delete(&next)?)
    }
}
