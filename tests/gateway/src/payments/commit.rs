//! One decision about an order: the transition, and everything it means for the ledger, in one
//! commit. What is to be sent goes out after it.

use super::{
    by_hand,
    facts::{self, Around},
    issue::{self, Body},
    obstacles::{self, Obstacle},
    signed::Signed,
    transition::{Event, Reply, Send, State, Step, transition},
};
use crate::{
    gateway::Gateway,
    ledger::{LedgerError, Tx, operator::Why, orders::Order},
    leg::{
        answer::{Landed, RefusalCode, Refused},
        statement::LineKind,
    },
    outcomes::payload::OutcomePayload,
    payments::transition::Age,
    plant,
};

/// What an event is about.
pub(crate) enum Subject {
    /// An order that the client handed over, its signature checked; and whether its device was
    /// revoked.
    Signed { signed: Box<Signed>, revoked: bool },
    /// An order that is in the ledger.
    Known(String),
    /// A receipt of ours, and the compact JWS that it came in.
    Receipt { payload: Box<OutcomePayload>, compact: String, order: Box<Order> },
}

/// What happened, with the biller's own words about it.
pub(crate) struct Happened {
    pub(crate) event: Event,
    pub(crate) landed: Option<Landed>,
    pub(crate) refused: Option<Refused>,
    pub(crate) biller_time: Option<i64>,
}

impl From<Event> for Happened {
    fn from(event: Event) -> Self {
        Self { event, landed: None, refused: None, biller_time: None }
    }
}

/// What was decided.
pub(crate) struct Decided {
    /// Goes out now, about this order.
    pub(crate) send: Option<(Send, Box<Order>)>,
    /// What the client is told.
    pub(crate) told: Told,
}

/// What the client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// The signed end.
    Ended(String),
    /// Known, or looked into; not ended.
    Pending,
    /// Not known here.
    NotKnown,
    /// The payment id belongs to another order.
    OtherOrder,
}

/// How long the worker waits before its next turn with an order, after `tries` of them.
pub(super) fn patience_ms(tries: i64) -> i64 {
    (1_000_i64 << tries.clamp(0, 6)).min(MAX_PATIENCE_MS)
}

/// The longest that it waits.
pub(crate) const MAX_PATIENCE_MS: i64 = 60_000;

/// Decides, and stores what was decided.
pub(crate) fn decide(
    gateway: &Gateway,
    tx: &Tx<'_>,
    subject: &Subject,
    happened: &Happened,
) -> Result<Decided, LedgerError> {
    let told = |told| Ok(Decided { send: None, told });
    let mut order = match load(tx, subject)? {
        Loaded::Order(order) => *order,
        Loaded::None => return told(Told::NotKnown),
        Loaded::Other => return told(Told::OtherOrder),
    };
    let (obstacle, revoked) = against(gateway, tx, subject, happened.event, &order)?;
    let listed = match happened.event {
        Event::ByHand(_) => tx.on_the_list(&order.payment_id)?.is_some(),
        Event::Pay
        | Event::Confirm
        | Event::Reverse
        | Event::Evidence
        | Event::Receipt
        | Event::Tick
        | Event::Charged(_)
        | Event::Confirmed(_)
        | Event::Refunded(_) => false,
    };
    let around = Around { obstacle: obstacle.is_some(), revoked, biller_time: happened.biller_time, listed };
    let facts = facts::of(gateway, tx.life, &order, tx.now, around);
    let step = transition(order.state, happened.event, facts);
    if order.state == State::Unknown && step.state != State::Unknown && tx.customer(&order.customer)?.is_none() {
        tx.list_for_operator(&order, Why::CustomerUnknown, false)?;
        return told(Told::Pending);
    }
    if facts.age != Age::Current && !facts.tombstones && step.state.is_open() {
        tx.list_for_operator(&order, Why::NoTombstone, step.state != State::Unknown)?;
    }
    if happened.event == Event::Pay && order.state == State::Unknown {
        tx.saw_sequence(&order.device, order.journal_sequence.unwrap_or_default())?;
    }
    store(gateway, tx, subject, happened, &mut order, step, obstacle, facts.age)?;
    let told = match step.reply {
        Reply::Ended(_) => Told::Ended(ended(gateway, tx, &order)?),
        Reply::Pending | Reply::None => Told::Pending,
        Reply::NotKnown => Told::NotKnown,
    };
    Ok(Decided { send: step.send.map(|send| (send, Box::new(order))), told })
}

enum Loaded {
    Order(Box<Order>),
    None,
    Other,
}

fn load(tx: &Tx<'_>, subject: &Subject) -> Result<Loaded, LedgerError> {
    let (id, unknown) = match subject {
        Subject::Known(id) => (id, None),
        Subject::Signed { signed, .. } => (&signed.envelope.order.payment_id, Some(signed.unknown(tx.now)?)),
        Subject::Receipt { order, .. } => (&order.payment_id, Some(order.as_ref().clone())),
    };
    Ok(match (tx.order(id)?, unknown) {
        (Some(known), Some(unknown)) if known.digest != unknown.digest => Loaded::Other,
        (Some(known), _) => Loaded::Order(Box::new(known)),
        (None, Some(unknown)) => Loaded::Order(Box::new(unknown)),
        (None, None) => Loaded::None,
    })
}

/// What speaks against a new order. Looked at only where it can matter: before it is known.
fn against(
    gateway: &Gateway,
    tx: &Tx<'_>,
    subject: &Subject,
    event: Event,
    order: &Order,
) -> Result<(Option<Obstacle>, bool), LedgerError> {
    match subject {
        Subject::Signed { signed, revoked } if event == Event::Pay && order.state == State::Unknown => {
            // Read again in the transaction that decides: it may have been revoked since.
            let device = tx.device(&order.device)?;
            let revoked = *revoked || device.is_none_or(|device| device.revoked_at.is_some());
            Ok((obstacles::first(&gateway.config.keys.phones, tx, signed)?, revoked))
        }
        Subject::Signed { revoked, .. } => Ok((None, *revoked)),
        Subject::Known(_) | Subject::Receipt { .. } => Ok((None, false)),
    }
}

/// What a step means for the ledger.
#[expect(clippy::too_many_arguments, reason = "one commit, in one place")]
fn store(
    gateway: &Gateway,
    tx: &Tx<'_>,
    subject: &Subject,
    happened: &Happened,
    order: &mut Order,
    step: Step,
    obstacle: Option<Obstacle>,
    age: Age,
) -> Result<(), LedgerError> {
    let before = order.state;
    order.state = step.state;
    if step.send == Some(Send::Charge) {
        // The bank's clock may have gone back; what was sent last is not younger for that.
        order.charge_sent_at = order.charge_sent_at.max(Some(tx.now));
    }
    if happened.event == Event::Tick {
        order.tries += 1;
    }
    let next_at = tx.now + patience_ms(order.tries);
    if let (true, Event::ByHand(_)) = (before != step.state, happened.event) {
        order.reason = Some(by_hand::REASON.to_owned());
    }
    if before == step.state {
        let noted = step.send.is_some() || happened.event == Event::Tick;
        let charged = step.send == Some(Send::Charge);
        return if before != State::Unknown && noted { tx.tried_order(order, next_at, charged) } else { Ok(()) };
    }
    match step.state {
        State::Claimed if !plant::is("claims-without-holding") => tx.hold(order)?,
        State::Reversing => why(order, happened, age),
        State::Settled => {
            // An adopted charge was never held for here: the customer pays it now.
            if order.held == 0 && !plant::is("claims-without-holding") {
                tx.hold(order)?;
            }
            tx.settle(order)?;
        }
        State::Refused => order.reason = obstacle.as_ref().map(|obstacle| obstacle.reason.to_owned()),
        State::Unknown | State::Claimed | State::Reversed => {}
    }
    if !step.state.is_open() {
        tx.unlist(&order.payment_id)?;
    }
    if step.state == State::Settled && tx.paid_from_suspense(&order.payment_id)? {
        tx.list_for_operator(order, Why::MethodUnknown, true)?;
    }
    let returned = match step.state {
        State::Reversed if plant::is("held-not-returned") => 0,
        State::Reversed => {
            why(order, happened, age);
            tx.give_back(order)?
        }
        State::Unknown | State::Claimed | State::Reversing | State::Settled | State::Refused => 0,
    };
    if before == State::Unknown {
        tx.add_order(order, next_at)?
    } else {
        tx.change_order(order, before, next_at)?
    }
    match step.state {
        State::Settled => {
            let landed = happened.landed.as_ref().map(|landed| landed.version);
            tx.bill_charged(&order.biller, &order.bill_number, order.amount, landed)?;
            tx.book(order, LineKind::Charged)?;
            match subject {
                Subject::Receipt { payload, compact, .. } => issue::take_up(tx, payload, compact)?,
                Subject::Signed { .. } | Subject::Known(_) => {
                    // Whom two persons asked has given no number; the field is mandatory all the same.
                    let by_hand = order.reason.as_deref().unwrap_or_default();
                    let reference = happened.landed.as_ref().map_or(by_hand, |landed| &landed.reference).to_owned();
                    issue::issue(gateway, tx, order, Body::Receipt { reference })?;
                }
            }
        }
        State::Refused => {
            let settled_by = obstacle.and_then(|obstacle| obstacle.settled_by);
            issue::issue(gateway, tx, order, Body::Refusal { settled_by })?;
        }
        State::Reversed => {
            tx.book(order, LineKind::Undone)?;
            issue::issue(gateway, tx, order, Body::Reversal { returned })?;
        }
        State::Unknown | State::Claimed | State::Reversing => {}
    }
    Ok(())
}

/// Why an order is being reversed; the first reason stays, but for a person's.
fn why(order: &mut Order, happened: &Happened, age: Age) {
    if order.reason.is_some() {
        return;
    }
    let reason = match (&happened.refused, age) {
        (Some(refused), _) => {
            order.biller_code = Some(refused.code.as_str().to_owned());
            if refused.code == RefusalCode::Closed { "biller-closed" } else { "biller-refused" }
        }
        (None, Age::OlderInWindow | Age::Older) => "restored",
        (None, Age::Current) => "not-charged",
    };
    order.reason = Some(reason.to_owned());
}

/// The signed end of an order that has ended.
fn ended(gateway: &Gateway, tx: &Tx<'_>, order: &Order) -> Result<String, LedgerError> {
    match tx.outcome(&order.payment_id)? {
        Some(compact) => Ok(compact),
        // Only these planted defects say that an order ended which has not.
        None if plant::is("claimed-order-expires") || plant::is("refusal-not-recorded") => {
            issue::issue(gateway, tx, order, Body::Refusal { settled_by: None })
        }
        None => Err(LedgerError::Meaning("an end without an outcome")),
    }
}
