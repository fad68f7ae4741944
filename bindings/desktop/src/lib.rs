//! Key custody on desktops: the ports `SecretStore` and `DeviceSigner` of the core, over the key
//! store of the system where there is one, else over files that only this user may read.
//!
//! Weaker than a phone's hardware, and said so: see `SecurityLevel`. Promises: a secret once stored
//! is never replaced because it could not be read; a store once chosen is not exchanged for another
//! because it is closed at the moment.

#![forbid(unsafe_code)]

mod atomic;
mod choice;
mod file_store;
mod keyring_store;
mod signer;
#[cfg(test)]
mod tests;

pub use choice::best_secret_store;
pub use file_store::FileSecretStore;
pub use keyring_store::KeyringSecretStore;
pub use signer::SoftwareSigner;
