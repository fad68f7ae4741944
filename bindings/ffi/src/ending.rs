//! What ends a profile, or the keys that it is sealed by: wiping it, putting it aside when its key is
//! lost, and changing that key.

use billpay_core::{Client as CoreClient, OpenPayments as CoreOpenPayments, error};

use crate::{
    client::Client,
    configuration::Configuration,
    fault::{Fault, FaultError, OpenError, Told},
    runtime,
    why::Why,
};

/// What to do about payments whose end is not known, when everything is wiped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum OpenPayments {
    /// Wipe nothing while there is one.
    Wait,
    /// Wipe: they end at the bank all the same, and a phone that is activated later hears how.
    Leave,
}

/// Why not everything was wiped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum WipeError {
    /// The end of some payments is not known. Nothing was wiped.
    #[error("{}", why.code)]
    PaymentsOpen {
        /// How many.
        count: u64,
        /// Who can act, and in which words.
        why: Why,
    },
    /// The files could not be closed or removed. Where the key was gone already, the next open goes on.
    #[error("{}", why.code)]
    File {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The key store, or anything else. Nothing was wiped.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

/// Puts aside a profile whose root key is lost, so that the next open makes a new one: then activate,
/// and receipts, bindings and bills come back from the bank. Gives the path of the old file, which is
/// kept as it is. No client may have the profile open.
///
/// For the case that activating answers `KeyLost`, and only when the person has asked for it: what the
/// old file knows of payments that are still being checked is then known to the bank alone.
///
/// # Errors
/// [`OpenError`]; everything is then as it was.
#[uniffi::export]
pub async fn set_aside(configuration: Configuration) -> Result<String, OpenError> {
    let voice = configuration.voice();
    let put = runtime::run(async move {
        let executor = runtime::executor().map_err(|_| OpenError::lost())?;
        CoreClient::set_aside(&configuration.location()?, &*executor).await
    });
    let put = put.await.unwrap_or_else(|_| Err(OpenError::lost()));
    put.map(|path| path.to_string_lossy().into_owned()).map_err(|error| OpenError::in_voice(error, &voice))
}

#[uniffi::export]
impl Client {
    /// Wipes everything that this profile has on this phone, the key first, which makes the rest
    /// unreadable. The client can do nothing more afterwards; a new open starts from nothing. Needs no
    /// network and no readable key. Killed in the middle of it, the next open goes on with it.
    ///
    /// # Errors
    /// [`WipeError`].
    pub async fn wipe(&self, open: OpenPayments) -> Result<(), WipeError> {
        self.ask(move |core| async move { core.wipe(open.into()).await }).await
    }

    /// Seals everything by a new root key, and deletes the old one. A large profile takes a second or
    /// two, in which nothing else is written. Killed at any moment, it is all of the one key or all of
    /// the other.
    ///
    /// # Errors
    /// [`FaultError`]; the profile goes on by one of the two keys.
    pub async fn change_root_key(&self) -> Result<(), FaultError> {
        self.ask(|core| async move { core.change_root_key().await }).await
    }
}

impl From<OpenPayments> for CoreOpenPayments {
    fn from(open: OpenPayments) -> Self {
        match open {
            OpenPayments::Wait => Self::Wait,
            OpenPayments::Leave => Self::Leave,
        }
    }
}

impl Told for WipeError {
    type Core = error::WipeError;

    fn told(error: error::WipeError, why: Why) -> Self {
        use error::WipeError as Core;
        match error {
            Core::PaymentsOpen { count } => Self::PaymentsOpen { count, why },
            // Which of the causes it is, `why` says.
            Core::File(_) => Self::File { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::WipeError {
        error::Fault::Defect.into()
    }
}
