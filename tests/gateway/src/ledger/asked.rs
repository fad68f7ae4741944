//! When the bank last asked a biller of its own accord about a binding, and how often on this day of the bank. It
//! lies beside the ledger: a restore must not let it ask more often than it may.

use rusqlite::OptionalExtension as _;

use super::{
    LedgerError, Tx,
    accounts::{Account, account},
};
use crate::{collecting::Collection, moment};

impl Tx<'_> {
    /// Bindings in force, by their ids, after `after`; at most so many.
    pub(crate) fn bound_after(&self, after: &str, most: i64) -> Result<Vec<Account>, LedgerError> {
        let sql = "SELECT id, customer, biller, customer_number, holder_masked, address_masked, alias, state, version,
                   echo_digest FROM account WHERE id > ?1 AND state = 'bound' ORDER BY id LIMIT ?2";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((after, most), account)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When a binding was last asked about, and how often today.
    pub(crate) fn asked_at(&self, account: &str) -> Result<Option<(i64, u32)>, LedgerError> {
        let mut look = self.aside.prepare_cached("SELECT at, day, times FROM asked WHERE account = ?1")?;
        let found = look
            .query_row([account], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, u32>(2)?)))
            .optional()?;
        let today = moment::bank_day(self.now);
        Ok(found.map(|(at, day, times)| (at, if day == today { times } else { 0 })))
    }

    /// A person had the biller asked about a binding just now: the bank's own question can wait.
    pub(crate) fn heard_of(&self, account: &str) -> Result<(), LedgerError> {
        let times = self.asked_at(account)?.map_or(0, |(_, times)| times);
        self.note_asked(account, times)
    }

    fn note_asked(&self, account: &str, times: u32) -> Result<(), LedgerError> {
        self.aside
            .prepare_cached("INSERT OR REPLACE INTO asked(account, at, day, times) VALUES (?1, ?2, ?3, ?4)")?
            .execute((account, self.now, moment::bank_day(self.now), times))?;
        Ok(())
    }

    /// Counts one more question about a binding, before it is asked. `false` where it was asked about less than
    /// `younger_ms` ago, or as often as may be today: then nothing is counted.
    pub(crate) fn may_ask(&self, account: &str, rule: Collection, younger_ms: u64) -> Result<bool, LedgerError> {
        let (last, times) = self.asked_at(account)?.unzip();
        let times = times.unwrap_or(0);
        // A question of the future was before somebody set the clock back.
        if times >= rule.most || last.is_some_and(|at| self.now.abs_diff(at) < younger_ms) {
            return Ok(false);
        }
        self.note_asked(account, times + 1)?;
        Ok(true)
    }
}
