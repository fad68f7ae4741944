//! The profile's root key: fetched from the key store on first need, made once, never replaced.

use std::sync::{Arc, atomic::Ordering};

use super::Inner;
use crate::{
    activation::Identity,
    blocking::blocking,
    error::Fault,
    gateway::{trust::Trust, wire::TrustAnswer},
    platform::Route,
    secret::Secret,
    store::{StoreError, give_way},
};

/// The setting that holds the newest trust document.
const TRUST: &str = "trust";

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
        let name = format!("billpay.{}.root", self.store.profile());
        let root = match self.platform.secrets.get(&name)? {
            Some(root) => root,
            // The profile had a key once: a new one would open nothing of what is sealed.
            None if self.store.has_canary()? => return Err(Fault::KeyLost),
            None => {
                let mut bytes = vec![0; 32];
                self.platform.rng.fill(&mut bytes);
                let root = Secret::new(bytes);
                self.platform.secrets.put(&name, &root)?;
                root
            }
        };
        Ok(self.store.unlock(&root, self.platform.rng.clone())?)
    }

    /// A trust document that came since the app was shipped. One that does not open leaves the shipped one, and
    /// the bank is asked again: by that one's pins, or by none but WebPKI where they have expired.
    fn adopt_stored_trust(&self) -> Result<(), Fault> {
        let stored = self.store.read(|tx| tx.setting::<String>(TRUST));
        self.memory().trust_lost = matches!(stored, Err(StoreError::Damaged { .. }));
        let Some(compact) = give_way(stored)? else { return Ok(()) };
        match self.config.trusted(&compact, &*self.platform.suite) {
            Ok(stored) => self.adopt(stored),
            Err(error) => tracing::warn!(%error, "the stored trust document is not taken"),
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
        // compared where they are stored.
        let (this, version) = (self.clone(), fresh.version);
        let stored = self.write(move |tx| {
            let known = give_way(tx.setting::<String>(TRUST))?;
            let known = known.and_then(|known| this.config.trusted(&known, &*this.platform.suite).ok());
            if known.is_none_or(|known| known.version < version) {
                tx.set_setting(TRUST, &compact)?;
            }
            Ok::<_, Fault>(())
        });
        if let Err(fault) = stored.await {
            tracing::warn!(%fault, "a trust document could not be stored, and is not taken");
            return false;
        }
        self.adopt(fresh);
        self.memory().trust_lost = false;
        true
    }

    /// Past the soft expiry a new trust document is wanted, by the bank's clock, as far as heard; and where the
    /// one that was stored cannot be read.
    pub(super) async fn renew_trust(self: &Arc<Self>) {
        let soft_expiry = self.trust().soft_expiry;
        if self.memory().trust_lost || self.caller.bank_now().is_some_and(|now| now >= soft_expiry) {
            self.refresh_trust(Route::Pinned).await;
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
