//! Where outcomes are kept.

use std::cmp::Reverse;

use jiff::Timestamp;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::{cards, outcome::Outcome};
use crate::{
    model::Place,
    store::{Row, StoreError, Tx},
};

/// An outcome as stored: the compact JWS is the truth, the rest finds it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Stored {
    /// base64url of SHA-256 of the compact text.
    pub id: String,
    /// The order's id.
    pub payment: String,
    /// See [`super::Body::kind`].
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

impl Stored {
    /// Puts an outcome on the shelf; one that is there already stays as it is. Says whether it is new.
    ///
    /// # Errors
    /// Those of the store.
    pub fn keep(tx: &Tx<'_>, outcome: &Outcome) -> Result<bool, StoreError> {
        let id = outcome.id();
        let new = match tx.get::<Self>(&id) {
            Ok(found) => found.is_none(),
            // The bank has sent it again: the rotten copy gives way. Its card may say less; with two of them the catalogue
            // is written anew.
            Err(StoreError::Damaged { .. }) => tx.delete::<Self>(&id)?,
            Err(error) => return Err(error),
        };
        let subject = &outcome.subject;
        let stored = Self {
            id,
            payment: subject.payment_id.clone(),
            kind: outcome.body.kind().to_owned(),
            epoch: subject.epoch.clone(),
            sequence: subject.sequence,
            issued: subject.issued_at,
            compact: outcome.compact.clone(),
        };
        if new {
            tx.insert(&stored)?;
            cards::file(tx, &stored)?;
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
