//! The invariants, looked at after each life by code that is neither the client's nor the bank's:
//! from the ledgers through SQL, and from what people were told.

mod books;
mod i1;
mod i2;
mod i3;
mod i4;
mod i5;
mod i6;
mod i7;
mod i8;
pub mod reached;
mod rules;

use std::collections::BTreeMap;

pub(super) use books::number_of;

use super::{
    bank::Bank,
    common::{Common, Unfit},
    person::Person,
    town::Town,
};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// `I1` to `I9`; `rule 4`, `rule 10`, `rule 12`, where one that holds on its own account is broken; `panic`, and `internal` where the gateway said that it failed; `seed` where
    /// a seed was not the same life twice.
    pub invariant: &'static str,
    /// What.
    pub what: String,
}

/// A life that has come to its end.
pub struct Scene<'a> {
    /// What everything shares.
    pub common: &'a Common,
    /// The bank.
    pub bank: &'a Bank,
    /// The billers.
    pub town: &'a Town,
    /// The people.
    pub people: &'a [Person],
}

/// What the checks say.
#[derive(Debug, Default)]
pub struct Checked {
    /// What must not be.
    pub violations: Vec<Violation>,
    /// What was reached, by name, how often: a search that reaches nothing finds nothing.
    pub reached: BTreeMap<&'static str, u64>,
}

/// Every invariant.
///
/// # Errors
/// A ledger cannot be read: that is not the same as "all is well".
pub fn all(scene: &Scene<'_>) -> Result<Checked, Unfit> {
    let books = books::Books::read(scene)?;
    let facts = scene.common.record.facts();
    let mut found = Vec::new();
    i1::check(&books, &facts, &mut found);
    i2::check(&books, &facts, &mut found);
    i3::check(scene, &books, &facts, &mut found);
    i4::check(scene, &books, &facts, &mut found)?;
    i5::check(scene, &books, &facts, &mut found);
    i6::check(scene, &books, &facts, &mut found)?;
    i7::check(scene, &books, &facts, &mut found)?;
    i8::check(scene, &mut found)?;
    rules::check(&books, &facts, &mut found);
    Ok(Checked { violations: found, reached: reached::count(&books, &facts) })
}

fn violation(found: &mut Vec<Violation>, invariant: &'static str, what: String) {
    found.push(Violation { invariant, what });
}
