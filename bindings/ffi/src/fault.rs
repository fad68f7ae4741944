//! What any operation may meet, and [`Told`], by which each operation's errors reach the shell.

use billpay_core::{
    error::{self, Fault as CoreFault},
    platform::TransportFault,
    text::Explain,
};

use crate::why::{Voice, Why};

/// What any operation may meet.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Fault {
    /// The device is not the customer's yet: activate first.
    NotActivated,
    /// Another device took over, or the bank revoked this one.
    DeviceRevoked,
    /// The bank does not know this device: activate again.
    DeviceUnknown,
    /// The app is too old for this.
    ClientTooOld {
        /// The oldest version that is served.
        minimum: String,
    },
    /// No whole answer.
    Network {
        /// What went wrong on the way.
        fault: NetworkFault,
    },
    /// The system keeps the keys from us until the device is unlocked.
    Locked,
    /// The person cancelled.
    Cancelled,
    /// A key is gone for good: activate again.
    KeyLost,
    /// The key store failed.
    KeyStore,
    /// Between suspending and resuming.
    Suspended,
    /// The disk is full; nothing was changed and nothing was sent.
    DiskFull,
    /// What is stored cannot be trusted or used.
    Store {
        /// For the app's engineers; names a table or a code, never a value.
        detail: String,
    },
    /// Too many requests.
    RateLimited,
    /// The bank has a problem of its own.
    Gateway {
        /// The problem's type, or empty.
        kind: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is not one that the contract allows.
    BadAnswer {
        /// What is wrong with it.
        detail: String,
    },
    /// The process is shutting down.
    ShuttingDown,
    /// A part of the app failed unexpectedly (a panic, a key store that broke its promise); what
    /// was stored stays stored, and the client stays usable.
    Defect,
}

/// What went wrong between the device and the gateway.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum NetworkFault {
    /// No connection.
    Unreachable,
    /// The connection was lost, or no answer came in time.
    Interrupted,
    /// The server's chain holds no pinned key.
    PinMismatch {
        /// Hashes of the keys on the validated path, as `sha256/BASE64`.
        seen: Vec<String>,
    },
    /// The server's chain leads to no configured root.
    Untrusted,
    /// The certificate is for another host.
    WrongName,
    /// The certificate is not valid at this time; the device's clock looks right.
    CertificateTime,
    /// This device's clock is wrong.
    ClockWrong,
    /// Any other fault of the handshake.
    Tls {
        /// For the app's engineers.
        detail: String,
    },
    /// The answer is too large, or no HTTP.
    BadAnswer,
    /// The pins of this app have expired.
    PinsExpired,
}

/// An error of one operation on its way to the shell.
pub(crate) trait Told: Sized {
    /// The same in the core.
    type Core: Explain;

    /// The error, with why.
    fn told(error: Self::Core, why: Why) -> Self;

    /// The error for work that ended without a result.
    fn lost() -> Self::Core;

    /// The error in that voice.
    fn in_voice(error: Self::Core, voice: &Voice) -> Self {
        let why = voice.why(&error);
        Self::told(error, why)
    }
}

/// The error of operations that can meet nothing but a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum FaultError {
    /// See its fields.
    #[error("{}", why.code)]
    Met {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

impl Told for FaultError {
    type Core = CoreFault;

    fn told(error: CoreFault, why: Why) -> Self {
        Self::Met { fault: error.into(), why }
    }

    fn lost() -> CoreFault {
        CoreFault::Defect
    }
}

impl From<CoreFault> for Fault {
    fn from(fault: CoreFault) -> Self {
        match fault {
            CoreFault::NotActivated => Self::NotActivated,
            CoreFault::DeviceRevoked => Self::DeviceRevoked,
            CoreFault::DeviceUnknown => Self::DeviceUnknown,
            CoreFault::ClientTooOld { minimum } => Self::ClientTooOld { minimum },
            CoreFault::Network(fault) => Self::Network { fault: fault.into() },
            CoreFault::Locked => Self::Locked,
            CoreFault::Cancelled => Self::Cancelled,
            CoreFault::KeyLost => Self::KeyLost,
            // Its text is the shell's own, and the shell has it already.
            CoreFault::KeyStore(_) => Self::KeyStore,
            CoreFault::Suspended => Self::Suspended,
            CoreFault::DiskFull => Self::DiskFull,
            CoreFault::Store(error) => Self::Store { detail: error.to_string() },
            // When to try again stands in `why`.
            CoreFault::RateLimited { retry_at: _ } => Self::RateLimited,
            CoreFault::Gateway { kind, status } => Self::Gateway { kind, status },
            CoreFault::BadAnswer(detail) => Self::BadAnswer { detail: detail.to_owned() },
            CoreFault::ShuttingDown => Self::ShuttingDown,
            CoreFault::Defect => Self::Defect,
        }
    }
}

impl From<TransportFault> for NetworkFault {
    fn from(fault: TransportFault) -> Self {
        match fault {
            TransportFault::Unreachable => Self::Unreachable,
            TransportFault::Interrupted => Self::Interrupted,
            TransportFault::PinMismatch { seen } => Self::PinMismatch { seen },
            TransportFault::Untrusted => Self::Untrusted,
            TransportFault::WrongName => Self::WrongName,
            TransportFault::CertificateTime => Self::CertificateTime,
            TransportFault::ClockWrong => Self::ClockWrong,
            TransportFault::Tls(detail) => Self::Tls { detail },
            TransportFault::BadAnswer => Self::BadAnswer,
            TransportFault::PinsExpired => Self::PinsExpired,
        }
    }
}

/// What an open, a resume or a wrong configuration may meet. Nothing was changed or deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum OpenError {
    /// Another client has the profile.
    #[error("{}", why.code)]
    InUse {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Written by a newer version of the core.
    #[error("{}", why.code)]
    Newer {
        /// The file's schema.
        found: i64,
        /// The newest that this library knows.
        supported: i64,
        /// Who can act, and in which words.
        why: Why,
    },
    /// Not whole, or another's; nothing is ever deleted for it.
    #[error("{}", why.code)]
    Unreadable {
        /// Who can act, and in which words; `code` tells damaged, foreign, replaced and missing apart.
        why: Why,
    },
    /// No space is left.
    #[error("{}", why.code)]
    DiskFull {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The place cannot be written or reached.
    #[error("{}", why.code)]
    Unreachable {
        /// Who can act, and in which words; `code` tells the causes apart.
        why: Why,
    },
    /// The configuration does not fit together.
    #[error("{}", why.what_happened)]
    Configuration {
        /// What is wrong with it, for the app's engineers.
        detail: String,
        /// Who can act, and in which words.
        why: Why,
    },
    /// The process is shutting down, or gives no threads.
    #[error("{}", why.code)]
    ShuttingDown {
        /// Who can act, and in which words.
        why: Why,
    },
}

impl Told for OpenError {
    type Core = error::OpenError;

    fn told(error: error::OpenError, why: Why) -> Self {
        use billpay_core::store::OpenError as Profile;
        match error {
            error::OpenError::Profile(Profile::InUse) => Self::InUse { why },
            error::OpenError::Profile(Profile::Newer { found, supported }) => Self::Newer { found, supported, why },
            error::OpenError::Profile(Profile::Damaged | Profile::Foreign | Profile::Replaced | Profile::Missing) => {
                Self::Unreadable { why }
            }
            error::OpenError::Profile(Profile::Full) => Self::DiskFull { why },
            error::OpenError::Profile(
                Profile::ReadOnly | Profile::NotADirectory | Profile::Denied | Profile::Io(_) | Profile::Sqlite(_),
            ) => Self::Unreachable { why },
            error::OpenError::Config(detail) => Self::Configuration { detail: detail.to_owned(), why },
            error::OpenError::ShuttingDown => Self::ShuttingDown { why },
        }
    }

    fn lost() -> error::OpenError {
        error::OpenError::ShuttingDown
    }
}
