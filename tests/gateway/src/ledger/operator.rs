//! What a person at the bank has to look at: open orders that no rule can end now (I4). An order
//! leaves the list by itself when it ends after all, or when two persons have ended it (rule 12).

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx, orders::Order};

/// Why no rule ends an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The biller has charged another amount under this order's number.
    OtherAmount,
    /// An order of before a restore, at a biller that leaves no tombstones: nothing about it is
    /// decided automatically (rule 4).
    NoTombstone,
    /// Its biller is none of the bank's any more.
    BillerGone,
    /// It would end, but its customer is not in the restored ledger: there are no books to put it in.
    CustomerUnknown,
    /// It has ended, and its money was taken from the bank's own suspense account: the method that
    /// it was paid from is not in the restored ledger, or not told by the receipt.
    MethodUnknown,
}

impl Why {
    /// As it stands in the list.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherAmount => "other-amount",
            Self::NoTombstone => "no-tombstone-after-restore",
            Self::BillerGone => "biller-gone",
            Self::CustomerUnknown => "customer-unknown",
            Self::MethodUnknown => "method-unknown",
        }
    }
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForAPerson {
    /// The order.
    pub payment_id: String,
    /// [`Why::as_str`].
    pub reason: String,
    /// Since when, in milliseconds since 1970.
    pub since: i64,
}

impl Tx<'_> {
    /// Puts an order on the list; one that is on it keeps its date.
    pub(crate) fn list_for_operator(&self, order: &Order, why: Why, has_row: bool) -> Result<(), LedgerError> {
        let envelope = order.envelope.as_deref().filter(|_| !has_row);
        self.db
            .prepare_cached(
                "INSERT INTO operator_list(payment_id, reason, since, envelope) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
            )?
            .execute((&order.payment_id, why.as_str(), self.now, envelope))?;
        Ok(())
    }

    /// Takes an order that has ended off the list.
    pub(crate) fn unlist(&self, payment_id: &str) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM operator_list WHERE payment_id = ?1")?.execute([payment_id])?;
        Ok(())
    }

    /// Takes an order off the list if that is why it is on it.
    pub(crate) fn unlist_for(&self, payment_id: &str, why: Why) -> Result<(), LedgerError> {
        let sql = "DELETE FROM operator_list WHERE payment_id = ?1 AND reason = ?2";
        self.db.prepare_cached(sql)?.execute((payment_id, why.as_str()))?;
        Ok(())
    }

    /// Whether an order is on the list; with the order as its client signed it, where it has no row of its own.
    pub(crate) fn on_the_list(&self, payment_id: &str) -> Result<Option<Option<String>>, LedgerError> {
        let sql = "SELECT envelope FROM operator_list WHERE payment_id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([payment_id], |row| row.get(0)).optional()?)
    }

    /// The whole list, the oldest first.
    pub(crate) fn operator_list(&self) -> Result<Vec<ForAPerson>, LedgerError> {
        let sql = "SELECT payment_id, reason, since FROM operator_list ORDER BY since, payment_id";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look
            .query_map([], |row| Ok(ForAPerson { payment_id: row.get(0)?, reason: row.get(1)?, since: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
