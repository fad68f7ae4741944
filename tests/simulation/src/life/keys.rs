//! The key stores of a phone: they outlive the app, and say no now and then.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use billpay_core::{
    platform::{DeviceSigner, KeyRole, SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};

use super::{
    fault::Faults,
    suite::{DeviceKey, Signatures},
};

/// Keys that one phone can make in a life.
pub const KEYS: usize = 64;

/// What the operating system keeps for one phone.
pub struct KeyStore {
    faults: Arc<Faults>,
    signatures: Signatures,
    first: usize,
    made: Mutex<(usize, BTreeMap<KeyRole, DeviceKey>)>,
    secrets: Mutex<BTreeMap<String, Secret>>,
    lost: AtomicBool,
}

impl KeyStore {
    /// The store of the phone of that number; `None` if there are no keys for it.
    #[must_use]
    pub fn new(signatures: Signatures, phone: usize, faults: Arc<Faults>) -> Option<Self> {
        let first = phone.checked_mul(KEYS)?;
        let (made, secrets) = (Mutex::default(), Mutex::default());
        Some(Self { faults, signatures, first, made, secrets, lost: AtomicBool::new(false) })
    }

    /// The keys that it signs with are gone, and with `all` everything else.
    pub fn loses(&self, all: bool) {
        self.lost.store(true, Ordering::Relaxed);
        self.made().1.clear();
        if all {
            self.secrets.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Whether it has ever lost any.
    #[must_use]
    pub fn has_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// What it keeps, to be looked for where it must not be.
    #[must_use]
    pub fn kept(&self) -> Vec<Secret> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn made(&self) -> MutexGuard<'_, (usize, BTreeMap<KeyRole, DeviceKey>)> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) -> Result<(), SecretError> {
        if self.faults.key_store() { Err(SecretError::Locked) } else { Ok(()) }
    }
}

impl DeviceSigner for KeyStore {
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError> {
        self.open()?;
        let mut made = self.made();
        // Each key is a new one, as a bank that takes a key only once will notice.
        let number = (made.0 < KEYS).then_some(self.first + made.0).and_then(|number| u64::try_from(number).ok());
        let key = number.and_then(|number| DeviceKey::numbered(self.signatures, number));
        let key = key.ok_or_else(|| SecretError::Failed("a life has no more keys".to_owned()))?;
        let public = key.public().to_vec();
        made.0 += 1;
        made.1.insert(role, key);
        Ok(public)
    }

    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError> {
        self.open()?;
        Ok(self.made().1.get(&role).map(|key| key.public().to_vec()))
    }

    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.open()?;
        let made = self.made();
        let key = made.1.get(&role).ok_or(SecretError::Lost)?;
        key.sign(message).ok_or_else(|| SecretError::Failed("no randomness".to_owned()))
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }
}

impl SecretStore for KeyStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.open()?;
        Ok(self.secrets.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.open()?;
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.open()?;
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }
}
