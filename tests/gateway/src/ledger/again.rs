//! Numbers of ended orders that are charged or undone once more at the biller (rule 11).

use rusqlite::OptionalExtension as _;

use super::{
    LedgerError, Tx,
    orders::{Order, code, order_columns, read_order, state},
};
use crate::payments::transition::State;

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) payment_id: String,
    pub(crate) state: State,
    pub(crate) charge_sent_at: Option<i64>,
    pub(crate) tries: i64,
}

impl Tx<'_> {
    /// How far a number is with it.
    pub(crate) fn again(&self, payment_id: &str) -> Result<Option<Again>, LedgerError> {
        let sql = "SELECT payment_id, state, charge_sent_at, tries FROM again WHERE payment_id = ?1";
        let found = self.db.prepare_cached(sql)?.query_row([payment_id], |row| {
            let (payment_id, charge_sent_at, tries) = (row.get(0)?, row.get(2)?, row.get(3)?);
            Ok(Again { payment_id, state: state(row.get(1)?)?, charge_sent_at, tries })
        });
        Ok(found.optional()?)
    }

    /// Stores how far it is.
    pub(crate) fn put_again(&self, a: &Again, next_at: i64) -> Result<(), LedgerError> {
        let sql = "INSERT OR REPLACE INTO again(payment_id, state, charge_sent_at, next_at, tries)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        self.db.prepare_cached(sql)?.execute((&a.payment_id, code(a.state), a.charge_sent_at, next_at, a.tries))?;
        Ok(())
    }

    /// Those whose turn has come: of one payable the lower version first, for its charge makes the
    /// version that the next one names.
    pub(crate) fn due_again(&self, limit: i64) -> Result<Vec<String>, LedgerError> {
        let sql = "SELECT a.payment_id FROM again a JOIN orders o USING (payment_id)
                   WHERE a.state IN (1, 2) AND a.next_at <= ?1
                   ORDER BY o.biller, o.bill_number, o.bill_version, o.payment_id LIMIT ?2";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((self.now, limit), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a lower version of the same payable is still on its way.
    pub(crate) fn again_before(&self, o: &Order) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM orders o JOIN again a USING (payment_id)
                   WHERE o.biller = ?1 AND o.bill_number = ?2 AND o.bill_version < ?3 AND a.state IN (1, 2))";
        let mut look = self.db.prepare_cached(sql)?;
        Ok(look.query_row((&o.biller, &o.bill_number, o.bill_version), |row| row.get(0))?)
    }

    /// The settled orders of the same payable in lower versions, the highest first.
    pub(crate) fn settled_before(&self, o: &Order, limit: i64) -> Result<Vec<Order>, LedgerError> {
        let sql = concat!(
            "SELECT ",
            order_columns!(),
            " FROM orders WHERE biller = ?1 AND bill_number = ?2 AND state = 3 AND bill_version < ?3
             ORDER BY bill_version DESC LIMIT ?4"
        );
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((&o.biller, &o.bill_number, o.bill_version, limit), read_order)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The order that a biller sees under a number.
    pub(crate) fn order_numbered(&self, biller: &str, number: &str) -> Result<Option<Order>, LedgerError> {
        let sql = concat!("SELECT ", order_columns!(), " FROM orders WHERE number = ?2 AND biller = ?1");
        Ok(self.db.prepare_cached(sql)?.query_row((biller, number), read_order).optional()?)
    }
}
