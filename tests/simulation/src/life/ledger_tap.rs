//! A tap on the way from the bank to its billers: when a charge leaves, the bank's ledger has to hold the
//! order as claimed, with all of its money held, and committed (I2).

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension as _};
use sandbox_gateway::{leg::Scene, location::Location};

use super::{common::Common, keeper::connect};

/// A connection of the simulation's own to the bank's ledger.
#[derive(Debug)]
pub struct LedgerTap {
    ledger: Mutex<Connection>,
    orders: Mutex<BTreeMap<String, usize>>,
}

impl LedgerTap {
    /// Listens in on the ledger there.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn on(ledger: &Location) -> rusqlite::Result<Self> {
        Ok(Self { ledger: Mutex::new(connect(&ledger.path)?), orders: Mutex::default() })
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
                       (SELECT 1 FROM again a WHERE a.payment_id = o.payment_id AND a.state = 1)
                       FROM orders o WHERE number = ?1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            ledger.prepare_cached(sql)?.query_row([number], row).optional()
        };
        let found: rusqlite::Result<Option<(i64, i64, i64, bool)>> = look();
        drop(ledger);
        match found {
            Ok(Some((1, held, total, _))) if held == total => {}
            Ok(Some((_, 0, _, true))) => {}
            Ok(Some((state, held, total, _))) => {
                let what = format!("a charge left the bank in state {state} with {held} of {total} held");
                common.wrong("I2", what);
            }
            Ok(None) => common.wrong("I2", "a charge left the bank before its order was committed".to_owned()),
            Err(error) => common.wrong("I2", format!("the ledger cannot be read as a charge leaves: {error}")),
        }
    }
}
