//! Where outcomes are kept: the full document, and beside it the narrow row that search reads.

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::{
    outcome::{Body, Outcome, ReceiptBody},
    search::{self, Words},
};
use crate::{
    model::{Money, Place},
    store::{Row, StoreError, Tx, give_way},
};

/// An outcome as stored: the compact JWS is the truth, the rest finds it.
#[derive(Clone, Serialize, Deserialize)]
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

// The document holds the customer number in full (I8).
impl std::fmt::Debug for Stored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stored")
            .field("id", &self.id)
            .field("payment", &self.payment)
            .field("kind", &self.kind)
            .field("epoch", &self.epoch)
            .field("sequence", &self.sequence)
            .field("issued", &self.issued)
            .finish_non_exhaustive()
    }
}

/// The narrow row of a receipt (at most 128 bytes sealed): what searching a list needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Narrow {
    #[serde(skip)]
    id: String,
    #[serde(skip)]
    issued_ms: i64,
    /// Payee without control characters, cut to 24 bytes of JSON; one that was cut ends with [`CUT`].
    #[serde(rename = "p")]
    pub payee: String,
    /// The last four characters of the masked customer number, in at most 12 bytes of JSON.
    #[serde(rename = "n")]
    pub number: String,
    /// Total in minor units.
    #[serde(rename = "t")]
    pub total: i64,
    /// Stands for biller and seen tail of the customer number; see [`search::tag`].
    #[serde(default, rename = "a", skip_serializing_if = "String::is_empty")]
    tag: String,
    /// Months since 1970 in the bank's zone, where this row holds all that can be found of the receipt; absent in
    /// rows of before, in those of other currencies, and where something else does not fit.
    #[serde(default, rename = "m", skip_serializing_if = "Option::is_none")]
    month: Option<u16>,
}

/// Ends a name that was cut.
const CUT: &str = "…";
/// The last month that fits.
const LAST_MONTH: u16 = 9999;
/// January of 1970 in months since the year 0.
const FIRST_MONTH: i32 = 1970 * 12;
/// Everything comes after this: the beginning of a list.
const BEGINNING: (i64, &str) = (i64::MAX, "");

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
        let new = match tx.get::<Self>(&id) {
            Ok(found) => found.is_none(),
            // The bank has sent it again: the rotten copy gives way.
            Err(StoreError::Damaged { .. }) => tx.delete::<Self>(&id)?,
            Err(error) => return Err(error),
        };
        let subject = &outcome.subject;
        let stored = Self {
            id: id.clone(),
            payment: subject.payment_id.clone(),
            kind: outcome.body.kind().to_owned(),
            epoch: subject.epoch.clone(),
            sequence: subject.sequence,
            issued: subject.issued_at,
            compact: outcome.compact.clone(),
        };
        if new {
            tx.insert(&stored)?;
        }
        if let Body::Receipt(receipt) = &outcome.body
            && (new || give_way(tx.get::<Narrow>(&id))?.is_none())
        {
            tx.put(&Narrow::of(tx, id, subject.issued_at, receipt)?)?;
        }
        Ok(new)
    }

    /// Outcomes, newest first, and how many of the page did not open.
    ///
    /// # Errors
    /// Those of the store.
    pub fn newest(tx: &Tx<'_>, limit: u32, offset: u32) -> Result<(Vec<Self>, usize), StoreError> {
        let ids = "SELECT id FROM outcome ORDER BY issued_ms DESC, id LIMIT ?1 OFFSET ?2";
        let tails = [
            "ORDER BY issued_ms DESC, id LIMIT ?1 OFFSET ?2",
            "NOT INDEXED ORDER BY issued_ms DESC, id LIMIT ?1 OFFSET ?2",
        ];
        tx.sound_or_each(tails, ids, [limit, offset])
    }

    /// A page of outcomes, newest first, from a place on, how many of it did not open, and where the next page
    /// begins; `None` at the end.
    ///
    /// # Errors
    /// Those of the store.
    pub fn page(
        tx: &Tx<'_>,
        after: Option<&Place>,
        limit: u32,
    ) -> Result<(Vec<Self>, usize, Option<Place>), StoreError> {
        let (at_ms, id) = after.map_or(BEGINNING, |place| (place.at_ms, place.id.as_str()));
        let places = Self::places(tx, after, limit)?;
        let tail = "WHERE issued_ms <= ?1 AND (issued_ms < ?1 OR id > ?2) ORDER BY issued_ms DESC, id LIMIT ?3";
        let mut named = places.iter().map(|place| place.id.as_str());
        let (page, damaged) = match tx.sound::<Self>(tail, (at_ms, id, limit)) {
            // The same, in the same order: the two did not go different ways.
            Ok((page, damaged))
                if page.len() + damaged == places.len()
                    && page.iter().all(|stored| named.any(|place| place == stored.id)) =>
            {
                (page, damaged)
            }
            Ok(_) | Err(StoreError::DamagedFile) => tx.each_of(places.iter().map(|place| &place.id))?,
            Err(error) => return Err(error),
        };
        let full = u32::try_from(places.len()).is_ok_and(|rows| rows >= limit);
        Ok((page, damaged, places.into_iter().last().filter(|_| full)))
    }

    /// The places of documents of every kind, newest first, whether or not they open. By the index alone, which does not
    /// know their kinds: the rows are ten times as large.
    ///
    /// # Errors
    /// Those of the store.
    pub fn places(tx: &Tx<'_>, after: Option<&Place>, limit: u32) -> Result<Vec<Place>, StoreError> {
        let (at_ms, id) = after.map_or(BEGINNING, |place| (place.at_ms, place.id.as_str()));
        let by_index = "SELECT issued_ms, id FROM outcome WHERE issued_ms <= ?1 AND (issued_ms < ?1 OR id > ?2)
                        ORDER BY issued_ms DESC, id LIMIT ?3";
        let by_table = "SELECT issued_ms, id FROM outcome NOT INDEXED WHERE issued_ms <= ?1
                        AND (issued_ms < ?1 OR id > ?2) ORDER BY issued_ms DESC, id LIMIT ?3";
        // No index is sealed: entries out of their order would end a list early, or repeat it without an end.
        let in_order = |places: &[Option<Place>]| {
            let mut last = (Reverse(at_ms), id);
            for place in places {
                match place.as_ref().map(|place| (Reverse(place.at_ms), place.id.as_str())) {
                    Some(next) if last < next => last = next,
                    Some(_) | None => return false,
                }
            }
            true
        };
        tx.places(&[by_index, by_table], (at_ms, id, limit), in_order)
    }

    /// The outcome at that place of a list: by its id, and where the index of the ids is broken by its time.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] or [`StoreError::DamagedFile`] where neither gives it.
    pub fn at(tx: &Tx<'_>, place: &Place) -> Result<Self, StoreError> {
        match tx.get::<Self>(&place.id) {
            Ok(Some(stored)) => return Ok(stored),
            Ok(None) | Err(StoreError::DamagedFile) => {}
            Err(error) => return Err(error),
        }
        let by_time = "INDEXED BY outcome_by_time WHERE issued_ms = ?1 AND id = ?2 LIMIT 1";
        tx.find(by_time, (place.at_ms, &place.id))?.pop().ok_or(StoreError::DamagedFile)
    }

    /// The document of an id, or those of a payment's, whatever the indexes say: by a walk over all of them, where
    /// they name neither.
    ///
    /// # Errors
    /// Those of the store.
    pub fn walked(tx: &Tx<'_>, id: &str) -> Result<Vec<Self>, StoreError> {
        tx.find("NOT INDEXED WHERE id = ?1 OR payment = ?1 ORDER BY issued_ms, id LIMIT 16", [id])
    }

    /// Every outcome of an order, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn of_payment(tx: &Tx<'_>, payment: &str) -> Result<Vec<Self>, StoreError> {
        match tx.find("WHERE payment = ?1 ORDER BY issued_ms, id LIMIT 16", [payment]) {
            Ok(found) if found.is_empty() => Self::walked(tx, payment),
            Err(StoreError::DamagedFile) => Self::walked(tx, payment),
            found => found,
        }
    }
}

impl Narrow {
    fn of(tx: &Tx<'_>, id: String, issued: Timestamp, receipt: &ReceiptBody) -> Result<Self, StoreError> {
        let masked = &receipt.customer_number_masked;
        let from = masked.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
        let tail = masked.get(from..).unwrap_or_default();
        let (payee, number) = (cut(&receipt.payee, 24), cut(tail, 12));
        let fits = payee == receipt.payee && number == tail && receipt.total.currency() == search::NARROW_CURRENCY;
        let month = u16::try_from(search::month(receipt) - FIRST_MONTH).ok().filter(|month| *month <= LAST_MONTH);
        Ok(Self {
            id,
            issued_ms: issued.as_millisecond(),
            payee: if payee == receipt.payee { payee } else { cut(&receipt.payee, 24 - CUT.len()) + CUT },
            number,
            total: receipt.total.minor(),
            tag: search::tag(tx, &receipt.biller, search::tail(masked))?,
            month: month.filter(|_| fits),
        })
    }

    /// Whether all that can be found of the receipt is in this row.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.month.is_some()
    }

    pub(super) fn words(&self) -> Words {
        let month = FIRST_MONTH + i32::from(self.month.unwrap_or_default());
        let total = Money::new(self.total, search::NARROW_CURRENCY).ok();
        Words::new(&self.payee, search::tail(&self.number), &self.tag, total, month)
    }

    /// The rows of the receipts that come after a place, by id; those that do not open are left out.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) fn page(tx: &Tx<'_>, after: Option<&Place>, limit: u32) -> Result<BTreeMap<String, Self>, StoreError> {
        let (at_ms, id) = after.map_or(BEGINNING, |place| (place.at_ms, place.id.as_str()));
        let tail = "WHERE issued_ms <= ?1 AND (issued_ms < ?1 OR id > ?2) ORDER BY issued_ms DESC, id LIMIT ?3";
        // They only save looking at documents: those that a broken page has taken are looked at.
        let (rows, _) = match tx.sound::<Self>(tail, (at_ms, id, limit)) {
            Err(StoreError::DamagedFile) => (Vec::new(), 0),
            other => other?,
        };
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
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
                number: cut(&text.chars().take(4).collect::<String>(), 12),
                total: crate::model::MAX_MINOR,
                tag: "12345678".into(),
                month: Some(LAST_MONTH),
            };
            let body = serde_json::to_vec(&row).unwrap();
            assert!(body.len() + ENVELOPE <= crate::store::SEARCH_SEALED_MAX, "{text:?}: {}", body.len());
        }
        assert_eq!(cut("上海\u{7}电力公司营业厅总部", 24), "上海电力公司营业");
        assert_eq!(cut("a\"b", 24), "a\"b");
    }
}
