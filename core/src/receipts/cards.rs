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

/// Cards that a drawer holds at most, and bytes of what is on them: a row in its table, and one page beside it.
const MOST: usize = 32;
const MOST_BYTES: usize = 4000;
/// The longest words that go on a card; of a receipt that has more the document itself is looked at.
const MOST_WORDS: usize = 400;
/// What a card takes besides its words.
const FRAME: usize = 70;
/// Cards that one transaction writes at most: whoever pays meanwhile waits for it.
const AT_ONCE: usize = 1024;
/// Documents whose places are read at a time.
const PAGE: u32 = 512;
/// Between the words of two cards, and between their tags. It is in none, and nobody looks for it.
const APART: char = '\u{80}';

/// What can be found of a document.
pub(super) struct Card<'a> {
    pub(super) id: &'a str,
    pub(super) issued_ms: i64,
    pub(super) holds: Holds,
    /// Without anything unless it holds all.
    pub(super) words: Words<'a>,
}

/// What is on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Holds {
    /// Nothing of the document can be found.
    #[serde(rename = "n")]
    Nothing,
    /// All that can be found of it.
    #[serde(rename = "a")]
    All,
    /// More can be found of it than a card holds.
    #[serde(rename = "m")]
    More,
}

/// A row of the catalogue, to be written. The words of all cards are one text: what is typed is looked for once.
#[derive(Default, Serialize, Deserialize)]
struct Drawer {
    #[serde(rename = "w")]
    words: String,
    #[serde(rename = "a")]
    tags: String,
    /// Id and moment of each document.
    #[serde(rename = "c")]
    cards: Vec<(String, i64, Holds)>,
}

/// The same as it is read: nothing of it is copied.
#[derive(Deserialize)]
struct Opened<'a> {
    #[serde(borrow, rename = "w")]
    words: Cow<'a, str>,
    #[serde(borrow, rename = "a")]
    tags: Cow<'a, str>,
    #[serde(borrow, rename = "c")]
    cards: Vec<(&'a str, i64, Holds)>,
}

impl Row for Drawer {
    const TABLE: &'static str = "drawer";
    const CLEAR: &'static [&'static str] = &["cards"];

    /// In the order of the newest document in it; with that of its first card no two have the same.
    fn id(&self) -> String {
        let newest = self.cards.iter().map(|(_, issued_ms, _)| *issued_ms).max();
        // The order of what is below nothing, too.
        let newest = newest.unwrap_or_default() ^ i64::MIN;
        format!("{newest:016x}{}", self.cards.first().map(|(id, ..)| id.as_str()).unwrap_or_default())
    }

    fn clear(&self) -> Vec<Value> {
        let count = i64::try_from(self.cards.len()).unwrap_or(i64::MAX);
        vec![count.into()]
    }
}

impl Drawer {
    fn takes(&self, card: &Card<'_>) -> bool {
        let bytes = self.words.len() + self.tags.len() + card.words.len() + FRAME * (self.cards.len() + 1);
        self.cards.len() < MOST && bytes <= MOST_BYTES
    }

    fn push(&mut self, card: &Card<'_>) {
        if !self.cards.is_empty() {
            self.words.push(APART);
            self.tags.push(APART);
        }
        self.words.push_str(&card.words.text);
        self.tags.push_str(&card.words.tag);
        self.cards.push((card.id.to_owned(), card.issued_ms, card.holds));
    }
}

impl Opened<'_> {
    fn newest(&self) -> Option<i64> {
        self.cards.iter().map(|(_, issued_ms, _)| *issued_ms).max()
    }

    fn cards(&self) -> impl Iterator<Item = Card<'_>> {
        let words = self.words.split(APART).zip(self.tags.split(APART));
        let words = words.map(|(text, tag)| Words { text: text.into(), tag: tag.into() });
        self.cards.iter().zip(words).map(|((id, issued_ms, holds), words)| Card {
            id,
            issued_ms: *issued_ms,
            holds: *holds,
            words,
        })
    }
}

impl Card<'_> {
    /// Where its document is in the list.
    pub(super) fn place(&self) -> Place {
        Place { at_ms: self.issued_ms, id: self.id.to_owned() }
    }
}

/// Files the card of a document that has just been put on the shelf: in the newest drawer, or in another where that is
/// full or does not open.
pub(super) fn file(tx: &Tx<'_>, stored: &Stored) -> Result<(), StoreError> {
    let words = search::words_of(tx, stored)?;
    let (holds, words) = match words {
        None => (Holds::Nothing, Words::default()),
        Some(words) if words.len() > MOST_WORDS => (Holds::More, Words::default()),
        Some(words) => (Holds::All, words),
    };
    put(tx, &Card { id: &stored.id, issued_ms: stored.issued.as_millisecond(), holds, words })
}

fn put(tx: &Tx<'_>, card: &Card<'_>) -> Result<(), StoreError> {
    let newest = match tx.find::<Drawer>("ORDER BY id DESC LIMIT 1", []) {
        Ok(mut drawers) => drawers.pop(),
        Err(StoreError::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    match newest.filter(|drawer| drawer.takes(card)) {
        Some(mut drawer) => {
            let before = drawer.id();
            drawer.push(card);
            tx.delete::<Drawer>(&before)?;
            tx.put(&drawer)
        }
        // In the place of one of that name, which does not open: the document is new.
        None => {
            let mut drawer = Drawer::default();
            drawer.push(card);
            tx.put(&drawer)
        }
    }
}

/// Visits the cards of documents that come after a place, the newest drawer first; in a drawer they lie as they came.
/// Drawers whose words and tags are not `worth` it are left out, but for cards that do not hold all. `visit` says from
/// which moment on it wants to see more: older ones may be left out. Says whether each document has a card: if not, what
/// was visited is not all.
pub(super) fn walk(
    tx: &Tx<'_>,
    after: Option<&Place>,
    worth: impl Fn(&str, &str) -> bool,
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
        after.is_none_or(|place| (Reverse(place.at_ms), place.id.as_str()) < (Reverse(card.issued_ms), card.id))
    };
    tx.bodies::<Drawer>("ORDER BY id DESC", [], |body| {
        let drawer = body.and_then(|text| serde_json::from_slice::<Opened<'_>>(text).ok());
        let newest = drawer.as_ref().and_then(Opened::newest);
        // A broken tree may give them out of order: one that comes late would hide what is newer.
        let (Some(drawer), Some(newest)) = (drawer, newest.filter(|newest| *newest <= last)) else {
            whole = false;
            return Ok(ControlFlow::Break(()));
        };
        last = newest;
        if newest < wanted {
            return Ok(ControlFlow::Break(()));
        }
        let worth = worth(&drawer.words, &drawer.tags);
        if worth || drawer.cards.iter().any(|(.., holds)| *holds == Holds::More) {
            for card in drawer.cards().filter(comes_after).filter(|card| worth || card.holds == Holds::More) {
                wanted = visit(&card)?;
            }
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
                    for (id, ..) in drawer.cards {
                        if filed.insert(id, name.clone()).is_some() {
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
            Ok(None) => {
                let (id, words) = (place.id.as_str(), Words::default());
                put(tx, &Card { id, issued_ms: place.at_ms, holds: Holds::More, words })?;
            }
            Err(error) => return Err(error),
        }
        changed = true;
    }
    Ok(changed)
}
