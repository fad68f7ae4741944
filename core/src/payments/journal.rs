//! The journal: a row per order, committed before the first byte of it leaves (I2).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Envelope, Order, OrderError, places,
    transition::{Attempt, End, State},
};
use crate::{
    model::{Money, Place},
    store::{Row, StoreError, Tx},
};

/// The longest that a quote is good for, by the contract: an order of it may be sent and charged until then, so
/// it is how long a doubt can last before it can be reversed.
pub const LONGEST_QUOTE: SignedDuration = SignedDuration::from_hours(1);

/// Refusals that say that another payment has the bill, or had it.
const MADE_WAY: [&str; 2] = ["already-settled", "payment-in-progress-elsewhere"];

/// The open orders, as the file's indexes give them.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenIds {
    /// Oldest first, at most 20,000.
    pub ids: Vec<String>,
    /// One of the two indexes cannot be read: the other gave them.
    pub rotten: bool,
}

/// An order and where it stands.
#[derive(Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The payment id.
    pub id: String,
    /// Look-up of biller and bill number, in whatever version.
    pub payable: Vec<u8>,
    /// See [`state_name`].
    state: String,
    /// This device's count.
    pub journal_sequence: i64,
    /// By the phone's clock.
    pub created: Timestamp,
    /// By the bank's clock.
    pub valid_until: Timestamp,
    /// The signed order, byte for byte as it goes out.
    pub envelope: Box<RawValue>,
    /// base64url of SHA-256.
    pub digest: String,
    /// Whom.
    pub biller: String,
    /// The biller's name, out of the signed bytes.
    pub payee: String,
    /// What.
    pub bill_number: String,
    /// Its version.
    pub bill_version: i64,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// What the bill asked in that version, where that was known here: more than `amount` where a part was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Money>,
    /// Why it was refused or reversed, in the bank's code.
    #[serde(default)]
    pub reason: Option<String>,
    /// While a person at the bank looks at it.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
    /// What was given back later, by the id of the document that says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repayments: BTreeMap<String, Money>,
}

// I8: the envelope holds the customer number in full.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Row for Entry {
    const TABLE: &'static str = "payment";
    const CLEAR: &'static [&'static str] = &["payable", "state", "journal_sequence", "created_ms", "valid_until_ms"];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![
            self.payable.clone().into(),
            self.state.clone().into(),
            self.journal_sequence.into(),
            self.created.as_millisecond().into(),
            self.valid_until.as_millisecond().into(),
        ]
    }
}

impl Entry {
    /// The journal's row of a freshly signed order.
    #[must_use]
    pub fn authorized(order: &Order, envelope: &Envelope, payable: Vec<u8>, created: Timestamp) -> Self {
        Self {
            id: order.payment_id.clone(),
            payable,
            state: state_name(State::Authorized).to_owned(),
            journal_sequence: order.journal_sequence,
            created,
            valid_until: order.valid_until,
            envelope: envelope.json().to_owned(),
            digest: envelope.digest().to_owned(),
            biller: order.biller.clone(),
            payee: order.payee.clone(),
            bill_number: order.bill_number.clone(),
            bill_version: order.bill_version,
            amount: order.amount,
            fee: order.fee,
            total: order.total,
            asked: None,
            reason: None,
            held_until: None,
            repayments: BTreeMap::new(),
        }
    }

    /// The order that was signed.
    ///
    /// # Errors
    /// [`OrderError`] where it is of another version.
    pub fn order(&self) -> Result<Order, OrderError> {
        Envelope::order_of(&self.envelope)
    }

    /// Whether it was refused because another payment had the bill, or has it: nobody paid in vain.
    #[must_use]
    pub fn made_way(&self) -> bool {
        self.reason.as_deref().is_some_and(|reason| MADE_WAY.contains(&reason))
    }

    /// What came back of it later, all together; `None` where nothing did, or it is no sum.
    #[must_use]
    pub fn repaid(&self) -> Option<Money> {
        let mut sums = self.repayments.values();
        let first = *sums.next()?;
        sums.try_fold(first, |sum, more| sum.plus(*more)).ok()
    }

    /// Where it stands, as this process may know it: an order in doubt that comes from the file is
    /// one of which nothing can be proved any more.
    #[must_use]
    pub fn state(&self) -> State {
        match self.state.as_str() {
            "authorized" => State::Authorized,
            "settled" => State::Settled,
            "refused" => State::Refused,
            "reversed" => State::Reversed,
            "cancelled" => State::Cancelled,
            // A name from a later version is a doubt too: the one state that claims nothing.
            _ => State::InDoubt(Attempt::Later),
        }
    }

    /// Moves it on; only with what `transition` decided.
    pub fn set_state(&mut self, state: State) {
        state_name(state).clone_into(&mut self.state);
    }

    /// The entry of that id.
    ///
    /// # Errors
    /// Those of the store.
    pub fn load(tx: &Tx<'_>, id: &str) -> Result<Option<Self>, StoreError> {
        tx.get(id)
    }

    /// Every open order, oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(tx: &Tx<'_>) -> Result<Vec<Self>, StoreError> {
        // One that does not open keeps its bill blocked, and must not keep the others in doubt.
        Ok(tx.sound("WHERE state IN ('authorized', 'in_doubt') ORDER BY created_ms, id LIMIT 10000", [])?.0)
    }

    /// The ids of every open order, those whose rows do not open among them; oldest first. Needs no keys.
    ///
    /// # Errors
    /// Those of the store, where neither index can be read.
    pub fn open_ids(tx: &Tx<'_>) -> Result<OpenIds, StoreError> {
        // By each index: neither is sealed, and an order that one of them has lost would never be asked about. The
        // row has the last word (`+`), for a rotten index may go on naming an order that has ended.
        let by_state = "SELECT id FROM payment INDEXED BY payment_by_state
                        WHERE state IN ('authorized', 'in_doubt') AND +state IN ('authorized', 'in_doubt')
                        ORDER BY created_ms, id LIMIT 10000";
        let by_payable = "SELECT id FROM payment INDEXED BY payment_open
                          WHERE state IN ('authorized', 'in_doubt') AND +state IN ('authorized', 'in_doubt')
                          ORDER BY created_ms, id LIMIT 10000";
        let found = [by_state, by_payable].map(|sql| tx.select(sql, [], |row| row.get::<_, String>(0)));
        let rotten = found.iter().any(Result::is_err);
        if let [Err(error), Err(_)] = found {
            return Err(error);
        }
        let mut known = BTreeSet::new();
        let ids = found.into_iter().flatten().flatten().filter(|id| known.insert(id.clone())).collect();
        Ok(OpenIds { ids, rotten })
    }

    /// Marks an order whose row does not open as ended, so that it no longer blocks its bill. What
    /// is sealed stays as it is: unreadable, and kept.
    ///
    /// # Errors
    /// Those of the store.
    pub fn end_damaged(tx: &Tx<'_>, id: &str, end: End) -> Result<(), StoreError> {
        let sql = "UPDATE payment SET state = ?2 WHERE id = ?1 AND state IN ('authorized', 'in_doubt')";
        tx.execute(sql, [id, state_name(end.into())])?;
        Ok(())
    }

    /// How many orders are open, at most 20,000. Needs no keys.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count_open(tx: &Tx<'_>) -> Result<u64, StoreError> {
        Self::open_ids(tx).map(|open| open.ids.len() as u64)
    }

    /// The id of the open order on a payable, if there is one: the database allows no second. That it is open
    /// stands in clear, so one whose row does not open is found too: what cannot be read is not taken for absent.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open_id(tx: &Tx<'_>, payable: &[u8]) -> Result<Option<String>, StoreError> {
        let by_payable = "SELECT id FROM payment INDEXED BY payment_open
                          WHERE payable = ?1 AND state IN ('authorized', 'in_doubt')";
        // No index is sealed, and a rotten key in that one would offer the bill for a second payment. So the open
        // orders are looked through by another one, too, and their payables read from the rows themselves: of a
        // row that opens they are those that were sealed.
        let by_state = "SELECT id FROM payment INDEXED BY payment_by_state
                        WHERE +payable = ?1 AND state IN ('authorized', 'in_doubt')";
        for sql in [by_payable, by_state] {
            if let Some(id) = tx.select(sql, [payable], |row| row.get(0))?.into_iter().next() {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The id of an open order that does not open and may still be charged, by the time that stands in clear:
    /// of which bill it is stands under the seal alone, so it may be any. Nothing is signed beside it until
    /// the bank would take it no more; a time that no quote is good for is not believed, or whoever writes it
    /// into the file would keep the person from paying.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open_on_any(tx: &Tx<'_>, bank_now: Timestamp, now: Timestamp) -> Result<Option<String>, StoreError> {
        // Of a row that is lost with its page only its beginning is known, by this phone's clock, which may have been
        // set since: the bank's counts as well.
        let tail = "WHERE state IN ('authorized', 'in_doubt')
                    AND (valid_until_ms BETWEEN ?1 AND ?2
                         OR valid_until_ms IS NULL AND created_ms BETWEEN min(?1, ?4) - ?3 AND max(?1, ?4) + ?3)
                    ORDER BY created_ms, id LIMIT 10000";
        let (from, longest) = (bank_now.as_millisecond(), LONGEST_QUOTE.as_secs() * 1_000);
        let mut unread = None;
        tx.scan::<Self>(tail, [from, from.saturating_add(longest), longest, now.as_millisecond()], |row| match row {
            Err(StoreError::Damaged { id, .. }) => {
                unread.get_or_insert(id);
                Ok(())
            }
            other => other.map(drop),
        })?;
        Ok(unread)
    }

    /// The newest settled order on a payable.
    ///
    /// # Errors
    /// Those of the store.
    pub fn settled_on(tx: &Tx<'_>, payable: &[u8]) -> Result<Option<Self>, StoreError> {
        // A damaged one costs a courtesy: the gateway refuses a second payment all the same.
        let tail = "WHERE payable = ?1 AND state = 'settled' ORDER BY created_ms DESC, id DESC LIMIT 1";
        Ok(tx.sound(tail, [payable])?.0.into_iter().next())
    }

    /// An order that was signed and that the file did not take: nothing of it was sent.
    ///
    /// # Errors
    /// Those of the store.
    pub fn not_sent(tx: &Tx<'_>, order: &Order, envelope: &Envelope, created: Timestamp) -> Result<Self, StoreError> {
        let payable = payable_key(tx, &order.biller, &order.bill_number)?;
        let mut entry = Self::authorized(order, envelope, payable, created);
        entry.set_state(State::Cancelled);
        tx.insert(&entry)?;
        Ok(entry)
    }

    /// Orders, newest first, and how many of the page did not open.
    ///
    /// # Errors
    /// Those of the store.
    pub fn newest(tx: &Tx<'_>, limit: u32, offset: u32) -> Result<(Vec<Self>, usize), StoreError> {
        let places = places::newest(tx)?.into_iter().skip(offset as usize).take(limit as usize);
        places::orders(tx, &places.collect::<Vec<_>>())
    }

    /// A page of orders, newest first, from a place on, how many of it did not open, and where the next page begins;
    /// `None` at the end.
    ///
    /// # Errors
    /// Those of the store.
    pub fn page(
        tx: &Tx<'_>,
        after: Option<&Place>,
        limit: u32,
    ) -> Result<(Vec<Self>, usize, Option<Place>), StoreError> {
        let comes_after = |place: &Place| after.is_none_or(|after| (place.at_ms, &place.id) < (after.at_ms, &after.id));
        let places = places::newest(tx)?.into_iter().filter(|of| comes_after(&of.place)).take(limit as usize);
        let places: Vec<_> = places.collect();
        let (page, damaged) = places::orders(tx, &places)?;
        let full = places.len() >= limit as usize;
        Ok((page, damaged, places.into_iter().last().filter(|_| full).map(|of| of.place)))
    }

    /// The highest sequence of this file; 0 where there is none.
    ///
    /// # Errors
    /// Those of the store.
    pub fn highest_sequence(tx: &Tx<'_>) -> Result<i64, StoreError> {
        let rows = tx.select("SELECT coalesce(max(journal_sequence), 0) FROM payment", [], |row| row.get(0))?;
        Ok(rows.into_iter().next().unwrap_or(0))
    }
}

/// The look-up of a payable, in whatever version: one open order at a time (I1).
///
/// # Errors
/// Those of the store.
pub fn payable_key(tx: &Tx<'_>, biller: &str, bill_number: &str) -> Result<Vec<u8>, StoreError> {
    tx.lookup("payable", &[biller, bill_number])
}

/// The value of the clear column `state`.
#[must_use]
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Authorized => "authorized",
        State::InDoubt(_) => "in_doubt",
        State::Settled => "settled",
        State::Refused => "refused",
        State::Reversed => "reversed",
        State::Cancelled => "cancelled",
    }
}

impl From<End> for State {
    fn from(end: End) -> Self {
        match end {
            End::Settled => Self::Settled,
            End::Refused => Self::Refused,
            End::Reversed => Self::Reversed,
        }
    }
}
