//! The other first call for an app team: do the signing keys that they wrote sign what the bank can
//! verify?
//!
//! [`check_device_signer`] never replaces a key: it makes one only where there is none, and
//! activation makes new ones anyway. The order key may ask the person for a fingerprint.

use std::sync::Arc;

use billpay_core::{
    crypto::{der, suite::RingSuite},
    platform::{Algorithm, DeviceSigner as CoreDeviceSigner, Rng, SecretError, Suite},
    system::SystemRng,
};

use crate::{
    check_secrets::draw,
    device_signer::{DeviceSigner, KeyRole, ShellDeviceSigner},
    key_store::{KeyStoreError, SecurityLevel},
    runtime,
};

/// What a signer that kept every promise said of itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct DeviceSignerReport {
    /// Where the keys rest; the weakest kind where the signer failed to say.
    pub security_level: SecurityLevel,
}

/// What is wrong with a signer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum DeviceSignerCheckError {
    /// The signer refused or failed.
    #[error("{role:?}: {answer}")]
    Refused {
        /// Of which key it was asked.
        role: KeyRole,
        /// What it answered.
        answer: KeyStoreError,
    },
    /// A key was made, and then another or none was there.
    #[error("{role:?}: the key that was made is not the one that is kept")]
    NotKept {
        /// Of which key.
        role: KeyRole,
    },
    /// Not 65 bytes `04 ‖ x ‖ y`.
    #[error("{role:?}: the public key is not 65 bytes that start with 04")]
    NotAPoint {
        /// Of which key.
        role: KeyRole,
    },
    /// Not the DER text of an ECDSA signature.
    #[error("{role:?}: the signature is not DER")]
    NotDer {
        /// Of which key.
        role: KeyRole,
    },
    /// The signature is not by this key, or not over SHA-256 of the message.
    #[error("{role:?}: the signature does not verify")]
    DoesNotVerify {
        /// Of which key.
        role: KeyRole,
    },
    /// Two roles have one key.
    #[error("two roles have the same key")]
    OneKey,
    /// The check ended without a result; the library's log says why.
    #[error("the check ended without a result")]
    Interrupted,
}

/// Signs a random message with each key, and verifies as the bank does.
///
/// # Errors
/// [`DeviceSignerCheckError`], with the first promise that the signer broke.
#[uniffi::export]
pub async fn check_device_signer(signer: Arc<dyn DeviceSigner>) -> Result<DeviceSignerReport, DeviceSignerCheckError> {
    let work = move || check(&ShellDeviceSigner(signer), &SystemRng::new());
    runtime::block(work).await.unwrap_or(Err(DeviceSignerCheckError::Interrupted))
}

fn check(signer: &dyn CoreDeviceSigner, rng: &dyn Rng) -> Result<DeviceSignerReport, DeviceSignerCheckError> {
    let roles = [KeyRole::Device, KeyRole::Order, KeyRole::SecondDevice, KeyRole::SecondOrder];
    let mut seen = Vec::new();
    for role in roles {
        let key = check_key(signer, rng, role)?;
        if seen.contains(&key) {
            return Err(DeviceSignerCheckError::OneKey);
        }
        seen.push(key);
    }
    Ok(DeviceSignerReport { security_level: signer.security_level().into() })
}

fn check_key(signer: &dyn CoreDeviceSigner, rng: &dyn Rng, role: KeyRole) -> Result<Vec<u8>, DeviceSignerCheckError> {
    let refused = |answer: SecretError| DeviceSignerCheckError::Refused { role, answer: answer.into() };
    let point = match signer.public_key(role.into()).map_err(refused)? {
        Some(point) => point,
        None => {
            let made = signer.create(role.into()).map_err(refused)?;
            if signer.public_key(role.into()).map_err(refused)?.as_ref() != Some(&made) {
                return Err(DeviceSignerCheckError::NotKept { role });
            }
            made
        }
    };
    if point.len() != 65 || point.first() != Some(&4) {
        return Err(DeviceSignerCheckError::NotAPoint { role });
    }
    // Longer than a block of the hash: a store that signs a digest it was not given fails here.
    let message = draw::<200>(rng);
    let signature = signer.sign(role.into(), &message).map_err(refused)?;
    let fixed = der::to_fixed(&signature).map_err(|_| DeviceSignerCheckError::NotDer { role })?;
    if RingSuite.verify(Algorithm::Es256, &point, &message, &fixed) {
        Ok(point)
    } else {
        Err(DeviceSignerCheckError::DoesNotVerify { role })
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Mutex};

    use ring::{
        rand::SystemRandom,
        signature::{
            ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
            KeyPair as _,
        },
    };

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Flaw {
        ForgetsTheKey,
        CompressesThePoint,
        SignsFixed,
        SignsSomethingElse,
        SharesOneKey,
        PersonSaysNo,
        Panics,
    }

    /// Keys in memory, that break at most one promise.
    #[derive(Default)]
    struct Faulty {
        keys: Mutex<BTreeMap<u8, Vec<u8>>>,
        flaw: Option<Flaw>,
    }

    impl Faulty {
        fn pair(&self, role: KeyRole, algorithm: &'static EcdsaSigningAlgorithm) -> Option<EcdsaKeyPair> {
            let keys = self.keys.lock().unwrap();
            let pkcs8 = keys.get(&self.slot(role))?;
            Some(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new()).unwrap())
        }

        fn slot(&self, role: KeyRole) -> u8 {
            if self.flaw == Some(Flaw::SharesOneKey) { 0 } else { role as u8 }
        }
    }

    impl DeviceSigner for Faulty {
        fn create(&self, role: KeyRole) -> Result<Vec<u8>, KeyStoreError> {
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
            self.keys.lock().unwrap().insert(self.slot(role), key.as_ref().to_vec());
            self.public_key(role).map(|point| point.unwrap_or_else(|| vec![4; 65]))
        }

        fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, KeyStoreError> {
            if self.flaw == Some(Flaw::ForgetsTheKey) {
                return Ok(None);
            }
            let pair = self.pair(role, &ECDSA_P256_SHA256_ASN1_SIGNING);
            let kept = if self.flaw == Some(Flaw::CompressesThePoint) { 33 } else { 65 };
            Ok(pair.map(|pair| pair.public_key().as_ref()[..kept].to_vec()))
        }

        fn sign(&self, role: KeyRole, mut message: Vec<u8>) -> Result<Vec<u8>, KeyStoreError> {
            let mut algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
            match self.flaw {
                Some(Flaw::PersonSaysNo) if role == KeyRole::Order => return Err(KeyStoreError::Cancelled),
                Some(Flaw::Panics) => panic!("on purpose"),
                Some(Flaw::SignsFixed) => algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING,
                Some(Flaw::SignsSomethingElse) => message.truncate(32),
                _ => {}
            }
            let pair = self.pair(role, algorithm).unwrap();
            Ok(pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec())
        }

        fn security_level(&self) -> Result<SecurityLevel, KeyStoreError> {
            Ok(SecurityLevel::Hardware)
        }
    }

    #[tokio::test]
    async fn a_good_signer_passes_and_keeps_the_keys_that_it_has() {
        let signer = Arc::new(Faulty::default());
        let report = Ok(DeviceSignerReport { security_level: SecurityLevel::Hardware });
        assert_eq!(check_device_signer(signer.clone()).await, report);
        let before = signer.keys.lock().unwrap().clone();
        assert_eq!(check_device_signer(signer.clone()).await, report);
        assert_eq!(*signer.keys.lock().unwrap(), before);
        assert_eq!(before.len(), 4);
    }

    #[tokio::test]
    async fn a_signer_with_one_flaw_is_told_which_promise_it_broke() {
        use DeviceSignerCheckError::{DoesNotVerify, Interrupted, NotAPoint, NotDer, NotKept, OneKey, Refused};
        let role = KeyRole::Device;
        for (flaw, wanted) in [
            (Flaw::ForgetsTheKey, NotKept { role }),
            (Flaw::CompressesThePoint, NotAPoint { role }),
            (Flaw::SignsFixed, NotDer { role }),
            (Flaw::SignsSomethingElse, DoesNotVerify { role }),
            (Flaw::SharesOneKey, OneKey),
            (Flaw::PersonSaysNo, Refused { role: KeyRole::Order, answer: KeyStoreError::Cancelled }),
            (Flaw::Panics, Interrupted),
        ] {
            let signer = Arc::new(Faulty { flaw: Some(flaw), ..Faulty::default() });
            assert_eq!(check_device_signer(signer).await, Err(wanted), "{flaw:?}");
        }
    }
}
