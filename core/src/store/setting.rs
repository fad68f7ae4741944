//! Named values: one sealed JSON value per name, for what there is one of.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Row, StoreError, Tx, tx::json};

const TABLE: &str = "setting";

/// A value read back; the name is its id.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Setting<T>(T);

impl<T: Serialize + DeserializeOwned> Row for Setting<T> {
    const TABLE: &'static str = TABLE;
    const CLEAR: &'static [&'static str] = &[];

    // Settings are written by name, through `Tx::store`.
    fn id(&self) -> String {
        String::new()
    }

    fn clear(&self) -> Vec<Value> {
        Vec::new()
    }
}

impl Tx<'_> {
    /// The value of that name; `None` only if there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is there and does not open, or is not a `T`.
    pub fn setting<T: Serialize + DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        Ok(self.get::<Setting<T>>(name)?.map(|setting| setting.0))
    }

    /// Sets or replaces the value of that name.
    ///
    /// # Errors
    /// [`StoreError::Locked`], or those of the file.
    pub fn set_setting<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        let before = self.record_version(TABLE, name)?;
        self.store(TABLE, &[], name, Vec::new(), &json(value), before)
    }

    /// Removes the value of that name; says whether there was one.
    ///
    /// # Errors
    /// Those of the file.
    pub fn clear_setting(&self, name: &str) -> Result<bool, StoreError> {
        self.delete_from(TABLE, name)
    }
}
