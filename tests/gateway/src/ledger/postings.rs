//! Double entry: money moves from one place to another, never appears or disappears (I5).

use super::{LedgerError, Tx, orders::Order};

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The order that moved it.
    pub payment_id: String,
    /// Where it came from: `customer:<method>`, `held:<payment>`, `biller:<id>`, `fees`, `bank`
    /// (what it bears itself), or `suspense` where a restored ledger does not know the method.
    pub debit: String,
    /// Where it went.
    pub credit: String,
    /// How much.
    pub minor: i64,
}

/// The bank's own account for money that a person has to put in its place.
const SUSPENSE: &str = "suspense";

/// The bank's own money: it bears what two persons have ruled that nobody else does (rule 12).
const BANK: &str = "bank";

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
        let known = self.move_balance(&order.customer, &order.method, -total)?;
        let from = if known { format!("customer:{}", order.method) } else { SUSPENSE.to_owned() };
        self.post(id, &from, &format!("held:{id}"), total)?;
        order.held = total;
        Ok(())
    }

    /// Whether the money for an order came from the bank's suspense account.
    pub(crate) fn paid_from_suspense(&self, payment_id: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM posting WHERE payment_id = ?1 AND debit = ?2)";
        Ok(self.db.prepare_cached(sql)?.query_row((payment_id, SUSPENSE), |row| row.get(0))?)
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
            let back = self.paid_from_suspense(id)?;
            let known = !back && self.move_balance(&order.customer, &order.method, held)?;
            let to = if known { format!("customer:{}", order.method) } else { SUSPENSE.to_owned() };
            self.post(id, &format!("held:{id}"), &to, held)?;
        }
        order.held = 0;
        Ok(held)
    }

    /// Gives the total of a settled order back, from the biller, which never got it, and from the fees;
    /// gives how much that was.
    pub(crate) fn repay(&self, order: &Order) -> Result<i64, LedgerError> {
        let (total, id) = (order.total(), &order.payment_id);
        let back = self.paid_from_suspense(id)?;
        let to = if back && self.lacks(id)? <= 0 {
            // The bank has borne it since.
            BANK.to_owned()
        } else if !back && self.move_balance(&order.customer, &order.method, total)? {
            format!("customer:{}", order.method)
        } else {
            SUSPENSE.to_owned()
        };
        self.post(id, &format!("biller:{}", order.biller), &to, order.amount)?;
        self.post(id, "fees", &to, order.fee)?;
        // What the bank has put on top for a charge that is none any more.
        self.bear(order, -self.borne(id)?)?;
        Ok(total)
    }

    /// What the bank has put on top of a payment of its own, for the biller; below 0: kept.
    pub(crate) fn borne(&self, payment_id: &str) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce(sum(iif(debit = ?2, minor, -minor)), 0) FROM posting
                   WHERE payment_id = ?1 AND ((debit = ?2 AND credit GLOB 'biller:*')
                      OR (credit = ?2 AND debit GLOB 'biller:*'))";
        Ok(self.db.prepare_cached(sql)?.query_row((payment_id, BANK), |row| row.get(0))?)
    }

    /// Puts so much more on top of it; below 0: keeps it.
    pub(crate) fn bear(&self, order: &Order, more: i64) -> Result<(), LedgerError> {
        let biller = format!("biller:{}", order.biller);
        let (from, to) = if more > 0 { (BANK, biller.as_str()) } else { (biller.as_str(), BANK) };
        self.post(&order.payment_id, from, to, more.saturating_abs())
    }

    /// The bank pays what was taken from its suspense account for a payment, and still lacks there.
    pub(crate) fn clear_suspense(&self, payment_id: &str) -> Result<(), LedgerError> {
        let lacks = self.lacks(payment_id)?;
        if lacks > 0 { self.post(payment_id, BANK, SUSPENSE, lacks) } else { Ok(()) }
    }

    /// What the suspense account lacks for a payment.
    fn lacks(&self, payment_id: &str) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce(sum(iif(debit = ?2, minor, -minor)), 0) FROM posting
                   WHERE payment_id = ?1 AND (debit = ?2 OR credit = ?2)";
        Ok(self.db.prepare_cached(sql)?.query_row((payment_id, SUSPENSE), |row| row.get(0))?)
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
