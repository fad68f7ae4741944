//! Bindings: the accounts of a customer at billers, the echo tokens of look-ups, and how many
//! look-ups there were.

use rusqlite::{OptionalExtension as _, Row};

use super::{LedgerError, Tx};
use crate::redact::debug_shows;

/// An account of a customer at a biller.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// As it stands on the wire.
    pub id: String,
    /// Whose binding it is.
    pub customer: String,
    /// The biller.
    pub biller: String,
    /// At the biller.
    pub customer_number: String,
    /// Masked by the biller.
    pub holder_masked: String,
    /// Masked by the biller.
    pub address_masked: String,
    /// As the person calls it.
    pub alias: String,
    /// Or unbound.
    pub bound: bool,
    /// Raised with each change.
    pub version: i64,
    /// Of what the person compared.
    pub echo_digest: String,
}

debug_shows!(Account: id, customer, biller, bound, version);

/// What a look-up found, kept until it is confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Echo {
    /// Who looked.
    pub customer: String,
    /// Where.
    pub biller: String,
    /// For which number.
    pub customer_number: String,
    /// Masked by the biller.
    pub holder_masked: String,
    /// Masked by the biller.
    pub address_masked: String,
    /// Until when it may be confirmed.
    pub expires_at: i64,
}

debug_shows!(Echo: customer, biller, expires_at);

pub(super) fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let state = row.get_ref(7)?.as_str()?;
    Ok(Account {
        id: row.get(0)?,
        customer: row.get(1)?,
        biller: row.get(2)?,
        customer_number: row.get(3)?,
        holder_masked: row.get(4)?,
        address_masked: row.get(5)?,
        alias: row.get(6)?,
        bound: state == "bound",
        version: row.get(8)?,
        echo_digest: row.get(9)?,
    })
}

impl Tx<'_> {
    /// An account of a customer.
    pub(crate) fn account(&self, customer: &str, id: &str) -> Result<Option<Account>, LedgerError> {
        let sql = "SELECT id, customer, biller, customer_number, holder_masked, address_masked, alias, state, version,
                   echo_digest FROM account WHERE id = ?1 AND customer = ?2";
        Ok(self.db.prepare_cached(sql)?.query_row((id, customer), account).optional()?)
    }

    /// The account that a customer has with a number, bound or not any more.
    pub(crate) fn account_with(
        &self,
        customer: &str,
        biller: &str,
        customer_number: &str,
    ) -> Result<Option<Account>, LedgerError> {
        let sql = "SELECT id, customer, biller, customer_number, holder_masked, address_masked, alias, state, version,
                   echo_digest FROM account WHERE customer = ?1 AND biller = ?2 AND customer_number = ?3";
        let found = self.db.prepare_cached(sql)?.query_row((customer, biller, customer_number), account);
        Ok(found.optional()?)
    }

    /// The bindings of a customer that are in force.
    pub(crate) fn bound_of(&self, customer: &str) -> Result<Vec<Account>, LedgerError> {
        let sql = "SELECT id, customer, biller, customer_number, holder_masked, address_masked, alias, state, version,
                   echo_digest FROM account WHERE customer = ?1 AND state = 'bound' ORDER BY id LIMIT 500";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map([customer], account)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a customer has, or had, an account at a biller.
    pub(crate) fn has_account_at(&self, customer: &str, biller: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM account WHERE customer = ?1 AND biller = ?2)";
        Ok(self.db.prepare_cached(sql)?.query_row((customer, biller), |row| row.get(0))?)
    }

    /// Stores an account, new or changed.
    pub(crate) fn put_account(&self, a: &Account) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO account(id, customer, biller, customer_number, holder_masked, address_masked,
                    alias, state, version, echo_digest, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute((
                &a.id,
                &a.customer,
                &a.biller,
                &a.customer_number,
                &a.holder_masked,
                &a.address_masked,
                &a.alias,
                if a.bound { "bound" } else { "unbound" },
                a.version,
                &a.echo_digest,
                self.change(),
            ))?;
        Ok(())
    }

    /// All accounts of a customer that changed after `since`.
    pub(crate) fn accounts_since(&self, customer: &str, since: i64) -> Result<Vec<(i64, Account)>, LedgerError> {
        let sql = "SELECT id, customer, biller, customer_number, holder_masked, address_masked, alias, state, version,
                   echo_digest, changed FROM account WHERE customer = ?1 AND changed > ?2 ORDER BY changed LIMIT 501";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, since), |row| Ok((row.get(10)?, account(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Keeps what a look-up found under the hash of its token.
    pub(crate) fn put_echo(&self, token: &[u8; 32], e: &Echo) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("DELETE FROM echo WHERE expires_at < ?1 AND customer = ?2")?
            .execute((self.now, &e.customer))?;
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO echo(token, customer, biller, customer_number, holder_masked, address_masked,
                    expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                token,
                &e.customer,
                &e.biller,
                &e.customer_number,
                &e.holder_masked,
                &e.address_masked,
                e.expires_at,
            ))?;
        Ok(())
    }

    /// What a look-up found.
    pub(crate) fn echo(&self, token: &[u8; 32]) -> Result<Option<Echo>, LedgerError> {
        let sql = "SELECT customer, biller, customer_number, holder_masked, address_masked, expires_at
                   FROM echo WHERE token = ?1";
        let found = self.db.prepare_cached(sql)?.query_row([token], |row| {
            Ok(Echo {
                customer: row.get(0)?,
                biller: row.get(1)?,
                customer_number: row.get(2)?,
                holder_masked: row.get(3)?,
                address_masked: row.get(4)?,
                expires_at: row.get(5)?,
            })
        });
        Ok(found.optional()?)
    }

    /// When a customer's look-ups after `since` were, the newest first.
    pub(crate) fn looked_up_since(&self, customer: &str, since: i64) -> Result<Vec<i64>, LedgerError> {
        let sql = "SELECT at FROM looked_up WHERE customer = ?1 AND at > ?2 ORDER BY at DESC";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, since), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When, at a biller, the look-up was that so many have followed since `since`, of all customers.
    pub(crate) fn looked_up_at(&self, biller: &str, since: i64, so_many: usize) -> Result<Option<i64>, LedgerError> {
        let sql = "SELECT at FROM looked_up WHERE biller = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3";
        let before = i64::try_from(so_many).unwrap_or(i64::MAX) - 1;
        Ok(self.db.prepare_cached(sql)?.query_row((biller, since, before), |row| row.get(0)).optional()?)
    }

    /// Takes note of a look-up.
    pub(crate) fn looked_up(&self, customer: &str, biller: &str) -> Result<(), LedgerError> {
        self.db
            .prepare_cached("INSERT INTO looked_up(customer, biller, at) VALUES (?1, ?2, ?3)")?
            .execute((customer, biller, self.now))?;
        Ok(())
    }

    /// Forgets look-ups of before `before`.
    pub(crate) fn forget_look_ups(&self, before: i64) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM looked_up WHERE at < ?1")?.execute([before])?;
        Ok(())
    }
}
