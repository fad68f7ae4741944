//! Several bills at once: in one go, by a sum that goes over the oldest, and as usual. Of each bill a
//! quote, an order and an outcome of its own; what is wrong with one keeps none of the others back.

use billpay_core::{
    Beyond as CoreBeyond, Several as CoreSeveral, Wish as CoreWish,
    bills::amounts::Spread as CoreSpread,
    error,
    model::Money as CoreMoney,
    text::{Arguments, Explain, Happening},
};

use crate::{
    bills::count,
    client::Client,
    fault::{Fault, Told},
    money::{Given, Money, given},
    paying::{PayError, Payment},
    quoting::{Quote, QuoteError},
    why::{Voice, Why},
};

/// A bill that is to be paid with others.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Wish {
    /// The biller's id.
    pub biller: String,
    /// Its number for the bill.
    pub bill_number: String,
    /// What the bill asks, where none is given.
    pub amount: Option<Money>,
    /// The preferred one, where none is given.
    pub method: Option<String>,
}

/// What paying several bills would be: to be confirmed as one list.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Several {
    /// Of each wish, in the order given.
    pub quotes: Vec<Quoted>,
    /// What leaves the customer by all quotes together, once for each currency.
    pub totals: Vec<Money>,
    /// What the sum exceeds though each bill alone does not: the bank takes the orders one by one, in
    /// their order, and refuses those that find too little left.
    pub beyond: Vec<Beyond>,
}

/// What became of one wish.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
#[expect(clippy::large_enum_variant, reason = "a record that crosses; a list has at most twenty of them")]
pub enum Quoted {
    /// It can be paid.
    Offered {
        /// By this.
        quote: Quote,
    },
    /// It cannot, and keeps none of the others back.
    Refused {
        /// Why not.
        problem: QuoteError,
    },
}

/// What became of one quote of several.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
#[expect(clippy::large_enum_variant, reason = "a record that crosses; a list has at most twenty of them")]
pub enum Outcome {
    /// An order was made: where it stands.
    Ordered {
        /// The payment.
        payment: Payment,
    },
    /// No order was made.
    Refused {
        /// Why not.
        problem: PayError,
    },
}

/// What the sum of several quotes exceeds.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Beyond {
    /// What there is to pay with.
    Balance {
        /// Of which way to pay.
        method_label: String,
        /// By the bank's word in the quotes.
        balance: Money,
        /// By this way to pay, all together.
        asked: Money,
        /// The same in words.
        why: Why,
    },
    /// What may still be paid on the bank's day.
    Day {
        /// Of the day's limit.
        left: Money,
        /// All together.
        asked: Money,
        /// The same in words.
        why: Why,
    },
}

/// How a sum goes over the open bills of an account.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Spread {
    /// The oldest bill first.
    pub shares: Vec<Share>,
    /// What no bill takes.
    pub left: Money,
    /// Bills with a payment that has not ended: they get nothing until it has.
    pub waiting: Vec<String>,
}

/// What a bill gets of a sum.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Share {
    /// The biller's number for the bill.
    pub bill_number: String,
    /// What it gets.
    pub amount: Money,
}

/// Why a list of bills cannot be. Nothing was asked, signed or paid, except where `why` says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum SeveralError {
    /// More than a person would read before saying yes.
    #[error("{}", why.code)]
    TooMany {
        /// In one go.
        most: u32,
        /// Who can act, and in which words.
        why: Why,
    },
    /// A bill, or a top-up account, stands on the list more than once.
    #[error("{}", why.code)]
    ListedTwice {
        /// The biller's id, or empty where the quote is not known.
        biller: String,
        /// Its number, or the quote that is not known.
        bill_number: String,
        /// Who can act, and in which words.
        why: Why,
    },
    /// A wish has an amount that is none.
    #[error("{}", why.code)]
    NotAnAmount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The sum is no amount any more.
    #[error("{}", why.code)]
    TooMuch {
        /// Who can act, and in which words.
        why: Why,
    },
    /// A part of the library failed. Of paying, it is not known how far it came: look at the payments,
    /// do not pay again.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

/// Why a sum cannot be spread.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum SpreadError {
    /// The sum is no amount.
    #[error("{}", why.code)]
    NotAnAmount {
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

/// Why there is no usual payment. No money moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum UsualError {
    /// No such account.
    #[error("{}", why.code)]
    UnknownAccount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Nothing was paid for it on this device yet: what is usual is not known.
    #[error("{}", why.code)]
    NothingUsual {
        /// Who can act, and in which words.
        why: Why,
    },
    /// No bill of it is open.
    #[error("{}", why.code)]
    NothingOpen {
        /// Who can act, and in which words.
        why: Why,
    },
    /// There is a usual payment, and no quote of it.
    #[error("{}", why.code)]
    NotQuoted {
        /// Why not.
        problem: QuoteError,
        /// The same, in words.
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
    /// Asks what paying each of these bills would be; at most 20. No money moves here.
    ///
    /// # Errors
    /// [`SeveralError`] where the list itself cannot be: nothing was asked then. What is wrong with one
    /// bill stands in its place.
    pub async fn quote_all(&self, wishes: Vec<Wish>) -> Result<Several, SeveralError> {
        let ask = |core: billpay_core::Client| async move {
            let wishes: Vec<CoreWish> = wishes.into_iter().map(Wish::read).collect::<Result<_, _>>()?;
            core.quote_all(&wishes).await.map_err(Together::Several)
        };
        let asked: Result<CoreSeveral, Asked> = self.ask(ask).await;
        asked.map(|several| Several::of(several, &self.voice)).map_err(|Asked(error)| error)
    }

    /// Takes up several quotes, one after the other in the order given: an order of each, and an outcome
    /// of each in its place. A bill that is refused, needs a code, or stays in doubt does not stop the
    /// next ones. Each may take as long as one `pay`; meanwhile the list of payments and the events tell
    /// how far it is. Who stops waiting stops none of them.
    ///
    /// # Errors
    /// [`SeveralError`], before anything is signed, except where it is `Other`.
    pub async fn pay_all(&self, quotes: Vec<String>) -> Result<Vec<Outcome>, SeveralError> {
        let pay = |core: billpay_core::Client| async move {
            let quotes: Vec<&str> = quotes.iter().map(String::as_str).collect();
            core.pay_all(&quotes, |_, _| {}).await.map_err(Together::Several)
        };
        let paid = self.ask(pay).await?;
        Ok(paid.into_iter().map(|outcome| Outcome::of(outcome, &self.voice)).collect())
    }

    /// How a sum would go over the open bills of an account, the oldest first. Pays nothing: each share
    /// is quoted and paid by itself. Never touches the network.
    ///
    /// # Errors
    /// [`SpreadError`].
    pub async fn spread(&self, account: String, sum: Money) -> Result<Spread, SpreadError> {
        let ask = |core: billpay_core::Client| async move {
            let sum = given(sum)?;
            core.spread(&account, sum).await.map_err(Given::Core)
        };
        self.ask(ask).await.map(Into::into)
    }

    /// Asks what the usual payment of this account would be: of a top-up account the sum that was last
    /// paid, else the oldest bill that is owed; by the method that was last paid by.
    ///
    /// # Errors
    /// [`UsualError`]; no money moves here.
    pub async fn usual(&self, account: String) -> Result<Quote, UsualError> {
        self.ask(|core| async move { core.usual(&account).await }).await.map(Into::into)
    }
}

/// What [`SeveralError`] tells of: the list's own errors, and that a part of the library failed.
pub(crate) enum Together {
    Several(error::SeveralError),
    NotAnAmount(error::QuoteError),
    /// While asking: no money moved.
    Asking(error::QuoteError),
    /// While paying: nobody knows how far it came.
    Paying(error::PayError),
}

impl Explain for Together {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            Self::Several(error) => error.happening(arguments),
            Self::NotAnAmount(error) | Self::Asking(error) => error.happening(arguments),
            Self::Paying(error) => error.happening(arguments),
        }
    }
}

impl Told for SeveralError {
    type Core = Together;

    fn told(error: Together, why: Why) -> Self {
        use error::SeveralError as Core;
        match error {
            Together::Several(Core::TooMany { most }) => Self::TooMany { most: count(most), why },
            Together::Several(Core::ListedTwice { biller, bill_number }) => {
                Self::ListedTwice { biller, bill_number, why }
            }
            Together::Several(Core::TooMuch) => Self::TooMuch { why },
            Together::NotAnAmount(_) => Self::NotAnAmount { why },
            Together::Asking(_) | Together::Paying(_) => Self::Other { fault: Fault::Defect, why },
        }
    }

    fn lost() -> Together {
        Together::Paying(error::Fault::Defect.into())
    }
}

/// [`SeveralError`] of what moves no money.
struct Asked(SeveralError);

impl Told for Asked {
    type Core = Together;

    fn told(error: Together, why: Why) -> Self {
        Self(SeveralError::told(error, why))
    }

    fn lost() -> Together {
        Together::Asking(error::Fault::Defect.into())
    }
}

impl Told for SpreadError {
    type Core = Given<error::Fault>;

    fn told(error: Self::Core, why: Why) -> Self {
        match error {
            Given::NotAnAmount => Self::NotAnAmount { why },
            Given::Core(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> Self::Core {
        Given::Core(error::Fault::Defect)
    }
}

impl Told for UsualError {
    type Core = error::UsualError;

    fn told(error: error::UsualError, why: Why) -> Self {
        use error::UsualError as Core;
        match error {
            Core::UnknownAccount => Self::UnknownAccount { why },
            Core::NothingUsual => Self::NothingUsual { why },
            Core::NothingOpen => Self::NothingOpen { why },
            Core::Quote(error) => Self::NotQuoted { problem: QuoteError::told(error, why.clone()), why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::UsualError {
        error::Fault::Defect.into()
    }
}

impl Wish {
    fn read(self) -> Result<CoreWish, Together> {
        let Self { biller, bill_number, amount, method } = self;
        let amount = amount.map(CoreMoney::try_from).transpose();
        let amount = amount.map_err(|_| Together::NotAnAmount(error::QuoteError::AmountNotAllowed))?;
        Ok(CoreWish { biller, bill_number, amount, method })
    }
}

impl Several {
    fn of(several: CoreSeveral, voice: &Voice) -> Self {
        let CoreSeveral { quotes, totals, beyond } = several;
        let quoted = |quote| match quote {
            Ok(quote) => Quoted::Offered { quote: Quote::from(quote) },
            Err(error) => Quoted::Refused { problem: QuoteError::in_voice(error, voice) },
        };
        Self {
            quotes: quotes.into_iter().map(quoted).collect(),
            totals: totals.into_iter().map(Into::into).collect(),
            beyond: beyond.into_iter().map(|beyond| Beyond::of(beyond, voice)).collect(),
        }
    }
}

impl Beyond {
    fn of(beyond: CoreBeyond, voice: &Voice) -> Self {
        let why = voice.why(&beyond);
        match beyond {
            CoreBeyond::Balance { method_label, balance, asked } => {
                Self::Balance { method_label, balance: balance.into(), asked: asked.into(), why }
            }
            CoreBeyond::Day { left, asked } => Self::Day { left: left.into(), asked: asked.into(), why },
        }
    }
}

impl Outcome {
    fn of(outcome: Result<billpay_core::Payment, error::PayError>, voice: &Voice) -> Self {
        match outcome {
            Ok(payment) => Self::Ordered { payment: Payment::of(payment, voice) },
            Err(error) => Self::Refused { problem: PayError::in_voice(error, voice) },
        }
    }
}

impl From<CoreSpread> for Spread {
    fn from(spread: CoreSpread) -> Self {
        let CoreSpread { shares, left, waiting } = spread;
        let share = |(bill_number, amount): (String, CoreMoney)| Share { bill_number, amount: amount.into() };
        Self { shares: shares.into_iter().map(share).collect(), left: left.into(), waiting }
    }
}

#[cfg(test)]
mod tests {
    use billpay_core::model::Language;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::why::MoneyMoved;

    #[test]
    fn row_73_work_that_was_lost_while_asking_moved_nothing_and_while_paying_nobody_knows() {
        let voice = Voice { language: Language::En, zone: TimeZone::UTC };
        let moved = |error: SeveralError| {
            let SeveralError::Other { fault: Fault::Defect, why } = error else { panic!("{error:?}") };
            why.money_moved
        };
        assert_eq!(moved(Asked::in_voice(Asked::lost(), &voice).0), Some(MoneyMoved::No));
        assert_eq!(moved(SeveralError::in_voice(SeveralError::lost(), &voice)), Some(MoneyMoved::NotKnown));
    }
}
