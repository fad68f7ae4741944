//! What is owed. A payable is (biller, bill number, version).

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::Money;

/// A bill, or a top-up account, as the biller last gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The binding that it belongs to.
    pub account: String,
    /// The biller's id.
    pub biller: String,
    /// The biller's number for it; stable for a top-up account.
    pub bill_number: String,
    /// Raised by the biller with each charge, reversal and revision.
    pub version: i64,
    /// A bill, or an account to top up.
    pub kind: BillKind,
    /// As the biller sees it.
    pub state: BillState,
    /// What the biller asks now; 0 for a top-up.
    pub amount: Money,
    /// The least that can be paid.
    pub minimum: Money,
    /// The most that can be paid.
    pub maximum: Money,
    /// What it is for, e.g. `2026-10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The last day to pay, in the bank's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_date: Option<Date>,
    /// Part of `amount` that is asked for being late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_fee: Option<Money>,
    /// What `amount` is made of.
    #[serde(default)]
    pub items: Vec<BillItem>,
    /// When the biller last changed it.
    pub updated_at: Timestamp,
    /// Its name in the reminders of the bank: opaque, and the same for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<String>,
}

impl Bill {
    /// Its name in the reminders of the bank, where that is one by the contract.
    #[must_use]
    pub fn reminder_name(&self) -> Option<&str> {
        let plain = |name: &&str| {
            (1..=43).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        self.reminder.as_deref().filter(plain)
    }
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillItem {
    /// The biller's words.
    pub label: String,
    /// Its share.
    pub amount: Money,
}

/// What kind of payable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillKind {
    /// Asks for an amount.
    Bill,
    /// Takes any amount within its bounds, again and again.
    TopUp,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}

/// Where a bill stands at the biller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillState {
    /// Something is owed.
    Open,
    /// Nothing is owed any more.
    Paid,
    /// Withdrawn by the biller.
    Cancelled,
    /// A value of a later version.
    #[serde(other)]
    Unknown,
}

impl BillState {
    /// In the clear column of an open bill of which a part was paid here, and the rest is due. Whoever asks without a key
    /// must not take the receipt of the part for one of the whole.
    pub const PART_PAID: &'static str = "part-paid";

    /// The value of the clear column.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }
}
