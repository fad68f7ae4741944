//! The key store of the phone, as its shell implements it: [`SecretStore`].
//!
//! The bytes of a secret pass through buffers of `UniFFI` and of the shell's language, which are
//! freed and not wiped. Neither can be helped from here; nothing here keeps a further copy.

use std::{fmt, sync::Arc};

use billpay_core::{
    platform::{self, SecretStore as CoreSecretStore},
    secret::Secret,
};

use crate::key_store::{KeyStoreError, SecurityLevel};

/// Small secrets (up to 1 KiB each) in the store of the operating system.
///
/// Access class: usable in the background after the first unlock since boot, never on another
/// device (iOS `AfterFirstUnlockThisDeviceOnly`, and its nearest on Android). Called from
/// background threads, several at a time; may take as long as it needs.
#[uniffi::export(with_foreign)]
pub trait SecretStore: Send + Sync {
    /// The secret of that name; none only when the store is open and has none.
    ///
    /// # Errors
    /// [`KeyStoreError`]; a store that cannot be read must say so, and never answer none.
    fn get(&self, name: String) -> Result<Option<Vec<u8>>, KeyStoreError>;

    /// Stores or replaces a secret, durably.
    ///
    /// # Errors
    /// [`KeyStoreError`]; the old secret is then still there.
    fn put(&self, name: String, secret: Vec<u8>) -> Result<(), KeyStoreError>;

    /// Removes a secret; removing one that is not there succeeds.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn delete(&self, name: String) -> Result<(), KeyStoreError>;

    /// Where secrets rest, for the person and the bank to know.
    ///
    /// # Errors
    /// [`KeyStoreError`]; the store then counts as the weakest kind.
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError>;
}

/// The shell's store as the core's port.
pub(crate) struct ShellSecretStore(pub(crate) Arc<dyn SecretStore>);

impl fmt::Debug for ShellSecretStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ShellSecretStore")
    }
}

impl CoreSecretStore for ShellSecretStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, platform::SecretError> {
        Ok(self.0.get(name.to_owned())?.map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), platform::SecretError> {
        // Exposed to be kept: this is the store that secrets are made for.
        Ok(self.0.put(name.to_owned(), secret.expose().to_vec())?)
    }

    fn delete(&self, name: &str) -> Result<(), platform::SecretError> {
        Ok(self.0.delete(name.to_owned())?)
    }

    fn security_level(&self) -> platform::SecurityLevel {
        // A store that cannot say what it is is taken for the weakest.
        self.0.security_level().map_or(platform::SecurityLevel::File, Into::into)
    }
}
