//! A store in memory that fails on command.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use billpay_core::{
    platform::{SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};

#[derive(Default)]
pub(crate) struct Shaky {
    pub(crate) secrets: Mutex<BTreeMap<String, Secret>>,
    /// What the next reads answer.
    pub(crate) get_fails: Mutex<Option<SecretError>>,
    /// What the next writes answer.
    pub(crate) put_fails: Mutex<Option<SecretError>>,
    /// Given by `get` instead of what was stored.
    pub(crate) mixes_up: bool,
    pub(crate) gets: AtomicUsize,
}

impl SecretStore for Shaky {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.gets.fetch_add(1, Ordering::SeqCst);
        if let Some(error) = self.get_fails.lock().unwrap().clone() {
            return Err(error);
        }
        if self.mixes_up {
            return Ok(Some(Secret::new(vec![0; 32])));
        }
        Ok(self.secrets.lock().unwrap().get(name).cloned())
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        if let Some(error) = self.put_fails.lock().unwrap().clone() {
            return Err(error);
        }
        self.secrets.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.secrets.lock().unwrap().remove(name);
        Ok(())
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }
}
