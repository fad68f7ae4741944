//! From an error or a state to what a person is told: what happened, whether money moved, and what
//! to do next.

use jiff::{Timestamp, tz::TimeZone};

use super::{Advice, Arguments, Code, MoneyMoved, Reason, Value, text};
use crate::{error::WhoActs, model::Language};

/// What a person is told, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The stable name of what happened, for scripts.
    pub code: &'static str,
    /// What happened, as a sentence.
    pub what_happened: String,
    /// What became of the money; `None` where no money is concerned.
    pub did_money_move: Option<MoneyMoved>,
    /// The same as a sentence.
    pub about_money: Option<String>,
    /// What to do next, for a shell that knows the way there: a button, a command.
    pub advice: Advice,
    /// What to do next, as a sentence.
    pub what_to_do: String,
    /// Who can do something about it.
    pub who_acts: WhoActs,
    /// Not before then, where that is known.
    pub retry_at: Option<Timestamp>,
}

impl Explanation {
    /// What happened and whether money moved, on one line.
    #[must_use]
    pub fn news(&self, language: Language) -> String {
        join([Some(&self.what_happened), self.about_money.as_ref(), None], language)
    }

    /// All sentences on one line: what happened, whether money moved, what to do next.
    #[must_use]
    pub fn line(&self, language: Language) -> String {
        join([Some(&self.what_happened), self.about_money.as_ref(), Some(&self.what_to_do)], language)
    }
}

fn join(sentences: [Option<&String>; 3], language: Language) -> String {
    let gap = match language {
        Language::Zh => "",
        Language::En => " ",
    };
    sentences.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(gap)
}

/// What happened, before it is put into words.
#[derive(Clone, Debug)]
pub struct Happening {
    pub(super) code: Code,
    pub(super) advice: Advice,
    pub(super) arguments: Arguments,
    pub(super) reason: Option<Reason>,
    pub(super) money: Option<MoneyMoved>,
    pub(super) who: WhoActs,
    pub(super) retry_at: Option<Timestamp>,
}

impl Happening {
    pub(super) fn new(code: impl Into<Code>, advice: Advice, arguments: Arguments) -> Self {
        let who = WhoActs::Developer;
        Self { code: code.into(), advice, arguments, reason: None, money: None, who, retry_at: None }
    }

    pub(super) fn acted_on_by(self, who: WhoActs) -> Self {
        Self { who, ..self }
    }

    pub(super) fn money(self, money: MoneyMoved) -> Self {
        Self { money: Some(money), ..self }
    }

    /// Where the moment is known, the advice is to wait for it.
    pub(super) fn wait_until(self, retry_at: Option<Timestamp>) -> Self {
        let Some(at) = retry_at else { return self };
        // Moments are shown to the minute: who comes back within that very one would be too early.
        let shown = at.checked_add(jiff::SignedDuration::from_secs(59)).unwrap_or(at);
        let arguments = self.arguments.with("retry_at", shown.into());
        Self { advice: Advice::WaitUntil, retry_at: Some(at), arguments, ..self }
    }
}

/// Errors and states that can be explained to a person.
pub trait Explain {
    /// What happened, with `arguments` for whatever it adds to them.
    fn happening(&self, arguments: Arguments) -> Happening;

    /// In words; moments are shown in `zone`.
    fn explain(&self, language: Language, zone: &TimeZone) -> Explanation {
        let told = self.happening(Arguments::new(zone));
        let arguments = match told.reason {
            Some(reason) => {
                let words = text(reason, &told.arguments, language);
                told.arguments.with("reason", Value::Text(words))
            }
            None => told.arguments,
        };
        Explanation {
            code: told.code.key(),
            what_happened: text(told.code, &arguments, language),
            did_money_move: told.money,
            about_money: told.money.map(|money| text(money, &arguments, language)),
            advice: told.advice,
            what_to_do: text(told.advice, &arguments, language),
            who_acts: told.who,
            retry_at: told.retry_at,
        }
    }
}
