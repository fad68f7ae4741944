//! What the ledger and the clocks say about an order at this moment.

use super::transition::{Age, Facts};
use crate::{
    gateway::Gateway,
    ledger::{Life, orders::Order},
    leg::MAX_AGE,
};

/// What the order itself does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    /// Something speaks against taking it.
    pub(crate) obstacle: bool,
    /// Its device was revoked.
    pub(crate) revoked: bool,
    /// The biller's clock, where it just answered.
    pub(crate) biller_time: Option<i64>,
    /// It stands on the operator's list.
    pub(crate) listed: bool,
}

/// The facts about an order.
pub(crate) fn of(gateway: &Gateway, life: &Life, order: &Order, now: i64, around: Around) -> Facts {
    let age = life.age(&order.epoch, now);
    let entry = gateway.catalogue.get(&order.biller);
    Facts {
        age,
        expired: now > order.valid_until,
        obstacle: around.obstacle,
        revoked: around.revoked,
        tombstones: entry.is_some_and(|entry| entry.biller.capabilities.tombstone),
        quiet: quiet(life, order, age, now, around.biller_time),
        listed: around.listed,
    }
}

/// Whether every charge that was ever sent is too old for the biller by now. A restored ledger may
/// have forgotten charges, so there the moment of the restore counts as one.
pub(super) fn quiet(life: &Life, order: &Order, age: Age, now: i64, biller_time: Option<i64>) -> bool {
    let forgotten = match age {
        Age::Current => None,
        Age::OlderInWindow | Age::Older => life.restored_at,
    };
    let Some(last) = order.charge_sent_at.max(forgotten) else { return true };
    match biller_time {
        // The biller's own clock decides what is too old for it.
        Some(time) => time > last.saturating_add(i64::try_from(MAX_AGE.as_millis()).unwrap_or(i64::MAX)),
        None => now > last.saturating_add(Life::window_ms()),
    }
}
