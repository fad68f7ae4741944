//! I7: nothing is armed for a bill that asks for nothing any more, once the phone has synced; every bill within the
//! horizon that does is armed, or named as what is not; and a reminder that goes off for a bill that this phone has
//! called paid shows nothing. Where a payment of this phone came to nothing and the bill is still asked for, something is said
//! of it after that; where it made way for another one, nothing says that it did not go through. A reminder is held against its bill by its due date alone: in a life no two bills
//! have the same.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::Deserialize;

use super::{
    Scene, Violation,
    books::{self, Books},
    violation,
};
use crate::life::{
    common::Unfit,
    keeper,
    record::{Facts, Reminded, Said, Sent, WentOff},
};

/// As far ahead as the person is told anything: the horizon of the policy, less the day that is not over.
const AHEAD_DAYS: i64 = 59;

/// A bill as the bank has it.
struct Bill {
    biller: String,
    number: String,
    asks: bool,
    /// What it asks for.
    amount: i64,
    /// When the biller last changed it.
    updated: Option<Timestamp>,
}

pub(super) fn check(scene: &Scene<'_>, books: &Books, facts: &Facts, found: &mut Vec<Violation>) -> Result<(), Unfit> {
    for person in scene.people {
        let phone = person.phone.number;
        let bills = bills(scene, &scene.bank.customer(person.number))?;
        shown_though_paid(scene, books, facts, phone, &bills, found)?;
        let Some(reminded) = facts.reminded.get(&phone) else { continue };
        // Synced, or not: what the bank has not told it it cannot know.
        if !facts.complete.contains_key(&phone) {
            continue;
        }
        let dates = |ids: &BTreeSet<String>| ids.iter().filter_map(|id| WentOff::due_date(id)).collect::<BTreeSet<_>>();
        let (armed, named) = (dates(&reminded.alarms), dates(&reminded.unarmed));
        for due in &armed {
            match bills.get(due) {
                Some(bill) if bill.asks => {}
                Some(bill) => {
                    let what = format!(
                        "phone {phone} will ask for {} of {}, which asks for nothing",
                        bill.number, bill.biller
                    );
                    violation(found, "I7", what);
                }
                None => {
                    violation(found, "I7", format!("phone {phone} will ask for a bill due on {due} that there is not"))
                }
            }
        }
        for (due, bill) in bills.iter().filter(|(_, bill)| bill.asks) {
            let Ok(date) = due.parse::<Date>() else { continue };
            let within = reminded.today.checked_add(AHEAD_DAYS.days()).is_ok_and(|last| date <= last);
            // The bank has not heard from the biller yet that it is paid; the phone knows that it is.
            let is_settled = books
                .orders
                .values()
                .any(|order| (&order.biller, &order.bill, order.state) == (&bill.biller, &bill.number, books::SETTLED));
            if within && !is_settled && !armed.contains(due) && !named.contains(due) {
                let what = format!("phone {phone} says nothing of {} of {}, due on {due}", bill.number, bill.biller);
                violation(found, "I7", what);
            }
        }
        says_what_failed(books, facts, phone, (&bills, reminded), found);
        says_nothing_false(books, facts, phone, (&bills, reminded), found);
    }
    Ok(())
}

/// Who made way for another's payment did not pay in vain: of that nobody is told that it did not go through.
fn says_nothing_false(
    books: &Books,
    facts: &Facts,
    phone: usize,
    (bills, reminded): (&BTreeMap<String, Bill>, &Reminded),
    found: &mut Vec<Violation>,
) {
    if books.restored || facts.put_back.contains_key(&phone) || facts.rotten.contains(&phone) {
        return;
    }
    let refused: Vec<(&String, &Sent, i64)> = facts
        .listed
        .iter()
        .filter(|((of, _), said)| *of == phone && matches!(said, Said::Refused | Said::Reversed))
        .filter_map(|((_, payment), _)| Some((payment, facts.sent.get(payment)?, issued(books, payment)?.as_second())))
        .collect();
    for (due, bill) in bills {
        let of_bill = |sent: &Sent| (&sent.biller, &sent.bill) == (&bill.biller, &bill.number);
        let (made_way, in_vain): (Vec<_>, Vec<_>) =
            refused.iter().filter(|(_, sent, _)| of_bill(sent)).partition(|(payment, _, _)| made_way(books, payment));
        for &(payment, _, second) in made_way {
            // Two that ended in one second have one name.
            if in_vain.iter().any(|&&(_, _, other)| other == second) {
                continue;
            }
            let names =
                |id: &String| WentOff::due_date(id).as_ref() == Some(due) && WentOff::stage(id) == Some(('f', second));
            let said = facts.seen.iter().filter(|seen| seen.phone == phone).map(|seen| &seen.id);
            if said.chain(&reminded.alarms).chain(&reminded.unarmed).any(names) {
                let what = format!(
                    "phone {phone} says that payment {payment} of {} of {} did not go through, which made way for another one",
                    bill.number, bill.biller
                );
                violation(found, "I7", what);
            }
        }
    }
}

/// A person who has paid, and whose payment came to nothing, hears of the bill after that.
fn says_what_failed(
    books: &Books,
    facts: &Facts,
    phone: usize,
    (bills, reminded): (&BTreeMap<String, Bill>, &Reminded),
    found: &mut Vec<Violation>,
) {
    // Books or a file that were put back know of another end, or of none.
    if books.restored || facts.put_back.contains_key(&phone) || facts.rotten.contains(&phone) {
        return;
    }
    for (due, bill) in bills.iter().filter(|(_, bill)| bill.asks) {
        let (mut failed, mut over) = (None, true);
        for ((_, payment), said) in facts.listed.iter().filter(|((of, _), _)| *of == phone) {
            let same = |sent: &Sent| (&sent.biller, &sent.bill) == (&bill.biller, &bill.number);
            match said {
                _ if !facts.sent.get(payment).is_some_and(same) => {}
                Said::Refused | Said::Reversed => failed = failed.max(issued(books, payment).map(|at| (at, payment))),
                Said::Settled | Said::Checking => over = false,
                Said::Cancelled => {}
            }
        }
        let (Some((ended, payment)), true) = (failed, over) else { continue };
        // Somebody else has paid of it since: then that was not the last payment any more.
        let since = |(payment, order): (&String, &books::Order)| {
            (&order.biller, &order.bill, order.state) == (&bill.biller, &bill.number, books::SETTLED)
                && issued(books, payment).is_none_or(|at| at >= ended)
        };
        // Nor is it where less is asked since.
        let less = books.orders.get(payment).is_some_and(|order| bill.amount < order.amount);
        let less = less && bill.updated.is_some_and(|updated| updated > ended);
        if made_way(books, payment) || less || books.orders.iter().any(since) {
            continue;
        }
        let day = ended.to_zoned(TimeZone::fixed(jiff::tz::offset(8))).date();
        let (first, last) = (reminded.today.checked_sub(13.days()), reminded.today.checked_add(AHEAD_DAYS.days()));
        if first.is_ok_and(|first| day < first) || last.is_ok_and(|last| day > last) {
            continue;
        }
        // That very thing, or a later day of it that is over, is said or about to be.
        let speaks = |id: &String| {
            let stage_day = |after: i64| due.parse::<Date>().ok()?.checked_add(after.days()).ok();
            let over = |at: Option<Date>| at.is_some_and(|at| (day..=reminded.today).contains(&at));
            WentOff::due_date(id).as_ref() == Some(due)
                && match WentOff::stage(id) {
                    Some(('f', second)) => second == ended.as_second(),
                    Some(('d', days)) => over(stage_day(-days)),
                    Some(('o', days)) => over(stage_day(days)),
                    Some(_) | None => false,
                }
        };
        let heard = facts.told.iter().position(|told| {
            (told.phone, &told.payment) == (phone, payment) && matches!(told.said, Said::Refused | Said::Reversed)
        });
        let since = |seen: &WentOff| {
            let of_bill = seen.phone == phone && WentOff::due_date(&seen.id).as_ref() == Some(due);
            of_bill && (speaks(&seen.id) || heard.is_some_and(|heard| seen.asked > heard))
        };
        // Another day that has its words, too, because it comes within the hour.
        let says =
            |id: &String| speaks(id) || reminded.failed.contains(id) && WentOff::due_date(id).as_ref() == Some(due);
        let said = facts.seen.iter().any(since) || reminded.alarms.iter().chain(&reminded.unarmed).any(says);
        if !said {
            let what = format!(
                "phone {phone} does not say that {} of {} is still asked for, though payment {payment} came to nothing",
                bill.number, bill.biller
            );
            violation(found, "I7", what);
        }
    }
}

/// Whether a payment was refused because another one had the bill, or has it: nobody paid in vain.
fn made_way(books: &Books, payment: &str) -> bool {
    #[derive(Deserialize)]
    struct Ended {
        refusal: Option<Refusal>,
    }
    #[derive(Deserialize)]
    struct Refusal {
        reason: String,
    }
    let read =
        |compact: &str| serde_json::from_slice::<Ended>(&super::i6::decode(compact.split('.').nth(1)?)?).ok()?.refusal;
    let refusals = books.outcomes.iter().filter(|outcome| outcome.payment == payment);
    let mut reasons = refusals.filter_map(|outcome| read(&outcome.compact)).map(|refusal| refusal.reason);
    reasons.any(|reason| reason == "already-settled" || reason == "payment-in-progress-elsewhere")
}

/// When the first document that ended a payment was issued.
fn issued(books: &Books, payment: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Issued {
        issued_at: Timestamp,
    }
    let of_payment = books.outcomes.iter().filter(|outcome| outcome.payment == payment && outcome.kind != "repayment");
    let at = of_payment.filter_map(|outcome| {
        let payload = super::i6::decode(outcome.compact.split('.').nth(1)?)?;
        serde_json::from_slice::<Issued>(&payload).ok().map(|issued| issued.issued_at)
    });
    at.min()
}

/// Those of a customer that are due at all, by due date.
fn bills(scene: &Scene<'_>, customer: &str) -> Result<BTreeMap<String, Bill>, Unfit> {
    let bank = keeper::connect(&scene.bank.ledger().path)?;
    let mut look = bank.prepare(
        "SELECT body ->> '$.due_date', bill.biller, bill_number, bill.state = 'open',
                body ->> '$.amount.minor', body ->> '$.updated_at'
         FROM bill JOIN account ON account.id = bill.account
         WHERE bill.customer = ?1 AND account.state <> 'unbound' AND body ->> '$.due_date' IS NOT NULL",
    )?;
    let bills = look.query_map([customer], |row| {
        let updated = row.get::<_, String>(5)?.parse().ok();
        let bill = Bill { biller: row.get(1)?, number: row.get(2)?, asks: row.get(3)?, amount: row.get(4)?, updated };
        Ok((row.get(0)?, bill))
    })?;
    Ok(bills.collect::<Result<_, _>>()?)
}

/// Asked when a reminder went off, a phone that has told its person that the bill is paid must not say that it is due.
fn shown_though_paid(
    scene: &Scene<'_>,
    books: &Books,
    facts: &Facts,
    phone: usize,
    bills: &BTreeMap<String, Bill>,
    found: &mut Vec<Violation>,
) -> Result<(), Unfit> {
    // Books that were put back may ask once more for what was paid, and a file that was has forgotten it.
    let forgets = scene.town.forgot() || scene.town.rebooked() || books.restored || facts.put_back.contains_key(&phone);
    if forgets || facts.rotten.contains(&phone) {
        return Ok(());
    }
    for shown in facts.shown.iter().filter(|shown| shown.phone == phone) {
        let Some(bill) = WentOff::due_date(&shown.id).and_then(|due| bills.get(&due)) else { continue };
        let paid = facts
            .told
            .iter()
            .take(shown.asked)
            .filter(|told| told.phone == phone && told.said == Said::Settled && !books.is_repaid(&told.payment));
        let paid: BTreeMap<&str, i64> = paid
            .filter_map(|told| Some((told.payment.as_str(), facts.sent.get(&told.payment)?)))
            .filter(|(_, sent)| (&sent.biller, &sent.bill) == (&bill.biller, &bill.number))
            .map(|(payment, sent)| (payment, sent.amount))
            .collect();
        // A part may be paid, and the rest is due.
        if !paid.is_empty() && paid.values().sum::<i64>() >= most_asked(scene, books, bill)? {
            let what = format!("phone {phone} asks for {} of {}, which it has called paid", bill.number, bill.biller);
            violation(found, "I7", what);
        }
    }
    Ok(())
}

/// The most that was ever asked for a bill in all, as far as the biller's books say.
fn most_asked(scene: &Scene<'_>, books: &Books, bill: &Bill) -> Result<i64, Unfit> {
    let town = keeper::connect(&scene.town.books.path)?;
    let mut look = town.prepare("SELECT billed FROM bill WHERE biller = ?1 AND number = ?2")?;
    let now = look.query_map([&bill.biller, &bill.number], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let charges =
        books.charges.values().filter(|charge| (&charge.biller, &charge.bill) == (&bill.biller, &bill.number));
    Ok(charges.map(|charge| charge.asked).chain(now).max().unwrap_or(0))
}
