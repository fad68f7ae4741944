//! The words for people, in Chinese and English (features rows 23, 71, 101).
//!
//! [`text`] gives the text of a [`Code`]; [`Explain`] turns every public error and every state of a
//! payment into what happened, whether money moved, and what to do next. Promises: each code has
//! both languages (or it does not compile), both say the same gaps, and where it is not known
//! whether money moved nobody is advised to pay again.

mod activation;
mod advice;
mod arguments;
mod binding;
mod codes;
mod document;
mod explain;
mod fault;
pub mod format;
mod label;
mod limits;
mod methods;
mod moved;
mod open;
mod paying;
mod payment;
mod reason;
mod reminding;
mod several;
#[cfg(test)]
mod tests;
mod view;
mod wipe;

pub use activation::ActivationText;
pub use advice::Advice;
pub use arguments::{Arguments, Value};
pub use binding::BindingText;
pub use document::{DocumentText, document, document_of, document_to_share, receipt};
pub use explain::{Explain, Explanation, Happening};
pub use fault::FaultText;
pub use label::Label;
pub use limits::LimitsText;
pub use methods::MethodText;
pub use moved::MoneyMoved;
pub use open::OpenText;
pub use paying::PayingText;
pub use payment::PaymentText;
pub use reason::Reason;
pub use reminding::ReminderText;
pub use several::SeveralText;
pub use view::ViewText;
pub use wipe::WipeText;

use crate::model::Language;

/// Gathers the catalogues of all areas.
macro_rules! areas {
    ($($area:ident),+ $(,)?) => {
        /// Everything that a person may be told, by area.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = concat!("See [`", stringify!($area), "`].")] $area($area),)+
        }

        $(impl From<$area> for Code {
            fn from(code: $area) -> Self {
                Self::$area(code)
            }
        })+

        impl Code {
            /// Every code of every area.
            #[must_use]
            pub fn all() -> Vec<Self> {
                let mut all = Vec::new();
                $(all.extend($area::ALL.iter().copied().map(Self::from));)+
                all
            }

            /// The stable name, for scripts; unique within its area.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$area(code) => code.key(),)+
                }
            }

            fn template(self, language: Language) -> &'static str {
                match self {
                    $(Self::$area(code) => code.template(language),)+
                }
            }
        }
    };
}

areas! {
    ActivationText, Advice, BindingText, DocumentText, FaultText, Label, LimitsText, MethodText, MoneyMoved, OpenText, PaymentText, PayingText, Reason,
    ReminderText, SeveralText, ViewText, WipeText,
}

/// The text of a code in that language, its `{gaps}` filled.
#[must_use]
pub fn text(code: impl Into<Code>, arguments: &Arguments, language: Language) -> String {
    let mut rest = code.into().template(language);
    let mut filled = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(&arguments.show(name, language));
        rest = after;
    }
    filled.push_str(rest);
    filled
}
