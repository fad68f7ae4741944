//! A tap on the way from the bank to its billers: when a charge leaves, the bank's ledger has to hold the
//! order as claimed, with all of its money held, and committed (I2), and the order has to be one that may
//! still be charged (rule 10).

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension as _};
use sandbox_gateway::{leg::Scene, location::Location};

use super::{clock::DAWN_MS, common::Common, keeper::connect};

/// An order as a charge of it leaves.
struct Leaving {
    state: i64,
    held: i64,
    total: i64,
    again: bool,
    valid_until: i64,
    current: bool,
}

/// A connection of the simulation's own to the bank's ledger.
#[derive(Debug)]
pub struct LedgerTap {
    ledger: Mutex<Connection>,
    /// How far the bank's clock is ahead.
    skew_ms: i64,
    orders: Mutex<BTreeMap<String, usize>>,
}

impl LedgerTap {
    /// Listens in on the ledger there, of a bank whose clock is ahead by so much.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn on(ledger: &Location, skew_ms: i64) -> rusqlite::Result<Self> {
        Ok(Self { ledger: Mutex::new(connect(&ledger.path)?), skew_ms, orders: Mutex::default() })
    }

    /// Which message it is, whatever number it bears: to whom, to what end, about the how-manieth order.
    pub fn which(&self, biller: &str, scene: Scene, number: Option<&str>) -> String {
        let Some(number) = number else { return format!("{biller} {scene}") };
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let next = orders.len();
        let at = *orders.entry(number.to_owned()).or_insert(next);
        drop(orders);
        format!("{biller} {scene} {at}")
    }

    /// What a customer has left.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn balance(&self, customer: &str) -> rusqlite::Result<i64> {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let mut look = ledger.prepare_cached("SELECT sum(balance) FROM method WHERE customer = ?1")?;
        look.query_row([customer], |row| row.get(0))
    }

    /// A charge of that number is about to leave the bank.
    pub fn charge_leaves(&self, common: &Common, number: &str) {
        let ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let look = || {
            // Rule 11: a settled number that its biller lost goes out again, and that is recorded first.
            let sql = "SELECT state, held, amount + fee, state = 3 AND EXISTS
                       (SELECT 1 FROM again a WHERE a.payment_id = o.payment_id AND a.state = 1),
                       valid_until, epoch = (SELECT epoch FROM life)
                       FROM orders o WHERE number = ?1";
            let row = |row: &rusqlite::Row<'_>| {
                let (state, held, total) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let (again, valid_until, current) = (row.get(3)?, row.get(4)?, row.get(5)?);
                Ok(Leaving { state, held, total, again, valid_until, current })
            };
            ledger.prepare_cached(sql)?.query_row([number], row).optional()
        };
        let found: rusqlite::Result<Option<Leaving>> = look();
        drop(ledger);
        match found {
            Ok(Some(Leaving { held: 0, again: true, .. })) => {}
            Ok(Some(order)) => {
                let Leaving { state, held, total, valid_until, current, .. } = order;
                if state != 1 || held != total {
                    let what = format!("a charge left the bank in state {state} with {held} of {total} held");
                    common.wrong("I2", what);
                }
                // What the person signed covers a charge until then, and of an order of before a restore nobody
                // knows what has become of it.
                let late = DAWN_MS + common.now.ms() + self.skew_ms - valid_until;
                if late > 0 {
                    common.wrong("rule 10", format!("a charge left the bank {late} ms after its order's valid_until"));
                }
                if !current {
                    common.wrong("rule 10", "a charge left the bank for an order of before a restore".to_owned());
                }
            }
            Ok(None) => common.wrong("I2", "a charge left the bank before its order was committed".to_owned()),
            Err(error) => common.wrong("I2", format!("the ledger cannot be read as a charge leaves: {error}")),
        }
    }
}
