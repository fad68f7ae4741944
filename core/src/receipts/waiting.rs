//! Documents by keys that are not known here yet: neither good nor bad. They are kept whole, each in
//! a row of its own, and looked at again with each refresh; the feed does not send them twice.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use crate::{
    crypto::digest,
    store::{Row, StoreError, Tx, give_way},
};

/// A document that waits for its key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Waiting {
    id: String,
    /// In order of arrival.
    pub position: i64,
    /// As it came.
    pub compact: String,
}

// The document holds the customer number in full (I8).
impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("id", &self.id).field("position", &self.position).finish_non_exhaustive()
    }
}

impl Row for Waiting {
    const TABLE: &'static str = "unverified";
    const CLEAR: &'static [&'static str] = &["position"];

    fn id(&self) -> String {
        self.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![self.position.into()]
    }
}

impl Waiting {
    /// Keeps a document; one that waits already stays where it is.
    ///
    /// # Errors
    /// Those of the store.
    pub fn keep(tx: &Tx<'_>, compact: &str) -> Result<(), StoreError> {
        let id = digest::sha256_base64url(compact.as_bytes());
        if give_way(tx.get::<Self>(&id))?.is_some() {
            return Ok(());
        }
        let last = tx.select("SELECT coalesce(max(position), 0) FROM unverified", [], |row| row.get::<_, i64>(0))?;
        let position = last.into_iter().next().unwrap_or(0).saturating_add(1);
        tx.put(&Self { id, position, compact: compact.to_owned() })
    }

    /// Those that came after a position, oldest first. One that does not open is passed over.
    ///
    /// # Errors
    /// Those of the store.
    pub fn after(tx: &Tx<'_>, position: i64) -> Result<Vec<Self>, StoreError> {
        let tails = [
            "WHERE position > ?1 ORDER BY position LIMIT 200",
            "NOT INDEXED WHERE position > ?1 ORDER BY position LIMIT 200",
        ];
        // Where a page of the file is broken all of them come at once, by an index that knows no positions.
        let ids = "SELECT id FROM unverified WHERE ?1 IS NOT NULL ORDER BY id LIMIT 10000";
        let (mut waiting, _) = tx.sound_or_each::<Self>(tails, ids, [position])?;
        waiting.retain(|waiting| waiting.position > position);
        waiting.sort_by_key(|waiting| waiting.position);
        Ok(waiting)
    }

    /// How many wait.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count(tx: &Tx<'_>) -> Result<usize, StoreError> {
        let count = match tx.count::<Self>("", []) {
            // By an index, if it may choose.
            Err(StoreError::DamagedFile) => tx.count::<Self>("NOT INDEXED", [])?,
            count => count?,
        };
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Waits no longer.
    ///
    /// # Errors
    /// Those of the store.
    pub fn forget(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.delete::<Self>(&self.id).map(drop)
    }
}
