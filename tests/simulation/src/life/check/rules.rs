//! Rules of docs/payments.md that hold on their own account, where the others keep every invariant even
//! without them: a fence that nobody looks at is gone before anybody notices. Rule 10 is looked at as each
//! charge leaves the bank ([`crate::life::ledger_tap`]).

use super::{Violation, books::Books, violation};
use crate::life::record::Facts;

/// The one that leaves no tombstones.
const WITHOUT_TOMBSTONES: &str = "gas-sh";

/// Rule 4: after a restore nothing about an order of before it is decided automatically at a biller without
/// tombstones. A document of another life of the ledger than the order's own would be such a decision; the
/// bank's own receipt that a phone brings as evidence is of the order's life.
pub(super) fn check(books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    for outcome in books.outcomes.iter().filter(|outcome| outcome.kind != "repayment") {
        let Some(sent) = facts.sent.get(&outcome.payment) else { continue };
        if sent.biller == WITHOUT_TOMBSTONES && sent.epoch != outcome.epoch {
            let what = format!("{} was decided after a restore: a {}", outcome.payment, outcome.kind);
            violation(found, "rule 4", what);
        }
    }
}
