//! The legacy leg between the bank and its billers, as such banks run it: an HTTPS POST whose body
//! is 40 characters of upper-case hex SHA-1, directly followed by the XML that they sign.
//!
//! Both sides sign and check, requests and answers. SHA-1 over xml ‖ secret is what the protocol
//! asks for, not what anybody would choose today: it stays behind [`message`], on this leg only,
//! inside TLS.
//!
//! | file | holds |
//! |---|---|
//! | [`message`] | sealing and opening a body |
//! | [`xml`] | the strict, bounded reader and the writer |
//! | [`request`], [`answer`] | the typed messages |
//! | [`client`] | what the bank calls: typed questions, typed answers |
//! | [`statement`], [`differences`] | what the biller asks the bank, and tells it |
//! | [`bank`] | what the biller calls: pages of a statement, its differences taken |
//! | [`https`] | the way over the network |
//! | [`faulty`] | the way in process with a fault script in it |
//! | [`examples`] | golden messages |

pub mod answer;
pub mod bank;
pub mod client;
pub mod differences;
pub mod examples;
pub mod faulty;
pub mod https;
pub mod message;
pub mod number;
pub mod request;
pub mod secret;
pub mod statement;
pub mod xml;

use std::fmt;

use jiff::SignedDuration;

pub use self::{
    client::{BillerClient, BillerLeg, LegError},
    number::ChargeNumber,
    secret::LegSecret,
};

/// A message signed longer ago than this, by the receiver's clock, is too old to act upon.
pub const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

/// A message signed further ahead than this, by the receiver's clock, is not acted upon either: it
/// would stay alive for longer than its sender thinks.
pub const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(1);

/// The largest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// What the bank calls a biller for; each has a URL of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scene {
    /// What is owed under a customer number.
    Query,
    /// Take this payment.
    Charge,
    /// What became of this number.
    Confirm,
    /// Undo this number, or never take it.
    Refund,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Query, Self::Charge, Self::Confirm, Self::Refund];

    /// As it stands in URLs, messages and fault scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Charge => "charge",
            Self::Confirm => "confirm",
            Self::Refund => "refund",
        }
    }

    /// The scene of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scene| scene.as_str() == name)
    }
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Characters of a place in a list of bills, as the biller writes it and the bank hands it back.
pub(crate) const MOST_OF_A_PLACE: usize = 128;

/// What a biller calls the bank for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BankScene {
    /// A page of the statement of a day (对账).
    Statement,
    /// What the biller found in it: our extension.
    Differences,
}

impl BankScene {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Statement, Self::Differences];

    /// As it stands in URLs, messages and fault scripts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Differences => "differences",
        }
    }

    /// The scene of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scene| scene.as_str() == name)
    }
}

impl fmt::Display for BankScene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
