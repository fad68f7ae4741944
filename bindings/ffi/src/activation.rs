//! Making this device the customer's: a code by message, and who the device acts for.

use std::time::SystemTime;

use billpay_core::{
    Activation as CoreActivation, Profile as CoreProfile, TrustState as CoreTrustState, activation::Stage, error,
};

use crate::{
    client::Client,
    fault::{Fault, FaultError, Told},
    key_store::SecurityLevel,
    why::Why,
};

/// Who this device acts for, and what is under way.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Profile {
    /// Whether it is active.
    pub active: bool,
    /// Another device took over, or the bank revoked this one.
    pub revoked: bool,
    /// Masked.
    pub name_masked: Option<String>,
    /// The permission that enrolment gave.
    pub may_pay: bool,
    /// An activation that waits for its code.
    pub activation: Option<Activation>,
    /// The bank has seen orders of this device that its file did not have: it was set back.
    pub rolled_back: bool,
    /// Where secrets rest on this device.
    pub secrets: SecurityLevel,
    /// Where the signing keys rest.
    pub keys: SecurityLevel,
    /// How long this app can go on talking to the bank.
    pub trust: TrustState,
}

/// How long the security data (pins, receipt keys) that this app has is good for. New data comes by itself
/// with a refresh.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum TrustState {
    /// Until then.
    Good {
        /// From then on nothing is sent but the question for new data.
        until: SystemTime,
    },
    /// The bank should have sent newer data by now. Everything works still.
    RenewalDue {
        /// From then on nothing is sent but the question for new data.
        until: SystemTime,
    },
    /// Nothing is sent but the question for new data. What the phone holds stays readable.
    Expired,
}

/// An activation under way.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Activation {
    /// Its id.
    pub id: String,
    /// Of the number that the code goes to, once the bank has answered.
    pub phone_masked: Option<String>,
    /// Where it stands, once the bank has answered.
    pub stage: Option<ActivationStage>,
    /// Tries left for the current code.
    pub attempts_left: Option<u32>,
    /// When a new code can be sent.
    pub resend_at: Option<SystemTime>,
    /// When the code becomes void.
    pub expires_at: Option<SystemTime>,
}

/// Where an activation stands at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ActivationStage {
    /// A code is out.
    Waiting,
    /// Too many wrong codes.
    Locked,
    /// The code is void; a resend helps.
    Expired,
    /// The right code was presented.
    Used,
    /// A value of a later version.
    Other,
}

/// Why activation did not go on. When to try again stands in `why`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ActivationError {
    /// Not a phone number.
    #[error("{}", why.code)]
    NotAPhoneNumber {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Not a code: four to eight digits.
    #[error("{}", why.code)]
    NotACode {
        /// Who can act, and in which words.
        why: Why,
    },
    /// No activation is under way.
    #[error("{}", why.code)]
    NotStarted {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The device is active already.
    #[error("{}", why.code)]
    AlreadyActive {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The wrong code.
    #[error("{}", why.code)]
    CodeWrong {
        /// Tries left.
        attempts_left: u32,
        /// Who can act, and in which words.
        why: Why,
    },
    /// The code came too late.
    #[error("{}", why.code)]
    CodeExpired {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The code of an earlier message.
    #[error("{}", why.code)]
    CodeSuperseded {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The code was used before.
    #[error("{}", why.code)]
    CodeUsed {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Too many wrong codes: even the right one is refused now.
    #[error("{}", why.code)]
    CodeLocked {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// A new code can be sent later.
    #[error("{}", why.code)]
    ResendTooSoon {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// No more messages today.
    #[error("{}", why.code)]
    DailyCap {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// The session is over: start again.
    #[error("{}", why.code)]
    Over {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The number is another customer's than the one whose records are here; they were left as they are.
    #[error("{}", why.code)]
    OtherCustomer {
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
impl Client {
    /// Who this device acts for, and what is under way. Never touches the network.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn profile(&self) -> Result<Profile, FaultError> {
        self.ask(|core| async move { core.profile().await }).await.map(Into::into)
    }

    /// Sends a code to the phone number. Calling it again with the same number while a code is out
    /// sends no second message; [`Client::resend_code`] does.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn start_activation(&self, phone: String) -> Result<Activation, ActivationError> {
        self.ask(|core| async move { core.start_activation(&phone).await }).await.map(Into::into)
    }

    /// Sends a new code; the earlier one is void from then on.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn resend_code(&self) -> Result<Activation, ActivationError> {
        self.ask(|core| async move { core.resend_code().await }).await.map(Into::into)
    }

    /// Presents the code: with the right one this device is the customer's.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn finish_activation(&self, code: String) -> Result<Profile, ActivationError> {
        self.ask(|core| async move { core.finish_activation(&code).await }).await.map(Into::into)
    }
}

impl Told for ActivationError {
    type Core = error::ActivationError;

    fn told(error: error::ActivationError, why: Why) -> Self {
        use error::ActivationError as Core;
        match error {
            Core::NotAPhoneNumber => Self::NotAPhoneNumber { why },
            Core::NotACode => Self::NotACode { why },
            Core::NotStarted => Self::NotStarted { why },
            Core::AlreadyActive => Self::AlreadyActive { why },
            Core::CodeWrong { attempts_left } => Self::CodeWrong { attempts_left, why },
            Core::CodeExpired => Self::CodeExpired { why },
            Core::CodeSuperseded => Self::CodeSuperseded { why },
            Core::CodeUsed => Self::CodeUsed { why },
            Core::CodeLocked { retry_at: _ } => Self::CodeLocked { why },
            Core::ResendTooSoon { retry_at: _ } => Self::ResendTooSoon { why },
            Core::DailyCap { retry_at: _ } => Self::DailyCap { why },
            Core::Over => Self::Over { why },
            Core::OtherCustomer => Self::OtherCustomer { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::ActivationError {
        error::Fault::Defect.into()
    }
}

impl From<CoreProfile> for Profile {
    fn from(profile: CoreProfile) -> Self {
        let CoreProfile { active, revoked, name_masked, may_pay, activation, rolled_back, secrets, keys, trust } =
            profile;
        Self {
            active,
            revoked,
            name_masked,
            may_pay,
            activation: activation.map(Into::into),
            rolled_back,
            secrets: secrets.into(),
            keys: keys.into(),
            trust: trust.into(),
        }
    }
}

impl From<CoreTrustState> for TrustState {
    fn from(state: CoreTrustState) -> Self {
        match state {
            CoreTrustState::Good { until } => Self::Good { until: until.into() },
            CoreTrustState::RenewalDue { until } => Self::RenewalDue { until: until.into() },
            CoreTrustState::Expired => Self::Expired,
        }
    }
}

impl From<CoreActivation> for Activation {
    fn from(activation: CoreActivation) -> Self {
        let CoreActivation { id, phone_masked, stage, attempts_left, resend_at, expires_at } = activation;
        Self {
            id,
            phone_masked,
            stage: stage.map(Into::into),
            attempts_left,
            resend_at: resend_at.map(Into::into),
            expires_at: expires_at.map(Into::into),
        }
    }
}

impl From<Stage> for ActivationStage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Waiting => Self::Waiting,
            Stage::Locked => Self::Locked,
            Stage::Expired => Self::Expired,
            Stage::Used => Self::Used,
            Stage::Other => Self::Other,
        }
    }
}
