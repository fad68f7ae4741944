//! What a charge may become at a biller: its half of the payment protocol, as one pure function.
//! A charge is known by its number, which the gateway derives from the order's digest (rule 3).

use crate::plant;

/// Where a number stands at the biller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Never seen.
    Unknown,
    /// Charged.
    Charged,
    /// Undone, or a tombstone: never to be charged (again).
    Undone,
}

/// What arrived about a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Scene `charge`.
    Charge,
    /// Scene `confirm`.
    Confirm,
    /// Scene `refund`.
    Refund,
}

/// What the biller's books and clock say at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The message was signed longer ago than the biller accepts.
    pub too_old: bool,
    /// The biller takes no charges for the moment (batch window, contract over).
    pub closed: bool,
    /// The payable of this charge.
    pub payable: Payable,
    /// This biller can leave a tombstone.
    pub tombstones: bool,
}

/// A payable, as a new charge finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payable {
    /// The version that the charge names is the one asked now, and the amount fits.
    Open,
    /// Another unreversed charge has it.
    Taken,
    /// The charge names an older version.
    Stale,
    /// No such bill, or the amount does not fit.
    Wrong,
}

/// What the biller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// This number is charged.
    Charged,
    /// No charge was made, and none is remembered.
    Refused(Refusal),
    /// This number is undone or bears a tombstone.
    Undone,
    /// No such number.
    NotFound,
    /// Nothing to undo, and no tombstone can be left.
    NothingLeft,
    /// The message is too old: says nothing about the number.
    TooOld,
}

/// Why a charge was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Closed for the moment.
    Closed,
    /// Paid already by another number.
    Taken,
    /// The version is not the one asked now.
    Stale,
    /// No such bill, or the amount does not fit.
    Wrong,
}

/// The state to commit, and the answer to give after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Committed first.
    pub state: State,
    /// Answered then.
    pub answer: Answer,
}

/// The next state of a number in `state` about which `event` arrives, given `facts`.
#[must_use]
pub fn transition(state: State, event: Event, facts: Facts) -> Step {
    use State::*;
    let step = |state, answer| Step { state, answer };
    match (state, event) {
        (Unknown | Charged | Undone, Event::Charge | Event::Confirm | Event::Refund)
            if facts.too_old && !plant::is("old-messages-never-die") =>
        {
            step(state, Answer::TooOld)
        }
        // Rule 3: the number first. The same number gets the same answer, whatever the bill's
        // version has become since (its own charge raised it).
        (Charged, Event::Charge) if plant::is("version-before-number") && facts.payable != Payable::Open => {
            step(Charged, Answer::Refused(Refusal::Stale))
        }
        (Charged, Event::Charge | Event::Confirm) => step(Charged, Answer::Charged),
        (Undone, Event::Charge | Event::Confirm | Event::Refund) => step(Undone, Answer::Undone),
        (Unknown, Event::Confirm) => step(Unknown, Answer::NotFound),
        (Unknown, Event::Charge) if facts.closed => step(Unknown, Answer::Refused(Refusal::Closed)),
        (Unknown, Event::Charge) => match facts.payable {
            Payable::Open => step(Charged, Answer::Charged),
            Payable::Taken | Payable::Stale if plant::is("payable-not-unique") => step(Charged, Answer::Charged),
            Payable::Taken => step(Unknown, Answer::Refused(Refusal::Taken)),
            Payable::Stale => step(Unknown, Answer::Refused(Refusal::Stale)),
            Payable::Wrong => step(Unknown, Answer::Refused(Refusal::Wrong)),
        },
        (Charged, Event::Refund) => step(Undone, Answer::Undone),
        // Rule 4: where there was no charge, a tombstone, so that a late one is refused.
        (Unknown, Event::Refund) if plant::is("no-tombstone") => step(Unknown, Answer::Undone),
        (Unknown, Event::Refund) if facts.tombstones => step(Undone, Answer::Undone),
        (Unknown, Event::Refund) => step(Unknown, Answer::NothingLeft),
    }
}
