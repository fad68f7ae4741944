//! I5: money is conserved, and bank and billers agree, to the cent.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Scene, Violation,
    books::{self, Books, by_hand, number_of},
    violation,
};
use crate::life::record::Facts;

pub(super) fn check(scene: &Scene<'_>, books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    let mut moved: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut places: BTreeMap<&str, i64> = BTreeMap::new();
    for posting in &books.postings {
        for (place, minor) in [(posting.debit.as_str(), -posting.minor), (posting.credit.as_str(), posting.minor)] {
            *moved.entry((posting.payment.clone(), place.to_owned())).or_default() += minor;
            *places.entry(place).or_default() += minor;
        }
        if !books.orders.contains_key(&posting.payment) {
            violation(found, "I5", format!("money moved for {}, which is no order", posting.payment));
        }
    }
    for (payment, order) in &books.orders {
        let total = order.amount + order.fee;
        let (customer, held) = (format!("customer:{}", order.method), format!("held:{payment}"));
        let biller = format!("biller:{}", order.biller);
        let wanted = match order.state {
            books::SETTLED if !books.is_repaid(payment) => {
                [(customer.as_str(), -total), (&held, 0), (&biller, order.amount), ("fees", order.fee)]
            }
            books::CLAIMED | books::REVERSING => {
                // What is held is held; nothing else has moved.
                [(customer.as_str(), -order.held), (&held, order.held), (&biller, 0), ("fees", 0)]
            }
            _ => [(customer.as_str(), 0), (&held, 0), (&biller, 0), ("fees", 0)],
        };
        for (place, minor) in wanted {
            let have = moved.remove(&(payment.clone(), place.to_owned())).unwrap_or(0);
            if have != minor {
                let what = format!("{payment} (state {}) moved {have} to {place}, not {minor}", order.state);
                violation(found, "I5", what);
            }
        }
    }
    for ((payment, place), minor) in moved.iter().filter(|(_, minor)| **minor != 0) {
        violation(found, "I5", format!("{payment} moved {minor} to {place}"));
    }
    for method in scene.town.people.iter().flat_map(|person| &person.methods) {
        let moved = places.get(format!("customer:{}", method.id).as_str()).copied().unwrap_or(0);
        let have = books.balances.get(&method.id).copied().unwrap_or(0);
        if have != method.balance + moved {
            violation(found, "I5", format!("{} holds {have}, not {} {moved:+}", method.id, method.balance));
        }
    }
    with_billers(books, facts, &places, found);
}

fn with_billers(books: &Books, facts: &Facts, places: &BTreeMap<&str, i64>, found: &mut Vec<Violation>) {
    let mut received: BTreeMap<&str, i64> = BTreeMap::new();
    let mut per_charge: BTreeMap<&str, i64> = BTreeMap::new();
    // What a person at the bank still has to decide is in nobody's agreement yet.
    let undecided = facts.sent.iter().filter(|(payment, _)| by_hand(books, facts, payment));
    let undecided: BTreeSet<String> = undecided.map(|(_, sent)| number_of(&sent.digest)).collect();
    for entry in &books.entries {
        let minor = if entry.debit == "bank" { entry.amount } else { -entry.amount };
        *received.entry(&entry.biller).or_default() += if undecided.contains(&entry.number) { 0 } else { minor };
        *per_charge.entry(&entry.number).or_default() += minor;
    }
    for (number, charge) in &books.charges {
        let have = per_charge.get(number.as_str()).copied().unwrap_or(0);
        let wanted = if charge.charged { charge.amount } else { 0 };
        if have != wanted {
            violation(found, "I5", format!("{} {} holds {have}, not {wanted}", charge.biller, charge.bill));
        }
    }
    for biller in books.kinds.keys().map(|(biller, _)| biller.as_str()).collect::<BTreeSet<_>>() {
        let (theirs, ours) = (received.get(biller), places.get(format!("biller:{biller}").as_str()));
        let (theirs, ours) = (theirs.copied().unwrap_or(0), ours.copied().unwrap_or(0));
        if theirs != ours {
            violation(found, "I5", format!("{biller} received {theirs}, the bank handed over {ours}"));
        }
    }
    for (payment, order) in &books.orders {
        let charged = books.charges.get(&order.number).is_some_and(|charge| charge.charged);
        let settled = order.state == books::SETTLED && !books.is_repaid(payment);
        if charged != settled && !matches!(order.state, books::CLAIMED | books::REVERSING) {
            let what = format!("{payment} is {} at the bank, and at the biller charged: {charged}", order.state);
            violation(found, "I5", what);
        }
        if let Some(sent) = facts.sent.get(payment)
            && (sent.amount, sent.fee, &sent.method, &sent.bill)
                != (order.amount, order.fee, &order.method, &order.bill)
        {
            violation(found, "I5", format!("{payment} is another order at the bank than it left the phone"));
        }
    }
}
