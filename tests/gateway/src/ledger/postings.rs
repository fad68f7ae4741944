//! Double entry: money moves from one place to another, never appears or disappears (I5).

use super::{LedgerError, Tx, orders::Order};

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The order that moved it.
    pub payment_id: String,
    /// Where it came from: `customer:<method>`, `held:<payment>`, `biller:<id>`, `fees` or `bank`.
    pub debit: String,
    /// Where it went.
    pub credit: String,
    /// How much.
    pub minor: i64,
}

impl Tx<'_> {
    fn post(&self, payment_id: &str, debit: &str, credit: &str, minor: i64) -> Result<(), LedgerError> {
        if minor == 0 {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT INTO posting(payment_id, debit, credit, minor, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute((payment_id, debit, credit, minor, self.now))?;
        Ok(())
    }

    /// Takes the total from the customer and holds it: before the biller is charged.
    pub(crate) fn hold(&self, order: &mut Order) -> Result<(), LedgerError> {
        let (total, id) = (order.total(), &order.payment_id);
        self.move_balance(&order.method, -total)?;
        self.post(id, &format!("customer:{}", order.method), &format!("held:{id}"), total)?;
        order.held = total;
        Ok(())
    }

    /// Hands the held money to the biller, and the fee to the bank.
    pub(crate) fn settle(&self, order: &mut Order) -> Result<(), LedgerError> {
        let from = format!("held:{}", order.payment_id);
        self.post(&order.payment_id, &from, &format!("biller:{}", order.biller), order.amount)?;
        self.post(&order.payment_id, &from, "fees", order.fee)?;
        order.held = 0;
        Ok(())
    }

    /// Gives held money back; gives how much that was.
    pub(crate) fn give_back(&self, order: &mut Order) -> Result<i64, LedgerError> {
        let (held, id) = (order.held, &order.payment_id);
        if held > 0 {
            self.move_balance(&order.method, held)?;
            self.post(id, &format!("held:{id}"), &format!("customer:{}", order.method), held)?;
        }
        order.held = 0;
        Ok(held)
    }

    /// All movements, in order, for whoever checks the books.
    pub(crate) fn all_postings(&self) -> Result<Vec<Posting>, LedgerError> {
        let mut look = self.db.prepare("SELECT payment_id, debit, credit, minor FROM posting ORDER BY id")?;
        let rows = look.query_map([], |row| {
            Ok(Posting { payment_id: row.get(0)?, debit: row.get(1)?, credit: row.get(2)?, minor: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
