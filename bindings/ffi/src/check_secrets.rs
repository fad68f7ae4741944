//! A first call for an app team: does the key store that they wrote keep its promises?
//!
//! [`check_secret_store`] walks a random probe through every promise of [`SecretStore`] on the
//! phone itself, and names the first that is broken. It touches no name but its own.

use std::sync::Arc;

use billpay_core::{
    platform::{Rng, SecretError, SecretStore as CoreSecretStore},
    secret::Secret,
    system::SystemRng,
};

use crate::{
    key_store::{KeyStoreError, SecurityLevel},
    runtime,
    secret_store::{SecretStore, ShellSecretStore},
};

/// What a store that kept every promise said of itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SecretStoreReport {
    /// Where secrets rest; the weakest kind where the store failed to say.
    pub security_level: SecurityLevel,
}

/// What the check was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SecretStoreStep {
    /// Reading a name that nobody has stored.
    ReadMissing,
    /// Storing the probe.
    Store,
    /// Reading the probe.
    Read,
    /// Storing another probe under the same name.
    Replace,
    /// Reading the other probe.
    ReadReplaced,
    /// Removing the probe.
    Delete,
    /// Reading what was removed.
    ReadDeleted,
    /// Removing it once more.
    DeleteMissing,
}

/// What is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum SecretStoreCheckError {
    /// The store refused or failed.
    #[error("{step:?}: {answer}")]
    Refused {
        /// What was asked of it.
        step: SecretStoreStep,
        /// What it answered.
        answer: KeyStoreError,
    },
    /// The store said that all is well, and the answer is not what was stored.
    #[error("{step:?}: the store does not hold what it was given")]
    WrongAnswer {
        /// The read that showed it.
        step: SecretStoreStep,
    },
    /// The check ended without a result; the library's log says why.
    #[error("the check ended without a result")]
    Interrupted,
}

/// Walks a random probe through the store: read, store, replace, remove, each looked at afterwards.
///
/// # Errors
/// [`SecretStoreCheckError`], with the first promise that the store broke. The probe may then
/// still be in it, under a name that starts with `billpay-check-`.
#[uniffi::export]
pub async fn check_secret_store(store: Arc<dyn SecretStore>) -> Result<SecretStoreReport, SecretStoreCheckError> {
    let work = move || check(&ShellSecretStore(store), &SystemRng::new());
    runtime::block(work).await.unwrap_or(Err(SecretStoreCheckError::Interrupted))
}

fn check(store: &dyn CoreSecretStore, rng: &dyn Rng) -> Result<SecretStoreReport, SecretStoreCheckError> {
    let name = format!("billpay-check-{:032x}", u128::from_be_bytes(draw(rng)));
    // As long as the largest secret that the core keeps, and with every kind of byte in it.
    let (first, second) = (draw::<1024>(rng), draw::<32>(rng));

    expect(store, &name, SecretStoreStep::ReadMissing, None)?;
    put(store, &name, SecretStoreStep::Store, &first)?;
    expect(store, &name, SecretStoreStep::Read, Some(&first))?;
    put(store, &name, SecretStoreStep::Replace, &second)?;
    expect(store, &name, SecretStoreStep::ReadReplaced, Some(&second))?;
    delete(store, &name, SecretStoreStep::Delete)?;
    expect(store, &name, SecretStoreStep::ReadDeleted, None)?;
    delete(store, &name, SecretStoreStep::DeleteMissing)?;
    Ok(SecretStoreReport { security_level: store.security_level().into() })
}

pub(crate) fn draw<const N: usize>(rng: &dyn Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

fn refused(step: SecretStoreStep) -> impl FnOnce(SecretError) -> SecretStoreCheckError {
    move |answer| SecretStoreCheckError::Refused { step, answer: answer.into() }
}

fn put(
    store: &dyn CoreSecretStore,
    name: &str,
    step: SecretStoreStep,
    probe: &[u8],
) -> Result<(), SecretStoreCheckError> {
    store.put(name, &Secret::new(probe.to_vec())).map_err(refused(step))
}

fn delete(store: &dyn CoreSecretStore, name: &str, step: SecretStoreStep) -> Result<(), SecretStoreCheckError> {
    store.delete(name).map_err(refused(step))
}

fn expect(
    store: &dyn CoreSecretStore,
    name: &str,
    step: SecretStoreStep,
    wanted: Option<&[u8]>,
) -> Result<(), SecretStoreCheckError> {
    let seen = store.get(name).map_err(refused(step))?;
    let same = match (&seen, wanted) {
        (None, None) => true,
        (Some(seen), Some(wanted)) => *seen == Secret::new(wanted.to_vec()),
        (None, Some(_)) | (Some(_), None) => false,
    };
    if same { Ok(()) } else { Err(SecretStoreCheckError::WrongAnswer { step }) }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Mutex};

    use super::*;

    /// A store that breaks at most one of its promises.
    #[derive(Default)]
    struct Faulty {
        rows: Mutex<BTreeMap<String, Vec<u8>>>,
        flaw: Option<Flaw>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Flaw {
        InventsAnswers,
        ForgetsOnPut,
        CutsAt255,
        KeepsTheOld,
        IgnoresDelete,
        RefusesMissingDelete,
        Locked,
        Panics,
    }

    impl Faulty {
        fn with(flaw: Flaw) -> Arc<Self> {
            Arc::new(Self { flaw: Some(flaw), ..Self::default() })
        }
    }

    impl SecretStore for Faulty {
        fn get(&self, name: String) -> Result<Option<Vec<u8>>, KeyStoreError> {
            match self.flaw {
                Some(Flaw::Locked) => return Err(KeyStoreError::Locked),
                Some(Flaw::Panics) => panic!("on purpose"),
                _ => {}
            }
            let found = self.rows.lock().unwrap().get(&name).cloned();
            Ok(if self.flaw == Some(Flaw::InventsAnswers) { found.or(Some(vec![])) } else { found })
        }

        fn put(&self, name: String, mut secret: Vec<u8>) -> Result<(), KeyStoreError> {
            let mut rows = self.rows.lock().unwrap();
            match self.flaw {
                Some(Flaw::ForgetsOnPut) => return Ok(()),
                Some(Flaw::KeepsTheOld) if rows.contains_key(&name) => return Ok(()),
                Some(Flaw::CutsAt255) => secret.truncate(255),
                _ => {}
            }
            rows.insert(name, secret);
            Ok(())
        }

        fn delete(&self, name: String) -> Result<(), KeyStoreError> {
            if self.flaw == Some(Flaw::IgnoresDelete) {
                return Ok(());
            }
            let removed = self.rows.lock().unwrap().remove(&name);
            if removed.is_none() && self.flaw == Some(Flaw::RefusesMissingDelete) {
                return Err(KeyStoreError::Failed { reason: "errSecItemNotFound".to_owned() });
            }
            Ok(())
        }

        fn security_level(&self) -> Result<SecurityLevel, KeyStoreError> {
            Ok(SecurityLevel::Hardware)
        }
    }

    #[tokio::test]
    async fn a_good_store_passes_and_nothing_stays_in_it() {
        let store = Arc::new(Faulty::default());
        let report = check_secret_store(store.clone()).await;
        assert_eq!(report, Ok(SecretStoreReport { security_level: SecurityLevel::Hardware }));
        assert!(store.rows.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_store_with_one_flaw_is_told_where_it_broke_its_promise() {
        use SecretStoreCheckError::{Interrupted, Refused, WrongAnswer};
        use SecretStoreStep::{DeleteMissing, Read, ReadDeleted, ReadMissing, ReadReplaced};
        let not_found = KeyStoreError::Failed { reason: "errSecItemNotFound".to_owned() };
        for (flaw, wanted) in [
            (Flaw::InventsAnswers, WrongAnswer { step: ReadMissing }),
            (Flaw::ForgetsOnPut, WrongAnswer { step: Read }),
            (Flaw::CutsAt255, WrongAnswer { step: Read }),
            (Flaw::KeepsTheOld, WrongAnswer { step: ReadReplaced }),
            (Flaw::IgnoresDelete, WrongAnswer { step: ReadDeleted }),
            (Flaw::RefusesMissingDelete, Refused { step: DeleteMissing, answer: not_found }),
            (Flaw::Locked, Refused { step: ReadMissing, answer: KeyStoreError::Locked }),
            (Flaw::Panics, Interrupted),
        ] {
            assert_eq!(check_secret_store(Faulty::with(flaw)).await, Err(wanted), "{flaw:?}");
        }
    }
}
