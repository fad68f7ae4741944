//! The life of a ledger between restores: its epoch, drawn fresh and compared for equality only.

use rusqlite::{Connection, OptionalExtension as _};

use super::LedgerError;
use crate::{
    leg::{MAX_AGE, MAX_AHEAD},
    payments::transition::Age,
    plant,
};

/// The epoch and when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// A UUID of version 7.
    pub epoch: String,
    /// When the ledger was restored; `None` in its first epoch.
    pub restored_at: Option<i64>,
}

impl Life {
    /// How long after a restore a message from before it may still act at a biller, in
    /// milliseconds: the age the biller accepts, and how far the two clocks may be apart.
    #[must_use]
    pub fn window_ms() -> i64 {
        let ms = (MAX_AGE + MAX_AHEAD + MAX_AHEAD).as_millis();
        i64::try_from(ms).unwrap_or(i64::MAX)
    }

    /// The age of an order that names `epoch`, at `now` (rule 7).
    #[must_use]
    pub fn age(&self, epoch: &str, now: i64) -> Age {
        if epoch == self.epoch {
            return Age::Current;
        }
        match self.restored_at {
            Some(at) if now <= at.saturating_add(Self::window_ms()) => Age::OlderInWindow,
            Some(_) | None => Age::Older,
        }
    }

    pub(super) fn load(db: &Connection) -> Result<Option<Self>, LedgerError> {
        let mut look = db.prepare("SELECT epoch, restored_at FROM life WHERE id = 1")?;
        Ok(look.query_row([], |row| Ok(Self { epoch: row.get(0)?, restored_at: row.get(1)? })).optional()?)
    }

    pub(super) fn store(&self, db: &Connection) -> Result<(), LedgerError> {
        db.execute(
            "INSERT OR REPLACE INTO life(id, epoch, restored_at) VALUES (1, ?1, ?2)",
            (&self.epoch, self.restored_at),
        )?;
        Ok(())
    }

    /// The life that begins with a restore.
    pub(super) fn after_restore(&self, fresh: String, now: i64) -> Self {
        let epoch = if plant::is("restore-keeps-epoch") { self.epoch.clone() } else { fresh };
        Self { epoch, restored_at: Some(now) }
    }
}
