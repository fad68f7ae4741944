//! How people wish to be reminded, and what they were reminded of. Beside the ledger: a restore must neither bring
//! back a wish that was taken back, nor a message that was sent.

use std::collections::{BTreeMap, BTreeSet};

use billpay_plan::Reminder;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use super::{LedgerError, Tx};
use crate::moment;

/// The ids of the reminders that went to a customer by a channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) told: BTreeSet<String>,
    /// Those that said that a payment is being checked.
    pub(crate) told_checking: BTreeSet<String>,
    /// When those went that say that a payment came to nothing.
    pub(crate) told_at: BTreeMap<String, Timestamp>,
}

/// Keeps when payments ended. The first end counts: a restore forgets it, and what is issued anew ends nothing a second
/// time. (Where it was not kept, after a crash or on a full disk, and a restore then forgets the document, phone and bank may
/// tell a failure each by its own name.)
pub(super) fn note_ends(ended: &[(String, i64)], marks: &Connection) -> Result<(), LedgerError> {
    for (payment_id, issued) in ended {
        marks
            .prepare_cached(
                "INSERT INTO ended(payment, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = min(at, ?2)",
            )?
            .execute((payment_id, issued))?;
    }
    Ok(())
}

impl Tx<'_> {
    /// What a customer wishes, as it was stored.
    pub(crate) fn choice(&self, customer: &str) -> Result<Option<String>, LedgerError> {
        let mut look = self.aside.prepare_cached("SELECT body FROM choice WHERE customer = ?1")?;
        Ok(look.query_row([customer], |row| row.get(0)).optional()?)
    }

    /// Stores what a customer wishes.
    pub(crate) fn put_choice(&self, customer: &str, body: &str) -> Result<(), LedgerError> {
        self.aside
            .prepare_cached("INSERT OR REPLACE INTO choice(customer, body) VALUES (?1, ?2)")?
            .execute((customer, body))?;
        Ok(())
    }

    /// Customers who wish anything, by their ids, after `after`; at most so many.
    pub(crate) fn choices_after(&self, after: &str, most: i64) -> Result<Vec<(String, String)>, LedgerError> {
        let sql = "SELECT customer, body FROM choice WHERE customer > ?1 ORDER BY customer LIMIT ?2";
        let mut look = self.aside.prepare_cached(sql)?;
        let rows = look.query_map((after, most), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The reminders that went to a customer by a channel.
    pub(crate) fn reminded(&self, customer: &str, channel: &str) -> Result<Told, LedgerError> {
        let mut told_at: BTreeMap<String, Timestamp> = BTreeMap::new();
        let mut ids = |sql| {
            let mut look = self.aside.prepare_cached(sql)?;
            let mut rows = look.query((customer, channel))?;
            let mut ids = BTreeSet::new();
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                if Reminder::is_of_failure(&id) {
                    let at = moment::timestamp(row.get(1)?);
                    let first = told_at.entry(id.clone()).or_insert(at);
                    *first = at.min(*first);
                }
                ids.insert(id);
            }
            Ok::<_, LedgerError>(ids)
        };
        let told = ids("SELECT reminder, at FROM reminded WHERE customer = ?1 AND channel = ?2")?;
        let told_checking = ids("SELECT reminder, at FROM told_checking WHERE customer = ?1 AND channel = ?2")?;
        Ok(Told { told, told_checking, told_at })
    }

    /// A reminder went at `at` to a customer by a channel, or is not to go by it, for it was told otherwise then.
    pub(crate) fn was_reminded(
        &self,
        customer: &str,
        channel: &str,
        reminder: &str,
        at: i64,
    ) -> Result<(), LedgerError> {
        self.note("reminded", (customer, channel, reminder, at))
    }

    /// The same of one that says that a payment is being checked. Should that fail, nothing was said of the bill yet.
    pub(crate) fn was_told_checking(
        &self,
        customer: &str,
        channel: &str,
        reminder: &str,
        at: i64,
    ) -> Result<(), LedgerError> {
        self.note("told_checking", (customer, channel, reminder, at))
    }

    /// Twice it went only where it is not known that it did, or by a clock that was ahead: the first time counts.
    fn note(&self, table: &str, row: (&str, &str, &str, i64)) -> Result<(), LedgerError> {
        let sql = format!(
            "INSERT INTO {table}(customer, channel, reminder, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET at = min(at, ?4)"
        );
        self.aside.prepare_cached(&sql)?.execute(row)?;
        Ok(())
    }

    /// Counts one more message to a customer, before it is sent. `false` where there were as many as may be on a day
    /// of the bank: then nothing is counted.
    pub(crate) fn may_text(&self, customer: &str, most: u32) -> Result<bool, LedgerError> {
        let today = moment::bank_day(self.now);
        let counted = self
            .aside
            .prepare_cached(
                "INSERT INTO texted(customer, day, times) VALUES (?1, ?2, 1) ON CONFLICT DO UPDATE
                 SET times = CASE WHEN day = ?2 THEN times + 1 ELSE 1 END, day = ?2 WHERE day <> ?2 OR times < ?3",
            )?
            .execute((customer, today, most))?;
        Ok(counted == 1)
    }

    /// How many more messages may go to a customer on this day of the bank.
    pub(crate) fn texts_left(&self, customer: &str, most: u32) -> Result<u32, LedgerError> {
        let sql = "SELECT times FROM texted WHERE customer = ?1 AND day = ?2";
        let mut look = self.aside.prepare_cached(sql)?;
        let sent = look.query_row((customer, moment::bank_day(self.now)), |row| row.get(0)).optional()?;
        Ok(most.saturating_sub(sent.unwrap_or(0)))
    }

    /// Forgets what people were reminded of before `before`.
    pub(crate) fn forget_reminded(&self, before: i64) -> Result<(), LedgerError> {
        for table in ["reminded", "told_checking", "ended"] {
            let sql = &format!("DELETE FROM {table} WHERE at < ?1");
            self.aside.prepare_cached(sql)?.execute([before])?;
        }
        Ok(())
    }

    /// Notes when a payment ended, as its document says; beside the ledger, once the document is committed.
    pub(crate) fn note_end(&self, payment_id: &str, issued: i64) {
        self.ended.borrow_mut().push((payment_id.to_owned(), issued));
    }

    /// When a payment first ended, as far as that was noted.
    pub(crate) fn first_end(&self, payment_id: &str) -> Result<Option<i64>, LedgerError> {
        let mut look = self.aside.prepare_cached("SELECT at FROM ended WHERE payment = ?1")?;
        Ok(look.query_row([payment_id], |row| row.get(0)).optional()?)
    }

    /// Whether a payment of it, by any customer, has not ended.
    pub(crate) fn is_being_paid(&self, biller: &str, bill_number: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM orders WHERE biller = ?1 AND bill_number = ?2 AND state IN (1, 2))";
        Ok(self.db.prepare_cached(sql)?.query_row((biller, bill_number), |row| row.get(0))?)
    }
}
