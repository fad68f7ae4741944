//! A bound utility account, and the numbers that must not be seen.

use std::fmt;

use billpay_plan::masked;
use serde::{Deserialize, Serialize};

use super::narrow;

/// A customer number at a biller, in full. `Debug` shows it masked (I8); to print it in full is a
/// decision that a reviewer can search for.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CustomerNumber(String);

/// A phone number in E.164 form, in full; `Debug` shows it masked.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone(String);

/// A binding as the bank keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The bank's id.
    pub id: String,
    /// The biller's id.
    pub biller: String,
    /// In full, sealed at rest.
    pub customer_number: CustomerNumber,
    /// As the biller masks it.
    pub holder_masked: String,
    /// As the biller masks it.
    pub address_masked: String,
    /// What the person calls it ("爸妈家"); may be empty.
    #[serde(default)]
    pub alias: String,
    /// Bound, or unbound and kept for its receipts.
    pub state: AccountState,
    /// Rises with each change; the higher one is the truth.
    pub version: i64,
    /// SHA-256 of what the person was shown before binding, base64url.
    pub echo_digest: String,
}

/// Whether a binding is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// In force.
    Bound,
    /// Removed by the person.
    Unbound,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}

impl AccountState {
    /// The value of the clear column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Unbound => "unbound",
            Self::Unknown => "unknown",
        }
    }
}

impl CustomerNumber {
    /// Takes the number as the person typed it, in half width, without spaces and dashes.
    #[must_use]
    pub fn new(typed: &str) -> Self {
        Self(narrow(typed).chars().filter(|c| !c.is_whitespace() && *c != '-').collect())
    }

    /// The same with its dashes, for billers that write them.
    #[must_use]
    pub fn with_dashes(typed: &str) -> Self {
        Self(narrow(typed).chars().filter(|c| !c.is_whitespace()).collect())
    }

    /// The number in full: for the wire, the order and its look-up only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// At most the last four characters, the rest as asterisks.
    #[must_use]
    pub fn masked(&self) -> String {
        masked(&self.0)
    }
}

impl Phone {
    /// Takes a number in E.164 form; spaces and dashes are dropped, a bare mainland mobile number
    /// gets its country code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let plain: String = narrow(typed).chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let number = match plain.strip_prefix('+') {
            Some(number) => number.to_owned(),
            None if plain.len() == 11 && plain.starts_with('1') => format!("86{plain}"),
            None => return None,
        };
        let fits = (8..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(format!("+{number}")))
    }

    /// The number in full: for the activation request only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

// What a person calls the place where they live is not for logs.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("biller", &self.biller)
            .field("customer_number", &self.customer_number)
            .field("state", &self.state)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CustomerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i8_debug_never_shows_a_number_in_full() {
        assert_eq!(format!("{:?}", CustomerNumber::new("3100 1234-5678")), "********5678");
        assert_eq!(format!("{:?}", CustomerNumber::new("12")), "**");
        assert_eq!(format!("{:?}", Phone::parse("138 0000 0001").unwrap()), "**********0001");
    }

    #[test]
    fn phones_are_e164() {
        assert_eq!(Phone::parse("13800000001").unwrap().expose(), "+8613800000001");
        assert_eq!(Phone::parse("１３８　００００　０００１").unwrap().expose(), "+8613800000001");
        assert_eq!(Phone::parse("+44 20 7946 0000").unwrap().expose(), "+442079460000");
        for text in ["", "123", "+1", "abc", "+86138000000011111", "23800000001"] {
            assert!(Phone::parse(text).is_none(), "{text}");
        }
    }
}
