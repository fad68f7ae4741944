//! Orders as the bank has recorded them.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{LedgerError, Tx};
use crate::{
    payments::transition::{self, State},
    redact::debug_shows,
};

/// How an order on a payable ended.
pub(crate) struct EndedOn {
    pub(crate) payment_id: String,
    pub(crate) state: State,
    /// `None` where only the receipt is known.
    pub(crate) bill_version: Option<i64>,
    /// To the biller.
    pub(crate) amount: i64,
}

/// An order, as far as it is known here.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    /// The client's id for it.
    pub payment_id: String,
    /// SHA-256 of its canonical form, base64url.
    pub digest: String,
    /// Under which the biller sees it, 64 hex digits.
    pub number: String,
    /// Whose it is.
    pub customer: String,
    /// Who signed it.
    pub device: String,
    /// In the device's journal; `None` where only the receipt is known.
    pub journal_sequence: Option<i64>,
    /// That it was quoted in.
    pub epoch: String,
    /// Who is paid.
    pub biller: String,
    /// At the biller; `None` where only the receipt is known.
    pub customer_number: Option<String>,
    /// Who is paid, as shown.
    pub payee: String,
    /// The payable.
    pub bill_number: String,
    /// Its version; `None` where only the receipt is known.
    pub bill_version: Option<i64>,
    /// To the biller.
    pub amount: i64,
    /// To the bank.
    pub fee: i64,
    /// Where the money comes from.
    pub method: String,
    /// The end of its validity.
    pub valid_until: i64,
    /// As the client signed it; `None` where only the receipt is known.
    pub envelope: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Money held for it now.
    pub held: i64,
    /// When it was recorded.
    pub taken_at: i64,
    /// When a charge was last sent, as far as this ledger knows.
    pub charge_sent_at: Option<i64>,
    /// How often the worker has had its turn.
    pub tries: i64,
    /// Why it is being reversed, or was refused.
    pub reason: Option<String>,
    /// The biller's own word for that.
    pub biller_code: Option<String>,
}

debug_shows!(Order: payment_id, customer, device, epoch, biller, bill_number, bill_version, amount, fee, method, valid_until, state, held, charge_sent_at, tries, reason, biller_code);

impl Order {
    /// What the customer pays.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.amount.saturating_add(self.fee)
    }
}

pub(super) fn code(state: State) -> i64 {
    match state {
        State::Unknown => 0,
        State::Claimed => 1,
        State::Reversing => 2,
        State::Settled => 3,
        State::Refused => 4,
        State::Reversed => 5,
    }
}

pub(super) fn state(code: i64) -> rusqlite::Result<State> {
    match code {
        1 => Ok(State::Claimed),
        2 => Ok(State::Reversing),
        3 => Ok(State::Settled),
        4 => Ok(State::Refused),
        5 => Ok(State::Reversed),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(17, other)),
    }
}

/// The orders of a backup, as a restore takes them up (`payments::transition::restored`).
pub(super) fn restored(db: &Connection) -> Result<(), LedgerError> {
    if transition::restored(State::Reversing) == State::Claimed {
        // Of an earlier version (`unique.sql`): it would not let two of them stand on one payable.
        db.execute_batch("DROP INDEX IF EXISTS one_claimed")?;
        let sql = "UPDATE orders SET state = ?1, reason = NULL, biller_code = NULL WHERE state = ?2";
        db.execute(sql, (code(State::Claimed), code(State::Reversing)))?;
    }
    Ok(())
}

macro_rules! order_columns {
    () => {
        "payment_id, digest, number, customer, device, journal_sequence, epoch, biller, customer_number, payee,
         bill_number, bill_version, amount, fee, method, valid_until, envelope, state, held, taken_at,
         charge_sent_at, tries, reason, biller_code"
    };
}

pub(super) use order_columns;

/// A row of those columns.
pub(super) fn read_order(row: &Row<'_>) -> rusqlite::Result<Order> {
    Ok(Order {
        payment_id: row.get(0)?,
        digest: row.get(1)?,
        number: row.get(2)?,
        customer: row.get(3)?,
        device: row.get(4)?,
        journal_sequence: row.get(5)?,
        epoch: row.get(6)?,
        biller: row.get(7)?,
        customer_number: row.get(8)?,
        payee: row.get(9)?,
        bill_number: row.get(10)?,
        bill_version: row.get(11)?,
        amount: row.get(12)?,
        fee: row.get(13)?,
        method: row.get(14)?,
        valid_until: row.get(15)?,
        envelope: row.get(16)?,
        state: state(row.get(17)?)?,
        held: row.get(18)?,
        taken_at: row.get(19)?,
        charge_sent_at: row.get(20)?,
        tries: row.get(21)?,
        reason: row.get(22)?,
        biller_code: row.get(23)?,
    })
}

impl Tx<'_> {
    /// The order of that id.
    pub(crate) fn order(&self, payment_id: &str) -> Result<Option<Order>, LedgerError> {
        let sql = concat!("SELECT ", order_columns!(), " FROM orders WHERE payment_id = ?1");
        Ok(self.db.prepare_cached(sql)?.query_row([payment_id], read_order).optional()?)
    }

    /// Records an order for the first time.
    pub(crate) fn add_order(&self, o: &Order, next_at: i64) -> Result<(), LedgerError> {
        let sql = concat!(
            "INSERT INTO orders(",
            order_columns!(),
            ", day, next_at, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
             ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)"
        );
        self.db.prepare_cached(sql)?.execute(rusqlite::params![
            o.payment_id,
            o.digest,
            o.number,
            o.customer,
            o.device,
            o.journal_sequence,
            o.epoch,
            o.biller,
            o.customer_number,
            o.payee,
            o.bill_number,
            o.bill_version,
            o.amount,
            o.fee,
            o.method,
            o.valid_until,
            o.envelope,
            code(o.state),
            o.held,
            o.taken_at,
            o.charge_sent_at,
            o.tries,
            o.reason,
            o.biller_code,
            crate::moment::bank_day(o.taken_at),
            next_at,
            self.change(),
        ])?;
        Ok(())
    }

    /// Stores what may change of an order. `before` is the state it was loaded in: the row must
    /// still be in it.
    pub(crate) fn change_order(&self, o: &Order, before: State, next_at: i64) -> Result<(), LedgerError> {
        let changed = self
            .db
            .prepare_cached(
                "UPDATE orders SET state = ?3, held = ?4, charge_sent_at = ?5, tries = ?6, reason = ?7,
                    biller_code = ?8, next_at = ?9, changed = ?10 WHERE payment_id = ?1 AND state = ?2",
            )?
            .execute((
                &o.payment_id,
                code(before),
                code(o.state),
                o.held,
                o.charge_sent_at,
                o.tries,
                &o.reason,
                &o.biller_code,
                next_at,
                self.change(),
            ))?;
        if changed == 1 { Ok(()) } else { Err(LedgerError::Meaning("an order that changed underneath")) }
    }

    /// Takes note of a message about an open order, without a change that anybody sees. A charge has a
    /// number of its own all the same: a ledger from before it must not pass for one that knows of it.
    pub(crate) fn tried_order(&self, o: &Order, next_at: i64, charged: bool) -> Result<(), LedgerError> {
        let changed = charged.then(|| self.change());
        self.db
            .prepare_cached(
                "UPDATE orders SET charge_sent_at = ?2, tries = ?3, next_at = ?4, changed = coalesce(?5, changed)
                 WHERE payment_id = ?1",
            )?
            .execute((&o.payment_id, o.charge_sent_at, o.tries, next_at, changed))?;
        Ok(())
    }

    /// Open orders whose turn has come. So it has where that is further away than anybody waits
    /// (`longest`): it was set while the bank's clock was ahead.
    pub(crate) fn due_orders(&self, limit: i64, longest: i64) -> Result<Vec<String>, LedgerError> {
        let sql = "SELECT payment_id FROM orders WHERE state IN (1, 2) AND next_at BETWEEN ?1 AND ?2
                   ORDER BY next_at, payment_id LIMIT ?3";
        let mut look = self.db.prepare_cached(sql)?;
        let ahead = self.now.saturating_add(longest).saturating_add(1);
        let mut due: Vec<String> = Vec::new();
        for (from, to) in [(i64::MIN, self.now), (ahead, i64::MAX)] {
            let rest = limit.saturating_sub_unsigned(due.len() as u64);
            let rows = look.query_map((from, to, rest), |row| row.get(0))?;
            due.extend(rows.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(due)
    }

    /// Whether an order on the payable, in whatever version, may yet be charged or has been, and has
    /// no end; other than `but`.
    ///
    /// One that is being reversed without ever having been claimed is none of these: nobody sent a
    /// charge of its number in this life of the ledger, and nobody ever will, for only a claim sends
    /// one. So whoever asks for the reversal of an order that he made up keeps nobody from paying.
    /// What is of an earlier life stays in the way: the backup may have forgotten its claim.
    pub(crate) fn open_on(&self, biller: &str, bill_number: &str, but: &str) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM orders
                   WHERE biller = ?1 AND bill_number = ?2 AND payment_id <> ?3 AND state IN (1, 2) AND (state = 1
                      OR NOT (epoch = ?4 AND held = 0 AND charge_sent_at IS NULL)))";
        let mut look = self.db.prepare_cached(sql)?;
        Ok(look.query_row((biller, bill_number, but, &self.life.epoch), |row| row.get(0))?)
    }

    /// The last settled order on a payable, with its version.
    pub(crate) fn settled_on(
        &self,
        biller: &str,
        bill_number: &str,
    ) -> Result<Option<(String, Option<i64>)>, LedgerError> {
        let sql = "SELECT payment_id, bill_version FROM orders WHERE biller = ?1 AND bill_number = ?2 AND state = 3
                   ORDER BY bill_version DESC LIMIT 1";
        let found = self.db.prepare_cached(sql)?.query_row((biller, bill_number), |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    }

    /// A customer's orders on a payable that have ended, and how, and what others have settled of it.
    pub(crate) fn ended_on(
        &self,
        customer: &str,
        (biller, bill_number): (&str, &str),
    ) -> Result<Vec<EndedOn>, LedgerError> {
        let sql = "SELECT payment_id, state, bill_version, amount FROM orders
                   WHERE biller = ?1 AND bill_number = ?2 AND (state = 3 OR state IN (4, 5) AND customer = ?3)
                   ORDER BY payment_id";
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((biller, bill_number, customer), |row| {
            let (payment_id, bill_version, amount) = (row.get(0)?, row.get(2)?, row.get(3)?);
            Ok(EndedOn { payment_id, state: state(row.get(1)?)?, bill_version, amount })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether the device has used this journal sequence for another order.
    pub(crate) fn sequence_used(&self, device: &str, sequence: i64, but: &str) -> Result<bool, LedgerError> {
        let sql =
            "SELECT EXISTS (SELECT 1 FROM orders WHERE device = ?1 AND journal_sequence = ?2 AND payment_id <> ?3)";
        let mut look = self.db.prepare_cached(sql)?;
        Ok(look.query_row((device, sequence, but), |row| row.get(0))?)
    }

    /// What a customer has paid, or may yet have paid, on a day of the bank.
    pub(crate) fn used_on(&self, customer: &str, day: i64) -> Result<i64, LedgerError> {
        let sql = "SELECT coalesce(sum(amount + fee), 0) FROM orders
                   WHERE customer = ?1 AND day = ?2 AND state IN (1, 2, 3)";
        let mut look = self.db.prepare_cached(sql)?;
        Ok(look.query_row((customer, day), |row| row.get(0))?)
    }

    /// A customer's open orders after that id, in the order of their ids: `room` of them, and one more where
    /// there are more.
    pub(crate) fn open_orders(&self, customer: &str, after: &str, room: usize) -> Result<Vec<Order>, LedgerError> {
        let sql = concat!(
            "SELECT ",
            order_columns!(),
            " FROM orders WHERE customer = ?1 AND state IN (1, 2) AND payment_id > ?2
             ORDER BY payment_id LIMIT ?3"
        );
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, after, i64::try_from(room + 1).unwrap_or(0)), read_order)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A customer's orders that ended after `since`.
    pub(crate) fn ended_since(&self, customer: &str, since: i64) -> Result<Vec<(i64, Order)>, LedgerError> {
        let sql = concat!(
            "SELECT ",
            order_columns!(),
            ", changed FROM orders WHERE customer = ?1 AND changed > ?2 AND state IN (3, 4, 5)
             ORDER BY changed LIMIT 501"
        );
        let mut look = self.db.prepare_cached(sql)?;
        let rows = look.query_map((customer, since), |row| Ok((row.get(24)?, read_order(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All orders, for whoever checks the books.
    pub(crate) fn all_orders(&self) -> Result<Vec<Order>, LedgerError> {
        let sql = concat!("SELECT ", order_columns!(), " FROM orders ORDER BY payment_id");
        let mut look = self.db.prepare(sql)?;
        let rows = look.query_map([], read_order)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
