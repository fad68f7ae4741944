//! What an order may become: the client's half of the payment protocol, as one pure function.
//!
//! `Authorized -> InDoubt -> Settled | Refused | Reversed`, and `Cancelled` where it is proved that
//! nothing was sent. [`transition`] decides every change of an order's state and what to ask the
//! gateway next; nothing else does. It has no clock, no store and no network, so the exhaustive
//! search and the simulation run the very code that ships. The rules are those of docs/payments.md.

use crate::plant;

pub use crate::model::End;

/// Where an order stands on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Signed and journalled; no byte has left.
    Authorized,
    /// A byte may have left. The person sees "checking, do not pay again".
    InDoubt(Attempt),
    /// The bank's receipt for this order is stored.
    Settled,
    /// The bank's signed refusal is stored: it was never charged and never will be.
    Refused,
    /// The bank's signed reversal is stored: the money is back.
    Reversed,
    /// Provably never sent.
    Cancelled,
}

/// Whether this process may still be able to prove that nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attempt {
    /// The first attempt, under way in the process that wrote the intent.
    First,
    /// A later attempt, or another process: what went out before is not known.
    Later,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The mark "in doubt" is being committed; the first byte follows.
    Send,
    /// The transport proves that no byte of the request was written.
    NothingSent,
    /// Found open when the profile was opened.
    Found,
    /// Time to ask again: a timer, resume, the network's return, a person.
    Ask,
    /// The gateway answered, or did not.
    Answer(Answer),
}

/// What the gateway said about the order, and whether `valid_until` had passed by the bank's clock
/// in that same answer. The phone's own clock has no say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A verified outcome that names this order's digest, with status 200.
    Ended(End),
    /// 202: known, not ended. `held`: a person at the bank is looking at it.
    Pending {
        /// `valid_until` has passed by the bank's clock.
        expired: bool,
        /// `held_until` lies ahead by the bank's clock.
        held: bool,
    },
    /// The gateway does not know the order. That is not "refused": the request may be on its way.
    NotKnown {
        /// `valid_until` has passed by the bank's clock.
        expired: bool,
    },
    /// Everything else: any other status, a broken or unsigned answer, none at all.
    Nothing {
        /// It bore the bank's time, `valid_until` has passed by that, and nobody at the bank is known
        /// to be looking at the order.
        expired: bool,
    },
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Send the order: the same bytes under the same id, however often.
    Pay,
    /// Ask what became of it.
    Confirm,
    /// Ask for its reversal.
    Reverse,
    /// Wait, then [`Event::Ask`].
    Wait,
    /// It is over, or nothing is to be done.
    Rest,
}

/// The state to commit, then what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Committed before anything else happens.
    pub state: State,
    /// Done after the commit.
    pub next: Next,
}

impl State {
    /// Whether the order has ended.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self {
            Self::Authorized | Self::InDoubt(_) => false,
            Self::Settled | Self::Refused | Self::Reversed | Self::Cancelled => true,
        }
    }
}

/// The next state of an order in `state` to which `event` happens.
///
/// Ends are final: once an order has one, no event changes it (success is monotonic, and an id
/// that ended otherwise is burnt).
#[must_use]
pub fn transition(state: State, event: Event) -> Step {
    use {Answer as A, Attempt::*, Event as E, State::*};
    let step = |state, next| Step { state, next };
    match (state, event) {
        (Authorized, E::Send) => step(InDoubt(First), Next::Pay),
        (Authorized, E::NothingSent) => step(Cancelled, Next::Rest),
        // The process that wrote it is gone; whether it sent is not known.
        (Authorized, E::Found | E::Ask) => step(InDoubt(Later), Next::Confirm),
        // No answer can belong to an order that was not sent; asking finds out.
        (Authorized, E::Answer(A::Pending { .. } | A::NotKnown { .. } | A::Nothing { .. })) => {
            step(InDoubt(Later), Next::Confirm)
        }
        (Authorized | InDoubt(_), E::Answer(A::Ended(end))) => step(ended(end), Next::Rest),

        (InDoubt(First), E::NothingSent) => step(Cancelled, Next::Rest),
        (InDoubt(Later), E::NothingSent) if plant::is!("later-attempt-cancels") => step(Cancelled, Next::Rest),
        (InDoubt(Later), E::NothingSent) => step(InDoubt(Later), Next::Wait),
        (InDoubt(_), E::Send) => step(InDoubt(Later), Next::Pay),
        (InDoubt(_), E::Found | E::Ask) => step(InDoubt(Later), Next::Confirm),
        (InDoubt(_), E::Answer(A::NotKnown { .. })) if plant::is!("not-found-is-refused") => step(Refused, Next::Rest),
        (InDoubt(_), E::Answer(A::NotKnown { .. })) if plant::is!("recovery-only-confirms") => {
            step(InDoubt(Later), Next::Wait)
        }
        // Rule 2: not found is open. Before valid_until the same request goes out again, afterwards
        // the gateway is told to end it, whatever it said short of an end: a question that it cannot
        // answer must not keep the order open for ever.
        (InDoubt(_), E::Answer(A::NotKnown { expired: false })) => step(InDoubt(Later), Next::Pay),
        (InDoubt(_), E::Answer(A::Nothing { .. })) if plant::is!("timeout-is-refused") => step(Refused, Next::Rest),
        (
            InDoubt(_),
            E::Answer(
                A::NotKnown { expired: true }
                | A::Pending { expired: true, held: false }
                | A::Nothing { expired: true },
            ),
        ) => step(InDoubt(Later), Next::Reverse),
        (
            InDoubt(_),
            E::Answer(
                A::Pending { expired: false, .. } | A::Pending { held: true, .. } | A::Nothing { expired: false },
            ),
        ) => step(InDoubt(Later), Next::Wait),

        (
            Settled | Refused | Reversed | Cancelled,
            E::Send
            | E::NothingSent
            | E::Found
            | E::Ask
            | E::Answer(A::Ended(_) | A::Pending { .. } | A::NotKnown { .. } | A::Nothing { .. }),
        ) => step(state, Next::Rest),
    }
}

fn ended(end: End) -> State {
    match end {
        End::Settled => State::Settled,
        End::Refused => State::Refused,
        End::Reversed => State::Reversed,
    }
}
