use std::sync::{Arc, atomic::Ordering};

use billpay_core::{
    platform::{DeviceSigner, KeyRole, SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::shaky::Shaky;
use crate::{FileSecretStore, SoftwareSigner};

fn verifies(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(message, signature).is_ok()
}

#[test]
fn keys_sign_for_their_role_and_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let files = || Arc::new(FileSecretStore::open(directory.path()).unwrap());
    let signer = SoftwareSigner::new(files());
    assert_eq!(signer.public_key(KeyRole::Device), Ok(None));
    let device = signer.create(KeyRole::Device).unwrap();
    let order = signer.create(KeyRole::Order).unwrap();
    assert_eq!((device.len(), device[0]), (65, 4));
    assert_ne!(device, order);
    let again = SoftwareSigner::new(files());
    assert_eq!(again.public_key(KeyRole::Device), Ok(Some(device.clone())));
    assert_eq!(again.public_key(KeyRole::Order), Ok(Some(order.clone())));
    for signer in [signer, again] {
        let signature = signer.sign(KeyRole::Order, b"pay").unwrap();
        assert!(verifies(&order, b"pay", &signature));
        assert!(!verifies(&device, b"pay", &signature) && !verifies(&order, b"pay!", &signature));
        assert_eq!(signer.security_level(), SecurityLevel::File);
    }
}

#[test]
fn row_6_the_pair_of_the_next_activation_waits_beside_the_one_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let files = || Arc::new(FileSecretStore::open(directory.path()).unwrap());
    let roles = [KeyRole::Device, KeyRole::Order, KeyRole::SecondDevice, KeyRole::SecondOrder];
    let signer = SoftwareSigner::new(files());
    let made = roles.map(|role| signer.create(role).unwrap());
    for signer in [signer, SoftwareSigner::new(files())] {
        for (role, key) in roles.into_iter().zip(&made) {
            assert_eq!(signer.public_key(role), Ok(Some(key.clone())));
            assert!(verifies(key, b"x", &signer.sign(role, b"x").unwrap()));
        }
    }
    assert!((1..4).all(|at| !made[..at].contains(&made[at])));
}

#[test]
fn a_key_is_replaced_only_on_request_and_alone() {
    let signer = SoftwareSigner::new(Arc::new(Shaky::default()));
    let device = signer.create(KeyRole::Device).unwrap();
    let old = signer.create(KeyRole::Order).unwrap();
    let new = signer.create(KeyRole::Order).unwrap();
    assert_ne!(old, new);
    assert!(verifies(&new, b"x", &signer.sign(KeyRole::Order, b"x").unwrap()));
    assert_eq!(signer.public_key(KeyRole::Order), Ok(Some(new)));
    assert_eq!(signer.public_key(KeyRole::Device), Ok(Some(device)));
}

#[test]
fn a_key_that_cannot_be_read_is_not_replaced() {
    // Feature 58, fault 35.
    let store = Arc::new(Shaky::default());
    let key = SoftwareSigner::new(store.clone()).create(KeyRole::Device).unwrap();
    for error in [SecretError::Locked, SecretError::Ambiguous, SecretError::Cancelled, SecretError::Failed("x".into())]
    {
        *store.get_fails.lock().unwrap() = Some(error.clone());
        let signer = SoftwareSigner::new(store.clone());
        assert_eq!(signer.create(KeyRole::Device), Err(error.clone()));
        assert_eq!(signer.public_key(KeyRole::Device), Err(error.clone()));
        assert_eq!(signer.sign(KeyRole::Device, b"x"), Err(error));
        *store.get_fails.lock().unwrap() = None;
        assert_eq!(signer.public_key(KeyRole::Device), Ok(Some(key.clone())));
    }
}

#[test]
fn a_write_that_fails_leaves_the_old_key_at_work() {
    let store = Arc::new(Shaky::default());
    let signer = SoftwareSigner::new(store.clone());
    let key = signer.create(KeyRole::Order).unwrap();
    *store.put_fails.lock().unwrap() = Some(SecretError::Failed("full".into()));
    assert!(signer.create(KeyRole::Order).is_err());
    assert!(verifies(&key, b"x", &signer.sign(KeyRole::Order, b"x").unwrap()));
    assert_eq!(SoftwareSigner::new(store).public_key(KeyRole::Order), Ok(Some(key)));
}

#[test]
fn a_lost_key_is_said_to_be_lost_and_can_be_made_anew() {
    // Fault 34: the way back is re-activation, which makes new keys.
    let store = Arc::new(Shaky::default());
    store.put("device-key", &Secret::new(b"not a key".to_vec())).unwrap();
    let signer = SoftwareSigner::new(store.clone());
    assert_eq!(signer.public_key(KeyRole::Device), Err(SecretError::Lost));
    assert_eq!(signer.sign(KeyRole::Device, b"x"), Err(SecretError::Lost));
    assert_eq!(signer.sign(KeyRole::Order, b"x"), Err(SecretError::Lost));
    *store.get_fails.lock().unwrap() = Some(SecretError::Lost);
    let key = signer.create(KeyRole::Device).unwrap();
    assert!(verifies(&key, b"x", &signer.sign(KeyRole::Device, b"x").unwrap()));
}

#[test]
fn the_store_is_asked_once_per_key() {
    let store = Arc::new(Shaky::default());
    SoftwareSigner::new(store.clone()).create(KeyRole::Device).unwrap();
    store.gets.store(0, Ordering::SeqCst);
    let signer = SoftwareSigner::new(store.clone());
    for _ in 0..5 {
        signer.sign(KeyRole::Device, b"x").unwrap();
    }
    assert_eq!(store.gets.load(Ordering::SeqCst), 1);
}
