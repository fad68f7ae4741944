//! I3: what people were told never contradicts itself, and never the ledgers.

use std::collections::BTreeMap;

use super::{
    Scene, Violation,
    books::{self, Books},
    violation,
};
use crate::life::{
    clock::DAWN_MS,
    record::{Facts, Said, Terms},
};

pub(super) fn check(scene: &Scene<'_>, books: &Books, facts: &Facts, found: &mut Vec<Violation>) {
    let mut ends: BTreeMap<(usize, &str), (Said, i64, usize)> = BTreeMap::new();
    for (nth, told) in facts.told.iter().enumerate() {
        let key = (told.phone, told.payment.as_str());
        match ends.get(&key) {
            // Asked before the end was told: an answer that crossed it.
            Some((_, _, at)) if told.said == Said::Checking && told.asked <= *at => {}
            // A file that was put back to before the end has yet to hear of it again. One that is put back to
            // before "nothing was sent" sends (docs/payments.md, "What is not upheld").
            Some((end, _, at))
                if (told.said == Said::Checking || *end == Said::Cancelled) && was_put_back(facts, told.phone, *at) => {
            }
            Some((end, _, _)) if *end != told.said => {
                let what = format!("phone {} said {end:?} of {}, then {:?}", told.phone, told.payment, told.said);
                violation(found, "I3", what);
            }
            Some(_) => {}
            None if told.said == Said::Checking => {}
            None => drop(ends.insert(key, (told.said, told.at, nth))),
        }
    }
    for ((phone, payment), terms) in &facts.terms {
        // What the person read is what was signed.
        if let Some(sent) = facts.sent.get(payment)
            && *terms != Terms::from(sent)
        {
            violation(
                found,
                "I3",
                format!("phone {phone} said {terms:?} of {payment} and signed {:?}", Terms::from(sent)),
            );
        }
    }
    for ((phone, payment), (said, at, nth)) in ends {
        let charge = books::charge_of(books, facts, payment);
        let order = books.orders.get(payment).map(|order| order.state);
        let mut wrong =
            |what: &str| violation(found, "I3", format!("phone {phone} said {said:?} of {payment}: {what}"));
        let wanted = match said {
            Said::Checking => None,
            Said::Settled => Some(books::SETTLED),
            Said::Refused => Some(books::REFUSED),
            Said::Reversed => Some(books::REVERSED),
            Said::Cancelled => None,
        };
        // A restored bank may have forgotten that it refused or reversed; what counts is that it never
        // charges it (rule 7), which is looked at below.
        let forgotten = books.restored && order.is_none() && said != Said::Settled;
        let forgotten = forgotten || (said == Said::Reversed && books::by_hand(books, facts, payment));
        if wanted.is_some() && order != wanted && !forgotten {
            wrong(&format!("the bank has it as {order:?}"));
        }
        if said == Said::Cancelled && was_put_back(facts, phone, nth) {
            continue;
        }
        if said == Said::Cancelled && order.is_some() {
            wrong("the bank knows it");
        }
        if said == Said::Settled {
            if charge.is_none_or(|charge| !charge.charged) && !books.is_repaid(payment) {
                wrong("the biller has no charge of it");
            }
        } else if let Some(charge) = charge {
            let charged_at = charge.at - DAWN_MS - scene.town.skew_ms;
            if charge.charged {
                wrong("the biller has charged it");
            } else if charged_at > at && !scene.town.forgot() {
                // A biller that has forgotten its tombstone may take a late copy; it was undone again.
                wrong("the biller charged it after that");
            }
        }
    }
}

/// Whether the file of a phone was put back to a backup after it had told that.
fn was_put_back(facts: &Facts, phone: usize, nth: usize) -> bool {
    facts.put_back.get(&phone).is_some_and(|since| nth < *since)
}
