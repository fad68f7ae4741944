//! I2: every charge has an intent that was in a phone's file before its first byte left. That the
//! file held it at that moment was looked at when it left ([`crate::life::tap`]).

use std::collections::BTreeSet;

use super::{
    Violation,
    books::{Books, number_of},
    violation,
};
use crate::life::record::Facts;

pub(super) fn check(books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    let intended = facts.sent.values().filter(|sent| sent.journalled.is_some());
    let intended: BTreeSet<String> = intended.map(|sent| number_of(&sent.digest)).collect();
    for (number, charge) in &books.charges {
        if !intended.contains(number) {
            violation(found, "I2", format!("{} {} was charged and nobody meant it", charge.biller, charge.bill));
        }
    }
}
