//! Rule 12: what no rule ends, two persons at the bank may, with a signed outcome of reason `by-hand`.
//! Whether an order may end so is decided by the transition like everything else; here is who may say it,
//! and who bears what remains: the bank.

use thiserror::Error;

use super::{
    again,
    commit::{Happened, Subject, decide},
    signed::Signed,
    transition::{Event, Ruling, State},
};
use crate::{
    api::wire::MAX_INTEGER,
    gateway::Gateway,
    ledger::{LedgerError, Tx, orders::Order, rulings::Ruled},
    leg::statement::LineKind,
    plant,
};

/// The reason in the signed outcome.
pub(super) const REASON: &str = "by-hand";

/// The longest name of a person, in characters.
const LONGEST: usize = 60;

/// What a person says of an order on the operator's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The order.
    pub payment_id: String,
    /// What was found out.
    pub ruling: Ruling,
    /// What the biller has, in minor units, where that is not what was signed.
    pub biller_minor: Option<i64>,
    /// Who says so. That it is he is for the bank's own systems to see to.
    pub person: String,
}

/// What came of a person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is the first: nothing has happened, and another person has to say the same.
    First,
    /// It is the second: the order has ended, and its end is signed.
    Ended(State),
    /// It is the second, about an order that had ended before: the bank has taken the difference on itself.
    Borne,
}

/// Why a person's word was not taken. Nothing has changed.
#[derive(Debug, Error)]
pub enum NotHeard {
    /// The order is not on the list: a rule has ended it, or still can.
    #[error("the order is not on the operator's list: nothing about it is for a person to end")]
    NotListed,
    /// The word of the same person twice.
    #[error("the same person has said so already: another one has to")]
    SamePerson,
    /// No name, a too long one, or one that cannot be shown.
    #[error("a person's name has 1 to 60 characters, all of which can be seen")]
    Name,
    /// Not an amount of money; or an amount of what the biller is said not to have.
    #[error("what the biller has is an amount of minor units above 0, and only said of what it has charged")]
    Amount,
    /// A charge or a message from before a restore may still land.
    #[error("too early: a message about the order may still reach the biller; try again some minutes later")]
    TooEarly,
    /// The order's `refund` was sent: it can only end as reversed (rule 5).
    #[error("a refund of it was sent: it can only end as not charged")]
    RefundSent,
    /// It ended as settled, which nothing undoes.
    #[error("the order is settled, and a settled order is never undone")]
    Settled,
    /// There are no books to put it in.
    #[error("its customer is not in the ledger: enrol the customer first")]
    CustomerUnknown,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Hears a person. The second of two that say the same ends the order, in the commit that records his word.
pub(crate) fn hear(gateway: &Gateway, word: &Word) -> Result<Heard, NotHeard> {
    let person = word.person.trim();
    if !(1..=LONGEST).contains(&person.chars().count()) || person.chars().any(char::is_control) {
        return Err(NotHeard::Name);
    }
    let ruled = word.ruling == Ruling::Charged;
    if word.biller_minor.is_some_and(|minor| !ruled || !(1..=MAX_INTEGER).contains(&minor)) {
        return Err(NotHeard::Amount);
    }
    gateway.ledger.write(gateway.now(), |tx| {
        let Some(envelope) = tx.on_the_list(&word.payment_id)? else { return Ok(Err(NotHeard::NotListed)) };
        let (subject, order) = match tx.order(&word.payment_id)? {
            Some(order) => (Subject::Known(order.payment_id.clone()), order),
            None => match of_the_list(gateway, envelope, tx.now)? {
                Some(found) => found,
                None => return Ok(Err(NotHeard::NotListed)),
            },
        };
        let said = Ruled {
            payment_id: order.payment_id.clone(),
            ruling: word.ruling,
            biller_minor: if ruled { word.biller_minor.unwrap_or(order.amount) } else { 0 },
            person: person.to_owned(),
            at: tx.now,
            effect: false,
        };
        if tx.customer(&order.customer)?.is_none() {
            return Ok(Err(NotHeard::CustomerUnknown));
        }
        let first = tx.last_ruling(&order.payment_id)?.filter(|last| {
            let same = (last.ruling, last.biller_minor) == (said.ruling, said.biller_minor);
            same && !last.effect
        });
        match first {
            Some(first) if first.person == said.person && !plant::is("one-person-rules") => {
                Ok(Err(NotHeard::SamePerson))
            }
            None if !plant::is("one-person-rules") => {
                tx.add_ruling(&said)?;
                Ok(Ok(Heard::First))
            }
            Some(_) | None => second(gateway, tx, &subject, &order, &Ruled { effect: true, ..said }),
        }
    })?
}

/// The order of a line that has no row of its own: as its client signed it.
fn of_the_list(gateway: &Gateway, envelope: Option<String>, now: i64) -> Result<Option<(Subject, Order)>, LedgerError> {
    let Some(envelope) = envelope else { return Ok(None) };
    // Its signature was checked before it was listed.
    let Ok(signed) = Signed::read(serde_json::from_str(&envelope)?, gateway.ports.suite.as_ref()) else {
        return Ok(None);
    };
    let order = signed.unknown(now)?;
    Ok(Some((Subject::Signed { signed: Box::new(signed), revoked: false }, order)))
}

/// Two have said the same.
fn second(
    gateway: &Gateway,
    tx: &Tx<'_>,
    subject: &Subject,
    before: &Order,
    said: &Ruled,
) -> Result<Result<Heard, NotHeard>, LedgerError> {
    match before.state {
        State::Unknown | State::Claimed | State::Reversing => {
            decide(gateway, tx, subject, &Happened::from(Event::ByHand(said.ruling)))?;
        }
        State::Settled if tx.is_repaid(&before.payment_id)? => return Ok(Err(NotHeard::NotListed)),
        State::Settled if said.ruling == Ruling::Charged => {
            if !again::end_by_hand(tx, before)? {
                return Ok(Err(NotHeard::RefundSent));
            }
        }
        State::Settled => return Ok(Err(NotHeard::Settled)),
        State::Refused | State::Reversed => return Ok(Err(NotHeard::NotListed)),
    }
    let Some(order) = tx.order(&before.payment_id)?.filter(|order| !order.state.is_open()) else {
        let undone = before.state == State::Reversing && said.ruling == Ruling::Charged;
        return Ok(Err(if undone { NotHeard::RefundSent } else { NotHeard::TooEarly }));
    };
    tx.add_ruling(said)?;
    if order.state == State::Settled {
        bear(tx, &order, said.biller_minor)?;
    }
    tx.unlist(&order.payment_id)?;
    Ok(Ok(if before.state.is_open() { Heard::Ended(order.state) } else { Heard::Borne }))
}

/// The bank bears what the customer did not sign, or nobody can be asked for.
fn bear(tx: &Tx<'_>, order: &Order, biller_minor: i64) -> Result<(), LedgerError> {
    let already = tx.borne(&order.payment_id)?;
    tx.bear(order, biller_minor - order.amount - already)?;
    let stated = tx.last_correction(&order.biller, &order.number, LineKind::Charged)?;
    if biller_minor != stated.map_or(order.amount, |(_, _, amount)| amount) {
        // What the biller has in its books is what its statement says from now on.
        tx.correct(&Order { amount: biller_minor, ..order.clone() }, LineKind::Charged)?;
    }
    tx.clear_suspense(&order.payment_id)
}
