//! The profile's root key: fetched from the key store on first need, made once, never replaced.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use super::Inner;
use crate::{
    activation::Identity,
    blocking::blocking,
    error::Fault,
    gateway::{trust::Trust, wire::TrustAnswer},
    platform::Route,
    secret::Secret,
    store::give_way,
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
        let this = self.clone();
        blocking(&*self.platform.executor, move || this.unlock_blocking()).await?
    }

    fn unlock_blocking(&self) -> Result<(), Fault> {
        // Held by the work and not by whoever waits for it: a caller that goes away must not let a
        // second one make a second key.
        let _one = self.unlocking.lock().unwrap_or_else(PoisonError::into_inner);
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

    /// A trust document that came since the app was shipped.
    fn adopt_stored_trust(&self) -> Result<(), Fault> {
        let stored: Option<String> = self.store.read(|tx| tx.setting(TRUST))?;
        let Some(compact) = stored else { return Ok(()) };
        match Trust::verify(&compact, &self.config.offline_key, &*self.platform.suite) {
            Ok(stored) => self.adopt(stored),
            Err(error) => tracing::warn!(%error, "the stored trust document is not taken"),
        }
        Ok(())
    }

    /// The version only ever rises.
    fn adopt(&self, trust: Trust) {
        let mut known = self.trust();
        if trust.version > known.version {
            *known = trust;
        }
    }

    /// Takes a newer trust document, if the bank has one. The old one stays good otherwise.
    pub(super) async fn refresh_trust(self: &Arc<Self>) {
        let Ok(reply) = self.caller.trust(Route::Pinned).await else { return };
        let Ok(TrustAnswer { trust: compact }) = reply.body() else { return };
        let fresh = match Trust::verify(&compact, &self.config.offline_key, &*self.platform.suite) {
            Ok(fresh) if fresh.version > self.trust().version => fresh,
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "a trust document was not taken");
                return;
            }
        };
        // Stored first: what verifies today verifies offline after a restart. Two that come at once
        // are compared where they are stored.
        let (this, version) = (self.clone(), fresh.version);
        let stored = self.write(move |tx| {
            let known = tx.setting::<String>(TRUST)?;
            let known =
                known.and_then(|known| Trust::verify(&known, &this.config.offline_key, &*this.platform.suite).ok());
            if known.is_none_or(|known| known.version < version) {
                tx.set_setting(TRUST, &compact)?;
            }
            Ok::<_, Fault>(())
        });
        match stored.await {
            Ok(()) => self.adopt(fresh),
            Err(fault) => tracing::warn!(%fault, "a trust document could not be stored"),
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
