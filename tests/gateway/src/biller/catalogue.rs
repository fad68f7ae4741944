//! What a biller is, as the bank's catalogue shows it and as its own books know it.

use serde::{Deserialize, Serialize};

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Texts {
    /// Both.
    #[must_use]
    pub fn new(zh: &str, en: &str) -> Self {
        Self { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// How a customer number looks: `NumberRule` of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRule {
    /// What the field is called.
    pub label: Texts,
    /// Where to find the number.
    pub help: Texts,
    /// A number that fits.
    pub example: String,
    /// Matched whole.
    pub pattern: String,
    /// In characters.
    pub min_length: u8,
    /// In characters.
    pub max_length: u8,
    /// The check digits.
    pub check: Check,
}

/// Check digits of a customer number, over the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// None.
    #[serde(rename = "none")]
    None,
    /// ISO/IEC 7812-1, the last digit.
    #[serde(rename = "luhn")]
    Luhn,
    /// ISO/IEC 7064 MOD 11-2, the last character: a digit or `X`.
    #[serde(rename = "mod11-2")]
    Mod11_2,
    /// ISO/IEC 7064 MOD 97-10, the last two digits; letters count as 10 to 35.
    #[serde(rename = "mod97-10")]
    Mod97_10,
}

impl Check {
    /// Whether the check digits of `number` are right.
    #[must_use]
    pub fn holds(self, number: &str) -> bool {
        match self {
            Self::None => true,
            Self::Luhn => luhn(number),
            Self::Mod11_2 => mod11_2(number),
            Self::Mod97_10 => mod97_10(number),
        }
    }
}

fn luhn(number: &str) -> bool {
    let mut sum = 0;
    for (place, digit) in number.chars().rev().enumerate() {
        let Some(digit) = digit.to_digit(10) else { return false };
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum += doubled / 10 + doubled % 10;
    }
    !number.is_empty() && sum % 10 == 0
}

fn mod11_2(number: &str) -> bool {
    let last = number.chars().count().saturating_sub(1);
    let mut sum = 0;
    for (place, character) in number.chars().enumerate() {
        let value = match character {
            'X' if place == last => 10,
            _ => match character.to_digit(10) {
                Some(digit) => digit,
                None => return false,
            },
        };
        sum = if place == last { sum + value } else { (sum + value) * 2 % 11 };
    }
    !number.is_empty() && sum % 11 == 1
}

fn mod97_10(number: &str) -> bool {
    let mut rest = 0;
    for character in number.chars() {
        rest = match character {
            '0'..='9' => (rest * 10 + (character as u32 - '0' as u32)) % 97,
            'A'..='Z' => (rest * 100 + (character as u32 - 'A' as u32 + 10)) % 97,
            _ => return false,
        };
    }
    number.len() > 2 && rest == 1
}

/// What a biller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Takes a part of a bill.
    pub partial: bool,
    /// Has accounts to top up.
    pub top_up: bool,
    /// Leaves a tombstone for a number that was never charged (rule 4).
    pub tombstone: bool,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Free text.
    pub phone: String,
    /// When they answer.
    pub hours: Texts,
}

/// A biller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Biller {
    /// Such as `power-sh`.
    pub id: String,
    /// `power`, `water`, `gas`, `mobile` or `property`.
    pub kind: String,
    /// As a person knows it; the Chinese one is the payee of an order.
    pub name: Texts,
    /// How its customer numbers look.
    pub customer_number: NumberRule,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Whom to call.
    pub contact: Contact,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_9_each_check_takes_known_good_numbers_and_refuses_a_changed_digit() {
        // Luhn: the example of ISO/IEC 7812-1's Annex B as commonly cited; MOD 11-2: the ISNI/ORCID
        // example 0000-0002-1825-0097 and one that ends in X; MOD 97-10: an LEI.
        for (check, good) in [
            (Check::Luhn, "79927398713"),
            (Check::Mod11_2, "0000000218250097"),
            (Check::Mod11_2, "000000021694233X"),
            (Check::Mod97_10, "5493001KJTIIGC8Y1R12"),
        ] {
            assert!(check.holds(good), "{check:?} {good}");
            for at in 0..good.len() {
                let mut bad = good.as_bytes().to_vec();
                // A digit for a digit, a letter for a letter: what the checks promise to find.
                bad[at] = match bad[at] {
                    b'0'..=b'8' => bad[at] + 1,
                    b'9' | b'X' => b'0',
                    b'A' => b'B',
                    _ => b'A',
                };
                let bad = String::from_utf8(bad).unwrap();
                assert!(!check.holds(&bad), "{check:?} {bad}");
            }
        }
    }

    #[test]
    fn no_check_holds_for_nothing_or_for_other_characters() {
        for check in [Check::Luhn, Check::Mod11_2, Check::Mod97_10] {
            for bad in ["", "-", "７９９", "X1", "é"] {
                assert!(!check.holds(bad), "{check:?} {bad}");
            }
        }
        assert!(Check::None.holds("任何"));
    }
}
