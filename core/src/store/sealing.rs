//! Sealing by itself, for who measures it beside the bare cipher. Rows are sealed by [`super::Tx`] alone.

use std::sync::Arc;

use rusqlite::types::Value;

use super::seal::{Keys, Place};
use crate::{platform::Rng, secret::Secret};

/// The keys of a profile that is nowhere.
pub struct Sealing {
    keys: Keys,
    profile: String,
}

impl Sealing {
    /// As [`super::Store::unlock`] makes them; `None` unless the root has 32 bytes.
    #[must_use]
    pub fn new(root: &Secret, profile: &str, rng: Arc<dyn Rng>) -> Option<Self> {
        Some(Self { keys: Keys::derive(root, profile, rng)?, profile: profile.to_owned() })
    }

    /// Seals a body as that of the first version of a row with these clear columns.
    #[must_use]
    pub fn seal(&self, table: &str, id: &str, clear: &[(&str, Value)], plain: &[u8]) -> Option<Vec<u8>> {
        let mut place = Place::new(&self.profile, table, id, 1);
        for (name, value) in clear {
            place.column(name, value.into());
        }
        self.keys.seal(plain, &place)
    }
}
