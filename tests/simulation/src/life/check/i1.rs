//! I1: at most one unreversed charge per payable; never more in all than was asked at that moment;
//! and never another sum than the person signed.

use std::collections::BTreeMap;

use super::{
    Violation,
    books::{Books, number_of},
    violation,
};
use crate::life::record::Facts;

pub(super) fn check(books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    let mut by_payable: BTreeMap<(&str, &str, i64), u32> = BTreeMap::new();
    for charge in books.charges.values().filter(|charge| charge.charged) {
        *by_payable.entry((&charge.biller, &charge.bill, charge.version)).or_default() += 1;
    }
    for ((biller, bill, version), count) in by_payable.iter().filter(|(_, count)| **count > 1) {
        violation(found, "I1", format!("{count} unreversed charges of {biller} {bill} version {version}"));
    }
    let mut brought: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for entry in &books.entries {
        let (bill, amount) =
            if entry.debit == "bank" { (&entry.credit, entry.amount) } else { (&entry.debit, -entry.amount) };
        let payable = (entry.biller.as_str(), bill.as_str());
        let held = brought.entry(payable).or_default();
        *held += amount;
        let asks = books.kinds.get(&(entry.biller.clone(), bill.clone())).is_some_and(|kind| kind == "bill");
        let asked = books.charges.get(&entry.number).map_or(0, |charge| charge.asked);
        if asks && amount > 0 && *held > asked {
            violation(found, "I1", format!("{} {bill} brought in {held}, but {asked} was asked", entry.biller));
        }
    }
    let mut wishes: BTreeMap<&str, &str> = BTreeMap::new();
    for (payment, sent) in &facts.sent {
        let charged = books.charges.get(&number_of(&sent.digest)).is_some_and(|charge| charge.charged);
        if charged && let Some(other) = wishes.insert(&sent.quote, payment) {
            violation(found, "I1", format!("{other} and {payment} were charged for one wish"));
        }
    }
    for (payment, sent) in &facts.sent {
        if let Some(charge) = books.charges.get(&number_of(&sent.digest))
            && (&charge.biller, &charge.bill, charge.amount) != (&sent.biller, &sent.bill, sent.amount)
        {
            violation(found, "I1", format!("{payment} was charged otherwise than it was signed"));
        }
    }
}
