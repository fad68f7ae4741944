//! Looking for receipts by what a person remembers of them (row 51): part of the payee's name, of what they call the
//! account, of the amount, of the month, or the last figures of the customer number. One and two Chinese characters
//! find what they should, which indexes of three get wrong: everything is looked at, a narrow row a receipt.
//!
//! A narrow row that cannot hold all of it (a long name, another currency, one of before) says so, and the document
//! itself is looked at in its place; so is that of a row that is lost or does not open.

use std::{cell::OnceCell, collections::BTreeMap, ops::ControlFlow};

use jiff::tz::TimeZone;

use super::{
    outcome::{Outcome, ReceiptBody},
    shelf::{Narrow, Stored},
};
use crate::{
    model::{Currency, Money, Place},
    store::{StoreError, Tx},
};

/// Rows that are decrypted at a time.
const PAGE: u32 = 512;
/// The longest tail of a customer number that anything is found by.
const TAIL: usize = 4;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query(String);

/// What persons call their accounts, by the tag of biller and tail of the number; see [`tag`].
pub type Aliases = BTreeMap<String, Vec<String>>;

/// What a page of a search found.
#[derive(Debug)]
pub struct Found {
    /// Newest first.
    pub stored: Vec<Stored>,
    /// Documents that could not be looked at, or not be shown.
    pub damaged: usize,
    /// Where to go on; `None` at the end.
    pub next: Option<Place>,
}

/// What of a receipt can be found.
#[derive(Debug)]
pub struct Words {
    /// In lower case.
    payee: String,
    /// See [`tail`].
    tail: String,
    tag: String,
    total: Option<Money>,
    /// Months since the year 0, in the bank's zone.
    month: i32,
    /// Amount and month as people write them; made when they are first asked for.
    figures: OnceCell<String>,
}

impl Words {
    pub(super) fn new(payee: &str, tail: &str, tag: &str, total: Option<Money>, month: i32) -> Self {
        let (payee, tail) = (payee.to_lowercase(), tail.to_lowercase());
        Self { payee, tail, tag: tag.to_owned(), total, month, figures: OnceCell::new() }
    }

    /// A line each: the amount with and without commas between thousands, the month in figures and in Chinese.
    fn figures(&self) -> &str {
        self.figures.get_or_init(|| {
            let plain = self.total.map(|total| total.to_string()).unwrap_or_default();
            let plain = plain.split(' ').next().unwrap_or_default();
            let (year, month) = (self.month.div_euclid(12), self.month.rem_euclid(12) + 1);
            format!("{plain}\n{}\n{year:04}-{month:02}\n{year}年{month}月", with_commas(plain))
        })
    }
}

impl Query {
    /// Upper and lower case are one; blanks around it do not count. `None` if nothing is left.
    #[must_use]
    pub fn new(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        (!typed.is_empty()).then(|| Self(typed.to_lowercase()))
    }

    /// Whether it is in one of the words of a receipt, or in what the person calls the account.
    #[must_use]
    pub fn is_in(&self, words: &Words, aliases: &Aliases) -> bool {
        words.payee.contains(&self.0)
            || words.tail.contains(&self.0)
            || aliases.get(&words.tag).is_some_and(|aliases| aliases.iter().any(|alias| alias.contains(&self.0)))
            || self.is_of_figures() && words.figures().contains(&self.0)
    }

    /// Only what could be a part of one is looked for in amounts and months: most queries are names.
    fn is_of_figures(&self) -> bool {
        self.0.chars().all(|character| character.is_ascii_digit() || matches!(character, '.' | ',' | '-' | '年' | '月'))
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

/// Months since the year 0 of a receipt, where the bank's calendar counts.
pub(super) fn month(receipt: &ReceiptBody) -> i32 {
    let zone = TimeZone::get(&receipt.zone).unwrap_or(TimeZone::UTC);
    let date = zone.to_datetime(receipt.paid_at).date();
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
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
            aliases.entry(tag).or_default().push(alias.to_lowercase());
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
    let mut places = Vec::new();
    let mut damaged = scan(tx, after, |place, words| {
        if query.is_in(words, aliases) {
            places.push(place.clone());
        }
        if places.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let next = places.last().filter(|_| places.len() >= limit).cloned();
    let mut stored = Vec::new();
    for place in places {
        match Stored::at(tx, &place) {
            Ok(found) => stored.push(found),
            Err(StoreError::Damaged { .. } | StoreError::DamagedFile) => damaged += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(Found { stored, damaged, next })
}

/// Visits the words of each receipt, newest first, from a place on; says how many could not be looked at.
///
/// # Errors
/// Those of the store.
pub fn scan(
    tx: &Tx<'_>,
    after: Option<&Place>,
    mut visit: impl FnMut(&Place, &Words) -> ControlFlow<()>,
) -> Result<usize, StoreError> {
    let (mut from, mut damaged) = (after.cloned(), 0);
    loop {
        let places = Stored::places(tx, from.as_ref(), PAGE)?;
        let narrow = Narrow::page(tx, from.as_ref(), PAGE)?;
        for place in &places {
            let words = match narrow.get(&place.id).filter(|row| row.is_whole()) {
                Some(row) => Some(row.words()),
                None => match Stored::at(tx, place) {
                    Ok(stored) => words_of(tx, &stored)?,
                    Err(StoreError::Damaged { .. } | StoreError::DamagedFile) => {
                        damaged += 1;
                        None
                    }
                    Err(error) => return Err(error),
                },
            };
            if words.is_some_and(|words| visit(place, &words).is_break()) {
                return Ok(damaged);
            }
        }
        if places.len() < PAGE as usize {
            return Ok(damaged);
        }
        from = places.into_iter().last();
    }
}

fn words_of(tx: &Tx<'_>, stored: &Stored) -> Result<Option<Words>, StoreError> {
    let Some(receipt) = Outcome::unverified_receipt(&stored.compact) else { return Ok(None) };
    let tail = tail(&receipt.customer_number_masked);
    let tag = tag(tx, &receipt.biller, tail)?;
    Ok(Some(Words::new(&receipt.payee, tail, &tag, Some(receipt.total), month(&receipt))))
}

/// Whether a narrow row can say of a currency what the amount looks like.
pub(super) const NARROW_CURRENCY: Currency = Currency::CNY;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(query: &str) -> bool {
        let total = Money::new(123_456, Currency::CNY).ok();
        let words = Words::new("上海城投水务 Water", "1017", "q9", total, 2026 * 12 + 10);
        let aliases = BTreeMap::from([("q9".to_owned(), vec!["爸妈家".to_owned()])]);
        Query::new(query).unwrap().is_in(&words, &aliases)
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
        ] {
            assert!(is_in(query), "{query}");
        }
        for query in ["电", "投城", "1018", "12345", "1,235", "2026-12", "2026年1月", "q9"] {
            assert!(!is_in(query), "{query}");
        }
        assert_eq!((Query::new(""), Query::new("  ")), (None, None));
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
