//! The signing keys of the phone, as its shell keeps them: [`DeviceSigner`].

use std::sync::Arc;

use billpay_core::platform::{self, DeviceSigner as CoreDeviceSigner};

use crate::key_store::{KeyStoreError, SecurityLevel};

/// The keys of a device: two pairs, of which one is in force. The core remembers which; the store
/// only keeps the four apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum KeyRole {
    /// Signs requests, also in the background.
    Device,
    /// Signs orders; its use needs the person's presence where the system can ask for it.
    Order,
    /// The device key of the second pair.
    SecondDevice,
    /// The order key of the second pair.
    SecondOrder,
}

/// P-256 keys that never leave their store.
///
/// Called from background threads; may take as long as a person takes to show a fingerprint.
#[uniffi::export(with_foreign)]
pub trait DeviceSigner: Send + Sync {
    /// Makes a new key for the role, replacing an older one, and gives its public point
    /// (65 bytes, `04 ‖ x ‖ y`).
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, KeyStoreError>;

    /// The public point of the key; none only when there is none yet.
    ///
    /// # Errors
    /// [`KeyStoreError`]; `Lost` when the key was there and is gone.
    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, KeyStoreError>;

    /// ECDSA over SHA-256 of the message, DER encoded (what the systems' stores return).
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn sign(&self, role: KeyRole, message: Vec<u8>) -> Result<Vec<u8>, KeyStoreError>;

    /// Where the keys rest.
    ///
    /// # Errors
    /// [`KeyStoreError`]; the store then counts as the weakest kind.
    fn security_level(&self) -> Result<SecurityLevel, KeyStoreError>;
}

impl From<platform::KeyRole> for KeyRole {
    fn from(role: platform::KeyRole) -> Self {
        match role {
            platform::KeyRole::Device => Self::Device,
            platform::KeyRole::Order => Self::Order,
            platform::KeyRole::SecondDevice => Self::SecondDevice,
            platform::KeyRole::SecondOrder => Self::SecondOrder,
        }
    }
}

impl From<KeyRole> for platform::KeyRole {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::Device => Self::Device,
            KeyRole::Order => Self::Order,
            KeyRole::SecondDevice => Self::SecondDevice,
            KeyRole::SecondOrder => Self::SecondOrder,
        }
    }
}

/// The shell's signer as the core's port.
pub(crate) struct ShellDeviceSigner(pub(crate) Arc<dyn DeviceSigner>);

impl CoreDeviceSigner for ShellDeviceSigner {
    fn create(&self, role: platform::KeyRole) -> Result<Vec<u8>, platform::SecretError> {
        Ok(self.0.create(role.into())?)
    }

    fn public_key(&self, role: platform::KeyRole) -> Result<Option<Vec<u8>>, platform::SecretError> {
        Ok(self.0.public_key(role.into())?)
    }

    fn sign(&self, role: platform::KeyRole, message: &[u8]) -> Result<Vec<u8>, platform::SecretError> {
        Ok(self.0.sign(role.into(), message.to_vec())?)
    }

    fn security_level(&self) -> platform::SecurityLevel {
        // A store that cannot say what it is is taken for the weakest.
        self.0.security_level().map_or(platform::SecurityLevel::File, Into::into)
    }
}
