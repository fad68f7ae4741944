//! The bills on this phone: the last word of each by version, not by arrival.

use jiff::Timestamp;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::merge::takes_over;
use crate::{
    model::Bill,
    store::{Row, StoreError, Tx, give_way},
};

/// A bill, and when it was last heard of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Known {
    /// As the biller gave it.
    pub bill: Bill,
    /// By the bank's clock: when it was last said to be so.
    pub as_of: Timestamp,
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
            self.bill.state.as_str().to_owned().into(),
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
    pub fn merge(tx: &Tx<'_>, bill: &Bill, as_of: Timestamp) -> Result<(), StoreError> {
        let lookup = tx.lookup("bill", &[&bill.biller, &bill.bill_number])?;
        let id = crate::crypto::digest::base64url(&lookup);
        if let Some(here) = give_way(tx.get::<Self>(&id))?
            && !takes_over((&here.bill, here.as_of), (bill, as_of))
        {
            return Ok(());
        }
        tx.put(&Self { bill: bill.clone(), as_of, id, lookup })
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
