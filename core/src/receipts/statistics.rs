//! What was paid, by month and biller (rows 19 and 77). Pure: the sums of verified receipts, to the smallest unit.
//!
//! A month is one of the bank's calendar: that of the zone which the receipt names. A receipt counts by when it was
//! paid, and once: two that end one order (after a restore of the bank's ledger) are one payment. Repayments stand
//! beside what was paid, in the month in which they came, and lower no sum; two of an order with the same number of the
//! bank's are one, and the earlier says when. Refused and reversed orders cost nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};

use super::outcome::{Body, Outcome, ReceiptBody, RepaymentBody};
use crate::model::{Currency, Money};

/// Adds documents up, in whatever order they come.
#[derive(Debug, Default)]
pub struct Tally {
    rows: BTreeMap<Key, Row>,
    /// Orders that were counted.
    orders: BTreeSet<String>,
    /// The biller of each payment.
    billers: BTreeMap<String, (String, String)>,
    /// Repayments by their order and the bank's number for each: the payment, and the bank's zone.
    repaid: BTreeMap<(String, String), (String, RepaymentBody, String)>,
    zones: BTreeMap<String, TimeZone>,
}

/// Year, month, currency, biller.
type Key = (i16, i8, Currency, String);

#[derive(Clone, Debug, Default)]
struct Row {
    payee: (Timestamp, String),
    receipts: u32,
    total: Sum,
    fee: Sum,
    returned: Sum,
}

/// A sum that says when it is beyond what an amount can be.
#[derive(Clone, Copy, Debug, Default)]
struct Sum(i128);

/// What was paid in a month in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// By the bank's calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
    /// Of all sums here.
    pub currency: Currency,
    /// Of all billers.
    pub sum: Figures,
    /// By biller, in the order of their ids.
    pub billers: Vec<OfBiller>,
}

/// Of one biller in a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfBiller {
    /// Its id.
    pub biller: String,
    /// Its name, as the newest receipt has it; empty where only a repayment is here.
    pub payee: String,
    /// What was paid.
    pub figures: Figures,
}

/// Sums; `None` where one is beyond what an amount can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many.
    pub receipts: u32,
    /// From the customer, fees included.
    pub total: Option<Money>,
    /// To the bank.
    pub fee: Option<Money>,
    /// Given back later, in this month.
    pub returned: Option<Money>,
}

impl Tally {
    /// Counts a verified document. `bank_zone` is for receipts whose zone is not known here.
    pub fn count(&mut self, outcome: &Outcome, bank_zone: &str) {
        match &outcome.body {
            Body::Receipt(receipt) if self.orders.insert(outcome.subject.order_digest.clone()) => {
                self.receipt(receipt, bank_zone);
                let biller = (receipt.biller.clone(), receipt.zone.clone());
                self.billers.insert(outcome.subject.payment_id.clone(), biller);
            }
            Body::Repayment(repayment) => {
                let of = (outcome.subject.payment_id.clone(), repayment.clone(), bank_zone.to_owned());
                let key = (outcome.subject.order_digest.clone(), repayment.bank_serial.clone());
                let first = self.repaid.entry(key).or_insert_with(|| of.clone());
                if of.1.repaid_at < first.1.repaid_at {
                    *first = of;
                }
            }
            Body::Receipt(_) | Body::Refusal(_) | Body::Reversal(_) => {}
        }
    }

    fn receipt(&mut self, receipt: &ReceiptBody, bank_zone: &str) {
        let (year, month) = self.month(receipt.paid_at, &receipt.zone, bank_zone);
        let key = (year, month, receipt.total.currency(), receipt.biller.clone());
        let row = self.rows.entry(key).or_default();
        row.receipts += 1;
        row.total.add(receipt.total);
        row.fee.add(receipt.fee);
        if row.payee.1.is_empty() || row.payee.0 <= receipt.paid_at {
            row.payee = (receipt.paid_at, receipt.payee.clone());
        }
    }

    fn month(&mut self, at: Timestamp, zone: &str, bank_zone: &str) -> (i16, i8) {
        let zone = self
            .zones
            .entry(zone.to_owned())
            .or_insert_with(|| TimeZone::get(zone).or_else(|_| TimeZone::get(bank_zone)).unwrap_or(TimeZone::UTC));
        let date = zone.to_datetime(at).date();
        (date.year(), date.month())
    }

    /// The months, the oldest first.
    #[must_use]
    pub fn months(mut self) -> Vec<Month> {
        for (payment, repayment, bank_zone) in std::mem::take(&mut self.repaid).into_values() {
            let (biller, zone) = self.billers.get(&payment).cloned().unwrap_or_default();
            let (year, month) = self.month(repayment.repaid_at, &zone, &bank_zone);
            let key = (year, month, repayment.returned.currency(), biller);
            self.rows.entry(key).or_default().returned.add(repayment.returned);
        }
        let rows: Vec<_> = self.rows.into_iter().collect();
        let same = |one: &Key, other: &Key| (one.0, one.1, one.2) == (other.0, other.1, other.2);
        rows.chunk_by(|(one, _), (other, _)| same(one, other)).filter_map(month_of).collect()
    }
}

fn month_of(rows: &[(Key, Row)]) -> Option<Month> {
    let ((year, month, currency, _), _) = rows.first()?;
    let mut all = Row::default();
    for (_, row) in rows {
        all.receipts += row.receipts;
        all.total.0 += row.total.0;
        all.fee.0 += row.fee.0;
        all.returned.0 += row.returned.0;
    }
    let of = |((_, _, _, biller), row): &(Key, Row)| OfBiller {
        biller: biller.clone(),
        payee: row.payee.1.clone(),
        figures: row.figures(*currency),
    };
    let (year, month, currency) = (*year, *month, *currency);
    Some(Month { year, month, currency, sum: all.figures(currency), billers: rows.iter().map(of).collect() })
}

impl Row {
    fn figures(&self, currency: Currency) -> Figures {
        let of = |sum: Sum| Money::new(i64::try_from(sum.0).ok()?, currency).ok();
        Figures { receipts: self.receipts, total: of(self.total), fee: of(self.fee), returned: of(self.returned) }
    }
}

impl Sum {
    /// 2^53 for each of as many documents as there can be stays far below 2^127.
    fn add(&mut self, money: Money) {
        self.0 += i128::from(money.minor());
    }
}

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
