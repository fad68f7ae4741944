//! The key stores of a phone: they outlive the app, and say no now and then.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use billpay_core::{
    platform::{DeviceSigner, KeyRole, SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};

use super::{
    fault::Faults,
    suite::{DeviceKey, Signatures},
};

/// What the operating system keeps for one phone.
pub struct KeyStore {
    faults: Arc<Faults>,
    device: DeviceKey,
    order: DeviceKey,
    made: Mutex<(bool, bool)>,
    secrets: Mutex<BTreeMap<String, Secret>>,
}

impl KeyStore {
    /// The store of the phone of that number; `None` if there are no keys for it.
    #[must_use]
    pub fn new(signatures: Signatures, phone: usize, faults: Arc<Faults>) -> Option<Self> {
        let number = u64::try_from(phone).ok()? * 2;
        Some(Self {
            faults,
            device: DeviceKey::numbered(signatures, number)?,
            order: DeviceKey::numbered(signatures, number + 1)?,
            made: Mutex::default(),
            secrets: Mutex::default(),
        })
    }

    fn key(&self, role: KeyRole) -> &DeviceKey {
        match role {
            KeyRole::Device => &self.device,
            KeyRole::Order => &self.order,
        }
    }

    fn open(&self) -> Result<(), SecretError> {
        if self.faults.key_store() { Err(SecretError::Locked) } else { Ok(()) }
    }
}

impl DeviceSigner for KeyStore {
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError> {
        self.open()?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match role {
            KeyRole::Device => made.0 = true,
            KeyRole::Order => made.1 = true,
        }
        Ok(self.key(role).public().to_vec())
    }

    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError> {
        self.open()?;
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let there = match role {
            KeyRole::Device => made.0,
            KeyRole::Order => made.1,
        };
        Ok(there.then(|| self.key(role).public().to_vec()))
    }

    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.open()?;
        self.key(role).sign(message).ok_or_else(|| SecretError::Failed("no randomness".to_owned()))
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
