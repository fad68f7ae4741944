//! What a life reached: the ends of its orders, and what a restored bank took up. Checks that hold in lives
//! in which nothing happens say nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    books::{self, Books},
    rules::is_by_hand,
};
use crate::life::record::{Facts, Said};

/// Everything that many lives together have to reach.
pub const ALL: [&str; 9] = [
    "settled",
    "refused",
    "reversed",
    "cancelled",
    "adopted",
    "stated, not booked",
    "booked, not stated",
    "half a list",
    "by hand",
];

pub(super) fn count(books: &Books, facts: &Facts) -> BTreeMap<&'static str, u64> {
    let mut reached = BTreeMap::from(ALL.map(|name| (name, 0)));
    let mut add = |name| *reached.entry(name).or_default() += 1;
    let told: BTreeSet<(&str, Said)> = facts.told.iter().map(|told| (told.payment.as_str(), told.said)).collect();
    for (_, said) in told {
        match said {
            Said::Checking => {}
            Said::Settled => add("settled"),
            Said::Refused => add("refused"),
            Said::Reversed => add("reversed"),
            Said::Cancelled => add("cancelled"),
        }
    }
    // Settled by a later life of the ledger than the one that it was signed for: a restored bank found
    // the charge.
    for (payment, order) in &books.orders {
        let signed_for = facts.sent.get(payment).map(|sent| &sent.epoch);
        let receipt = |outcome: &&books::Outcome| outcome.kind == "receipt" && outcome.payment == *payment;
        let receipt = books.outcomes.iter().find(receipt);
        if order.state == books::SETTLED && receipt.is_some_and(|receipt| Some(&receipt.epoch) != signed_for) {
            add("adopted");
        }
    }
    // Fault 20: the biller said yes and its books say no by the time of the statement, and the reverse.
    for (difference, count) in &facts.differences {
        let name = match *difference {
            "extra-line" | "undone-here" => "stated, not booked",
            "missing-line" | "undone-there" => "booked, not stated",
            _ => continue,
        };
        *reached.entry(name).or_default() += count;
    }
    let by_hand = books.outcomes.iter().filter(|outcome| is_by_hand(&outcome.compact)).count();
    *reached.entry("by hand").or_default() += by_hand as u64;
    *reached.entry("half a list").or_default() += facts.left_half_way;
    reached
}
