//! Bills as the billers last gave them. The last revision wins by version, not by arrival.

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx};
use crate::api::wire::{Bill, Money};

/// What the ledger says about a payable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBill {
    /// The last version seen.
    pub version: i64,
    /// `open`, `paid` or `cancelled`.
    pub state: String,
}

impl Tx<'_> {
    /// Takes a bill up as the biller just gave it; one of an older version is not news.
    pub(crate) fn saw_bill(&self, customer: &str, bill: &Bill) -> Result<(), LedgerError> {
        let sql = "SELECT version, body FROM bill WHERE account = ?1 AND bill_number = ?2";
        let known = self
            .db
            .prepare_cached(sql)?
            .query_row((&bill.account, &bill.bill_number), |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
            .optional()?;
        let body = serde_json::to_string(bill)?;
        if known.is_some_and(|(version, old)| version > bill.version || old == body) {
            return Ok(());
        }
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO bill(account, bill_number, customer, biller, version, state, body, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute((
                &bill.account,
                &bill.bill_number,
                customer,
                &bill.biller,
                bill.version,
                &bill.state,
                body,
                self.change(),
            ))?;
        Ok(())
    }

    /// The payable as last seen, by any customer.
    pub(crate) fn payable(&self, biller: &str, bill_number: &str) -> Result<Option<KnownBill>, LedgerError> {
        let sql = "SELECT version, state FROM bill WHERE biller = ?1 AND bill_number = ?2
                   ORDER BY version DESC LIMIT 1";
        let found = self
            .db
            .prepare_cached(sql)?
            .query_row((biller, bill_number), |row| Ok(KnownBill { version: row.get(0)?, state: row.get(1)? }));
        Ok(found.optional()?)
    }

    /// Whether all that is known of a bill is that it is another customer number's.
    pub(crate) fn bill_is_anothers(
        &self,
        biller: &str,
        bill_number: &str,
        customer_number: &str,
    ) -> Result<bool, LedgerError> {
        let sql = "SELECT count(*) > 0 AND coalesce(sum(account.customer_number = ?3), 0) = 0
                   FROM bill JOIN account ON account.id = bill.account
                   WHERE bill.biller = ?1 AND bill.bill_number = ?2";
        let mut look = self.db.prepare_cached(sql)?;
        Ok(look.query_row((biller, bill_number, customer_number), |row| row.get(0))?)
    }

    /// A charge of `amount` landed: every customer who has the bill sees that, without waiting for the
    /// biller to be asked. `landed` is the version that it left the payable at, by the biller's word; where
    /// that is not known (evidence that is a receipt alone), people are shown that it was paid, and decisions wait for
    /// the biller's word. Never in a version that the biller has not given: a phone that has heard of one takes no
    /// earlier one, and would not hear the biller's when it comes.
    pub(crate) fn bill_charged(
        &self,
        biller: &str,
        bill_number: &str,
        amount: i64,
        landed: Option<i64>,
    ) -> Result<(), LedgerError> {
        let before = landed.unwrap_or(i64::MAX);
        let sql = "SELECT customer, body FROM bill WHERE biller = ?1 AND bill_number = ?2 AND version < ?3";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look
            .query_map((biller, bill_number, before), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows.collect::<Result<Vec<_>, _>>()? {
            let (customer, body) = row;
            let mut bill: Bill = serde_json::from_str(&body)?;
            // Another charge or a revision came between: only the biller knows the sum.
            let next = landed.is_none_or(|version| bill.version + 1 == version);
            bill.version = landed.unwrap_or(bill.version);
            bill.updated_at = crate::moment::text(self.now);
            if bill.kind == "bill" && next {
                let left = (bill.amount.minor - amount).max(0);
                bill.amount = Money::cny(left);
                bill.maximum = Money::cny(bill.maximum.minor.min(left));
                bill.minimum = Money::cny(bill.minimum.minor.min(left));
                bill.late_fee = None;
                bill.items.clear();
                if left == 0 {
                    "paid".clone_into(&mut bill.state);
                }
            }
            match landed {
                Some(_) => self.saw_bill(&customer, &bill)?,
                None if bill.kind == "bill" => self.show_bill(&bill)?,
                // An account to top up looks as before.
                None => {}
            }
        }
        Ok(())
    }

    /// Shows a bill otherwise, with what the biller said of it left as the ground for decisions.
    fn show_bill(&self, bill: &Bill) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("UPDATE bill SET body = ?3, changed = ?4 WHERE account = ?1 AND bill_number = ?2")?
            .execute((&bill.account, &bill.bill_number, serde_json::to_string(bill)?, self.change()))?;
        Ok(())
    }

    /// The biller's books are not what they were: whatever version it says next is news.
    pub(crate) fn forget_version(&self, biller: &str, bill_number: &str) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("UPDATE bill SET version = 0 WHERE biller = ?1 AND bill_number = ?2")?
            .execute((biller, bill_number))?;
        Ok(())
    }

    /// The bills of a customer that changed after `since`.
    pub(crate) fn bills_since(&self, customer: &str, since: i64) -> Result<Vec<(i64, String)>, LedgerError> {
        let sql = "SELECT changed, body FROM bill WHERE customer = ?1 AND changed > ?2 ORDER BY changed LIMIT 501";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, since), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The bills of an account, as the wire shows them.
    pub(crate) fn bills_of(&self, account: &str) -> Result<Vec<String>, LedgerError> {
        let mut look =
            self.db.prepare_cached("SELECT body FROM bill WHERE account = ?1 ORDER BY bill_number LIMIT 500")?;
        let rows = look.query_map([account], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
