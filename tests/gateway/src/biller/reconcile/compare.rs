//! What the bank's statements say of a number, held against the biller's books: a difference, or none.
//! A pure function; nothing else decides.

use super::super::transition::State;
use crate::leg::differences::Difference;

/// What the statements say of a number, all lines that came taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    /// No line.
    Nothing,
    /// The order had no end at the bank when the day was closed.
    Open,
    /// Settled.
    Charged,
    /// Reversed.
    Undone,
    /// Settled, and given back to the customer.
    Repaid,
}

/// What a line names beside that, held against the books; only where both sides are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// The statement that had to say it has come: the charge was hours from the end of its day, or
    /// the order was listed as open before and is not any more.
    pub overdue: bool,
    /// The amount is the same.
    pub same_amount: bool,
    /// The bill is the same.
    pub same_bill: bool,
    /// It can have been charged on the day that the line names.
    pub day_fits: bool,
    /// More than one line says so.
    pub twice: bool,
}

/// The difference, if there is one.
#[must_use]
pub fn compare(said: Said, own: State, facts: Facts) -> Option<Difference> {
    match (said, own) {
        // Not said yet is not missing: the charge may have crossed midnight, or wait for its end.
        (Said::Nothing | Said::Open, State::Charged) => facts.overdue.then_some(Difference::MissingLine),
        (Said::Nothing | Said::Open, State::Unknown | State::Undone) => None,

        (Said::Charged, State::Unknown) => Some(Difference::ExtraLine),
        (Said::Charged, State::Undone) => Some(Difference::UndoneHere),
        (Said::Charged, State::Charged) if !facts.same_bill => Some(Difference::WrongBill),
        (Said::Charged, State::Charged) if !facts.same_amount => Some(Difference::WrongAmount),
        (Said::Charged, State::Charged) if facts.twice => Some(Difference::DuplicateLine),
        (Said::Charged, State::Charged) if !facts.day_fits => Some(Difference::WrongDay),
        (Said::Charged, State::Charged) => None,

        (Said::Undone | Said::Repaid, State::Charged) => Some(Difference::UndoneThere),
        (Said::Undone | Said::Repaid, State::Unknown | State::Undone) => {
            facts.twice.then_some(Difference::DuplicateLine)
        }
    }
}
