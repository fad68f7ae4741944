//! Differences with billers, put right (rules 9 and 11): the bank's list is gone through, and numbers
//! of ended orders go to the biller once more, under the same transition and over the same leg as any
//! other charge.

use super::{
    commit::{Happened, patience_ms},
    drive::ask,
    facts,
    issue::{self, Body},
    repair::{Facts, Repair, begins, repair},
    transition::{self, Age, ConfirmAnswer, Event, Send, State, transition},
};
use crate::{
    gateway::Gateway,
    ledger::{LedgerError, Tx, again::Again, differences::Listed, operator::Why, orders::Order},
    leg::{LegError, answer::RefusalCode, differences::Difference, statement::LineKind},
    moment, plant,
};

/// How many of each one turn looks into.
const MOST: i64 = 256;
/// How many lower versions of a payable are charged again before one.
const BEFORE: i64 = 64;
/// More than any number needs in one go.
const STEPS: usize = 8;
/// How long an open difference waits before it is looked at again, at most.
const PATIENCE_MS: i64 = 3_600_000;

/// One turn; gives how many differences and numbers it looked into.
pub(crate) async fn turn(gateway: &Gateway) -> Result<usize, LedgerError> {
    let now = gateway.now();
    let due = gateway.ledger.read(now, |tx| tx.due_differences(MOST))?;
    for difference in &due {
        let for_a_person = gateway.ledger.write(now, |tx| look_into(tx, difference))?;
        if let Some(order) = for_a_person {
            ask_anew(gateway, difference, &order).await?;
        }
    }
    let again = gateway.ledger.read(now, |tx| tx.due_again(MOST))?;
    // One after the other: the order of the versions counts.
    for payment_id in &again {
        drive(gateway, payment_id).await?;
    }
    Ok(due.len() + again.len())
}

/// A person was to look at the biller's sum; it may have been put right by now.
async fn ask_anew(gateway: &Gateway, difference: &Listed, order: &Order) -> Result<(), LedgerError> {
    if difference.what != Difference::WrongAmount {
        return Ok(());
    }
    // Where two persons have ruled another sum, the signed one is what puts the books apart: they have to say so.
    let ruled = gateway.ledger.read(gateway.now(), |tx| tx.ruled_minor(&order.payment_id))?;
    if ruled.is_some_and(|minor| minor != order.amount) {
        return Ok(());
    }
    match ask(gateway, Send::Confirm, order).await {
        Ok(Happened { event: Event::Confirmed(ConfirmAnswer::Charged), .. }) => {
            gateway.ledger.write(gateway.now(), |tx| {
                tx.unlist_for(&order.payment_id, Why::OtherAmount)?;
                tx.decided_difference(difference, Repair::Agreed.as_str(), None)
            })
        }
        // Still another sum, or no word: it stays with the person.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Decides about a difference, and stores what was decided; gives the order that a person has to look at.
fn look_into(tx: &Tx<'_>, difference: &Listed) -> Result<Option<Order>, LedgerError> {
    let order = tx.order_numbered(&difference.biller, &difference.number)?;
    let state = order.as_ref().map_or(State::Unknown, |order| order.state);
    let decided = repair(difference.what, state, facts_of(tx, difference, order.as_ref())?);
    let later = Some(tx.now + (patience_ms(difference.tries) * 4).min(PATIENCE_MS));
    let next = match (decided, &order) {
        (Repair::Agreed, _) => None,
        (Repair::Wait | Repair::AwaitEvidence, _) => later,
        (Repair::StateAgain, Some(order)) => {
            let due = tx.ruled_minor(&order.payment_id)?.unwrap_or(order.amount);
            tx.correct(&Order { amount: due, ..order.clone() }, told(tx, order)?)?;
            None
        }
        (Repair::Person, Some(order)) => {
            tx.list_for_operator(order, Why::OtherAmount, true)?;
            later
        }
        (Repair::ChargeAgain | Repair::RefundAgain, Some(order)) => {
            if decided == Repair::ChargeAgain {
                // The version that this one names is made by the charge before it.
                for before in tx.settled_before(order, BEFORE)? {
                    if !tx.is_repaid(&before.payment_id)? {
                        begin(tx, &before, decided)?;
                    }
                }
            }
            begin(tx, order, decided)?;
            // What is begun is never forgotten; its end resolves the difference.
            let ended = tx.again(&order.payment_id)?.is_none_or(|again| !is_open(again.state));
            if ended { None } else { later }
        }
        // Only a known order leads there.
        (Repair::StateAgain | Repair::Person | Repair::ChargeAgain | Repair::RefundAgain, None) => later,
    };
    tx.decided_difference(difference, decided.as_str(), next)?;
    Ok(order.filter(|_| decided == Repair::Person))
}

fn facts_of(tx: &Tx<'_>, difference: &Listed, order: Option<&Order>) -> Result<Facts, LedgerError> {
    let Some(order) = order else { return Ok(Facts::default()) };
    let bill = difference.bill_number.as_ref().is_none_or(|bill| *bill == order.bill_number);
    // What was signed, or what two persons have ruled that the biller is to have.
    let due = tx.ruled_minor(&order.payment_id)?.unwrap_or(order.amount);
    let amount = difference.amount.is_none_or(|amount| amount == due);
    Ok(Facts {
        repaid: tx.is_repaid(&order.payment_id)?,
        as_signed: bill && amount,
        booked_since: tx.booked_on(&order.biller, &order.number)? >= Some(moment::bank_day(difference.since)),
    })
}

/// What the ledger says of an ended order, as a line.
fn told(tx: &Tx<'_>, order: &Order) -> Result<LineKind, LedgerError> {
    Ok(match order.state {
        State::Settled if tx.is_repaid(&order.payment_id)? => LineKind::Repaid,
        State::Settled => LineKind::Charged,
        State::Refused | State::Reversed => LineKind::Undone,
        State::Unknown | State::Claimed | State::Reversing => LineKind::Open,
    })
}

fn begin(tx: &Tx<'_>, order: &Order, repair: Repair) -> Result<(), LedgerError> {
    let before = tx.again(&order.payment_id)?;
    if let Some(state) = begins(repair, before.as_ref().map(|again| again.state)) {
        let charge_sent_at = before.and_then(|again| again.charge_sent_at);
        let again = Again { payment_id: order.payment_id.clone(), state, charge_sent_at, tries: 0 };
        tx.put_again(&again, tx.now)?;
    }
    Ok(())
}

pub(super) fn is_open(state: State) -> bool {
    match state {
        State::Claimed | State::Reversing => true,
        State::Unknown | State::Settled | State::Refused | State::Reversed => false,
    }
}

/// Decision, biller, decision, until nothing is left to send.
async fn drive(gateway: &Gateway, payment_id: &str) -> Result<(), LedgerError> {
    let mut happened = Happened::from(Event::Tick);
    for _ in 0..STEPS {
        let send = gateway.ledger.write(gateway.now(), |tx| decide(gateway, tx, payment_id, &happened))?;
        let Some((send, order)) = send else { break };
        match ask(gateway, send, &order).await {
            // Closed for the moment is no word on whether it can be charged.
            Ok(Happened { refused: Some(refused), .. }) if refused.code == RefusalCode::Closed => break,
            Ok(answer) => happened = answer,
            Err(error) => {
                tracing::info!(%error, ?send, "no word from the biller about a repair");
                if error == LegError::OtherAmount {
                    // Unless the repair has ended while the biller was asked.
                    let listed = |tx: &Tx<'_>| match tx.again(payment_id)? {
                        Some(again) if is_open(again.state) => tx.list_for_operator(&order, Why::OtherAmount, true),
                        Some(_) | None => Ok(()),
                    };
                    gateway.ledger.write(gateway.now(), listed)?;
                }
                break;
            }
        }
    }
    Ok(())
}

/// One decision about a number that goes to the biller once more, in one commit.
fn decide(
    gateway: &Gateway,
    tx: &Tx<'_>,
    payment_id: &str,
    happened: &Happened,
) -> Result<Option<(Send, Box<Order>)>, LedgerError> {
    let (Some(order), Some(mut again)) = (tx.order(payment_id)?, tx.again(payment_id)?) else { return Ok(None) };
    if !is_open(again.state) || tx.again_before(&order)? {
        return Ok(None);
    }
    // The order as the leg sees it: only the charges of this repair are counted and dated.
    let sent = Order { charge_sent_at: again.charge_sent_at, ..order.clone() };
    let entry = gateway.catalogue.get(&order.biller);
    let facts = transition::Facts {
        // It has ended, and nothing of an earlier life contradicts its signed end.
        age: Age::Current,
        // Where only the receipt is known, too little for a charge is: the biller can only be asked.
        expired: order.customer_number.is_none() || order.bill_version.is_none(),
        obstacle: false,
        revoked: false,
        tombstones: entry.is_some_and(|entry| entry.biller.capabilities.tombstone),
        quiet: facts::quiet(tx.life, &sent, Age::Current, tx.now, happened.biller_time),
        listed: false,
    };
    let step = transition(again.state, happened.event, facts);
    again.state = step.state;
    if step.send == Some(Send::Charge) {
        again.charge_sent_at = again.charge_sent_at.max(Some(tx.now));
    }
    again.tries += i64::from(happened.event == Event::Tick);
    tx.put_again(&again, tx.now + patience_ms(again.tries))?;
    if !is_open(step.state) {
        // The biller's word has come after all: nobody has to look at its sum any more.
        tx.unlist_for(payment_id, Why::OtherAmount)?;
    }
    match step.state {
        State::Settled => resolved(tx, &order, Repair::ChargeAgain)?,
        State::Reversed => {
            if order.state == State::Settled && !tx.is_repaid(payment_id)? {
                let kept = plant::is("repaid-without-the-money");
                let returned = if kept { order.total() } else { tx.repay(&order)? };
                issue::issue(gateway, tx, &order, Body::Repayment { returned })?;
                tx.book(&order, LineKind::Repaid)?;
                tx.forget_version(&order.biller, &order.bill_number)?;
                // What was taken from suspense went back there: nothing is left for a person.
                tx.unlist(payment_id)?;
            }
            resolved(tx, &order, Repair::RefundAgain)?;
        }
        State::Unknown | State::Claimed | State::Reversing | State::Refused => {}
    }
    let sent = Order { charge_sent_at: again.charge_sent_at, ..sent };
    Ok(step.send.map(|send| (send, Box::new(sent))))
}

/// What two persons have ruled about a settled order ends a charge that is under way: the biller has what they
/// say. Whether it could; once a `refund` of it was sent, it can only end as undone (rule 5).
pub(super) fn end_by_hand(tx: &Tx<'_>, order: &Order) -> Result<bool, LedgerError> {
    match tx.again(&order.payment_id)? {
        Some(again) if again.state == State::Reversing => return Ok(false),
        Some(again) if again.state == State::Claimed => {
            tx.put_again(&Again { state: State::Settled, ..again }, tx.now)?;
            resolved(tx, order, Repair::ChargeAgain)?;
        }
        Some(_) | None => {}
    }
    Ok(true)
}

fn resolved(tx: &Tx<'_>, order: &Order, how: Repair) -> Result<(), LedgerError> {
    match tx.difference(&order.biller, &order.number)? {
        Some(difference) if difference.resolved_at.is_none() => tx.decided_difference(&difference, how.as_str(), None),
        Some(_) | None => Ok(()),
    }
}
