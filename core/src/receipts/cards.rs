//! The catalogue of the shelf: a card for each document says what of it can be found, and cards lie in drawers, so that
//! a search opens a seal for some thirty receipts and not for each.
//!
//! Cards only save looking at documents. Where they are not all there (a drawer that does not open, a file of an earlier
//! version) nobody relies on any of them, until [`complete`] has written what is missing.

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    rc::Rc,
};

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::{
    search::{self, Words},
    shelf::Stored,
};
use crate::{
    model::Place,
    store::{Row, StoreError, Tx, give_way},
};

/// Cards that a drawer holds at most, and their bytes: with what its row has besides they fit a page of the file.
const MOST: usize = 32;
const MOST_BYTES: usize = 3400;
/// The longest words that go on a card; of a receipt that has more the document itself is looked at.
const MOST_WORDS: usize = 400;
/// Cards that one transaction writes at most: whoever pays meanwhile waits for it.
const AT_ONCE: usize = 1024;
/// Documents whose places are read at a time.
const PAGE: u32 = 512;

/// What can be found of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Card<'a> {
    #[serde(borrow, rename = "i")]
    pub(super) id: Cow<'a, str>,
    #[serde(rename = "t")]
    pub(super) issued_ms: i64,
    #[serde(borrow, rename = "w")]
    pub(super) holds: Holds<'a>,
}

/// What is on a card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Holds<'a> {
    /// Nothing of the document can be found.
    #[serde(rename = "n")]
    Nothing,
    /// All that can be found of it.
    #[serde(borrow, rename = "a")]
    All(Words<'a>),
    /// More can be found of it than a card holds.
    #[serde(rename = "m")]
    More,
}

/// A row of the catalogue.
#[derive(Serialize)]
struct Drawer(Vec<Card<'static>>);

// Not derived: what is read of a row lives no longer than its text, and a row to be changed does.
impl<'de> Deserialize<'de> for Drawer {
    fn deserialize<D: serde::Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        Ok(Self(Vec::<Card<'de>>::deserialize(text)?.into_iter().map(Card::into_owned).collect()))
    }
}

impl Row for Drawer {
    const TABLE: &'static str = "drawer";
    const CLEAR: &'static [&'static str] = &["cards"];

    /// In the order of the newest document in it; with that of its first card no two have the same.
    fn id(&self) -> String {
        // The order of what is below nothing, too.
        let newest = newest(&self.0).unwrap_or_default() ^ i64::MIN;
        format!("{newest:016x}{}", self.0.first().map(|card| &*card.id).unwrap_or_default())
    }

    fn clear(&self) -> Vec<Value> {
        let count = i64::try_from(self.0.len()).unwrap_or(i64::MAX);
        vec![count.into()]
    }
}

fn newest(cards: &[Card<'_>]) -> Option<i64> {
    cards.iter().map(|card| card.issued_ms).max()
}

impl Drawer {
    fn takes(&self, card: &Card<'_>) -> bool {
        let bytes = |value: Result<Vec<u8>, _>| value.map_or(MOST_BYTES, |text: Vec<u8>| text.len());
        let (here, more) = (bytes(serde_json::to_vec(self)), bytes(serde_json::to_vec(card)));
        self.0.len() < MOST && here + more < MOST_BYTES
    }
}

impl Card<'_> {
    /// That of an outcome on the shelf.
    fn of(tx: &Tx<'_>, stored: &Stored) -> Result<Card<'static>, StoreError> {
        let holds = match search::words_of(tx, stored)? {
            None => Holds::Nothing,
            Some(words) if words.len() > MOST_WORDS => Holds::More,
            Some(words) => Holds::All(words),
        };
        Ok(Card { id: stored.id.clone().into(), issued_ms: stored.issued.as_millisecond(), holds })
    }

    /// That of one that does not open.
    fn unread(place: &Place) -> Self {
        Self { id: place.id.clone().into(), issued_ms: place.at_ms, holds: Holds::More }
    }

    fn into_owned(self) -> Card<'static> {
        let holds = match self.holds {
            Holds::Nothing => Holds::Nothing,
            Holds::All(words) => Holds::All(words.into_owned()),
            Holds::More => Holds::More,
        };
        Card { id: self.id.into_owned().into(), issued_ms: self.issued_ms, holds }
    }

    /// Where its document is in the list.
    pub(super) fn place(&self) -> Place {
        Place { at_ms: self.issued_ms, id: self.id.clone().into_owned() }
    }
}

/// Files the card of a document that has just been put on the shelf: in the newest drawer, or in another where that is
/// full or does not open.
pub(super) fn file(tx: &Tx<'_>, stored: &Stored) -> Result<(), StoreError> {
    put(tx, Card::of(tx, stored)?)
}

fn put(tx: &Tx<'_>, card: Card<'static>) -> Result<(), StoreError> {
    let newest = match tx.find::<Drawer>("ORDER BY id DESC LIMIT 1", []) {
        Ok(mut drawers) => drawers.pop(),
        Err(StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    match newest.filter(|drawer| drawer.takes(&card)) {
        Some(mut drawer) => {
            let before = drawer.id();
            drawer.0.push(card);
            tx.delete::<Drawer>(&before)?;
            tx.put(&drawer)
        }
        // In the place of one of that name, which does not open: the document is new.
        None => tx.put(&Drawer(vec![card])),
    }
}

/// Visits the cards of documents that come after a place, the newest drawer first; in a drawer they lie as they came.
/// `visit` says from which moment on it wants to see more: older ones may be left out. Says whether each document has a
/// card: if not, what was visited is not all.
pub(super) fn walk(
    tx: &Tx<'_>,
    after: Option<&Place>,
    mut visit: impl FnMut(&Card<'_>) -> Result<i64, StoreError>,
) -> Result<bool, StoreError> {
    // Drawers that nobody opens have their number in clear; it is sealed into those that are opened.
    let counts = "SELECT (SELECT count(*) FROM outcome), (SELECT coalesce(sum(cards), 0) FROM drawer)";
    let counts = tx.select(counts, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    if counts.iter().any(|(documents, cards)| documents != cards) {
        return Ok(false);
    }
    let (mut last, mut wanted, mut whole) = (i64::MAX, i64::MIN, true);
    let comes_after = |card: &Card<'_>| {
        after.is_none_or(|place| (Reverse(place.at_ms), place.id.as_str()) < (Reverse(card.issued_ms), &*card.id))
    };
    tx.bodies::<Drawer>("ORDER BY id DESC", [], |body| {
        let drawer = body.and_then(|text| serde_json::from_slice::<Vec<Card<'_>>>(text).ok());
        let newest = drawer.as_deref().and_then(newest);
        // No index is sealed: one out of order would hide what is newer.
        let (Some(drawer), Some(newest)) = (drawer, newest.filter(|newest| *newest <= last)) else {
            whole = false;
            return Ok(ControlFlow::Break(()));
        };
        last = newest;
        if newest < wanted {
            return Ok(ControlFlow::Break(()));
        }
        for card in drawer.iter().filter(|card| comes_after(card)) {
            wanted = visit(card)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(whole)
}

/// What is wrong with the catalogue.
#[derive(Default)]
struct Survey {
    /// Ids of drawers that do not open, or in which is a card of no document, or a second one.
    bad: BTreeSet<String>,
    /// Documents without a card; the first of them.
    missing: Vec<Place>,
    /// There are cards of an earlier schema.
    old: bool,
}

impl Survey {
    fn of(tx: &Tx<'_>) -> Result<Self, StoreError> {
        let mut survey = Self::default();
        let mut filed: BTreeMap<String, Rc<str>> = BTreeMap::new();
        tx.scan::<Drawer>("ORDER BY id LIMIT 1000000", [], |drawer| {
            match drawer {
                Ok(drawer) => {
                    let name: Rc<str> = drawer.id().into();
                    for card in drawer.0 {
                        if filed.insert(card.id.into_owned(), name.clone()).is_some() {
                            survey.bad.insert(name.to_string());
                        }
                    }
                }
                Err(StoreError::Damaged { id, .. }) => drop(survey.bad.insert(id)),
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        let mut after = None;
        loop {
            let places = Stored::places(tx, after.as_ref(), PAGE)?;
            let full = places.len() == PAGE as usize;
            after = places.last().cloned();
            survey.missing.extend(places.into_iter().filter(|place| filed.remove(&place.id).is_none()));
            if survey.missing.len() >= AT_ONCE {
                survey.missing.truncate(AT_ONCE);
                break;
            }
            if !full {
                survey.bad.extend(filed.into_values().map(|name| name.to_string()));
                break;
            }
        }
        let old = tx.select("SELECT EXISTS (SELECT 1 FROM outcome_search)", [], |row| row.get(0))?;
        survey.old = old.contains(&true);
        Ok(survey)
    }

    fn is_clean(&self) -> bool {
        self.bad.is_empty() && self.missing.is_empty() && !self.old
    }
}

/// Whether each document has a card, and each card a document. Looks at all of them.
///
/// # Errors
/// Those of the store.
pub fn is_complete(tx: &Tx<'_>) -> Result<bool, StoreError> {
    Ok(Survey::of(tx)?.is_clean())
}

/// Writes cards that are missing, of a thousand documents at most, and takes away what is none. Says whether it has
/// changed anything: there may be more to do.
///
/// # Errors
/// Those of the store.
pub fn complete(tx: &Tx<'_>) -> Result<bool, StoreError> {
    let survey = Survey::of(tx)?;
    let mut changed = survey.old && tx.execute("DELETE FROM outcome_search", [])? > 0;
    for name in &survey.bad {
        changed |= tx.delete::<Drawer>(name)?;
    }
    // Of what lay in a bad drawer the next time tells.
    for place in &survey.missing {
        match give_way(Stored::at(tx, place).map(Some)) {
            Ok(Some(stored)) => file(tx, &stored)?,
            // Looked at each time, until the bank has sent it again.
            Ok(None) => put(tx, Card::unread(place))?,
            Err(error) => return Err(error),
        }
        changed = true;
    }
    Ok(changed)
}
