//! The profile's root key: fetched from the key store on first need, made once, never replaced.

use std::sync::{Arc, atomic::Ordering};

use jiff::Timestamp;

use super::{Inner, views::TrustState};
use crate::{
    activation::Identity,
    blocking::blocking,
    error::Fault,
    gateway::{trust::Trust, wire::TrustAnswer},
    platform::Route,
    secret::Secret,
    store::{StoreError, UnlockError, give_way},
};

/// The setting that holds the newest trust document.
const TRUST: &str = "trust";
/// The setting that holds its version, in a row of its own: a document that rots takes it not along.
const TRUST_VERSION: &str = "trust-version";

/// Under which name a profile's root key is kept.
pub(super) fn root_name(profile: &str) -> String {
    format!("billpay.{profile}.root")
}

/// Under which name the one is kept that comes after it, while it is being changed.
pub(super) fn next_root_name(profile: &str) -> String {
    format!("billpay.{profile}.root.next")
}

impl Inner {
    /// Makes sure that the store has its keys.
    pub(super) async fn unlock(self: &Arc<Self>) -> Result<(), Fault> {
        if self.is_suspended() {
            return Err(Fault::Suspended);
        }
        if self.unlocked.load(Ordering::Acquire) {
            return Ok(());
        }
        let turn = self.unlocking.clone().lock_owned().await;
        if self.unlocked.load(Ordering::Acquire) {
            // Whoever had the turn before has done it.
            return Ok(());
        }
        let this = self.clone();
        let unlock = move || {
            let unlocked = this.unlock_blocking();
            // Held by the work and not by whoever waits for it: a caller that goes away must not let
            // a second one make a second key.
            drop(turn);
            unlocked
        };
        blocking(&*self.platform.executor, unlock).await?
    }

    fn unlock_blocking(&self) -> Result<(), Fault> {
        if self.unlocked.load(Ordering::Acquire) {
            return Ok(());
        }
        if !self.store.is_unlocked() {
            self.unlock_store()?;
        }
        self.adopt_stored_trust()?;
        self.unlocked.store(true, Ordering::Release);
        Ok(())
    }

    fn unlock_store(&self) -> Result<(), Fault> {
        self.forget_wiped()?;
        let name = root_name(self.store.profile());
        let root = match self.platform.secrets.get(&name)? {
            Some(root) => root,
            // The profile had a key once: a new one would open nothing of what is sealed.
            None if self.store.has_canary()? => return self.unlock_by_the_next(&name, Fault::KeyLost),
            None => {
                let mut bytes = vec![0; 32];
                self.platform.rng.fill(&mut bytes);
                let root = Secret::new(bytes);
                self.platform.secrets.put(&name, &root)?;
                root
            }
        };
        match self.store.unlock(&root, self.platform.rng.clone()) {
            Err(error @ UnlockError::WrongKey) => self.unlock_by_the_next(&name, error.into()),
            other => Ok(other?),
        }
    }

    /// By the key of a change that was killed after it had its effect, which then is the profile's key.
    fn unlock_by_the_next(&self, name: &str, otherwise: Fault) -> Result<(), Fault> {
        let next = next_root_name(self.store.profile());
        let Some(root) = self.platform.secrets.get(&next)? else { return Err(otherwise) };
        match self.store.unlock(&root, self.platform.rng.clone()) {
            Err(UnlockError::WrongKey) => return Err(otherwise),
            other => other?,
        }
        // The profile is open; who keeps its key under which name can wait for a better moment.
        let moved = self.platform.secrets.put(name, &root).and_then(|()| self.platform.secrets.delete(&next));
        if let Err(error) = moved {
            tracing::warn!(%error, "a changed root key is still under its first name");
        }
        Ok(())
    }

    /// A trust document that came since the app was shipped. One that does not open leaves the shipped one in its
    /// place. Its version is known all the same: where the shipped one is older, what has been taken out of it
    /// since (a stolen key, say) would count again. So its pins let nothing out any more but the question for a
    /// new document, which may not be older than the one that is lost.
    fn adopt_stored_trust(&self) -> Result<(), Fault> {
        let (stored, version) = self
            .store
            .read(|tx| Ok::<_, StoreError>((tx.setting::<String>(TRUST), tx.setting::<i64>(TRUST_VERSION))))?;
        // Both rotten: nothing is known of it, and the shipped one is as good as at the first start.
        let version = give_way(version)?.unwrap_or(0);
        self.memory().trust_version = version;
        self.memory().trust_lost = matches!(stored, Err(StoreError::Damaged { .. }));
        if let Some(compact) = give_way(stored)? {
            match self.config.trusted(&compact, &*self.platform.suite) {
                Ok(stored) => self.adopt(stored),
                Err(error) => tracing::warn!(%error, "the stored trust document is not taken"),
            }
        }
        if self.trust().version < version {
            self.memory().trust_lost = true;
            let closed = self.trust().pins.clone().expiring(Timestamp::MIN);
            // Pins that cannot be closed must not stay open: nothing is sent then, and it is tried again.
            self.platform.transport.set_pins(closed).map_err(Fault::Network)?;
        }
        Ok(())
    }

    /// The version only ever rises. Pins and receipt keys change together, or not at all.
    fn adopt(&self, trust: Trust) {
        let mut known = self.trust();
        if trust.version <= known.version {
            return;
        }
        match self.platform.transport.set_pins(trust.pins.clone()) {
            Ok(()) => *known = trust,
            Err(error) => tracing::error!(%error, "the pins of a newer trust document cannot be used"),
        }
    }

    /// Takes a newer trust document, if the bank has one; says whether it did. The old one stays
    /// good otherwise.
    pub(super) async fn refresh_trust(self: &Arc<Self>, route: Route) -> bool {
        let Ok(reply) = self.caller.trust(route).await else { return false };
        let Ok(TrustAnswer { trust: compact }) = reply.body() else { return false };
        let fresh = match self.config.trusted(&compact, &*self.platform.suite) {
            Ok(fresh) if fresh.version > self.trust().version => fresh,
            Ok(_) => return false,
            Err(error) => {
                tracing::warn!(%error, "a trust document was not taken");
                return false;
            }
        };
        // Stored, or not taken: what verifies by it today has to verify offline after a restart. A phone that
        // cannot store it (asleep, locked, full) can store no outcome either. Two that come at once are
        // compared where they are stored, and so is one that comes after another was lost.
        let version = fresh.version;
        let stored = self.write(move |tx| {
            let highest = give_way(tx.setting::<i64>(TRUST_VERSION))?.unwrap_or(0);
            if version < highest {
                return Ok(false);
            }
            tx.set_setting(TRUST, &compact)?;
            tx.set_setting(TRUST_VERSION, &version)?;
            Ok::<_, Fault>(true)
        });
        match stored.await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(version, "a trust document is older than one that was here, and is not taken");
                return false;
            }
            Err(fault) => {
                tracing::warn!(%fault, "a trust document could not be stored, and is not taken");
                return false;
            }
        }
        self.adopt(fresh);
        self.memory().trust_lost = false;
        true
    }

    /// Asks for a new trust document, where one is wanted.
    pub(super) async fn renew_trust(self: &Arc<Self>) {
        if self.wants_trust() {
            self.refresh_trust(Route::Pinned).await;
        }
    }

    /// Where the bank says that it has a newer one (a stolen key may be gone from it), past the soft expiry by the
    /// bank's clock, as far as heard, and where the one that was stored cannot be read.
    fn wants_trust(&self) -> bool {
        let trust = self.trust();
        let (soft_expiry, version) = (trust.soft_expiry, trust.version);
        // One lock at a time.
        drop(trust);
        let memory = self.memory();
        let (lost, told) = (memory.trust_lost, memory.trust_told);
        drop(memory);
        lost || told > version || self.caller.bank_now().is_some_and(|now| now >= soft_expiry)
    }

    /// How long the pins and keys of now are good for, by the bank's clock, as far as heard, else by the phone's.
    pub(super) fn trust_state(&self) -> TrustState {
        let trust = self.trust();
        let (soft, hard, version) = (trust.soft_expiry, trust.hard_expiry, trust.version);
        drop(trust);
        let now = self.caller.bank_now().unwrap_or_else(|| self.platform.clock.now());
        if now >= hard || version < self.memory().trust_version {
            TrustState::Expired
        } else if now >= soft {
            TrustState::RenewalDue { until: hard }
        } else {
            TrustState::Good { until: hard }
        }
    }

    /// Who this device acts for. One that does not open is as good as none: activating replaces it.
    pub(super) async fn identity(self: &Arc<Self>) -> Result<Identity, Fault> {
        let identity =
            self.read(|tx| Ok::<_, Fault>(give_way(Identity::load(tx))?)).await?.ok_or(Fault::NotActivated)?;
        self.caller.act_as(identity.keys.device(), &identity.credential);
        Ok(identity)
    }
}
