//! Customers as enrolled at the bank, their methods with their balances, and the head of each
//! customer's chain of outcomes.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx};

/// A person enrolled at the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// As it stands on the wire.
    pub id: String,
    /// HMAC of the number in E.164.
    pub phone: [u8; 32],
    /// `+86138****0001`.
    pub phone_masked: String,
    /// `王*`.
    pub name_masked: String,
    /// The permission to pay.
    pub may_pay: bool,
    /// The most one payment may be.
    pub per_payment: i64,
    /// The most of a day of the bank.
    pub per_day: i64,
    /// From this sum on a second factor is asked for.
    pub step_up_from: i64,
}

/// Where money for a payment comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// An opaque token.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// `account`, `card` or `wallet`.
    pub kind: String,
    /// As shown.
    pub label: String,
    /// The last four digits, or none.
    pub last4: String,
    /// The one taken when nothing is said.
    pub preferred: bool,
    /// `active`, `expired` or `removed`.
    pub state: String,
    /// What is there, without what is held.
    pub balance: i64,
}

/// The last outcome of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainHead {
    /// Its epoch; `None` before the first.
    pub epoch: Option<String>,
    /// Its number in that epoch.
    pub sequence: i64,
    /// SHA-256 of the compact JWS, base64url.
    pub hash: Option<String>,
}

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    Ok(Customer {
        id: row.get(0)?,
        phone: row.get(1)?,
        phone_masked: row.get(2)?,
        name_masked: row.get(3)?,
        may_pay: row.get(4)?,
        per_payment: row.get(5)?,
        per_day: row.get(6)?,
        step_up_from: row.get(7)?,
    })
}

fn method(row: &Row<'_>) -> rusqlite::Result<Method> {
    Ok(Method {
        id: row.get(0)?,
        customer: row.get(1)?,
        kind: row.get(2)?,
        label: row.get(3)?,
        last4: row.get(4)?,
        preferred: row.get(5)?,
        state: row.get(6)?,
        balance: row.get(7)?,
    })
}

impl Tx<'_> {
    /// Enrols a customer, or changes what is enrolled.
    pub(crate) fn enrol(&self, new: &Customer) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT INTO customer(id, phone, phone_masked, name_masked, may_pay, per_payment, per_day,
                    step_up_from, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (id) DO UPDATE SET phone = ?2, phone_masked = ?3, name_masked = ?4, may_pay = ?5,
                    per_payment = ?6, per_day = ?7, step_up_from = ?8, changed = ?9",
            )?
            .execute((
                &new.id,
                new.phone,
                &new.phone_masked,
                &new.name_masked,
                new.may_pay,
                new.per_payment,
                new.per_day,
                new.step_up_from,
                self.change(),
            ))?;
        Ok(())
    }

    /// The customer of that id.
    pub(crate) fn customer(&self, id: &str) -> Result<Option<Customer>, LedgerError> {
        let sql = "SELECT id, phone, phone_masked, name_masked, may_pay, per_payment, per_day, step_up_from
                   FROM customer WHERE id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([id], customer).optional()?)
    }

    /// The customer with that number, by its HMAC.
    pub(crate) fn customer_by_phone(&self, phone: &[u8; 32]) -> Result<Option<Customer>, LedgerError> {
        let sql = "SELECT id, phone, phone_masked, name_masked, may_pay, per_payment, per_day, step_up_from
                   FROM customer WHERE phone = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([phone], customer).optional()?)
    }

    /// Adds a method, or replaces it.
    pub(crate) fn put_method(&self, new: &Method) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO method(id, customer, kind, label, last4, preferred, state, balance, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                &new.id,
                &new.customer,
                &new.kind,
                &new.label,
                &new.last4,
                new.preferred,
                &new.state,
                new.balance,
                self.change(),
            ))?;
        Ok(())
    }

    /// A method of a customer.
    pub(crate) fn method(&self, customer: &str, id: &str) -> Result<Option<Method>, LedgerError> {
        let sql = "SELECT id, customer, kind, label, last4, preferred, state, balance FROM method
                   WHERE id = ?1 AND customer = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row((id, customer), method).optional()?)
    }

    /// The method that a receipt names by kind and last digits; `None` unless it is exactly one.
    pub(crate) fn method_like(&self, customer: &str, kind: &str, last4: &str) -> Result<Option<Method>, LedgerError> {
        let sql = "SELECT id, customer, kind, label, last4, preferred, state, balance FROM method
                   WHERE customer = ?1 AND kind = ?2 AND last4 = ?3 LIMIT 2";
        let mut look = self.db.prepare_cached(sql)?;
        let mut rows = look.query((customer, kind, last4))?;
        let found = rows.next()?.map(method).transpose()?;
        Ok(if rows.next()?.is_none() { found } else { None })
    }

    /// All methods of a customer that changed after `since`, with the number of each change.
    pub(crate) fn methods_since(&self, customer: &str, since: i64) -> Result<Vec<(i64, Method)>, LedgerError> {
        let sql = "SELECT id, customer, kind, label, last4, preferred, state, balance, changed FROM method
                   WHERE customer = ?1 AND changed > ?2 ORDER BY changed LIMIT 501";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, since), |row| Ok((row.get(8)?, method(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The methods of a customer that were not removed, and those that were removed last: as many as a page of
    /// the contract has at most, however many there were in the course of years.
    pub(crate) fn methods_of(&self, customer: &str) -> Result<Vec<Method>, LedgerError> {
        let sql = "SELECT * FROM (SELECT id, customer, kind, label, last4, preferred, state, balance, changed
                      FROM method WHERE customer = ?1 AND state <> 'removed' ORDER BY changed DESC LIMIT 450)
                   UNION ALL
                   SELECT * FROM (SELECT id, customer, kind, label, last4, preferred, state, balance, changed
                      FROM method WHERE customer = ?1 AND state = 'removed' ORDER BY changed DESC LIMIT 50)
                   ORDER BY changed";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map([customer], method)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes this one the default of its customer, and no other.
    pub(crate) fn prefer_method(&self, customer: &str, id: &str) -> Result<(), LedgerError> {
        let sql = "UPDATE method SET preferred = (id = ?2), changed = ?3 WHERE customer = ?1 AND id = ?4";
        let mut others =
            self.db.prepare_cached("SELECT id FROM method WHERE customer = ?1 AND preferred <> (id = ?2)")?;
        let others: Vec<String> = others.query_map((customer, id), |row| row.get(0))?.collect::<Result<_, _>>()?;
        for other in others {
            self.db.prepare_cached(sql)?.execute((customer, id, self.change(), other))?;
        }
        Ok(())
    }

    /// Adds to the balance of a customer's method (or takes from it); `false` if there is no such one.
    pub(crate) fn move_balance(&self, customer: &str, method: &str, by: i64) -> Result<bool, LedgerError> {
        let sql = "UPDATE method SET balance = balance + ?3 WHERE id = ?1 AND customer = ?2";
        Ok(self.db.prepare_cached(sql)?.execute((method, customer, by))? == 1)
    }

    /// Where a customer's chain of outcomes ends.
    pub(crate) fn chain_head(&self, customer: &str) -> Result<ChainHead, LedgerError> {
        let sql = "SELECT chain_epoch, chain_sequence, chain_hash FROM customer WHERE id = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([customer], |row| {
            Ok(ChainHead { epoch: row.get(0)?, sequence: row.get(1)?, hash: row.get(2)? })
        })?)
    }

    /// Moves the end of the chain.
    pub(crate) fn set_chain_head(&self, customer: &str, head: &ChainHead) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("UPDATE customer SET chain_epoch = ?2, chain_sequence = ?3, chain_hash = ?4 WHERE id = ?1")?
            .execute((customer, &head.epoch, head.sequence, &head.hash))?;
        Ok(())
    }
}
