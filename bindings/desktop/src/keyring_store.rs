//! Secrets in the key store of the system: Keychain, Credential Manager, or the Secret Service.

use billpay_core::{
    platform::{SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use keyring::{Entry, Error};

const SERVICE: &str = "billpay";

/// How an entry is found, so that tests can put another store underneath.
type Find = dyn Fn(&str) -> keyring::Result<Entry> + Send + Sync;

/// Secrets in the key store of the system, apart from those of other profiles by a namespace.
pub struct KeyringSecretStore {
    namespace: String,
    find: Box<Find>,
}

impl KeyringSecretStore {
    /// The store for one profile. Touches nothing yet.
    #[must_use]
    pub fn new(namespace: &str) -> Self {
        Self::over(namespace, |user| Entry::new(SERVICE, user))
    }

    /// The same over entries that `find` gives for a user name.
    #[must_use]
    pub fn over(namespace: &str, find: impl Fn(&str) -> keyring::Result<Entry> + Send + Sync + 'static) -> Self {
        Self { namespace: namespace.to_owned(), find: Box::new(find) }
    }

    fn entry(&self, name: &str) -> Result<Entry, SecretError> {
        (self.find)(&format!("{}/{name}", self.namespace)).map_err(|error| meaning(&error))
    }
}

impl SecretStore for KeyringSecretStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(meaning(&error)),
        }
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        // Exposed to be stored: the system takes it from here.
        self.entry(name)?.set_secret(secret.expose()).map_err(|error| meaning(&error))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(meaning(&error)),
        }
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }
}

/// What an error means for the core. Only texts of our own go on: some errors carry the secret.
fn meaning(error: &Error) -> SecretError {
    let failed = |text: &str| SecretError::Failed(text.to_owned());
    match error {
        Error::NoStorageAccess(_) => SecretError::Locked,
        Error::Ambiguous(_) => SecretError::Ambiguous,
        Error::NoDefaultStore => failed("this system has no key store"),
        Error::PlatformFailure(_) => failed("the system's key store does not answer"),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => failed("the system's key store holds something else"),
        Error::BadStoreFormat(_) => failed("the system's key store is damaged"),
        Error::TooLong(..) | Error::Invalid(..) => failed("the system's key store does not take such a secret"),
        Error::NotSupportedByStore(_) => failed("the system's key store cannot do this"),
        // An answer, which `get` and `delete` have seen to.
        Error::NoEntry => failed("the system's key store has no such secret"),
        // The enum is open to kinds that are yet to come.
        _ => failed("the system's key store failed"),
    }
}
