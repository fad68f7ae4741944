//! What follows at the bank from a difference that a biller found between the statement and its own
//! books (rules 9 and 11), as pure functions. Signed outcomes never change; what is done is done to
//! the biller's books, to the money beside a settled payment, or to the next statement.

use super::transition::State;
use crate::{leg::differences::Difference, plant};

/// What the bank's ledger says beside the state of the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The payment was given back already.
    pub repaid: bool,
    /// Bill and amount in the biller's books are those that were signed.
    pub as_signed: bool,
    /// The line about the order was booked after the difference was found: the next statement has it.
    pub booked_since: bool,
}

/// What the bank does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Repair {
    /// Nothing: a line that is booked already says what is.
    Agreed,
    /// Nothing yet: the order is open, and its end will be booked.
    Wait,
    /// Nothing yet: this ledger does not know the order. The client's evidence brings it (rule 9).
    AwaitEvidence,
    /// A line that counts in the place of the earlier ones is booked on the day of today.
    StateAgain,
    /// The same number is charged once more; where that cannot be, it is fenced and given back.
    ChargeAgain,
    /// The number is undone once more.
    RefundAgain,
    /// A person has to look: the biller's books name another sum or bill than was signed.
    Person,
}

impl Repair {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Agreed,
        Self::Wait,
        Self::AwaitEvidence,
        Self::StateAgain,
        Self::ChargeAgain,
        Self::RefundAgain,
        Self::Person,
    ];

    /// As it stands in the list.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Wait => "wait",
            Self::AwaitEvidence => "await-evidence",
            Self::StateAgain => "state-again",
            Self::ChargeAgain => "charge-again",
            Self::RefundAgain => "refund-again",
            Self::Person => "person",
        }
    }
}

/// What follows from a difference about an order in `order`.
#[must_use]
pub fn repair(difference: Difference, order: State, facts: Facts) -> Repair {
    use {Difference as D, Repair as R, State::*};
    match (difference, order) {
        // Rule 9: what a restored ledger lost. Nothing is decided without the signed order.
        (
            D::MissingLine
            | D::ExtraLine
            | D::WrongAmount
            | D::WrongBill
            | D::DuplicateLine
            | D::WrongDay
            | D::UndoneThere
            | D::UndoneHere,
            Unknown,
        ) => R::AwaitEvidence,
        // Rule 2: an open order ends by the biller's word on its number, not by a list.
        (
            D::MissingLine
            | D::ExtraLine
            | D::WrongAmount
            | D::WrongBill
            | D::DuplicateLine
            | D::WrongDay
            | D::UndoneThere
            | D::UndoneHere,
            Claimed | Reversing,
        ) => R::Wait,

        // Rule 11, settled here and missing there: the receipt stands, so the biller gets its money's
        // worth, or the customer his money.
        (D::ExtraLine | D::UndoneHere, Settled) if facts.repaid => R::Agreed,
        (D::ExtraLine | D::UndoneHere, Settled) if plant::is("lost-charge-stays-lost") => R::Agreed,
        (D::ExtraLine | D::UndoneHere, Settled) => R::ChargeAgain,
        // An earlier life of this ledger said charged; the end of this one is booked.
        (D::ExtraLine | D::UndoneHere, Refused | Reversed) => R::Agreed,

        // Rule 11, undone here and found there. Given back counts as undone.
        (D::MissingLine | D::UndoneThere | D::WrongAmount | D::WrongBill, Refused | Reversed) => R::RefundAgain,
        (D::MissingLine | D::UndoneThere | D::WrongAmount | D::WrongBill, Settled) if facts.repaid => R::RefundAgain,
        (D::MissingLine | D::UndoneThere | D::WrongAmount | D::WrongBill, Settled) if !facts.as_signed => R::Person,
        // It was open when the biller looked; its line is on its way.
        (D::MissingLine, Settled) if facts.booked_since => R::Agreed,
        // The books agree, the lines were wrong: a closed day stays as it is, so a later one says it.
        (D::MissingLine | D::UndoneThere | D::WrongAmount | D::WrongBill, Settled) => R::StateAgain,
        (D::DuplicateLine | D::WrongDay, Settled | Refused | Reversed) => R::StateAgain,
    }
}

/// Where the number of an ended order starts from when it goes to the biller once more. From there on
/// [`super::transition::transition`] decides, as about any other charge: so a number that was refused is
/// fenced, and one that was undone is never charged. `before` is where an earlier repair of it ended.
#[must_use]
pub fn begins(repair: Repair, before: Option<State>) -> Option<State> {
    match (repair, before) {
        // Under way: it goes on from where it is. Once a `refund` was sent, only undone is left (rule 5).
        (Repair::ChargeAgain | Repair::RefundAgain, Some(State::Claimed | State::Reversing)) => None,
        // Undone for good: its number is burnt at the biller.
        (Repair::ChargeAgain, Some(State::Reversed)) => None,
        // A biller may be restored twice, so what was charged again can be missing again.
        (Repair::ChargeAgain, None | Some(State::Unknown | State::Settled | State::Refused)) => Some(State::Claimed),
        (Repair::RefundAgain, None | Some(State::Unknown | State::Settled | State::Refused | State::Reversed)) => {
            Some(State::Reversing)
        }
        (
            Repair::Agreed | Repair::Wait | Repair::AwaitEvidence | Repair::StateAgain | Repair::Person,
            None
            | Some(
                State::Unknown | State::Claimed | State::Reversing | State::Settled | State::Refused | State::Reversed,
            ),
        ) => None,
    }
}
