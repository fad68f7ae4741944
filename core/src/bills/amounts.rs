//! Which sums a bill takes (features row 15), and how one sum goes over several bills. Pure. The
//! bank's gateway says the same of each sum; here it is said before anything is asked.

use crate::model::{Bill, BillKind, BillState, Money};

/// Why a bill does not take a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Less than the biller takes.
    BelowMinimum,
    /// More than the biller takes.
    AboveMaximum,
    /// No sum at all, or of another currency.
    NotAllowed,
}

/// Whether this bill takes this sum: exactly what it asks, a part, or within its bounds.
///
/// # Errors
/// [`Unfit`].
pub fn fits(bill: &Bill, amount: Money) -> Result<(), Unfit> {
    if amount.currency() != bill.minimum.currency() || amount.minor() == 0 && bill.minimum.minor() == 0 {
        return Err(Unfit::NotAllowed);
    }
    if amount.minor() < bill.minimum.minor() {
        return Err(Unfit::BelowMinimum);
    }
    if amount.minor() > bill.maximum.minor() {
        return Err(Unfit::AboveMaximum);
    }
    Ok(())
}

/// What one sum pays of several bills, and what of it is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The bill numbers with their shares, the oldest bill first.
    pub shares: Vec<(String, Money)>,
    /// What no bill takes.
    pub left: Money,
    /// Bills with a payment that has not ended, here or on another device: they get nothing until it has.
    pub waiting: Vec<String>,
}

/// The place of a bill among others: the one that is due first, first.
#[must_use]
pub fn oldest_first(bill: &Bill) -> impl Ord + use<> {
    // One without a date comes last: nothing says that it is late.
    (bill.due_date.is_none(), bill.due_date, bill.period.clone(), bill.bill_number.clone())
}

/// Goes over the open bills with a sum, the oldest first: each gets all that it takes before a newer one
/// gets anything, and each share is one that its bill takes. Top-up accounts are left out: they ask for
/// nothing; and so is what is `waiting` for the end of a payment: it may be paid by that.
#[must_use]
pub fn spread(bills: &[Bill], waiting: Vec<String>, sum: Money) -> Spread {
    let asks = |bill: &&Bill| {
        // One that takes nothing must not keep the newer ones from getting anything.
        bill.state == BillState::Open
            && bill.kind == BillKind::Bill
            && bill.maximum.currency() == sum.currency()
            && bill.maximum.minor() > 0
            && !waiting.contains(&bill.bill_number)
    };
    let mut open: Vec<&Bill> = bills.iter().filter(asks).collect();
    open.sort_by_cached_key(|bill| oldest_first(bill));
    let (mut shares, mut left) = (Vec::new(), sum);
    for bill in open {
        let share = if left.minor() < bill.maximum.minor() { left } else { bill.maximum };
        // What does not fit the oldest one goes to no newer one.
        let (Ok(()), Ok(rest)) = (fits(bill, share), left.minus(share)) else { break };
        shares.push((bill.bill_number.clone(), share));
        left = rest;
        if share != bill.maximum {
            break;
        }
    }
    Spread { shares, left, waiting }
}
