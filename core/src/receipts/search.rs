//! Looking for receipts by what a person remembers of them (row 51): part of the payee's name, of the biller's in either
//! language or of its id, of what they call the account, of the bill's number, of the amount, of the day, or the last
//! figures of the customer number. One and two Chinese characters
//! find what they should, which indexes of three get wrong: everything is looked at, a card a receipt ([`cards`]), and
//! the documents themselves where the catalogue is not whole.
//!

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{civil::Date, tz::TimeZone};
use memchr::memmem::Finder;

use super::{
    cards::{self, Holds},
    outcome::{Outcome, ReceiptBody},
    shelf::Stored,
    typed::{folded, wanted},
};
use crate::{
    model::Place,
    store::{StoreError, Tx},
};

/// Documents that are looked at at a time, where there are no cards.
const PAGE: u32 = 512;
/// The longest tail of a customer number that anything is found by.
const TAIL: usize = 4;
/// Between what is found apart. Like every control character it is in no word, and nobody looks for it.
const BETWEEN: char = '\u{7f}';

/// Words of a receipt that are names and numbers: the payee, the biller's id, the bill's number come first.
const NAMES: usize = 3;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    text: String,
    /// What was typed, where `text` is the day that it means: a number of that form is not a day.
    number: Option<String>,
}

/// Names that stand on no document: what persons call their accounts, and what billers are called today, in every
/// language.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    /// By the tag of biller and tail of the number; see [`tag`].
    accounts: BTreeMap<String, Vec<String>>,
    /// By the biller's id.
    billers: BTreeMap<String, Vec<String>>,
}

impl Aliases {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a biller is called.
    pub fn biller(&mut self, id: &str, names: &[&str]) {
        let names = names.iter().map(|name| folded(name));
        self.billers.entry(folded(id)).or_default().extend(names);
    }
}

/// What a page of a search found.
#[derive(Debug)]
pub struct Found {
    /// Newest first.
    pub stored: Vec<Stored>,
    /// Documents that could not be looked at, or not be shown.
    pub damaged: usize,
    /// Whether there was a card for each; see [`super::complete`].
    pub whole: bool,
    /// Where to go on; `None` at the end.
    pub next: Option<Place>,
}

/// What became of visiting all words.
#[derive(Debug)]
pub struct Scanned {
    /// Where the documents are that could not be looked at.
    pub damaged: BTreeSet<(Reverse<i64>, String)>,
    /// Whether there was a card for each document; the documents themselves were looked at otherwise.
    pub whole: bool,
}

/// What of a receipt can be found, as a person would type it.
#[derive(Clone, Debug, Default)]
pub struct Words<'a> {
    /// The payee, the biller's id, the bill's number, the tail of the customer's, the amount with and without commas between
    /// thousands, the day in figures and in Chinese; [`folded`].
    pub(super) text: Cow<'a, str>,
    /// See [`tag`].
    pub(super) tag: Cow<'a, str>,
}

impl Words<'_> {
    fn of(receipt: &ReceiptBody, tag: String) -> Words<'static> {
        let total = receipt.total.to_string();
        let plain = total.split(' ').next().unwrap_or_default();
        let grouped = with_commas(plain);
        let date = date(receipt);
        let (year, month, day) = (date.year(), date.month(), date.day());
        let words = [
            &*receipt.payee,
            // Neither the first nor the last: its id is looked for as a whole, too.
            &*receipt.biller,
            &*receipt.bill_number,
            tail(&receipt.customer_number_masked),
            plain,
            &*format!("{year:04}-{month:02}-{day:02}"),
            &*format!("{year}年{month}月{day}日"),
        ];
        let words = words.into_iter().chain((grouped != plain).then_some(&*grouped));
        let seen = |word: &str| word.chars().filter(|character| !character.is_control()).collect::<String>();
        let text = folded(&words.map(seen).collect::<Vec<_>>().join(&String::from(BETWEEN)));
        Words { text: text.into(), tag: tag.into() }
    }

    /// In bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len() + self.tag.len()
    }
}

impl Query {
    /// Upper and lower case are one, full and half width too; blanks around it do not count, nor does the sign of a
    /// currency. A day or month may be written as lists show it. `None` if nothing is left, or nothing that is in any word.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.is_empty() || typed.chars().any(char::is_control) {
            return None;
        }
        let (text, number) = wanted(typed);
        Some(Self { text, number })
    }

    /// Whether it is in a name or a number, which is [`folded`].
    #[must_use]
    pub fn is_part_of(&self, name: &str) -> bool {
        self.is_in_figure(name) || self.number.as_ref().is_some_and(|number| name.contains(number))
    }

    /// Whether it is in an amount or a day, as one stands among the words of a receipt.
    #[must_use]
    pub fn is_in_figure(&self, figure: &str) -> bool {
        figure.contains(&self.text)
    }

    /// What is looked for, as it stands among words that are [`folded`].
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same with the accounts and billers that it finds by what they are called.
    #[must_use]
    pub fn by<'a>(&'a self, aliases: &'a Aliases) -> Wanted<'a> {
        let is_called = |names: &Vec<String>| names.iter().any(|name| self.is_part_of(name));
        let tags = aliases.accounts.iter().filter(|(_, names)| is_called(names)).map(|(tag, _)| tag.as_str());
        let billers = aliases.billers.iter().filter(|(_, names)| is_called(names));
        let billers = billers.map(|(id, _)| Finder::new(&format!("{BETWEEN}{id}{BETWEEN}")).into_owned());
        let number = self.number.as_deref().map(Finder::new);
        Wanted {
            text: Finder::new(&self.text),
            number,
            tags: tags.map(Finder::new).collect(),
            billers: billers.collect(),
        }
    }
}

/// A query, and the accounts and billers that it finds. What is looked through is bytes: where a whole text is in another,
/// its characters are.
#[derive(Debug)]
pub struct Wanted<'a> {
    text: Finder<'a>,
    /// In a payee, biller or bill's number, and in nothing else.
    number: Option<Finder<'a>>,
    tags: Vec<Finder<'a>>,
    /// As they stand among the words of a receipt.
    billers: Vec<Finder<'static>>,
}

impl Wanted<'_> {
    /// Whether it can be in one of these receipts, by the words and the tags of all of them.
    fn may_be_in(&self, words: &[u8], tags: &[u8]) -> bool {
        let number = self.number.as_ref().is_some_and(|number| number.find(words).is_some());
        number || self.is_among(words) || self.tags.iter().any(|tag| tag.find(tags).is_some())
    }

    fn is_among(&self, words: &[u8]) -> bool {
        self.text.find(words).is_some() || self.billers.iter().any(|biller| biller.find(words).is_some())
    }

    /// Whether it is in one of the words of a receipt, or in what its account or biller is called.
    #[must_use]
    pub fn is_in(&self, words: &Words<'_>) -> bool {
        let number = self.number.as_ref().is_some_and(|number| {
            words.text.split(BETWEEN).take(NAMES).any(|word| number.find(word.as_bytes()).is_some())
        });
        number
            || self.is_among(words.text.as_bytes())
            || self.tags.iter().any(|tag| tag.needle() == words.tag.as_bytes())
    }
}

fn with_commas(plain: &str) -> String {
    let whole = plain.split('.').next().unwrap_or_default();
    let mut grouped = String::with_capacity(plain.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + plain.get(whole.len()..).unwrap_or_default()
}

/// What is seen of a masked customer number, at most its last four characters.
pub(super) fn tail(masked: &str) -> &str {
    let seen = masked.rsplit('*').next().unwrap_or_default();
    let from = seen.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    seen.get(from..).unwrap_or_default()
}

/// When a receipt was paid, by the bank's calendar.
fn date(receipt: &ReceiptBody) -> Date {
    let zone = TimeZone::get(&receipt.zone).unwrap_or(TimeZone::UTC);
    zone.to_datetime(receipt.paid_at).date()
}

/// Stands for a biller and the seen tail of a customer number there, so that an alias finds its receipts.
///
/// # Errors
/// [`StoreError::Locked`].
pub(super) fn tag(tx: &Tx<'_>, biller: &str, tail: &str) -> Result<String, StoreError> {
    if tail.is_empty() {
        return Ok(String::new());
    }
    let tag = tx.lookup("search", &[biller, tail])?;
    Ok(crate::crypto::digest::base64url(tag.get(..6).unwrap_or_default()))
}

/// The names of accounts, for searching: each a biller, the customer number in full, what the person calls it.
///
/// # Errors
/// [`StoreError::Locked`].
pub fn aliases<'a>(
    tx: &Tx<'_>,
    accounts: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) -> Result<Aliases, StoreError> {
    let mut aliases = Aliases::new();
    for (biller, number, alias) in accounts.filter(|(_, _, alias)| !alias.is_empty()) {
        // A bank shows as much of a number as it likes.
        for (from, _) in number.char_indices().rev().take(TAIL) {
            let tag = tag(tx, biller, number.get(from..).unwrap_or_default())?;
            aliases.accounts.entry(tag).or_default().push(folded(alias));
        }
    }
    Ok(aliases)
}

/// Receipts in which the query is, newest first, from a place on.
///
/// # Errors
/// Those of the store.
pub fn search(
    tx: &Tx<'_>,
    query: &Query,
    aliases: &Aliases,
    after: Option<&Place>,
    limit: usize,
) -> Result<Found, StoreError> {
    let wanted = query.by(aliases);
    let mut newest = BTreeSet::new();
    let Scanned { mut damaged, whole } = scan(tx, after, Some(&wanted), |at_ms, id, words| {
        let place = (Reverse(at_ms), id);
        let last = newest.last().filter(|_| newest.len() >= limit);
        if wanted.is_in(words) && last.is_none_or(|(Reverse(last), of): &(_, String)| place < (Reverse(*last), of)) {
            newest.insert((Reverse(at_ms), id.to_owned()));
            if newest.len() > limit {
                newest.pop_last();
            }
        }
        newest.last().filter(|_| newest.len() >= limit).map_or(i64::MIN, |(Reverse(last), _)| *last)
    })?;
    let places: Vec<_> = newest.into_iter().map(|(Reverse(at_ms), id)| Place { at_ms, id }).collect();
    let next = places.last().filter(|_| places.len() >= limit).cloned();
    if let Some(end) = &next {
        // What comes later is another page's to tell of.
        damaged.retain(|(Reverse(at_ms), id)| (Reverse(*at_ms), id) < (Reverse(end.at_ms), &end.id));
    }
    let mut damaged = damaged.len();
    let mut stored = Vec::new();
    for place in places {
        match Stored::at(tx, &place) {
            Ok(found) => stored.push(found),
            Err(StoreError::Damaged { .. } | StoreError::DamagedFile) => damaged += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(Found { stored, damaged, whole, next })
}

/// Visits the words of the receipts that come after a place, each of them at least once, more or less the newest first,
/// but for those in which `only` is not.
/// `visit` says from which moment on it wants to see more: older ones may be left out.
///
/// # Errors
/// Those of the store.
pub fn scan(
    tx: &Tx<'_>,
    after: Option<&Place>,
    only: Option<&Wanted<'_>>,
    mut visit: impl FnMut(i64, &str, &Words<'_>) -> i64,
) -> Result<Scanned, StoreError> {
    let mut damaged = BTreeSet::new();
    let mut wanted = i64::MIN;
    let worth = |words: &[u8], tags: &[u8]| only.is_none_or(|only| only.may_be_in(words, tags));
    let by_cards = cards::walk(tx, after, worth, |card| {
        match card.holds {
            Holds::All => wanted = visit(card.issued_ms, card.id, &card.words),
            Holds::Nothing => {}
            Holds::More => {
                let words = look_at(tx, &card.place(), &mut damaged)?;
                wanted = words.map_or(wanted, |words| visit(card.issued_ms, card.id, &words));
            }
        }
        Ok(wanted)
    });
    match by_cards {
        Ok(true) => return Ok(Scanned { damaged, whole: true }),
        Ok(false) | Err(StoreError::DamagedFile) => {
            tracing::warn!("the catalogue is not whole: documents are looked at")
        }
        Err(error) => return Err(error),
    }
    let mut from = after.cloned();
    loop {
        let places = Stored::places(tx, from.as_ref(), PAGE)?;
        for place in &places {
            if place.at_ms < wanted {
                return Ok(Scanned { damaged, whole: false });
            }
            if let Some(words) = look_at(tx, place, &mut damaged)? {
                wanted = visit(place.at_ms, &place.id, &words);
            }
        }
        if places.len() < PAGE as usize {
            return Ok(Scanned { damaged, whole: false });
        }
        from = places.into_iter().last();
    }
}

/// The words of a document itself; one that does not open is counted.
fn look_at(
    tx: &Tx<'_>,
    place: &Place,
    damaged: &mut BTreeSet<(Reverse<i64>, String)>,
) -> Result<Option<Words<'static>>, StoreError> {
    match Stored::at(tx, place) {
        Ok(stored) => words_of(tx, &stored),
        Err(StoreError::Damaged { .. } | StoreError::DamagedFile) => {
            damaged.insert((Reverse(place.at_ms), place.id.clone()));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// `None` if it is no receipt.
pub(super) fn words_of(tx: &Tx<'_>, stored: &Stored) -> Result<Option<Words<'static>>, StoreError> {
    let Some(receipt) = Outcome::unverified_receipt(&stored.compact) else { return Ok(None) };
    let tag = tag(tx, &receipt.biller, tail(&receipt.customer_number_masked))?;
    Ok(Some(Words::of(&receipt, tag)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_in(query: &str) -> bool {
        let paper = json!({
            "payer_masked": "*", "biller": "water-sh", "payee": "上海城投水务 Water", "customer_number_masked": "***1017",
            "bill_number": "B1-2026/11/27", "amount": { "minor": 123_456, "currency": "CNY" },
            "fee": { "minor": 0, "currency": "CNY" }, "total": { "minor": 123_456, "currency": "CNY" },
            "paid_at": "2026-11-22T05:00:00Z", "zone": "Asia/Shanghai", "channel": "app", "bank_serial": "1",
            "biller_reference": "1", "method": { "kind": "account", "last4": "1" },
        });
        let words = Words::of(&serde_json::from_value(paper).unwrap(), "q9".to_owned());
        let accounts = BTreeMap::from([("q9".to_owned(), vec!["爸妈家 2026/12/3".to_owned()])]);
        let mut aliases = Aliases { accounts, ..Aliases::new() };
        aliases.biller("water-sh", &["上海城投水务", "City Investment"]);
        aliases.biller("water", &["Some other"]);
        Query::new(query).unwrap().by(&aliases).is_in(&words)
    }

    #[test]
    fn row_51_a_receipt_is_found_by_each_thing_that_a_person_remembers() {
        for query in [
            "水",
            "城投",
            "水务 w",
            " WATER ",
            "家",
            "妈",
            "017",
            "1234.5",
            "1,234",
            "4.56",
            "2026-11",
            "26年11月",
            "11月",
            "-1",
            "2026-11-22",
            "22 Nov 2026",
            "2026年11月22日",
            "１，２３４",
            "¥1,234.56",
            "b1",
            "water-sh",
            "CITY inv",
            "2026/11/2",
            "2026/12/3",
            "2026/11/22",
        ] {
            assert!(is_in(query), "{query}");
        }
        for query in [
            "电",
            "2026-11-2",
            "2026/11/21",
            "投城",
            "1018",
            "12345",
            "1,235",
            "2026-12",
            "2026年1月",
            "1月",
            "2026-11-21",
            "q9",
            "other",
            "B2",
        ] {
            assert!(!is_in(query), "{query}");
        }
        assert_eq!((Query::new(""), Query::new("  ")), (None, None));
        assert_eq!(Query::new("water\u{7f}1"), None, "not across two words");
    }

    #[test]
    fn the_tail_of_a_number_is_what_is_seen_of_it_and_at_most_four_characters() {
        for (masked, seen) in [
            ("******1017", "1017"),
            ("310***12", "12"),
            ("*", ""),
            ("", ""),
            ("12345", "2345"),
            ("**号牌沪乙丙", "牌沪乙丙"),
        ] {
            assert_eq!(tail(masked), seen, "{masked}");
        }
    }
}
