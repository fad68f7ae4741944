//! Which sums a bill or a top-up account takes (row 15): exactly what it asks, a part of it, or any sum
//! within its bounds. Pure; the phone has a function of its own that has to say the same.

use crate::api::wire::Money;

/// What is said of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    Good,
    /// Less than the biller takes.
    BelowMinimum,
    /// More than the biller takes.
    AboveMaximum,
    /// No sum at all, or of another currency.
    NotAllowed,
}

/// Whether a payable with these bounds takes this sum.
#[must_use]
pub fn verdict(minimum: &Money, maximum: &Money, amount: &Money) -> Verdict {
    if !amount.is_good() || amount.currency != minimum.currency || amount.minor == 0 && minimum.minor == 0 {
        Verdict::NotAllowed
    } else if amount.minor < minimum.minor {
        Verdict::BelowMinimum
    } else if amount.minor > maximum.minor {
        Verdict::AboveMaximum
    } else {
        Verdict::Good
    }
}
