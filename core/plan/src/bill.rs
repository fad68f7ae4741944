//! What there is to remind of, as far as a reminder says it.

use std::fmt::Write as _;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::policy::Language;

/// A bill. Its JSON form is the one of `docs/reminders.md`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bill {
    /// Names it, for good: the same for every version of the bill. Of two with the same id the first counts.
    pub id: String,
    /// The biller's id, for muting.
    pub biller: String,
    /// The biller's name in 简体中文.
    pub name_zh: String,
    /// The biller's name in English.
    pub name_en: String,
    /// The customer number as everyone may see it.
    pub number_masked: String,
    /// The customer number in full: only redaction level 0 shows it. Leave it out where nobody chose that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// What is asked. A bill that asks for nothing has no reminders.
    pub amount: Amount,
    /// The last day to pay, by the bank's calendar. A bill without one has no reminders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    /// Where it stands.
    pub status: Status,
    /// When the last payment of it that came to nothing ended, by the bank's clock: refused, or undone. Who paid takes
    /// the bill for paid, and is told that it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Timestamp>,
    /// By what it is paid, in the bank's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// Where a bill stands, as far as reminders go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It can be paid.
    Open,
    /// A payment of it is being checked, of this device or another one: it must not be paid again.
    Checking,
    /// Paid, withdrawn, or otherwise nothing to remind of.
    Done,
}

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// In minor units; below zero counts as nothing.
    pub minor: i64,
    /// Its code (ISO 4217).
    pub currency: String,
}

impl Amount {
    /// How many decimal places amounts of this currency have (ISO 4217, the exceptions that banks here meet).
    fn places(&self) -> u32 {
        match self.currency.as_str() {
            "JPY" | "KRW" | "VND" => 0,
            "BHD" | "KWD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }

    /// `¥1,234.50` or `CNY 1,234.50`, exact.
    pub(crate) fn show(&self, language: Language) -> String {
        let unit = 10_u64.pow(self.places());
        let minor = self.minor.unsigned_abs();
        let digits = (minor / unit).to_string();
        let mut shown = String::with_capacity(24);
        match language {
            Language::Zh if self.currency == "CNY" => shown.push('¥'),
            Language::Zh | Language::En => {
                shown.extend(self.currency.chars().filter(char::is_ascii_alphabetic).take(3));
                shown.push(' ');
            }
        }
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                shown.push(',');
            }
            shown.push(digit);
        }
        // Writing into a text cannot fail.
        let _ = match self.places() {
            0 => Ok(()),
            3 => write!(shown, ".{:03}", minor % unit),
            _ => write!(shown, ".{:02}", minor % unit),
        };
        shown
    }
}

// Whose bill it is, and of how much, is not for logs.
impl std::fmt::Debug for Bill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bill")
            .field("id", &self.id)
            .field("due_date", &self.due_date)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
