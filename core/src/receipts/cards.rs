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
};

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::{
    heads::Heads,
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
const FRAME: usize = 64;
/// Which words are on a card: rises with whatever is added to [`Words`], so that drawers of an earlier version are not
/// relied on, and are written anew.
const FORM: u8 = 3;
/// Documents whose places are read at a time.
const PAGE: u32 = 512;
/// Between the words of two cards, between their tags, and between their ids. It is in none, and nobody looks for it.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Nothing of the document can be found.
    Nothing,
    /// All that can be found of it.
    All,
    /// More can be found of it than a card holds.
    More,
}

impl Holds {
    fn letter(self) -> char {
        match self {
            Self::Nothing => 'n',
            Self::All => 'a',
            Self::More => 'm',
        }
    }

    /// A letter that is none of these asks for a look at the document.
    fn of(letter: u8) -> Self {
        match letter {
            b'n' => Self::Nothing,
            b'a' => Self::All,
            _ => Self::More,
        }
    }
}

/// A row of the catalogue, to be written. The words of all cards are one text: what is typed is looked for once, and
/// where it is not, nothing else of the drawer is looked at.
#[derive(Serialize, Deserialize)]
struct Drawer {
    #[serde(default, rename = "f")]
    form: u8,
    #[serde(rename = "w")]
    words: String,
    #[serde(rename = "a")]
    tags: String,
    #[serde(rename = "i")]
    ids: String,
    /// When each document was issued.
    #[serde(rename = "t")]
    moments: Vec<i64>,
    /// A letter of [`Holds`] each.
    #[serde(rename = "h")]
    holds: String,
}

/// The same as it is read: nothing of it is copied, nor looked at as text before it is some document's.
#[derive(Deserialize)]
struct Opened<'a> {
    #[serde(default, rename = "f")]
    form: u8,
    #[serde(borrow, rename = "w")]
    words: Cow<'a, [u8]>,
    #[serde(borrow, rename = "a")]
    tags: Cow<'a, [u8]>,
    #[serde(borrow, rename = "i")]
    ids: Cow<'a, [u8]>,
    #[serde(rename = "t")]
    moments: Vec<i64>,
    #[serde(borrow, rename = "h")]
    holds: Cow<'a, [u8]>,
}

impl Row for Drawer {
    const TABLE: &'static str = "drawer";
    const CLEAR: &'static [&'static str] = &["cards"];

    /// In the order of the newest document in it; with that of its first card no two have the same.
    fn id(&self) -> String {
        let newest = hex(self.moments.iter().copied().max().unwrap_or_default());
        format!("{newest}{}", self.ids.split(APART).next().unwrap_or_default())
    }

    fn clear(&self) -> Vec<Value> {
        let count = i64::try_from(self.moments.len()).unwrap_or(i64::MAX);
        vec![count.into()]
    }
}

/// A moment as text in the same order, those before 1970 too.
fn hex(at_ms: i64) -> String {
    format!("{:016x}", at_ms ^ i64::MIN)
}

impl Drawer {
    fn new() -> Self {
        let [words, tags, ids, holds] = std::array::from_fn(|_| String::new());
        Self { form: FORM, words, tags, ids, moments: Vec::new(), holds }
    }

    fn takes(&self, card: &Card<'_>) -> bool {
        let count = self.moments.len();
        let bytes = self.words.len() + self.tags.len() + card.words.len() + FRAME * (count + 1);
        self.form == FORM && count < MOST && bytes <= MOST_BYTES
    }

    fn push(&mut self, card: &Card<'_>) {
        let parts =
            [(&mut self.words, &*card.words.text), (&mut self.tags, &*card.words.tag), (&mut self.ids, card.id)];
        for (all, of_this) in parts {
            if !self.moments.is_empty() {
                all.push(APART);
            }
            all.push_str(of_this);
        }
        self.moments.push(card.issued_ms);
        self.holds.push(card.holds.letter());
    }
}

impl Opened<'_> {
    fn newest(&self) -> Option<i64> {
        self.moments.iter().copied().max()
    }

    /// `None` unless each card has all its parts.
    fn cards(&self) -> Option<Vec<Card<'_>>> {
        let parts = |all| Some(std::str::from_utf8(all).ok()?.split(APART));
        let (mut words, mut tags, mut ids) = (parts(&self.words)?, parts(&self.tags)?, parts(&self.ids)?);
        let mut holds = self.holds.iter();
        let card = |issued_ms: &i64| {
            let words = Words { text: words.next()?.into(), tag: tags.next()?.into() };
            Some(Card { id: ids.next()?, issued_ms: *issued_ms, holds: Holds::of(*holds.next()?), words })
        };
        self.moments.iter().map(card).collect()
    }
}

impl Card<'_> {
    /// By the words of a document, which is a receipt if it has any; nothing is said of which.
    fn of(words: Option<Words<'static>>) -> Card<'static> {
        let (holds, words) = match words {
            None => (Holds::Nothing, Words::default()),
            Some(words) if words.len() > MOST_WORDS => return Card::of_more(),
            Some(words) => (Holds::All, words),
        };
        Card { id: "", issued_ms: 0, holds, words }
    }

    fn of_more() -> Card<'static> {
        Card { id: "", issued_ms: 0, holds: Holds::More, words: Words::default() }
    }

    /// Where its document is in the list.
    pub(super) fn place(&self) -> Place {
        Place { at_ms: self.issued_ms, id: self.id.to_owned() }
    }
}

/// Notes how far the chain goes with a document that has just been put on the shelf, and files its card: where it belongs
/// by its moment, in one of the two drawers between whose newest it lies, or in a drawer of its own where both are full or
/// do not open.
///
/// # Errors
/// Those of the store. Where a page of the catalogue is broken only once: a transaction that has met it cannot be committed
/// any more (SQLite), and the next ones go without. A document without a card is found more slowly; one that is not stored
/// is a payment that does not end.
pub(super) fn file(tx: &Tx<'_>, stored: &Stored) -> Result<(), StoreError> {
    if tx.is_without_catalogue() {
        return Ok(());
    }
    try_to_file(tx, stored).inspect_err(|error| {
        if *error == StoreError::DamagedFile {
            tx.without_catalogue(true);
        }
    })
}

fn try_to_file(tx: &Tx<'_>, stored: &Stored) -> Result<(), StoreError> {
    let mut heads = Heads::load(tx)?;
    if heads.raise(&stored.epoch, stored.sequence) {
        heads.save(tx)?;
    }
    let card =
        Card { id: &stored.id, issued_ms: stored.issued.as_millisecond(), ..Card::of(search::words_of(tx, stored)?) };
    let from = hex(card.issued_ms);
    for neighbour in ["WHERE id >= ?1 ORDER BY id LIMIT 1", "WHERE id < ?1 ORDER BY id DESC LIMIT 1"] {
        let drawer = match tx.find::<Drawer>(neighbour, [&from]) {
            Ok(mut drawers) => drawers.pop(),
            Err(StoreError::Damaged { .. }) => None,
            Err(error) => return Err(error),
        };
        if let Some(mut drawer) = drawer.filter(|drawer| drawer.takes(&card)) {
            let before = drawer.id();
            drawer.push(&card);
            tx.delete::<Drawer>(&before)?;
            return tx.put(&drawer);
        }
    }
    let mut drawer = Drawer::new();
    drawer.push(&card);
    tx.put(&drawer)
}

/// Visits the cards of documents that come after a place, the newest drawer first; in a drawer they lie as they came.
/// Drawers whose words and tags are not `worth` it are left out, but for cards that do not hold all. `visit` says from
/// which moment on it wants to see more: older ones may be left out. Says whether each document has a card: if not, what
/// was visited is not all.
pub(super) fn walk(
    tx: &Tx<'_>,
    after: Option<&Place>,
    worth: impl Fn(&[u8], &[u8]) -> bool,
    mut visit: impl FnMut(&Card<'_>) -> Result<i64, StoreError>,
) -> Result<bool, StoreError> {
    // Drawers that nobody opens have their number in clear; it is sealed into those that are opened.
    // What has rotted there counts as nothing, and none of it is too much.
    let count = "SELECT (SELECT count(*) FROM outcome) = (SELECT total(cards) FROM drawer)";
    if !tx.select(count, [], |row| row.get::<_, bool>(0))?.contains(&true) {
        return Ok(false);
    }
    let (mut last, mut wanted, mut whole) = (i64::MAX, i64::MIN, true);
    let comes_after = |card: &&Card<'_>| {
        after.is_none_or(|place| (Reverse(place.at_ms), place.id.as_str()) < (Reverse(card.issued_ms), card.id))
    };
    tx.bodies::<Drawer>("ORDER BY id DESC", [], |body| {
        let drawer = body.and_then(|text| serde_json::from_slice::<Opened<'_>>(text).ok());
        let newest = drawer.as_ref().and_then(Opened::newest);
        // A broken tree may give them out of order: one that comes late would hide what is newer.
        let drawer = drawer.filter(|drawer| drawer.form == FORM);
        let (Some(drawer), Some(newest)) = (drawer, newest.filter(|newest| *newest <= last)) else {
            whole = false;
            return Ok(ControlFlow::Break(()));
        };
        last = newest;
        if newest < wanted {
            return Ok(ControlFlow::Break(()));
        }
        let worth = worth(&drawer.words, &drawer.tags);
        if worth || drawer.holds.iter().any(|letter| Holds::of(*letter) == Holds::More) {
            let Some(cards) = drawer.cards() else {
                whole = false;
                return Ok(ControlFlow::Break(()));
            };
            for card in cards.iter().filter(comes_after).filter(|card| worth || card.holds == Holds::More) {
                wanted = visit(card)?;
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(whole)
}

/// Whether each document has a card that says where it is, and each card a document. Looks at all of them.
///
/// # Errors
/// Those of the store.
pub fn is_complete(tx: &Tx<'_>) -> Result<bool, StoreError> {
    let old = tx.select("SELECT EXISTS (SELECT 1 FROM outcome_search)", [], |row| row.get(0))?;
    let (mut filed, mut once) = (BTreeMap::new(), true);
    let whole = walk(
        tx,
        None,
        |_, _| true,
        |card| {
            once &= filed.insert(card.id.to_owned(), card.issued_ms).is_none();
            Ok(i64::MIN)
        },
    )?;
    let mut sound = whole && once && !old.contains(&true);
    each_place(tx, |place| {
        sound &= filed.remove(&place.id) == Some(place.at_ms);
        Ok(sound)
    })?;
    Ok(sound && filed.is_empty())
}

/// Writes the catalogue anew, out of the documents: some 20 ms for a thousand of them, for which whoever pays waits.
///
/// # Errors
/// Those of the store.
pub fn complete(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.make_catalogue()?;
    tx.execute("DELETE FROM outcome_search", [])?;
    tx.execute("DELETE FROM drawer", [])?;
    tx.without_catalogue(false);
    let (mut drawer, mut filed) = (Drawer::new(), BTreeSet::new());
    each_place(tx, |place| {
        let holds = match give_way(Stored::at(tx, place).map(Some))? {
            Some(stored) => Card::of(search::words_of(tx, &stored)?),
            // Looked at each time, until the bank has sent it again.
            None => Card::of_more(),
        };
        let card = Card { id: &place.id, issued_ms: place.at_ms, ..holds };
        if filed.insert(place.id.clone()) {
            if !drawer.takes(&card) {
                tx.put(&std::mem::replace(&mut drawer, Drawer::new()))?;
            }
            drawer.push(&card);
        }
        Ok(true)
    })?;
    if drawer.moments.is_empty() { Ok(()) } else { tx.put(&drawer) }
}

/// Visits the places of all documents, newest first, until `visit` has seen enough.
fn each_place(tx: &Tx<'_>, mut visit: impl FnMut(&Place) -> Result<bool, StoreError>) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let places = Stored::places(tx, after.as_ref(), PAGE)?;
        for place in &places {
            if !visit(place)? {
                return Ok(());
            }
        }
        if places.len() < PAGE as usize {
            return Ok(());
        }
        after = places.into_iter().last();
    }
}

/// The newest moment in each drawer, in the order in which they are read.
#[cfg(test)]
pub(super) fn drawers(tx: &Tx<'_>) -> Result<Vec<i64>, StoreError> {
    let newest = |drawer: &Drawer| drawer.moments.iter().copied().max().unwrap_or_default();
    Ok(tx.find::<Drawer>("ORDER BY id DESC LIMIT 1000", [])?.iter().map(newest).collect())
}

/// Makes every drawer one of an earlier version.
#[cfg(test)]
pub(super) fn age(tx: &Tx<'_>) -> Result<(), StoreError> {
    tx.find::<Drawer>("ORDER BY id DESC LIMIT 1000", [])?
        .into_iter()
        .try_for_each(|drawer| tx.put(&Drawer { form: 0, ..drawer }))
}
