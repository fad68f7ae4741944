//! What the two key stores of a phone, for secrets and for signing keys, say alike: why they refuse
//! ([`KeyStoreError`]) and where they keep what they keep ([`SecurityLevel`]).

use billpay_core::platform;

/// Where key material rests, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum SecurityLevel {
    /// A file that only this user may read.
    File,
    /// Software, behind the key store of the operating system.
    Software,
    /// Secure hardware.
    Hardware,
}

/// Why a key store did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyStoreError {
    /// Not usable until the device is unlocked; try again then.
    #[error("the key store is locked")]
    Locked,
    /// The secret or key was there and can never be read again (a new lock screen, a restored backup).
    #[error("the key is lost")]
    Lost,
    /// Several secrets answer to the name.
    #[error("the key store holds more than one such secret")]
    Ambiguous,
    /// The person said no.
    #[error("cancelled by the person")]
    Cancelled,
    /// No such store, or it failed.
    #[error("the key store failed: {reason}")]
    Failed {
        /// For the app's engineers; must hold no secret.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyStoreError {
    fn from(unexpected: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: format!("undeclared exception {}", class_of(&unexpected.reason)) }
    }
}

/// The class at the start of an exception's text. The rest was written for other eyes, and may
/// quote the very secret that could not be stored.
fn class_of(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$')));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

impl From<KeyStoreError> for platform::SecretError {
    fn from(error: KeyStoreError) -> Self {
        match error {
            KeyStoreError::Locked => Self::Locked,
            KeyStoreError::Lost => Self::Lost,
            KeyStoreError::Ambiguous => Self::Ambiguous,
            KeyStoreError::Cancelled => Self::Cancelled,
            KeyStoreError::Failed { reason } => Self::Failed(reason),
        }
    }
}

impl From<platform::SecretError> for KeyStoreError {
    fn from(error: platform::SecretError) -> Self {
        match error {
            platform::SecretError::Locked => Self::Locked,
            platform::SecretError::Lost => Self::Lost,
            platform::SecretError::Ambiguous => Self::Ambiguous,
            platform::SecretError::Cancelled => Self::Cancelled,
            platform::SecretError::Failed(reason) => Self::Failed { reason },
        }
    }
}

impl From<SecurityLevel> for platform::SecurityLevel {
    fn from(level: SecurityLevel) -> Self {
        match level {
            SecurityLevel::File => Self::File,
            SecurityLevel::Software => Self::Software,
            SecurityLevel::Hardware => Self::Hardware,
        }
    }
}

impl From<platform::SecurityLevel> for SecurityLevel {
    fn from(level: platform::SecurityLevel) -> Self {
        match level {
            platform::SecurityLevel::File => Self::File,
            platform::SecurityLevel::Software => Self::Software,
            platform::SecurityLevel::Hardware => Self::Hardware,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_undeclared_exception_tells_its_class_and_nothing_that_it_quotes() {
        for (text, class) in [
            ("java.lang.IllegalStateException: cannot store 0badc0de", "java.lang.IllegalStateException"),
            ("RuntimeError('cannot store 0badc0de')", "RuntimeError"),
            ("keychainStatus(-25308, secret: 0badc0de)", "keychainStatus"),
            ("Outer$Inner", "Outer$Inner"),
            ("无法保存 0badc0de", ""),
            ("", ""),
        ] {
            assert_eq!(class_of(text), class);
        }
    }
}
