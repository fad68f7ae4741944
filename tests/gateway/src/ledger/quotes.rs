//! Quotes that were given: what an order must repeat to the letter.

use rusqlite::OptionalExtension as _;

use super::{LedgerError, Tx};
use crate::api::wire::Quote;

impl Tx<'_> {
    /// Keeps a quote.
    pub(crate) fn put_quote(
        &self,
        customer: &str,
        account: &str,
        quote: &Quote,
        until: i64,
    ) -> Result<(), LedgerError> {
        self.db
            .prepare_cached(
                "INSERT INTO quote(token, customer, account, body, valid_until) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((&quote.quote, customer, account, serde_json::to_string(quote)?, until))?;
        Ok(())
    }

    /// A quote that was given to a customer, and the account it was for.
    pub(crate) fn quote(&self, customer: &str, token: &str) -> Result<Option<(Quote, String)>, LedgerError> {
        let sql = "SELECT body, account FROM quote WHERE token = ?1 AND customer = ?2";
        let found = self
            .db
            .prepare_cached(sql)?
            .query_row((token, customer), |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .optional()?;
        match found {
            Some((body, account)) => Ok(Some((serde_json::from_str(&body)?, account))),
            None => Ok(None),
        }
    }

    /// Forgets quotes that ended before `before`.
    pub(crate) fn forget_quotes(&self, before: i64) -> Result<(), LedgerError> {
        self.db.prepare_cached("DELETE FROM quote WHERE valid_until < ?1")?.execute([before])?;
        Ok(())
    }
}
