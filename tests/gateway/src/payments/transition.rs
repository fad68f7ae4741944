//! What an order may become at the bank: the gateway's half of the payment protocol, as one pure
//! function. The handlers, the worker and the biller's answers all go through [`transition`], and
//! nothing else decides. Rule numbers are those of docs/payments.md.
//!
//! What a change of state means for the ledger (done in the same commit, see `orders.rs`):
//! entering `Claimed` records the signed order and holds the money; `Settled` posts it to the
//! biller and issues the receipt; `Refused` records the signed refusal; `Reversing` records that a
//! `refund` is about to be sent; `Reversed` gives held money back and issues the reversal.

use crate::plant;

/// Where an order stands at the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Not recorded here.
    Unknown,
    /// Recorded, the money held; the biller's word is awaited.
    Claimed,
    /// A `refund` is about to be sent or was: it can only end as reversed.
    Reversing,
    /// Ended by a receipt.
    Settled,
    /// Ended by a refusal: no charge was ever sent.
    Refused,
    /// Ended by a reversal.
    Reversed,
}

impl State {
    /// Whether it has no end yet.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Unknown | Self::Claimed | Self::Reversing => true,
            Self::Settled | Self::Refused | Self::Reversed => false,
        }
    }
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The client hands over the signed order.
    Pay,
    /// The client asks what became of it.
    Confirm,
    /// The client asks for its reversal.
    Reverse,
    /// After a change of epoch: the client presents the order as open, or a biller's statement lists
    /// a charge of its number that the ledger does not have as settled.
    Evidence,
    /// The client presents this bank's own receipt for it.
    Receipt,
    /// The worker's turn.
    Tick,
    /// The biller answered a `charge`.
    Charged(ChargeAnswer),
    /// The biller answered a `confirm`.
    Confirmed(ConfirmAnswer),
    /// The biller answered a `refund`.
    Refunded(RefundAnswer),
    /// Two persons at the bank have ruled how it ends.
    ByHand(Ruling),
}

/// What two persons have found out about an order that no rule ends (rule 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ruling {
    /// The biller has the money, or is to have it: it ends as settled.
    Charged,
    /// The biller has no charge, and is to have none: it ends as reversed.
    NotCharged,
}

/// The biller's word on a `charge`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChargeAnswer {
    /// This number is charged.
    Charged,
    /// Not charged, for now or for good: the gateway cannot know which.
    Refused,
    /// This number was undone, or bears a tombstone.
    Undone,
}

/// The biller's word on a `confirm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfirmAnswer {
    /// This number is charged.
    Charged,
    /// No such number, so far.
    NotFound,
    /// This number was undone, or bears a tombstone.
    Undone,
}

/// The biller's word on a `refund`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundAnswer {
    /// Undone, or a tombstone left: a late charge of this number will be refused.
    Undone,
    /// There was nothing to undo, and this biller cannot leave a tombstone.
    NothingLeft,
}

/// What the ledger and the clock say about the order at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// Whether it was quoted before the last restore.
    pub age: Age,
    /// `valid_until` has passed by the bank's clock.
    pub expired: bool,
    /// Something speaks against taking it: the payable, its version, funds, limits, permission.
    pub obstacle: bool,
    /// The device that signed it was revoked.
    pub revoked: bool,
    /// The biller leaves tombstones.
    pub tombstones: bool,
    /// Every `charge` ever sent for it is too old for the biller to take. With an answer: it was so
    /// already when the biller gave it, for a slow "not found" from before proves nothing.
    pub quiet: bool,
    /// It stands on the operator's list: no rule can end it now.
    pub listed: bool,
}

/// The epoch of an order, seen from the ledger's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Age {
    /// Quoted in this epoch.
    Current,
    /// Quoted in another, and messages from then may still reach the biller.
    OlderInWindow,
    /// Quoted in another; no message from then can still act.
    Older,
}

/// What the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    /// The signed outcome, 200.
    Ended(End),
    /// 202.
    Pending,
    /// 404.
    NotKnown,
    /// Nobody is waiting.
    None,
}

/// How an order ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// By a receipt.
    Settled,
    /// By a refusal.
    Refused,
    /// By a reversal.
    Reversed,
}

/// What goes to the biller, after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Send {
    /// Scene `charge`.
    Charge,
    /// Scene `confirm`.
    Confirm,
    /// Scene `refund`.
    Refund,
}

/// The state to commit, what then goes to the biller, and what the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// Committed first.
    pub state: State,
    /// Sent after the commit.
    pub send: Option<Send>,
    /// Told to the client, if nothing better is known by then.
    pub reply: Reply,
}

/// Rule 7: whether the biller's word may change an order of this age.
fn may_decide(facts: Facts) -> bool {
    match facts.age {
        Age::Current => true,
        // A tombstone-less biller's orders of before a restore are for a person to decide (rule 4).
        Age::Older => facts.tombstones || plant::is("decides-without-tombstone"),
        Age::OlderInWindow => plant::is("no-window"),
    }
}

/// Rule 12: whether a person's ruling may end an order. Never one that a rule may yet end, never while a
/// message from before a restore may still reach the biller, and nobody rules that it is not charged while
/// a charge may still land.
fn may_rule(ruling: Ruling, facts: Facts) -> bool {
    let dead = match facts.age {
        Age::Current | Age::Older => true,
        Age::OlderInWindow => false,
    };
    let settled_down = match ruling {
        Ruling::Charged => true,
        Ruling::NotCharged => facts.expired && facts.quiet,
    };
    facts.listed && (dead && settled_down || plant::is("ruled-while-a-charge-may-land"))
}

fn is_older(facts: Facts) -> bool {
    match facts.age {
        Age::Current => false,
        Age::OlderInWindow | Age::Older => true,
    }
}

/// What an order in a backup stands for once a restore has put it into the ledger's place.
///
/// That a `refund` was sent is of the life that ended: by the time anything is decided about older orders
/// its messages are dead, and another life may have adopted the charge since the backup was taken (two
/// restores, the second from the later backup). So it is asked after like a claimed one (rule 7).
#[must_use]
pub fn restored(backup: State) -> State {
    match backup {
        State::Reversing if !plant::is("resumes-refunds-of-a-backup") => State::Claimed,
        State::Unknown | State::Claimed | State::Reversing | State::Settled | State::Refused | State::Reversed => {
            backup
        }
    }
}

/// The next state of an order in `state` to which `event` happens, given `facts`.
#[must_use]
pub fn transition(state: State, event: Event, facts: Facts) -> Step {
    use {Event as E, State::*};
    let step = |state, send, reply| Step { state, send, reply };
    let stay = |reply| step(state, None, reply);
    match (state, event) {
        (Settled, E::Pay | E::Confirm | E::Reverse | E::Evidence | E::Receipt) => stay(Reply::Ended(End::Settled)),
        (Refused, E::Pay | E::Confirm | E::Reverse | E::Evidence | E::Receipt) => stay(Reply::Ended(End::Refused)),
        (Reversed, E::Pay | E::Confirm | E::Reverse | E::Evidence | E::Receipt) => stay(Reply::Ended(End::Reversed)),

        // Rule 7: the epoch is looked at before anything else. An order of an earlier one that is
        // not known here, and an unseen one of a revoked device, are neither refused nor charged.
        (Unknown, E::Pay) if is_older(facts) && !plant::is("no-epoch") => stay(Reply::Pending),
        (Unknown, E::Pay) if facts.revoked => stay(Reply::Pending),
        (Unknown, E::Pay) if facts.expired && !plant::is("gateway-ignores-valid-until") => stay(Reply::NotKnown),
        // Rule 1: recorded before it is answered.
        (Unknown, E::Pay) if facts.obstacle && plant::is("refusal-not-recorded") => stay(Reply::Ended(End::Refused)),
        (Unknown, E::Pay) if facts.obstacle => step(Refused, None, Reply::Ended(End::Refused)),
        (Unknown, E::Pay) => step(Claimed, Some(Send::Charge), Reply::Pending),
        (Unknown, E::Confirm) => stay(Reply::NotKnown),
        // Rule 2: a claimed order ends only by the biller's word.
        (Claimed, E::Confirm) if facts.expired && plant::is("claimed-order-expires") => {
            stay(Reply::Ended(End::Refused))
        }
        (Claimed | Reversing, E::Pay | E::Confirm) => stay(Reply::Pending),

        // Rule 8: on reversal the biller is asked, also about an order that is not known here.
        (Unknown | Claimed, E::Reverse) if !facts.expired || !may_decide(facts) => stay(Reply::Pending),
        (Unknown | Claimed, E::Reverse) if plant::is("reverses-without-confirm") => {
            step(Reversing, Some(Send::Refund), Reply::Pending)
        }
        (Unknown, E::Reverse) if plant::is("reverses-unasked") => step(Reversed, None, Reply::Ended(End::Reversed)),
        (Unknown | Claimed, E::Reverse) => step(state, Some(Send::Confirm), Reply::Pending),
        // Rule 4, asked by the client: it must not keep the order open by asking.
        (Reversing, E::Reverse) if !facts.tombstones && facts.quiet && may_decide(facts) => {
            step(Reversing, Some(Send::Confirm), Reply::Pending)
        }
        (Reversing, E::Reverse) => step(Reversing, Some(Send::Refund), Reply::Pending),

        // Rule 9: what a restored ledger lost comes back with the client's evidence. The bank's own
        // receipt is taken up as it is; an open order is looked into.
        (Unknown | Claimed, E::Receipt | E::Evidence) if plant::is("evidence-not-taken-up") => stay(Reply::Pending),
        (Unknown | Claimed, E::Receipt) => step(Settled, None, Reply::Ended(End::Settled)),
        (Reversing, E::Receipt | E::Evidence) => stay(Reply::Pending),
        (Unknown, E::Evidence) if is_older(facts) && may_decide(facts) => {
            step(Unknown, Some(Send::Confirm), Reply::Pending)
        }
        (Unknown | Claimed, E::Evidence) => stay(Reply::Pending),

        // Rule 10: open charges are repeated while they may be, then confirmed; `refund`s always.
        (Claimed | Reversing, E::Tick) if plant::is("repeats-nothing") => stay(Reply::None),
        (Claimed, E::Tick) if !is_older(facts) && !facts.expired => step(Claimed, Some(Send::Charge), Reply::None),
        (Claimed, E::Tick) if plant::is("repeats-late-charges") => step(Claimed, Some(Send::Charge), Reply::None),
        (Claimed, E::Tick) if may_decide(facts) => step(Claimed, Some(Send::Confirm), Reply::None),
        (Claimed, E::Tick) => stay(Reply::None),
        (Reversing, E::Confirmed(ConfirmAnswer::NotFound)) if plant::is("no-wait-for-quiet") => {
            step(Reversed, None, Reply::Ended(End::Reversed))
        }
        (Reversing, E::Tick) if !facts.tombstones && plant::is("no-wait-for-quiet") => {
            step(Reversing, Some(Send::Confirm), Reply::None)
        }
        (Reversing, E::Tick) if facts.tombstones || !facts.quiet => step(Reversing, Some(Send::Refund), Reply::None),
        // Rule 4: without a tombstone only silence proves that no charge will land any more.
        (Reversing, E::Tick) if may_decide(facts) => step(Reversing, Some(Send::Confirm), Reply::None),
        (Reversing, E::Tick) => stay(Reply::None),
        (Unknown | Settled | Refused | Reversed, E::Tick) => stay(Reply::None),

        // Rules 5, 6, 7: the biller's word on a charge counts while the order is claimed, and only
        // where no message from before a restore can contradict it.
        (Claimed, E::Charged(_)) if !may_decide(facts) && !plant::is("believes-claimed-in-backup") => {
            stay(Reply::Pending)
        }
        (Claimed, E::Charged(ChargeAnswer::Charged)) => step(Settled, None, Reply::Ended(End::Settled)),
        (Claimed, E::Charged(ChargeAnswer::Refused)) if plant::is("biller-refusal-not-fenced") => {
            step(Refused, None, Reply::Ended(End::Refused))
        }
        (Claimed, E::Charged(ChargeAnswer::Refused)) => step(Reversing, Some(Send::Refund), Reply::Pending),
        (Claimed, E::Charged(ChargeAnswer::Undone)) => step(Reversed, None, Reply::Ended(End::Reversed)),
        (Reversing, E::Charged(ChargeAnswer::Charged)) if plant::is("settles-after-refund") => {
            step(Settled, None, Reply::Ended(End::Settled))
        }
        (Reversing, E::Charged(_)) => stay(Reply::Pending),

        // Rule 5: confirm first. A charge that is found is adopted; one that is not is reversed, but
        // only when no new copy of it will be sent.
        (Unknown | Claimed, E::Confirmed(_)) if !may_decide(facts) => stay(Reply::Pending),
        (Unknown | Claimed, E::Confirmed(ConfirmAnswer::Charged)) => step(Settled, None, Reply::Ended(End::Settled)),
        (Unknown | Claimed, E::Confirmed(ConfirmAnswer::Undone)) => step(Reversed, None, Reply::Ended(End::Reversed)),
        (Unknown, E::Confirmed(ConfirmAnswer::NotFound)) if !facts.expired => stay(Reply::Pending),
        (Claimed, E::Confirmed(ConfirmAnswer::NotFound)) if !is_older(facts) && !facts.expired => stay(Reply::Pending),
        (Unknown | Claimed, E::Confirmed(ConfirmAnswer::NotFound)) => {
            step(Reversing, Some(Send::Refund), Reply::Pending)
        }
        (Reversing, E::Confirmed(ConfirmAnswer::Charged)) if plant::is("settles-after-refund") => {
            step(Settled, None, Reply::Ended(End::Settled))
        }
        (Reversing, E::Confirmed(ConfirmAnswer::Charged)) => step(Reversing, Some(Send::Refund), Reply::Pending),
        (Reversing, E::Confirmed(ConfirmAnswer::Undone)) => step(Reversed, None, Reply::Ended(End::Reversed)),
        (Reversing, E::Confirmed(ConfirmAnswer::NotFound)) if !facts.tombstones && facts.quiet && may_decide(facts) => {
            step(Reversed, None, Reply::Ended(End::Reversed))
        }
        (Reversing, E::Confirmed(ConfirmAnswer::NotFound)) => stay(Reply::Pending),

        (Reversing, E::Refunded(RefundAnswer::Undone)) => step(Reversed, None, Reply::Ended(End::Reversed)),
        (Reversing, E::Refunded(RefundAnswer::NothingLeft)) if plant::is("trusts-no-tombstone") => {
            step(Reversed, None, Reply::Ended(End::Reversed))
        }
        (Reversing, E::Refunded(RefundAnswer::NothingLeft)) => stay(Reply::Pending),

        // Rule 12: what no rule ends, two persons may. Not against rule 5: a `refund` may have undone it.
        (Unknown | Claimed | Reversing, E::ByHand(ruling)) if !may_rule(ruling, facts) => stay(Reply::Pending),
        (Unknown | Claimed, E::ByHand(Ruling::Charged)) => step(Settled, None, Reply::Ended(End::Settled)),
        (Reversing, E::ByHand(Ruling::Charged)) => stay(Reply::Pending),
        (Unknown | Claimed | Reversing, E::ByHand(Ruling::NotCharged)) => {
            step(Reversed, None, Reply::Ended(End::Reversed))
        }

        // An answer to a question that a restored ledger never asked, or that came after the end.
        (Unknown, E::Charged(_)) | (Unknown | Claimed, E::Refunded(_)) => stay(Reply::Pending),
        (Settled, E::Charged(_) | E::Confirmed(_) | E::Refunded(_) | E::ByHand(_)) => stay(Reply::Ended(End::Settled)),
        (Refused, E::Charged(_) | E::Confirmed(_) | E::Refunded(_) | E::ByHand(_)) => stay(Reply::Ended(End::Refused)),
        (Reversed, E::Charged(_) | E::Confirmed(_) | E::Refunded(_) | E::ByHand(_)) => {
            stay(Reply::Ended(End::Reversed))
        }
    }
}
