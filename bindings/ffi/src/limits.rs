//! The customer's own limits: shown with their age, lowered at once, raised with a code as far as the
//! bank lets a customer raise them.

use std::time::SystemTime;

use billpay_core::{
    LimitsView as CoreView, error,
    model::{Ceiling as CoreCeiling, Limits as CoreLimits, LimitsChange as CoreChange, Money as CoreMoney},
};

use crate::{
    client::Client,
    fault::{Fault, FaultError, Told},
    money::{Given, Money, given, some},
    paying::SentCode,
    why::Why,
};

/// What the customer may pay, by the bank's calendar.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Limits {
    /// The most in one payment; 0 stops all payments.
    pub per_payment: Money,
    /// The most in a day; 0 stops all payments.
    pub per_day: Money,
    /// Of which so much is used.
    pub used_today: Money,
    /// From here on a second factor is asked for.
    pub step_up_from: Money,
    /// The most that the customer may raise them to; none where the bank does not say.
    pub ceiling: Option<Ceiling>,
}

/// The most that the bank lets a customer raise limits to.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Ceiling {
    /// Of a payment.
    pub per_payment: Money,
    /// Of a day.
    pub per_day: Money,
    /// Of the sum from which on a second factor is asked for.
    pub step_up_from: Money,
}

/// The limits with their age.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LimitsView {
    /// As last told; what is used of them is of the bank's day of `as_of`.
    pub limits: Option<Limits>,
    /// The permission that enrolment gave.
    pub may_pay: bool,
    /// The last refresh, by the bank's clock; none before the first.
    pub as_of: Option<SystemTime>,
}

/// What the person wants changed; what is not given stays.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct LimitsChange {
    /// The most in one payment.
    pub per_payment: Option<Money>,
    /// The most in a day.
    pub per_day: Option<Money>,
    /// From here on a second factor is asked for.
    pub step_up_from: Option<Money>,
}

/// Why the limits stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LimitsError {
    /// No limit was named.
    #[error("{}", why.code)]
    NothingToChange {
        /// Who can act, and in which words.
        why: Why,
    },
    /// A limit is no amount; nothing was sent.
    #[error("{}", why.code)]
    NotAnAmount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// More than the bank lets a customer raise the limit to, with or without a code.
    #[error("{}", why.code)]
    AboveCeiling {
        /// The most, where known.
        ceiling: Option<Money>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// A raise needs a code: have one sent (`ask_limits_code`), then raise with it.
    #[error("{}", why.code)]
    StepUpNeeded {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Not a code: four to eight digits.
    #[error("{}", why.code)]
    NotACode {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The wrong code, or one for another change.
    #[error("{}", why.code)]
    CodeWrong {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The code came too late.
    #[error("{}", why.code)]
    CodeExpired {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Too many wrong codes: even the right one is refused now.
    #[error("{}", why.code)]
    CodeLocked {
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

/// Why no code was sent for a raise of limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum LimitsCodeError {
    /// No limit was named.
    #[error("{}", why.code)]
    NothingToChange {
        /// Who can act, and in which words.
        why: Why,
    },
    /// A limit is no amount; nothing was sent.
    #[error("{}", why.code)]
    NotAnAmount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// More than the bank lets a customer raise the limit to, with or without a code.
    #[error("{}", why.code)]
    AboveCeiling {
        /// The most, where known.
        ceiling: Option<Money>,
        /// Who can act, and in which words.
        why: Why,
    },
    /// A code for this was just sent.
    #[error("{}", why.code)]
    TooSoon {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// No more messages today.
    #[error("{}", why.code)]
    DailyCap {
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

#[uniffi::export]
impl Client {
    /// The limits as last told. Never touches the network.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn limits(&self) -> Result<LimitsView, FaultError> {
        self.ask(|core| async move { core.limits().await }).await.map(Into::into)
    }

    /// Lowers limits, at once. A limit of 0 stops all payments.
    ///
    /// # Errors
    /// [`LimitsError`]; what raises anything needs a code: `ask_limits_code`, then `raise_limits`.
    pub async fn set_limits(&self, change: LimitsChange) -> Result<Limits, LimitsError> {
        let set = |core: billpay_core::Client| async move {
            let change = change.read()?;
            core.set_limits(&change).await.map_err(Given::Core)
        };
        self.ask(set).await.map(Into::into)
    }

    /// Has a code sent for a raise of limits. It is good for this very change.
    ///
    /// # Errors
    /// [`LimitsCodeError`].
    pub async fn ask_limits_code(&self, change: LimitsChange) -> Result<SentCode, LimitsCodeError> {
        let ask = |core: billpay_core::Client| async move {
            let change = change.read()?;
            core.ask_limits_code(&change).await.map_err(Given::Core)
        };
        self.ask(ask).await.map(Into::into)
    }

    /// Changes limits with the code that was sent for this very change; `sent` is the id that
    /// `ask_limits_code` gave.
    ///
    /// # Errors
    /// [`LimitsError`].
    pub async fn raise_limits(&self, change: LimitsChange, sent: String, code: String) -> Result<Limits, LimitsError> {
        let raise = |core: billpay_core::Client| async move {
            let change = change.read()?;
            core.raise_limits(&change, &sent, &code).await.map_err(Given::Core)
        };
        self.ask(raise).await.map(Into::into)
    }
}

impl LimitsChange {
    fn read<E>(self) -> Result<CoreChange, Given<E>> {
        let Self { per_payment, per_day, step_up_from } = self;
        let read = |limit: Option<Money>| -> Result<Option<CoreMoney>, Given<E>> { limit.map(given).transpose() };
        Ok(CoreChange { per_payment: read(per_payment)?, per_day: read(per_day)?, step_up_from: read(step_up_from)? })
    }
}

impl Told for LimitsError {
    type Core = Given<error::LimitsError>;

    fn told(error: Self::Core, why: Why) -> Self {
        use error::LimitsError as Core;
        let error = match error {
            Given::NotAnAmount => return Self::NotAnAmount { why },
            Given::Core(error) => error,
        };
        match error {
            Core::NothingToChange => Self::NothingToChange { why },
            Core::AboveCeiling { ceiling } => Self::AboveCeiling { ceiling: some(ceiling), why },
            Core::StepUpNeeded => Self::StepUpNeeded { why },
            Core::NotACode => Self::NotACode { why },
            Core::CodeWrong => Self::CodeWrong { why },
            Core::CodeExpired => Self::CodeExpired { why },
            Core::CodeLocked => Self::CodeLocked { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> Self::Core {
        Given::Core(error::Fault::Defect.into())
    }
}

impl Told for LimitsCodeError {
    type Core = Given<error::CodeError>;

    fn told(error: Self::Core, why: Why) -> Self {
        use error::CodeError as Core;
        let error = match error {
            Given::NotAnAmount => return Self::NotAnAmount { why },
            Given::Core(error) => error,
        };
        match error {
            Core::NothingToChange => Self::NothingToChange { why },
            Core::AboveCeiling { ceiling } => Self::AboveCeiling { ceiling: some(ceiling), why },
            Core::TooSoon { retry_at: _ } => Self::TooSoon { why },
            Core::DailyCap { retry_at: _ } => Self::DailyCap { why },
            // Only of a payment, of which this is none.
            Core::Order(_) => Self::Other { fault: Fault::Defect, why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> Self::Core {
        Given::Core(error::Fault::Defect.into())
    }
}

impl From<CoreLimits> for Limits {
    fn from(limits: CoreLimits) -> Self {
        let CoreLimits { per_payment, per_day, used_today, step_up_from, ceiling } = limits;
        Self {
            per_payment: per_payment.into(),
            per_day: per_day.into(),
            used_today: used_today.into(),
            step_up_from: step_up_from.into(),
            ceiling: ceiling.map(Into::into),
        }
    }
}

impl From<CoreCeiling> for Ceiling {
    fn from(ceiling: CoreCeiling) -> Self {
        let CoreCeiling { per_payment, per_day, step_up_from } = ceiling;
        Self { per_payment: per_payment.into(), per_day: per_day.into(), step_up_from: step_up_from.into() }
    }
}

impl From<CoreView> for LimitsView {
    fn from(view: CoreView) -> Self {
        let CoreView { limits, may_pay, as_of } = view;
        Self { limits: limits.map(Into::into), may_pay, as_of: as_of.map(Into::into) }
    }
}
