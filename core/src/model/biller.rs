//! Who can be paid, and what their customer numbers look like.

use serde::{Deserialize, Serialize};

/// The languages that every text exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Texts {
    /// The text in that language.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Zh => &self.zh,
            Language::En => &self.en,
        }
    }
}

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Biller {
    /// Stable.
    pub id: String,
    /// Rises with each change; the higher one is the truth.
    pub version: i64,
    /// Whether it takes payments.
    pub state: BillerState,
    /// What it sells.
    pub kind: BillerKind,
    /// Its name.
    pub name: Texts,
    /// What its customer numbers look like.
    pub customer_number: NumberRule,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Whom to call, readable offline.
    pub contact: Contact,
}

/// Whether a biller takes payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillerState {
    /// It does.
    Open,
    /// Not now.
    Closed,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}

/// What a biller sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillerKind {
    /// Electricity.
    Power,
    /// Water.
    Water,
    /// Gas.
    Gas,
    /// Mobile phone top-up.
    Mobile,
    /// Property fees.
    Property,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}

/// What customer numbers of a biller look like, so that a typing error is found before the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRule {
    /// What the biller calls it on its bills.
    pub label: Texts,
    /// Where to find it.
    pub help: Texts,
    /// One that passes.
    pub example: String,
    /// A regular expression, matched whole.
    pub pattern: String,
    /// In characters.
    pub min_length: usize,
    /// In characters.
    pub max_length: usize,
    /// The check digit.
    pub check: Check,
}

/// How the last character follows from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// It does not.
    #[serde(rename = "none")]
    None,
    /// ISO/IEC 7812-1, annex B.
    #[serde(rename = "luhn")]
    Luhn,
    /// ISO/IEC 7064, MOD 11-2.
    #[serde(rename = "mod11-2")]
    Mod11_2,
    /// ISO/IEC 7064, MOD 97-10.
    #[serde(rename = "mod97-10")]
    Mod97_10,
    /// A value of a later version: not checked here, the gateway does.
    #[serde(other)]
    Unknown,
}

/// What a biller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Takes a part of a bill.
    pub partial: bool,
    /// Is topped up.
    pub top_up: bool,
    /// Leaves tombstones (docs/payments.md, rule 4).
    pub tombstone: bool,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// As dialled.
    pub phone: String,
    /// When.
    pub hours: Texts,
}
