//! Where outcomes are kept: the full document, and beside it the narrow row that search reads.

use jiff::Timestamp;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::outcome::{Body, Outcome};
use crate::store::{Row, StoreError, Tx};

/// An outcome as stored: the compact JWS is the truth, the rest finds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// base64url of SHA-256 of the compact text.
    pub id: String,
    /// The order's id.
    pub payment: String,
    /// See [`Body::kind`].
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
    /// Payee without control characters, cut to 24 bytes of JSON.
    #[serde(rename = "p")]
    pub payee: String,
    /// The last four characters of the masked customer number, in at most 16 bytes of JSON.
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
            kind: outcome.body.kind().to_owned(),
            epoch: subject.epoch.clone(),
            sequence: subject.sequence,
            issued: subject.issued_at,
            compact: outcome.compact.clone(),
        })?;
        if let Body::Receipt(receipt) = &outcome.body {
            let number: Vec<char> = receipt.customer_number_masked.chars().collect();
            let tail: String = number.iter().skip(number.len().saturating_sub(4)).collect();
            tx.put(&Narrow {
                id,
                issued_ms: subject.issued_at.as_millisecond(),
                payee: cut(&receipt.payee, 24),
                number: cut(&tail, 16),
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

/// The longest prefix of whole characters that takes so many bytes in JSON. Control characters, which
/// would take six each and show nothing, are left out: a row for a list must never cost the document.
fn cut(text: &str, bytes: usize) -> String {
    let mut left = bytes;
    let mut kept = String::new();
    for character in text.chars().filter(|character| !character.is_control()) {
        let takes = if matches!(character, '"' | '\\') { 2 } else { character.len_utf8() };
        let Some(rest) = left.checked_sub(takes) else { break };
        left = rest;
        kept.push(character);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i6_no_name_of_a_payee_is_too_large_for_the_row_that_search_reads() {
        // What the envelope of a sealed body adds: version, nonce and tag.
        const ENVELOPE: usize = 1 + 12 + 16;
        for text in ["\u{1}", "\"", "\\", "\u{7f}", "\u{85}", "电", "𠀀", "a", "\u{2028}", "a\u{0}电\""] {
            let text = text.repeat(100);
            let row = Narrow {
                id: String::new(),
                issued_ms: 0,
                payee: cut(&text, 24),
                number: cut(&text.chars().take(4).collect::<String>(), 16),
                total: crate::model::MAX_MINOR,
            };
            let body = serde_json::to_vec(&row).unwrap();
            assert!(body.len() + ENVELOPE <= crate::store::SEARCH_SEALED_MAX, "{text:?}: {}", body.len());
        }
        assert_eq!(cut("上海\u{7}电力公司营业厅总部", 24), "上海电力公司营业");
        assert_eq!(cut("a\"b", 24), "a\"b");
    }
}
