//! The catalogue, and binding accounts by their customer number in two steps.

use std::{sync::Arc, time::SystemTime};

use billpay_core::{
    Accounts as CoreAccounts, BillerView, BindingEcho as CoreEcho, error,
    model::{self, Account as CoreAccount},
};

use crate::{
    client::Client,
    fault::{Fault, FaultError, Told},
    why::Why,
};

/// An entry of the catalogue, in the client's language.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Biller {
    /// Stable.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it sells.
    pub kind: BillerKind,
    /// Whether it takes payments.
    pub state: BillerState,
    /// What it calls its customer numbers.
    pub number_label: String,
    /// Where to find the number.
    pub number_help: String,
    /// A number that passes.
    pub number_example: String,
    /// Whom to call, as dialled.
    pub phone: String,
    /// When.
    pub phone_hours: String,
}

/// What a biller sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillerKind {
    /// Electricity.
    Power,
    /// Water.
    Water,
    /// Gas.
    Gas,
    /// Mobile phone top-up.
    Mobile,
    /// Property fees.
    Property,
    /// A value of a later version.
    Unknown,
}

/// Whether a biller takes payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillerState {
    /// It does.
    Open,
    /// Not now.
    Closed,
    /// A value of a later version.
    Unknown,
}

/// What the person compares before binding.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct EchoView {
    /// The biller's id.
    pub biller: String,
    /// Its name.
    pub payee: String,
    /// Masked.
    pub customer_number_masked: String,
    /// As the biller masks it.
    pub holder_masked: String,
    /// As the biller masks it.
    pub address_masked: String,
    /// Look it up again after this.
    pub expires_at: SystemTime,
}

/// A number that was looked up. An object and no record, because it holds the number in full and the
/// bank's word for it: it shows what may be seen, and binds.
#[derive(uniffi::Object)]
pub struct BindingEcho(CoreEcho);

/// A bound account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Account {
    /// The bank's id.
    pub id: String,
    /// The biller's id.
    pub biller: String,
    /// Masked.
    pub customer_number_masked: String,
    /// As the biller masks it.
    pub holder_masked: String,
    /// As the biller masks it.
    pub address_masked: String,
    /// What the person calls it; may be empty.
    pub alias: String,
    /// Whether it is in force.
    pub state: AccountState,
}

/// Whether a binding is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum AccountState {
    /// In force.
    Bound,
    /// Removed by the person.
    Unbound,
    /// A value of a later version.
    Unknown,
}

/// The bindings in force.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Accounts {
    /// In a fixed order.
    pub accounts: Vec<Account>,
    /// Bindings that the file no longer gives; the next refresh fetches them again.
    pub damaged: u32,
}

/// Why a number was not looked up or bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum BindingError {
    /// Not in the catalogue.
    #[error("{}", why.code)]
    UnknownBiller {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The number cannot be one of this biller; nothing was sent.
    #[error("{}", why.code)]
    Number {
        /// What is wrong with it.
        problem: NumberProblem,
        /// Who can act, and in which words.
        why: Why,
    },
    /// The biller does not know the number.
    #[error("{}", why.code)]
    UnknownNumber {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The echo is of another number, or too old: look it up again.
    #[error("{}", why.code)]
    EchoInvalid {
        /// Who can act, and in which words.
        why: Why,
    },
    /// No such binding.
    #[error("{}", why.code)]
    UnknownAccount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The biller does not answer now.
    #[error("{}", why.code)]
    BillerClosed {
        /// Who can act, when, and in which words.
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

/// Why a text cannot be a customer number of a biller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum NumberProblem {
    /// Too few characters.
    TooShort {
        /// In characters.
        minimum: u32,
    },
    /// Too many characters.
    TooLong {
        /// In characters.
        maximum: u32,
    },
    /// A character that this biller does not use, or in another place.
    Shape,
    /// A typing error: the check digit does not fit.
    CheckDigit,
}

#[uniffi::export]
impl BindingEcho {
    /// What may be seen of it.
    #[must_use]
    pub fn view(&self) -> EchoView {
        EchoView {
            biller: self.0.biller.clone(),
            payee: self.0.payee.clone(),
            customer_number_masked: self.0.customer_number.masked(),
            holder_masked: self.0.holder_masked.clone(),
            address_masked: self.0.address_masked.clone(),
            expires_at: self.0.expires_at.into(),
        }
    }
}

#[uniffi::export]
impl Client {
    /// The catalogue; the one that the app was shipped with where no other can be read.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn biller_catalog(&self) -> Result<Vec<Biller>, FaultError> {
        let language = self.voice.language;
        let billers = self.ask(move |core| async move { core.biller_catalog(language).await }).await?;
        Ok(billers.into_iter().map(|biller| Biller::of(biller, language)).collect())
    }

    /// Asks the biller whose number it is, for the person to compare. A number that cannot be one of
    /// this biller is refused before the network is touched.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn lookup_binding(
        &self,
        biller: String,
        customer_number: String,
    ) -> Result<Arc<BindingEcho>, BindingError> {
        let looked = self.ask(|core| async move { core.lookup_binding(&biller, &customer_number).await }).await?;
        Ok(Arc::new(BindingEcho(looked)))
    }

    /// Binds the number that the person has compared. Binding it twice gives the same account.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn confirm_binding(&self, echo: Arc<BindingEcho>, alias: String) -> Result<Account, BindingError> {
        self.ask(|core| async move { core.confirm_binding(&echo.0, &alias).await }).await.map(Into::into)
    }

    /// The person has compared once more whose number it is, before the first payment to it on this
    /// device.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn acknowledge_echo(&self, account: String, echo_digest: String) -> Result<(), BindingError> {
        self.ask(|core| async move { core.acknowledge_echo(&account, &echo_digest).await }).await
    }

    /// Removes a binding; its receipts stay.
    ///
    /// # Errors
    /// [`BindingError`].
    pub async fn unbind(&self, account: String) -> Result<Account, BindingError> {
        self.ask(|core| async move { core.unbind(&account).await }).await.map(Into::into)
    }

    /// The bindings in force, as last heard.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn accounts(&self) -> Result<Accounts, FaultError> {
        let CoreAccounts { accounts, damaged } = self.ask(|core| async move { core.accounts().await }).await?;
        let accounts = accounts.into_iter().map(Into::into).collect();
        Ok(Accounts { accounts, damaged: u32::try_from(damaged).unwrap_or(u32::MAX) })
    }
}

impl Told for BindingError {
    type Core = error::BindingError;

    fn told(error: error::BindingError, why: Why) -> Self {
        use error::BindingError as Core;
        match error {
            Core::UnknownBiller => Self::UnknownBiller { why },
            Core::Number(problem) => Self::Number { problem: problem.into(), why },
            Core::UnknownNumber => Self::UnknownNumber { why },
            Core::EchoInvalid => Self::EchoInvalid { why },
            Core::UnknownAccount => Self::UnknownAccount { why },
            Core::BillerClosed { retry_at: _ } => Self::BillerClosed { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::BindingError {
        error::Fault::Defect.into()
    }
}

impl From<error::NumberError> for NumberProblem {
    fn from(error: error::NumberError) -> Self {
        let characters = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match error {
            error::NumberError::TooShort { minimum } => Self::TooShort { minimum: characters(minimum) },
            error::NumberError::TooLong { maximum } => Self::TooLong { maximum: characters(maximum) },
            error::NumberError::Shape => Self::Shape,
            error::NumberError::CheckDigit => Self::CheckDigit,
        }
    }
}

impl Biller {
    fn of(biller: BillerView, language: model::Language) -> Self {
        let BillerView { id, name, kind, state, number, contact } = biller;
        Self {
            id,
            name,
            kind: match kind {
                model::BillerKind::Power => BillerKind::Power,
                model::BillerKind::Water => BillerKind::Water,
                model::BillerKind::Gas => BillerKind::Gas,
                model::BillerKind::Mobile => BillerKind::Mobile,
                model::BillerKind::Property => BillerKind::Property,
                model::BillerKind::Unknown => BillerKind::Unknown,
            },
            state: match state {
                model::BillerState::Open => BillerState::Open,
                model::BillerState::Closed => BillerState::Closed,
                model::BillerState::Unknown => BillerState::Unknown,
            },
            number_label: number.label.get(language).to_owned(),
            number_help: number.help.get(language).to_owned(),
            number_example: number.example,
            phone: contact.phone,
            phone_hours: contact.hours.get(language).to_owned(),
        }
    }
}

impl From<CoreAccount> for Account {
    fn from(account: CoreAccount) -> Self {
        Self {
            id: account.id,
            biller: account.biller,
            customer_number_masked: account.customer_number.masked(),
            holder_masked: account.holder_masked,
            address_masked: account.address_masked,
            alias: account.alias,
            state: match account.state {
                model::AccountState::Bound => AccountState::Bound,
                model::AccountState::Unbound => AccountState::Unbound,
                model::AccountState::Unknown => AccountState::Unknown,
            },
        }
    }
}
