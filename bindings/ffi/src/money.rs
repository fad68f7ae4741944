//! Amounts as they cross the boundary: whole minor units with their currency, never a fraction.

use billpay_core::{
    error::QuoteError,
    model::{Currency, Money as CoreMoney, MoneyError},
    text::{Arguments, Explain, Happening},
};

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Money {
    /// Minor units (分 for CNY), from 0 to 2^53 - 1.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
}

impl From<CoreMoney> for Money {
    fn from(money: CoreMoney) -> Self {
        Self { minor: money.minor(), currency: money.currency().code().to_owned() }
    }
}

impl TryFrom<Money> for CoreMoney {
    type Error = MoneyError;

    fn try_from(money: Money) -> Result<Self, MoneyError> {
        Self::new(money.minor, Currency::try_from(money.currency)?)
    }
}

pub(crate) fn some(money: Option<CoreMoney>) -> Option<Money> {
    money.map(Into::into)
}

/// An error of the core, or that an amount given by the shell is none and never reached the core.
pub(crate) enum Given<E> {
    NotAnAmount,
    Core(E),
}

/// An amount of the shell's.
pub(crate) fn given<E>(money: Money) -> Result<CoreMoney, Given<E>> {
    money.try_into().map_err(|_: MoneyError| Given::NotAnAmount)
}

impl<E: Explain> Explain for Given<E> {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            // In the words that a quote has for it.
            Self::NotAnAmount => QuoteError::AmountNotAllowed.happening(arguments),
            Self::Core(error) => error.happening(arguments),
        }
    }
}
