//! What is owed: refreshing the view, asking a biller, and the bills as last heard.

use std::time::SystemTime;

use billpay_core::{BillStatus as CoreStatus, BillView, Bills as CoreBills, Refreshed as CoreRefreshed, error, model};
use jiff::civil::Date;

use crate::{
    client::Client,
    fault::{Fault, FaultError, Told},
    limits::Limits,
    methods::Method,
    money::{Money, some},
    why::Why,
};

/// What a refresh brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Refreshed {
    /// Bills heard of.
    pub bills: u32,
    /// Documents that verified.
    pub receipts: u32,
    /// Documents by a key that is not known here: kept until it is.
    pub unverifiable: u32,
    /// Documents that do not verify, or are not whole.
    pub invalid: u32,
    /// The bank has seen orders of this device that its file did not have.
    pub rolled_back: bool,
}

/// The bills, with the age of the whole view.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Bills {
    /// By binding, and of each the oldest first.
    pub bills: Vec<Bill>,
    /// The last refresh, by the bank's clock; none before the first.
    pub as_of: Option<SystemTime>,
    /// As last told.
    pub limits: Option<Limits>,
    /// Ways to pay, as last told.
    pub methods: Vec<Method>,
    /// Bills that the file no longer gives; the next refresh fetches them again.
    pub damaged: u32,
}

/// A bill as shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Bill {
    /// The binding.
    pub account: String,
    /// The person's name for it, or empty.
    pub alias: String,
    /// The biller's id.
    pub biller: String,
    /// Its name.
    pub biller_name: String,
    /// Masked.
    pub customer_number_masked: String,
    /// The biller's number for the bill.
    pub bill_number: String,
    /// Its version.
    pub version: i64,
    /// A bill, or an account to top up.
    pub kind: BillKind,
    /// What can be done with it.
    pub status: BillStatus,
    /// What is still asked, as far as this phone knows: without what was paid of it here since it was last heard of.
    pub amount: Money,
    /// The least that can be paid.
    pub minimum: Money,
    /// The most that can be paid.
    pub maximum: Money,
    /// What it is for.
    pub period: Option<String>,
    /// The last day to pay, in the bank's zone: days since 1970-01-01.
    pub due_epoch_day: Option<i64>,
    /// Part of the amount.
    pub late_fee: Option<Money>,
    /// What the amount is made of.
    pub items: Vec<BillItem>,
    /// When it was last heard of, by the bank's clock.
    pub as_of: SystemTime,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BillItem {
    /// The biller's words.
    pub label: String,
    /// Its share.
    pub amount: Money,
}

/// What kind of payable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillKind {
    /// Asks for an amount.
    Bill,
    /// Takes any amount within its bounds, again and again.
    TopUp,
    /// A value of a later version.
    Unknown,
}

/// What can be done with a bill.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum BillStatus {
    /// It can be paid.
    Open,
    /// A payment of it is being checked: do not pay again.
    Checking {
        /// Which.
        payment: String,
    },
    /// Another device of the customer is paying it.
    PaidElsewhere,
    /// Nothing is owed.
    Paid,
    /// Withdrawn.
    Cancelled,
    /// Of a later version: look at it in a newer app.
    Unknown,
}

/// Why the view was not refreshed; what was there before is still there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum RefreshError {
    /// No such binding.
    #[error("{}", why.code)]
    UnknownAccount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// The biller does not answer now.
    #[error("{}", why.code)]
    BillerClosed {
        /// Who can act, when, and in which words.
        why: Why,
    },
    /// Anything else.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

#[uniffi::export]
impl Client {
    /// Fetches everything that changed: billers, accounts, bills, receipts of all channels.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(&self) -> Result<Refreshed, RefreshError> {
        self.ask(|core| async move { core.refresh().await }).await.map(Into::into)
    }

    /// Asks the biller now for the bills of one account.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn query_bills(&self, account: String) -> Result<(), RefreshError> {
        self.ask(|core| async move { core.query_bills(&account).await }).await
    }

    /// The bills of all bindings as last heard, each with its age and what a payment makes of it.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn bills(&self) -> Result<Bills, FaultError> {
        let language = self.voice.language;
        self.ask(move |core| async move { core.bills(language).await }).await.map(Into::into)
    }
}

impl Told for RefreshError {
    type Core = error::RefreshError;

    fn told(error: error::RefreshError, why: Why) -> Self {
        use error::RefreshError as Core;
        match error {
            Core::UnknownAccount => Self::UnknownAccount { why },
            Core::BillerClosed { retry_at: _ } => Self::BillerClosed { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> error::RefreshError {
        error::Fault::Defect.into()
    }
}

pub(crate) fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

/// A civil date as a number: a text would have to be read again, and some years have no text that
/// every language reads.
pub(crate) fn epoch_day(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

impl From<CoreRefreshed> for Refreshed {
    fn from(refreshed: CoreRefreshed) -> Self {
        let CoreRefreshed { bills, receipts, unverifiable, invalid, rolled_back } = refreshed;
        Self {
            bills: count(bills),
            receipts: count(receipts),
            unverifiable: count(unverifiable),
            invalid: count(invalid),
            rolled_back,
        }
    }
}

impl From<CoreBills> for Bills {
    fn from(bills: CoreBills) -> Self {
        let CoreBills { bills, as_of, limits, methods, damaged } = bills;
        Self {
            bills: bills.into_iter().map(Into::into).collect(),
            as_of: as_of.map(Into::into),
            limits: limits.map(Into::into),
            methods: methods.into_iter().map(Into::into).collect(),
            damaged: count(damaged),
        }
    }
}

impl From<BillView> for Bill {
    fn from(bill: BillView) -> Self {
        Self {
            account: bill.account,
            alias: bill.alias,
            biller: bill.biller,
            biller_name: bill.biller_name,
            customer_number_masked: bill.customer_number_masked,
            bill_number: bill.bill_number,
            version: bill.version,
            kind: match bill.kind {
                model::BillKind::Bill => BillKind::Bill,
                model::BillKind::TopUp => BillKind::TopUp,
                model::BillKind::Unknown => BillKind::Unknown,
            },
            status: bill.status.into(),
            amount: bill.amount.into(),
            minimum: bill.minimum.into(),
            maximum: bill.maximum.into(),
            period: bill.period,
            due_epoch_day: bill.due_date.map(epoch_day),
            late_fee: some(bill.late_fee),
            items: bill
                .items
                .into_iter()
                .map(|item| BillItem { label: item.label, amount: item.amount.into() })
                .collect(),
            as_of: bill.as_of.into(),
        }
    }
}

impl From<CoreStatus> for BillStatus {
    fn from(status: CoreStatus) -> Self {
        match status {
            CoreStatus::Open => Self::Open,
            CoreStatus::Checking { payment } => Self::Checking { payment },
            CoreStatus::PaidElsewhere => Self::PaidElsewhere,
            CoreStatus::Paid => Self::Paid,
            CoreStatus::Cancelled => Self::Cancelled,
            CoreStatus::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_date_crosses_as_days_whatever_the_year() {
        assert_eq!(epoch_day(Date::constant(1970, 1, 1)), 0);
        assert_eq!(epoch_day(Date::constant(2026, 11, 28)), 20_785);
        assert_eq!(epoch_day(Date::constant(1969, 12, 31)), -1);
        assert_eq!(epoch_day(Date::MIN), -4_371_587);
        assert_eq!(epoch_day(Date::MAX), 2_932_896);
    }
}
