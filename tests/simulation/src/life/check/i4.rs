//! I4: once the faults are over every intent ends, in a bounded number of requests, and the shell
//! has heard of it.

use super::{
    Scene, Violation,
    books::{self, Books, by_hand},
    rules::is_by_hand,
    violation,
};
use crate::life::{
    common::Unfit,
    record::{Facts, Questions, Said},
};

/// Requests about one order by one phone, from the end of the faults to the order's. A question is up
/// to three of them; pauses double up to five minutes, and start anew with each new doubt of the
/// phone; an order is good for five minutes, a biller without tombstones takes as long again, and a
/// restored bank waits that long before it decides. The most seen in 5,000 lives was 63.
const MOST: u64 = 96;
/// The longest pause between two turns about an order, and the questions of a turn.
const LONGEST_PAUSE_MS: i64 = 300_000;
const A_TURN: u64 = 3;

/// What may be asked about an order that two persons have to end (rule 12): they take hours, and it is asked
/// about at the slowest pace until they have.
fn most_by_hand(asked: &Questions) -> u64 {
    let turns = u64::try_from((asked.last - asked.first) / LONGEST_PAUSE_MS).unwrap_or(0);
    MOST + A_TURN * turns
}

fn has_ended(books: &Books, payment: &str) -> bool {
    books.orders.get(payment).is_some_and(|order| !matches!(order.state, books::CLAIMED | books::REVERSING))
}

pub(super) fn check(scene: &Scene<'_>, books: &Books, facts: &Facts, found: &mut Vec<Violation>) -> Result<(), Unfit> {
    for person in scene.people {
        for (phone, in_drawer) in person.old.iter().map(|(phone, _)| (phone, true)).chain([(&person.phone, false)]) {
            // A phone that was put away when its file named keys that it had lost has nothing to ask with, and
            // nobody activates it any more. It goes on saying "checking", and that it is not activated; the
            // order ends all the same, at the bank and on the phone that took over (docs/payments.md, "What is
            // not upheld").
            let mute = in_drawer && phone.keys.has_lost() && facts.put_back.contains_key(&phone.number);
            for (payment, state) in phone.keeper.journal()? {
                let end = match state.as_str() {
                    "settled" => Said::Settled,
                    "refused" => Said::Refused,
                    "reversed" => Said::Reversed,
                    "cancelled" => Said::Cancelled,
                    _ if by_hand(books, facts, &payment) => continue,
                    _ if mute && has_ended(books, &payment) => continue,
                    _ => {
                        let what = format!("{payment} is still {state} on phone {}", phone.number);
                        violation(found, "I4", what);
                        continue;
                    }
                };
                if !facts.events.contains(&(phone.number, payment.clone(), end)) {
                    let what = format!("nobody heard that {payment} is {state} on phone {}", phone.number);
                    violation(found, "I4", what);
                }
            }
        }
    }
    for ((phone, payment), asked) in &facts.questions {
        let ended_by_hand =
            || books.outcomes.iter().any(|outcome| outcome.payment == *payment && is_by_hand(&outcome.compact));
        let most = if asked.count > MOST && (by_hand(books, facts, payment) || ended_by_hand()) {
            most_by_hand(asked)
        } else {
            MOST
        };
        if asked.count > most {
            violation(found, "I4", format!("phone {phone} asked {} times about {payment}", asked.count));
        }
    }
    for (payment, order) in &books.orders {
        let open = matches!(order.state, books::CLAIMED | books::REVERSING);
        if open && !by_hand(books, facts, payment) {
            violation(found, "I4", format!("{payment} is open at the bank ({})", order.state));
        }
    }
    Ok(())
}
