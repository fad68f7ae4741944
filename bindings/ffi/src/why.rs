//! What every error carries besides its own fields: who can act, when to try again, and the words
//! for the person, in the language and the zone that the client was opened with.

use std::time::SystemTime;

use billpay_core::{
    error,
    model::Language as CoreLanguage,
    text::{self, Explain},
};
use jiff::tz::TimeZone;

/// The languages that every text exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Language {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WhoActs {
    /// The person, now.
    Person,
    /// The person, later: nothing is wrong but the moment.
    Wait,
    /// The bank: call it.
    Bank,
    /// The biller: call it.
    Biller,
    /// The app's developers.
    Developer,
}

/// What became of the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum MoneyMoved {
    /// None moved.
    No,
    /// Nothing was sent, so none moved.
    NothingSent,
    /// It is being checked: never advise to pay again.
    NotKnown,
    /// It was paid.
    Yes,
    /// What was taken is back.
    Returned,
    /// An earlier payment paid it.
    ByEarlier,
}

/// What happened, for the app to act on and for the person to read.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Why {
    /// The stable name of what happened.
    pub code: String,
    /// Who can do something about it.
    pub who_acts: WhoActs,
    /// Not before then, where that is known.
    pub retry_at: Option<SystemTime>,
    /// What became of the money, where money is concerned.
    pub money_moved: Option<MoneyMoved>,
    /// What happened, as a sentence.
    pub what_happened: String,
    /// What became of the money, as a sentence.
    pub about_money: Option<String>,
    /// The stable name of what to do next.
    pub advice: String,
    /// What to do next, as a sentence.
    pub what_to_do: String,
}

/// In which words a client speaks.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    pub(crate) language: CoreLanguage,
    pub(crate) zone: TimeZone,
}

impl Voice {
    pub(crate) fn why(&self, thing: &impl Explain) -> Why {
        let told = thing.explain(self.language, &self.zone);
        Why {
            code: told.code.to_owned(),
            who_acts: told.who_acts.into(),
            retry_at: told.retry_at.map(Into::into),
            money_moved: told.did_money_move.map(Into::into),
            what_happened: told.what_happened,
            about_money: told.about_money,
            advice: told.advice.key().to_owned(),
            what_to_do: told.what_to_do,
        }
    }
}

impl From<Language> for CoreLanguage {
    fn from(language: Language) -> Self {
        match language {
            Language::Zh => Self::Zh,
            Language::En => Self::En,
        }
    }
}

impl From<error::WhoActs> for WhoActs {
    fn from(who: error::WhoActs) -> Self {
        match who {
            error::WhoActs::Person => Self::Person,
            error::WhoActs::Wait => Self::Wait,
            error::WhoActs::Bank => Self::Bank,
            error::WhoActs::Biller => Self::Biller,
            error::WhoActs::Developer => Self::Developer,
        }
    }
}

impl From<text::MoneyMoved> for MoneyMoved {
    fn from(moved: text::MoneyMoved) -> Self {
        match moved {
            text::MoneyMoved::No => Self::No,
            text::MoneyMoved::NothingSent => Self::NothingSent,
            text::MoneyMoved::NotKnown => Self::NotKnown,
            text::MoneyMoved::Yes => Self::Yes,
            text::MoneyMoved::Returned => Self::Returned,
            text::MoneyMoved::ByEarlier => Self::ByEarlier,
        }
    }
}
