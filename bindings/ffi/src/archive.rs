//! What is looked up in what lasts: pages that stay in place, a search, sums, what is owed, and a document to give
//! away. All of it without the network.

use std::time::SystemTime;

use billpay_core::{
    PaymentPage as CorePaymentPage, ReceiptPage as CoreReceiptPage, Statistics as CoreStatistics,
    bills::{Doubt as CoreDoubt, Owed as CoreOwed},
    model::Place as CorePlace,
    receipts::{Figures as CoreFigures, Month as CoreMonth, OfBiller},
};

use crate::{
    bills::{count, epoch_day},
    client::Client,
    fault::FaultError,
    money::{Money, some},
    paying::{Payment, ViewError},
    receipts::Document,
};

/// Where a page ended: passed back as it came, for the next one.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Place {
    /// Milliseconds since 1970: the time that the list is ordered by.
    pub at_ms: i64,
    /// Of what stands there.
    pub id: String,
}

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptPage {
    /// Newest first.
    pub documents: Vec<Document>,
    /// Documents of this page that the file no longer gives; the next refresh fetches them again.
    pub damaged: u32,
    /// Where the next page begins; none at the end.
    pub next: Option<Place>,
}

/// A page of payments.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PaymentPage {
    /// Newest first.
    pub payments: Vec<Payment>,
    /// Payments of this page that the file no longer gives. Their documents are told all the same.
    pub damaged: u32,
    /// Where the next page begins; none at the end.
    pub next: Option<Place>,
}

/// What was paid, by month and biller.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Statistics {
    /// The oldest first; months in which nothing was paid are left out.
    pub months: Vec<MonthSums>,
    /// Documents that wait for their key, or for a version that knows their kind: not counted.
    pub waiting: u32,
    /// Documents that do not verify here (any more): not counted.
    pub unverified: u32,
    /// Documents that the file no longer gives: not counted; the next refresh fetches them again.
    pub damaged: u32,
}

/// What was paid in a month in one currency.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MonthSums {
    /// By the bank's calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// Of all sums here; ISO 4217.
    pub currency: String,
    /// Of all billers.
    pub sum: Figures,
    /// By biller, in the order of their ids.
    pub billers: Vec<BillerSums>,
}

/// What was paid to one biller in a month.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BillerSums {
    /// Its id; empty where only a repayment is here, and nothing says whose.
    pub biller: String,
    /// Its name, as the newest receipt has it; empty where only a repayment is here.
    pub payee: String,
    /// What was paid.
    pub figures: Figures,
}

/// Sums; none where one is beyond what an amount can be, which has to be said.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Figures {
    /// How many receipts.
    pub receipts: u32,
    /// From the customer, fees included.
    pub total: Option<Money>,
    /// To the bank.
    pub fee: Option<Money>,
    /// Given back later, in this month.
    pub returned: Option<Money>,
}

/// What is owed over all accounts, as far as this phone knows.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Owed {
    /// One sum a currency; none where nothing is owed.
    pub totals: Vec<Money>,
    /// Currencies that have no sum in `totals`, though something is owed: it is beyond what an amount can be.
    pub too_large: Vec<String>,
    /// How many bills are owed, in all currencies.
    pub bills: u32,
    /// By the bank's clock: the sums are at least as old as this.
    pub oldest: Option<SystemTime>,
    /// The first day on which one of them is due, in days since 1970-01-01, in the bank's zone.
    pub first_due_epoch_day: Option<i64>,
    /// Not in the sums: what is being paid, here or on another device, and has not ended. Each may be paid already. What
    /// a bill asks for beside it is in the sums.
    pub doubts: Vec<BillInDoubt>,
    /// Not in the sums: bills of a kind or state that a later version knows.
    pub unknown: u32,
    /// Not in the sums: bills that the file no longer gives, or whose account or payments it does not.
    pub damaged: u32,
}

/// A bill, or a part of one, of which it is not known whether it is still owed; or a top-up.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BillInDoubt {
    /// The biller's id.
    pub biller: String,
    /// Which bill.
    pub bill_number: String,
    /// What is being checked of it: what a payment of this device pays, else all that the bill asks for.
    pub amount: Money,
    /// The payment, where it is one of this device.
    pub payment: Option<String>,
}

#[uniffi::export]
impl Client {
    /// Documents, newest first, at most 500 a page, after a place; each verified as it is read. Whatever arrives between
    /// two pages, nothing comes twice and nothing is left out.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn receipt_page(&self, limit: u32, after: Option<Place>) -> Result<ReceiptPage, FaultError> {
        let after = after.map(Into::into);
        self.ask(move |core| async move { core.receipt_page(limit, after).await }).await.map(Into::into)
    }

    /// Payments of this device in such pages.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn payment_page(&self, limit: u32, after: Option<Place>) -> Result<PaymentPage, FaultError> {
        let after = after.map(Into::into);
        let page = self.ask(move |core| async move { core.payment_page(limit, after).await }).await?;
        let CorePaymentPage { payments, damaged, next } = page;
        let payments = payments.into_iter().map(|payment| Payment::of(payment, &self.voice)).collect();
        Ok(PaymentPage { payments, damaged: count(damaged), next: next.map(Into::into) })
    }

    /// Receipts by what is remembered of them: a part of the payee's name, of the person's own name for the account, of
    /// the total (`12.5`), of the month (`2026-11`), or the last figures of the customer number. In such pages; an empty
    /// query finds nothing.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn search_receipts(
        &self,
        query: String,
        limit: u32,
        after: Option<Place>,
    ) -> Result<ReceiptPage, FaultError> {
        let after = after.map(Into::into);
        self.ask(move |core| async move { core.search(&query, limit, after).await }).await.map(Into::into)
    }

    /// What was paid, by month and biller: the sums of all receipts that verify.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn statistics(&self) -> Result<Statistics, FaultError> {
        self.ask(|core| async move { core.statistics().await }).await.map(Into::into)
    }

    /// What is owed over all accounts: the open bills of [`Client::bills`]. What could not be counted is told by number.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn owed(&self) -> Result<Owed, FaultError> {
        self.ask(|core| async move { core.owed().await }).await.map(Into::into)
    }

    /// A document as a text to give away, in the language of the configuration: words, and below them the document
    /// itself, by which anyone can verify it. By its id, or by that of the payment that it ends.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn receipt_text(&self, id: String) -> Result<String, ViewError> {
        let language = self.voice.language;
        self.ask(move |core| async move { core.export_text(&id, language).await }).await
    }

    /// The bank's receipt keys as this phone has them: a JWKS, each key with the time in which it signed. For comparing:
    /// a stranger should have them from the bank.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn receipt_keys(&self) -> Result<String, FaultError> {
        self.ask(|core| async move { core.receipt_keys().await }).await
    }
}

impl From<Place> for CorePlace {
    fn from(place: Place) -> Self {
        let Place { at_ms, id } = place;
        Self { at_ms, id }
    }
}

impl From<CorePlace> for Place {
    fn from(place: CorePlace) -> Self {
        let CorePlace { at_ms, id } = place;
        Self { at_ms, id }
    }
}

impl From<CoreReceiptPage> for ReceiptPage {
    fn from(page: CoreReceiptPage) -> Self {
        let CoreReceiptPage { receipts, damaged, next } = page;
        let documents = receipts.into_iter().map(Into::into).collect();
        Self { documents, damaged: count(damaged), next: next.map(Into::into) }
    }
}

impl From<CoreStatistics> for Statistics {
    fn from(statistics: CoreStatistics) -> Self {
        let CoreStatistics { months, waiting, unverified, damaged } = statistics;
        Self {
            months: months.into_iter().map(Into::into).collect(),
            waiting: count(waiting),
            unverified: count(unverified),
            damaged: count(damaged),
        }
    }
}

impl From<CoreMonth> for MonthSums {
    fn from(month: CoreMonth) -> Self {
        let CoreMonth { year, month, currency, sum, billers } = month;
        let billers = billers.into_iter().map(|of| {
            let OfBiller { biller, payee, figures } = of;
            BillerSums { biller, payee, figures: figures.into() }
        });
        Self {
            year,
            month: month.unsigned_abs(),
            currency: currency.code().to_owned(),
            sum: sum.into(),
            billers: billers.collect(),
        }
    }
}

impl From<CoreFigures> for Figures {
    fn from(figures: CoreFigures) -> Self {
        let CoreFigures { receipts, total, fee, returned } = figures;
        Self { receipts, total: some(total), fee: some(fee), returned: some(returned) }
    }
}

impl From<CoreOwed> for Owed {
    fn from(owed: CoreOwed) -> Self {
        let CoreOwed { totals, too_large, bills, oldest, first_due, doubts, unknown, damaged } = owed;
        Self {
            totals: totals.into_iter().map(Into::into).collect(),
            too_large: too_large.into_iter().map(|currency| currency.code().to_owned()).collect(),
            bills: count(bills),
            oldest: oldest.map(Into::into),
            first_due_epoch_day: first_due.map(epoch_day),
            doubts: doubts.into_iter().map(Into::into).collect(),
            unknown: count(unknown),
            damaged: count(damaged),
        }
    }
}

impl From<CoreDoubt> for BillInDoubt {
    fn from(doubt: CoreDoubt) -> Self {
        let CoreDoubt { biller, bill_number, amount, payment } = doubt;
        Self { biller, bill_number, amount: amount.into(), payment }
    }
}
