//! Where outcomes are kept: the full document, and beside it the narrow row that search reads.

use jiff::Timestamp;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::outcome::{Body, Outcome};
use crate::{
    model::End,
    store::{Row, StoreError, Tx},
};

/// An outcome as stored: the compact JWS is the truth, the rest finds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// base64url of SHA-256 of the compact text.
    pub id: String,
    /// The order's id.
    pub payment: String,
    /// `receipt`, `refusal` or `reversal`.
    pub kind: String,
    /// The ledger's life.
    pub epoch: String,
    /// In the customer's chain.
    pub sequence: i64,
    /// By the bank's clock.
    pub issued: Timestamp,
    /// The compact JWS.
    pub compact: String,
}

/// The narrow row of a receipt (at most 128 bytes sealed): what searching a list needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Narrow {
    #[serde(skip)]
    id: String,
    #[serde(skip)]
    issued_ms: i64,
    /// Payee, cut to 24 bytes.
    #[serde(rename = "p")]
    pub payee: String,
    /// The last four characters of the masked customer number.
    #[serde(rename = "n")]
    pub number: String,
    /// Total in minor units.
    #[serde(rename = "t")]
    pub total: i64,
}

impl Row for Stored {
    const TABLE: &'static str = "outcome";
    const CLEAR: &'static [&'static str] = &["payment", "kind", "epoch", "sequence", "issued_ms"];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![
            self.payment.clone().into(),
            self.kind.clone().into(),
            self.epoch.clone().into(),
            self.sequence.into(),
            self.issued.as_millisecond().into(),
        ]
    }
}

impl Row for Narrow {
    const TABLE: &'static str = "outcome_search";
    const CLEAR: &'static [&'static str] = &["issued_ms"];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![self.issued_ms.into()]
    }

    fn restore_id(&mut self, id: &str) {
        id.clone_into(&mut self.id);
    }
}

impl Stored {
    /// Puts an outcome on the shelf; one that is there already stays as it is. Says whether it is new.
    ///
    /// # Errors
    /// Those of the store.
    pub fn keep(tx: &Tx<'_>, outcome: &Outcome) -> Result<bool, StoreError> {
        let id = outcome.id();
        match tx.get::<Self>(&id) {
            Ok(Some(_)) => return Ok(false),
            Ok(None) => {}
            // The bank has sent it again: the rotten copy gives way.
            Err(StoreError::Damaged { .. }) => drop(tx.delete::<Self>(&id)?),
            Err(error) => return Err(error),
        }
        let subject = &outcome.subject;
        tx.insert(&Self {
            id: id.clone(),
            payment: subject.payment_id.clone(),
            kind: kind(outcome.end()).to_owned(),
            epoch: subject.epoch.clone(),
            sequence: subject.sequence,
            issued: subject.issued_at,
            compact: outcome.compact.clone(),
        })?;
        if let Body::Receipt(receipt) = &outcome.body {
            let number: Vec<char> = receipt.customer_number_masked.chars().collect();
            let tail = number.len().saturating_sub(4);
            tx.put(&Narrow {
                id,
                issued_ms: subject.issued_at.as_millisecond(),
                payee: cut(&receipt.payee, 24),
                number: number.iter().skip(tail).collect(),
                total: receipt.total.minor(),
            })?;
        }
        Ok(true)
    }

    /// Outcomes, newest first, and how many of the page did not open.
    ///
    /// # Errors
    /// Those of the store.
    pub fn newest(tx: &Tx<'_>, limit: u32, offset: u32) -> Result<(Vec<Self>, usize), StoreError> {
        tx.sound("ORDER BY issued_ms DESC, id LIMIT ?1 OFFSET ?2", [limit, offset])
    }

    /// Every outcome of an order, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of_payment(tx: &Tx<'_>, payment: &str) -> Result<Vec<Self>, StoreError> {
        tx.find("WHERE payment = ?1 ORDER BY issued_ms, id LIMIT 16", [payment])
    }
}

fn kind(end: End) -> &'static str {
    match end {
        End::Settled => "receipt",
        End::Refused => "refusal",
        End::Reversed => "reversal",
    }
}

/// The longest prefix of whole characters within so many bytes.
fn cut(text: &str, bytes: usize) -> String {
    let mut end = 0;
    for (start, character) in text.char_indices() {
        if start + character.len_utf8() > bytes {
            break;
        }
        end = start + character.len_utf8();
    }
    text.get(..end).unwrap_or_default().to_owned()
}
