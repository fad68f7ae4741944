//! Ways to pay, as opaque tokens.

use serde::{Deserialize, Serialize};

/// A way to pay. The token means nothing outside the bank; no card number ever comes here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// The opaque token.
    pub id: String,
    /// What it is.
    pub kind: MethodKind,
    /// What the bank calls it.
    pub label: String,
    /// At most the last four digits.
    pub last4: String,
    /// Taken where the person chooses none.
    pub default: bool,
    /// Whether it can be used.
    pub state: MethodState,
}

/// What a method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodKind {
    /// An account at this bank.
    Account,
    /// A card.
    Card,
    /// A wallet.
    Wallet,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}

/// Whether a method can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodState {
    /// It can.
    Active,
    /// No longer.
    Expired,
    /// Removed by the person.
    Removed,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}
