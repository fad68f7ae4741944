//! How a catalogue is written: one line a code, with both languages beside each other.

/// Makes an enum of codes with their texts. The match behind `template` is exhaustive and each arm
/// has both languages, so a missing text does not compile.
macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $($code:ident $key:literal: $zh:literal, $en:literal;)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $en] $code,)+
        }

        impl $name {
            /// Every code of this catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The stable name, for scripts.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self {
                    $(Self::$code => $key,)+
                }
            }

            pub(super) fn template(self, language: crate::model::Language) -> &'static str {
                use crate::model::Language::{En, Zh};
                match (self, language) {
                    $((Self::$code, Zh) => $zh, (Self::$code, En) => $en,)+
                }
            }
        }
    };
}

pub(super) use codes;
