//! What must hold in every world, and what an agreed end is.

use billpay_core::payments::transition as client;
use sandbox_gateway::{biller::transition as biller, payments::transition as gateway};

use super::{
    parties::age,
    variants::Config,
    world::{Phone, Told, Which, World},
};

/// What the search can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// Two unreversed charges.
    I1,
    /// The phone said what is not so.
    I3,
    /// The gateway's books and the biller's differ in something that has ended.
    I5,
    /// A charge that was there when the gateway asked is undone all the same.
    NotAdopted,
    /// No way leads to an end on which all agree.
    Stuck,
}

impl Finding {
    /// The invariant, or the rule where none names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::I1 => "I1",
            Self::I3 => "I3",
            Self::I5 => "I5",
            Self::NotAdopted => "adopt",
            Self::Stuck => "stuck",
        }
    }
}

/// What is wrong with a world, in words.
#[must_use]
pub fn violated(config: &Config, world: &World) -> Option<(Finding, &'static str)> {
    let charged = |which: Which| world.at(which).biller == biller::State::Charged;
    if charged(Which::One) && charged(Which::Two) && (!config.top_up || config.made_up_numbers) {
        return Some((Finding::I1, "one bill, or one wish, is charged twice"));
    }
    if world.bank.contradicted {
        return Some((Finding::I3, "the person was told that it was paid, and that it was not"));
    }
    if world.bank.not_adopted {
        return Some((Finding::NotAdopted, "a landed charge is being undone although the gateway had asked"));
    }
    if config.made_up_numbers {
        // Two numbers for one order: which of them the books mean cannot be said.
        return None;
    }
    Which::BOTH.into_iter().find_map(|which| {
        let payment = world.at(which);
        match (payment.told, charged(which)) {
            (Told::NotPaid, true) => return Some((Finding::I3, "told not paid, and the biller has the charge")),
            (Told::Paid, false) => return Some((Finding::I3, "told paid, and the biller has no charge")),
            (Told::Nothing, _) | (Told::NotPaid, false) | (Told::Paid, true) => {}
        }
        match (payment.gateway, charged(which)) {
            (gateway::State::Settled, false) => Some((Finding::I5, "customer debited, and the biller has no charge")),
            (gateway::State::Refused | gateway::State::Reversed, true) => {
                Some((Finding::I5, "customer not debited, and the biller has the charge"))
            }
            (gateway::State::Unknown | gateway::State::Claimed | gateway::State::Reversing, _)
            | (gateway::State::Settled, true)
            | (gateway::State::Refused | gateway::State::Reversed, false) => None,
        }
    })
}

/// Whether both payments have ended and everyone agrees how. One is left to the biller's list: a charge of
/// before a restore, at a biller without tombstones, of which no signed order is left anywhere.
#[must_use]
pub fn is_agreed(config: &Config, world: &World) -> bool {
    Which::BOTH.into_iter().all(|which| {
        let payment = world.at(which);
        let nobody_knows = !config.tombstones
            && age(world, which) == gateway::Age::Older
            && payment.phone == Phone::Forgot
            && !payment.pay
            && !payment.reversal;
        let phone = match payment.phone {
            Phone::New | Phone::Forgot => true,
            Phone::Has(client::State::Authorized | client::State::InDoubt(_)) => false,
            Phone::Has(
                client::State::Settled | client::State::Refused | client::State::Reversed | client::State::Cancelled,
            ) => true,
        };
        let charged = payment.biller == biller::State::Charged;
        let books = match payment.gateway {
            gateway::State::Unknown => !charged || nobody_knows,
            gateway::State::Claimed | gateway::State::Reversing => false,
            gateway::State::Settled => charged,
            gateway::State::Refused | gateway::State::Reversed => !charged,
        };
        phone && books
    })
}
