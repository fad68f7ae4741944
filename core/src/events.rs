//! What the shell has yet to hear: persisted, redelivered until acknowledged, and one per payment,
//! so that a shell that never listens costs a bounded number of rows.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use crate::store::{Row, StoreError, Tx};

/// Something that the shell must hear at least once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Stable: handle it once per id.
    pub id: String,
    /// What happened.
    pub kind: EventKind,
    position: i64,
    subject: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// A payment has settled; its receipt is stored.
    Settled,
    /// The bank refused it; no money moved.
    Refused,
    /// It was undone; the money is back.
    Reversed,
    /// It was never sent.
    Cancelled,
    /// It settled earlier, and money of it came back; the repayment stands beside the receipt.
    Repaid,
}

impl Row for Event {
    const TABLE: &'static str = "event";
    const CLEAR: &'static [&'static str] = &["position", "subject"];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![self.position.into(), self.subject.clone().into()]
    }
}

impl Event {
    /// The payment that it is about.
    #[must_use]
    pub fn payment(&self) -> &str {
        &self.subject
    }

    /// Queues an event in the transaction that makes it true, in place of an older one about the
    /// same payment.
    ///
    /// # Errors
    /// Those of the store.
    pub fn push(tx: &Tx<'_>, id: String, payment: &str, kind: EventKind) -> Result<(), StoreError> {
        tx.execute("DELETE FROM event WHERE subject = ?1", [payment])?;
        let last = tx.select("SELECT coalesce(max(position), 0) FROM event", [], |row| row.get(0))?;
        let position = last.into_iter().next().unwrap_or(0) + 1;
        tx.insert(&Self { id, kind, position, subject: payment.to_owned() })
    }

    /// The oldest that was not acknowledged.
    ///
    /// # Errors
    /// Those of the store.
    pub fn next(tx: &Tx<'_>) -> Result<Option<Self>, StoreError> {
        // A rotten one must not hold back the others; the payment itself still tells its end.
        Ok(Self::waiting(tx)?.into_iter().next())
    }

    /// Those that were not acknowledged, the oldest first, up to a hundred.
    ///
    /// # Errors
    /// Those of the store.
    pub fn waiting(tx: &Tx<'_>) -> Result<Vec<Self>, StoreError> {
        Ok(tx.sound("ORDER BY position LIMIT 100", [])?.0)
    }

    /// Forgets an event, and says whether it was there; one that is gone already is no error.
    ///
    /// # Errors
    /// Those of the store.
    pub fn acknowledge(tx: &Tx<'_>, id: &str) -> Result<bool, StoreError> {
        tx.delete::<Self>(id)
    }
}
