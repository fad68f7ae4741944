//! The bills on this phone: the last word of each by version, not by arrival.

use jiff::{Timestamp, civil::Date};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::merge::takes_over;
use crate::{
    model::{Bill, BillKind, BillState, Money},
    store::{Row, StoreError, Tx, give_way},
};

/// A bill, and when it was last heard of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// As the biller gave it.
    pub bill: Bill,
    /// By the bank's clock: when it was last said to be so.
    pub as_of: Timestamp,
    /// What is left of this version, after a part of it was paid here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rest: Option<Money>,
    id: String,
    lookup: Vec<u8>,
}

impl Row for Known {
    const TABLE: &'static str = "bill";
    const CLEAR: &'static [&'static str] = &["account", "lookup", "version", "state", "as_of_ms"];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![
            self.bill.account.clone().into(),
            self.lookup.clone().into(),
            self.bill.version.into(),
            self.rest.map_or(self.bill.state.as_str(), |_| BillState::PART_PAID).to_owned().into(),
            self.as_of.as_millisecond().into(),
        ]
    }
}

impl Known {
    /// Takes a bill, unless a higher version is here already; see [`super::merge`]. What does not open gives
    /// way.
    ///
    /// # Errors
    /// Those of the store.
    pub fn merge(tx: &Tx<'_>, bill: Bill, as_of: Timestamp) -> Result<(), StoreError> {
        let lookup = tx.lookup("bill", &[&bill.biller, &bill.bill_number])?;
        let id = crate::crypto::digest::base64url(&lookup);
        match tx.here::<Self>(&id) {
            Ok(None) => tx.insert(&Self { bill, as_of, rest: None, id, lookup }),
            // Of a page of the feed nearly every one. What is here goes, whatever is under its seal: if it opens, what
            // stands in clear is true, and if it does not, it gives way.
            Ok(Some(here)) if is_older(here.clear(), &bill, as_of) => {
                tx.put_over(&Self { bill, as_of, rest: None, id, lookup }, &here)
            }
            Ok(Some(_)) | Err(StoreError::DamagedFile) => Self::merge_opened(tx, bill, as_of, id, lookup),
            Err(error) => Err(error),
        }
    }

    /// Where it takes what is under the seal to decide.
    fn merge_opened(tx: &Tx<'_>, bill: Bill, as_of: Timestamp, id: String, lookup: Vec<u8>) -> Result<(), StoreError> {
        let here = give_way(tx.get::<Self>(&id))?;
        if here.as_ref().is_some_and(|here| !takes_over((&here.bill, here.as_of), (&bill, as_of))) {
            return Ok(());
        }
        // A biller that has booked the part says so in another version.
        let rest = here.filter(|here| here.bill.version == bill.version && bill.state == BillState::Open);
        let rest = rest.and_then(|here| here.rest);
        tx.put(&Self { bill, as_of, rest, id, lookup })
    }

    /// A payment of this version was settled: what is left, if anything is.
    ///
    /// # Errors
    /// Those of the store.
    pub fn was_paid(tx: &Tx<'_>, biller: &str, bill_number: &str, version: i64, paid: Money) -> Result<(), StoreError> {
        let Some(here) = give_way(Self::load(tx, biller, bill_number))? else { return Ok(()) };
        if here.bill.version != version || here.bill.kind != BillKind::Bill || here.bill.state != BillState::Open {
            return Ok(());
        }
        let rest = here.asked().minus(paid).ok().filter(|rest| rest.minor() > 0);
        if rest == here.rest { Ok(()) } else { tx.put(&Self { rest, ..here }) }
    }

    /// What is still asked, as far as this phone knows.
    #[must_use]
    pub fn asked(&self) -> Money {
        self.rest.unwrap_or(self.bill.amount)
    }

    /// Nothing is owed of it any more, and it was due by that day.
    #[must_use]
    pub fn was_over_by(&self, day: Date) -> bool {
        let is_over = matches!(self.bill.state, BillState::Paid | BillState::Cancelled);
        is_over && self.bill.due_date.is_some_and(|due| due < day)
    }

    /// The bill as it is to be shown and paid: without the part of this version that was paid here. What it is made of,
    /// and whatever else the biller said of it, stays as it was said.
    #[must_use]
    pub fn remaining(self) -> Bill {
        let Self { bill, rest, .. } = self;
        let Some((rest, paid)) = rest.and_then(|rest| Some((rest, bill.amount.minus(rest).ok()?))) else { return bill };
        let maximum = if bill.maximum.minor() > bill.amount.minor() {
            // It takes as much beyond what it asks as before.
            bill.maximum.minus(paid).unwrap_or(bill.maximum)
        } else {
            least(bill.maximum, rest)
        };
        // The biller takes a last part that is smaller than its least one.
        let minimum = least(bill.minimum, maximum);
        Bill { amount: rest, minimum, maximum, ..bill }
    }

    /// The id of its row: the look-up of biller and bill number.
    #[must_use]
    pub fn row(&self) -> &str {
        &self.id
    }

    /// One bill.
    ///
    /// # Errors
    /// Those of the store.
    pub fn load(tx: &Tx<'_>, biller: &str, bill_number: &str) -> Result<Option<Self>, StoreError> {
        let lookup = tx.lookup("bill", &[biller, bill_number])?;
        tx.get(&crate::crypto::digest::base64url(&lookup))
    }

    /// Every bill of every binding, and how many do not open.
    ///
    /// # Errors
    /// Those of the store.
    pub fn all(tx: &Tx<'_>) -> Result<(Vec<Self>, usize), StoreError> {
        let tails = ["ORDER BY account, id LIMIT 10000", "NOT INDEXED ORDER BY account, id LIMIT 10000"];
        tx.sound_or_each(tails, "SELECT id FROM bill ORDER BY id LIMIT 10000", [])
    }
}

/// The smaller of two amounts; the first, where they are of different currencies.
fn least(one: Money, other: Money) -> Money {
    if one.currency() == other.currency() && other.minor() < one.minor() { other } else { one }
}

/// Whether a row with these clear columns is an earlier word of a bill, of which no part was paid here.
fn is_older(clear: &[Value], bill: &Bill, as_of: Timestamp) -> bool {
    match clear {
        [_, _, Value::Integer(version), Value::Text(state), Value::Integer(as_of_ms)] => {
            state != BillState::PART_PAID && (*version, *as_of_ms) < (bill.version, as_of.as_millisecond())
        }
        _ => false,
    }
}
