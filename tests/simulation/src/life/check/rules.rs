//! Rules of docs/payments.md that hold on their own account, where the others keep every invariant even
//! without them: a fence that nobody looks at is gone before anybody notices. Rule 10 is looked at as each
//! charge leaves the bank ([`crate::life::ledger_tap`]).

use std::collections::BTreeSet;

use super::{Violation, books::Books, i6::decode, violation};
use crate::life::record::Facts;

/// The one that leaves no tombstones.
const WITHOUT_TOMBSTONES: &str = "gas-sh";

/// Rule 4: after a restore nothing about an order of before it is decided automatically at a biller without
/// tombstones. A document of another life of the ledger than the order's own would be such a decision; the
/// bank's own receipt that a phone brings as evidence is of the order's life.
pub(super) fn check(books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    for outcome in books.outcomes.iter().filter(|outcome| outcome.kind != "repayment") {
        let Some(sent) = facts.sent.get(&outcome.payment) else { continue };
        if sent.biller == WITHOUT_TOMBSTONES && sent.epoch != outcome.epoch && !is_by_hand(&outcome.compact) {
            let what = format!("{} was decided after a restore: a {}", outcome.payment, outcome.kind);
            violation(found, "rule 4", what);
        }
    }
    by_hand(books, found);
}

/// The reason in a signed end.
pub(super) fn is_by_hand(compact: &str) -> bool {
    let payload = compact.split('.').nth(1).and_then(decode);
    let payload = payload.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let reason = |body: &str| payload.as_ref().and_then(|payload| payload.get(body)?.get("reason")?.as_str());
    [reason("receipt"), reason("reversal")].contains(&Some("by-hand"))
}

/// Rule 12: two persons who say the same, and no fewer; and nobody else's word is signed as theirs. A restored
/// ledger may have forgotten what they said, and not that of its own life.
fn by_hand(books: &Books, found: &mut Vec<Violation>) {
    for outcome in books.outcomes.iter().filter(|outcome| is_by_hand(&outcome.compact)) {
        let ruling = if outcome.kind == "receipt" { "charged" } else { "not-charged" };
        let said = books.rulings.get(&outcome.payment).into_iter().flatten();
        let by: BTreeSet<&str> =
            said.filter(|(what, _, _)| what == ruling).map(|(_, person, _)| person.as_str()).collect();
        if by.len() < 2 && outcome.epoch == books.epoch {
            violation(found, "rule 12", format!("{} was ended by the word of {by:?}", outcome.payment));
        }
    }
    for (payment, said) in &books.rulings {
        let signed = books.outcomes.iter().any(|outcome| outcome.payment == *payment && is_by_hand(&outcome.compact));
        if said.iter().any(|(_, _, effect)| *effect) && !signed {
            violation(found, "rule 12", format!("{payment} was ended by hand, and nothing signed says so"));
        }
    }
}
