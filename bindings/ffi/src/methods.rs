//! Ways to pay: opaque tokens. A new one is entered on a page of the bank, never in the app.

use std::{fmt, time::SystemTime};

use billpay_core::{
    HostedStep as CoreStep, error,
    model::{self, Method as CoreMethod},
};

use crate::{
    client::Client,
    fault::{Fault, FaultError, Told},
    why::Why,
};

/// A way to pay, as an opaque token.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Method {
    /// The token.
    pub id: String,
    /// What it is.
    pub kind: MethodKind,
    /// What the bank calls it.
    pub label: String,
    /// At most the last four digits.
    pub last4: String,
    /// Taken where the person chooses none.
    pub preferred: bool,
    /// Whether it can be used.
    pub usable: bool,
}

/// What a way to pay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum MethodKind {
    /// An account at this bank.
    Account,
    /// A card.
    Card,
    /// A wallet.
    Wallet,
    /// A value of a later version.
    Unknown,
}

/// A page of the bank on which a card or wallet is entered. An object and no record, because whoever
/// has its address may enter one there: it is not to be printed.
#[derive(uniffi::Object)]
pub struct HostedStep(CoreStep);

/// Why the ways to pay stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum MethodError {
    /// No such way to pay, or no longer.
    #[error("{}", why.code)]
    UnknownMethod {
        /// Who can act, and in which words.
        why: Why,
    },
    /// A way to pay of this kind is not added by the person.
    #[error("{}", why.code)]
    NotOffered {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Anything else.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

#[uniffi::export]
impl HostedStep {
    /// To be opened in the system's browser, and for no log.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url.clone()
    }

    /// When the page is gone, by the bank's clock.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.0.expires_at.into()
    }
}

impl fmt::Debug for HostedStep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[uniffi::export]
impl Client {
    /// The ways to pay as last told, without those that were removed. Never touches the network.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn methods(&self) -> Result<Vec<Method>, FaultError> {
        let methods = self.ask(|core| async move { core.methods().await }).await?;
        Ok(listed(methods))
    }

    /// Begins to add a card or a wallet: gives the bank's page on which the person enters it. It is
    /// there with the first refresh after that.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn add_method(&self, kind: MethodKind) -> Result<std::sync::Arc<HostedStep>, MethodError> {
        let step = self.ask(move |core| async move { core.add_method(kind.into()).await }).await?;
        Ok(std::sync::Arc::new(HostedStep(step)))
    }

    /// Removes a way to pay; payments by it that are open go on. Gives those that are left.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn remove_method(&self, id: String) -> Result<Vec<Method>, MethodError> {
        self.ask(|core| async move { core.remove_method(&id).await }).await.map(listed)
    }

    /// Makes a way to pay the one that is taken where the person chooses none. Gives them all.
    ///
    /// # Errors
    /// [`MethodError`].
    pub async fn prefer_method(&self, id: String) -> Result<Vec<Method>, MethodError> {
        self.ask(|core| async move { core.prefer_method(&id).await }).await.map(listed)
    }
}

fn listed(methods: Vec<CoreMethod>) -> Vec<Method> {
    methods.into_iter().map(Into::into).collect()
}

impl Told for MethodError {
    type Core = error::MethodError;

    fn told(error: error::MethodError, why: Why) -> Self {
        use error::MethodError as Core;
        match error {
            Core::UnknownMethod => Self::UnknownMethod { why },
            Core::NotOffered => Self::NotOffered { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::MethodError {
        error::Fault::Defect.into()
    }
}

impl From<CoreMethod> for Method {
    fn from(method: CoreMethod) -> Self {
        Self {
            id: method.id,
            kind: match method.kind {
                model::MethodKind::Account => MethodKind::Account,
                model::MethodKind::Card => MethodKind::Card,
                model::MethodKind::Wallet => MethodKind::Wallet,
                model::MethodKind::Unknown => MethodKind::Unknown,
            },
            label: method.label,
            last4: method.last4,
            preferred: method.default,
            usable: method.state == model::MethodState::Active,
        }
    }
}

impl From<MethodKind> for model::MethodKind {
    fn from(kind: MethodKind) -> Self {
        match kind {
            MethodKind::Account => Self::Account,
            MethodKind::Card => Self::Card,
            MethodKind::Wallet => Self::Wallet,
            MethodKind::Unknown => Self::Unknown,
        }
    }
}
