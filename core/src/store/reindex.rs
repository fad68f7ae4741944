//! Indexes that have lost rows are made anew from them. No index is sealed: a rotten key in one makes a row
//! that is there look absent, and an absent row is believed. The rows themselves are not touched.

use std::collections::BTreeSet;

use rusqlite::OptionalExtension;

use super::{
    Store, StoreError,
    check::{MOST, TABLES},
};

impl Store {
    /// Looks at the whole file, and makes those indexes anew that do not give a row which is there and
    /// opens; says whether there were any. Anything else that is wrong stays as it is, and so does every
    /// index while the store is locked. Takes as long as reading everything does.
    ///
    /// # Errors
    /// Those of the file; it is then as it was.
    pub fn mend_indexes(&self) -> Result<bool, StoreError> {
        let wrong: Vec<String> = self.read(|tx| tx.select("PRAGMA integrity_check(1000)", [], |row| row.get(0)))?;
        // Sound, or broken in a way in which an index may know more than its table has left.
        let Some(indexes) = wrong.iter().map(|line| misses_a_row(line)).collect::<Option<BTreeSet<&str>>>() else {
            return Ok(false);
        };
        if !self.is_unlocked() {
            return Ok(false);
        }
        // Of two copies that differ either may have rotted: the seal knows which.
        let damaged = self.check()?.rows;
        if damaged.len() >= MOST {
            return Ok(false);
        }
        self.write(|tx| {
            let mut mended = false;
            for index in indexes {
                let sql = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?1";
                let table: Option<String> = tx.connection.query_row(sql, [index], |row| row.get(0)).optional()?;
                let is_sound =
                    |table: &String| TABLES.contains(&table.as_str()) && !damaged.iter().any(|(of, _)| of == table);
                if table.as_ref().is_some_and(is_sound) {
                    tracing::error!(index, "an index has lost rows and is made anew");
                    tx.connection.execute_batch(&format!("REINDEX \"{index}\""))?;
                    mended = true;
                }
            }
            Ok(mended)
        })
    }
}

/// The index in SQLite's word for a row that its table has and the index does not give.
fn misses_a_row(line: &str) -> Option<&str> {
    let (row, index) = line.split_once(" missing from index ")?;
    row.starts_with("row ").then_some(index)
}
