//! The bank's books, read as a whole by whoever does not believe them (I1, I3, I5, I6).

use crate::ledger::{Ledger, LedgerError, operator::ForAPerson, orders::Order, outcomes::Outcome, postings::Posting};

/// Everything about money in the ledger, at one moment.
#[derive(Clone, Debug)]
pub struct Books {
    /// All orders, by payment id.
    pub orders: Vec<Order>,
    /// All movements of money, in order.
    pub postings: Vec<Posting>,
    /// All signed ends, in the order of keeping.
    pub outcomes: Vec<Outcome>,
    /// What no rule ends: for a person to look at, the oldest first (I4).
    pub for_a_person: Vec<ForAPerson>,
}

impl Books {
    pub(crate) fn read(ledger: &Ledger, now: i64) -> Result<Self, LedgerError> {
        ledger.read(now, |tx| {
            Ok(Self {
                orders: tx.all_orders()?,
                postings: tx.all_postings()?,
                outcomes: tx.all_outcomes()?,
                for_a_person: tx.operator_list()?,
            })
        })
    }

    /// What all movements leave in a place such as `fees` or `biller:power-sh`.
    #[must_use]
    pub fn balance(&self, place: &str) -> i64 {
        let of = |posting: &Posting| {
            let came = if posting.credit == place { posting.minor } else { 0 };
            let went = if posting.debit == place { posting.minor } else { 0 };
            came - went
        };
        self.postings.iter().map(of).sum()
    }
}
