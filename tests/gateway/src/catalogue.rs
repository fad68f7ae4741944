//! The bank's catalogue of billers: what a phone is told of them, and what their customer numbers
//! have to look like before anyone is asked.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Serialize;
use thiserror::Error;

use crate::{
    biller::catalogue::{Biller, Capabilities, Contact, NumberRule, Texts},
    ledger::billers::Standing,
};

/// A number rule whose pattern is no regular expression.
#[derive(Debug, Error)]
#[error("the number rule of {biller} is not one: {source}")]
pub struct CatalogueError {
    biller: String,
    source: regex_lite::Error,
}

/// All billers, by id.
pub(crate) struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

/// A biller of the catalogue.
pub(crate) struct Entry {
    pub(crate) biller: Biller,
    /// What the bank takes for a payment, in minor units.
    pub(crate) fee: i64,
    pattern: Regex,
}

/// A biller as the wire shows it.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    id: &'a str,
    version: i64,
    state: &'static str,
    kind: &'a str,
    name: &'a Texts,
    customer_number: &'a NumberRule,
    capabilities: Capabilities,
    contact: &'a Contact,
}

impl Catalogue {
    pub(crate) fn new(billers: &[Biller], fees: &BTreeMap<String, i64>) -> Result<Self, CatalogueError> {
        let mut entries = BTreeMap::new();
        for biller in billers {
            let pattern = Regex::new(&format!("^(?:{})$", biller.customer_number.pattern))
                .map_err(|source| CatalogueError { biller: biller.id.clone(), source })?;
            let fee = fees.get(&biller.id).copied().unwrap_or(0);
            entries.insert(biller.id.clone(), Entry { biller: biller.clone(), fee, pattern });
        }
        Ok(Self { entries })
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.get(id)
    }

    /// Every biller, in the order of their ids.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Every biller, and what is said here of it, to notice a change by.
    pub(crate) fn described(&self) -> impl Iterator<Item = (&str, serde_json::Result<Vec<u8>>)> {
        self.entries.iter().map(|(id, entry)| (id.as_str(), serde_json::to_vec(&entry.shown(0, false))))
    }

    /// A biller as it stands; `None` if it is none of the catalogue any more.
    pub(crate) fn shown(&self, standing: &Standing) -> Option<Shown<'_>> {
        Some(self.get(&standing.id)?.shown(standing.version, standing.closed))
    }
}

impl Entry {
    fn shown(&self, version: i64, closed: bool) -> Shown<'_> {
        Shown {
            id: &self.biller.id,
            version,
            state: if closed { "closed" } else { "open" },
            kind: &self.biller.kind,
            name: &self.biller.name,
            customer_number: &self.biller.customer_number,
            capabilities: self.biller.capabilities,
            contact: &self.biller.contact,
        }
    }

    /// Whether a customer number may be one of this biller's.
    pub(crate) fn takes(&self, number: &str) -> bool {
        let rule = &self.biller.customer_number;
        let length = number.chars().count();
        (usize::from(rule.min_length)..=usize::from(rule.max_length)).contains(&length)
            && self.pattern.is_match(number)
            && rule.check.holds(number)
    }
}
