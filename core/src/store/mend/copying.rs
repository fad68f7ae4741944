//! One table on its way into the fresh file.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, types::Value};

use super::{
    Mended,
    table::{Table, Values},
    whole,
};
use crate::store::{
    StoreError,
    seal::{Keys, Place},
};

/// The longest id that is believed without a seal.
const LONGEST_ID: usize = 128;

/// What was read of it so far.
pub(super) struct Copying<'a> {
    table: &'a Table,
    old: &'a Connection,
    fresh: &'a Connection,
    keys: &'a Keys,
    profile: &'a str,
    /// Numbers of the rows that are what was sealed.
    sound: BTreeSet<i64>,
    /// Numbers under which something stands that is not.
    closed: BTreeSet<i64>,
}

impl<'a> Copying<'a> {
    /// Nothing yet; with the keys and the profile that they are of.
    pub(super) fn new(
        table: &'a Table,
        old: &'a Connection,
        fresh: &'a Connection,
        (keys, profile): (&'a Keys, &'a str),
    ) -> Self {
        Self { table, old, fresh, keys, profile, sound: BTreeSet::new(), closed: BTreeSet::new() }
    }

    /// Rows that open come first: of two that cannot both be there, the seal knows which is right.
    pub(super) fn copy(&mut self, mended: &mut Mended) -> Result<(), StoreError> {
        let between = self.table.walk(self.old, |row| self.take(row))?;
        let mut known = self.table.known(self.old, &self.sound)?;
        let by_number = format!("{} WHERE rowid = ?1", self.table.numbered());
        for number in between.chain(known.keys().copied()) {
            if self.sound.contains(&number) {
                continue;
            }
            whole(|| {
                let mut statement = self.old.prepare_cached(&by_number)?;
                Ok(statement.query_row([number], |row| self.take(row)).optional().map(drop)?)
            })?;
        }
        for number in std::mem::take(&mut self.closed) {
            let mut row = None;
            whole(|| {
                let mut statement = self.old.prepare_cached(&by_number)?;
                row = statement.query_row([number], |row| self.table.values(row)).optional()?;
                Ok(())
            })?;
            let Some(row) = row.filter(|_| !self.sound.contains(&number)) else { continue };
            if self.keep_closed(row, known.get(&number))? {
                mended.kept += 1;
                known.remove(&number);
            } else {
                known.entry(number).or_default();
            }
        }
        for (number, columns) in known {
            if !self.sound.contains(&number) {
                self.remember(columns, mended)?;
            }
        }
        mended.kept += self.sound.len() as u64;
        Ok(())
    }

    fn take(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let number = row.get(0)?;
        let values = self.table.values(row)?;
        if !self.opens(&values) {
            self.closed.insert(number);
        } else if self.table.put(self.fresh, &values)? {
            self.sound.insert(number);
        }
        Ok(())
    }

    /// A row that is not what was sealed, with what the indexes know of it; says whether it could be kept.
    ///
    /// If one of its columns has rotted, an index may have what it was, and then it opens again. Otherwise it stays as
    /// it is, for whoever asks for it again: a seal that does not open is no reason to throw a row away. But its id, and
    /// that it is open, are the indexes' to say.
    fn keep_closed(&mut self, row: Values, known: Option<&Values>) -> Result<bool, StoreError> {
        let none = Values::new();
        let known = known.unwrap_or(&none);
        let with = |column: &str, value: &Value| {
            let mut healed = row.clone();
            healed.insert(column.to_owned(), value.clone());
            healed
        };
        // The index of open orders does not say in which of its states one is.
        let states = ["authorized", "in_doubt"].map(|state| Value::Text(state.to_owned()));
        let states = states.iter().filter(|_| row.contains_key("state")).map(|state| ("state", state));
        for (column, value) in known.iter().map(|(column, value)| (column.as_str(), value)).chain(states) {
            let healed = with(column, value);
            if self.opens(&healed) && self.table.put(self.fresh, &healed)? {
                return Ok(true);
            }
        }
        let mut kept = self.with_times(row);
        for (column, value) in known {
            if column != "id" || as_id(value).is_some() {
                kept.insert(column.clone(), value.clone());
            }
        }
        Ok(self.table.put(self.fresh, &kept)?)
    }

    /// What has no time has no place in a list, and would be missing in it unsaid.
    fn with_times(&self, mut values: Values) -> Values {
        for (column, _) in self.table.columns.iter().filter(|(name, _)| ["created_ms", "issued_ms"].contains(&&**name))
        {
            values.entry(column.clone()).or_insert(Value::Integer(0));
        }
        values
    }

    /// The id of a row that is lost, with what else is known of it.
    fn remember(&self, known: Values, mended: &mut Mended) -> Result<(), StoreError> {
        let Some(id) = known.get("id").and_then(as_id).map(str::to_owned) else {
            mended.nameless += 1;
            return Ok(());
        };
        let mut values = self.with_times(known);
        // No row of ours has this version, and nothing is sealed as nothing.
        values.insert("record_version".to_owned(), Value::Integer(0));
        values.insert("sealed".to_owned(), Value::Blob(Vec::new()));
        let is_there = |id: &str| -> rusqlite::Result<bool> {
            let sql = format!("SELECT EXISTS(SELECT 1 FROM {} WHERE id = ?1)", self.table.name);
            self.fresh.prepare_cached(&sql)?.query_row([id], |row| row.get(0))
        };
        if is_there(&id)? {
            return Ok(());
        }
        if !self.table.put(self.fresh, &values)? {
            // Another row has what must be unique: that much is not believed.
            values.retain(|column, _| {
                ["id", "state", "record_version", "sealed", "created_ms", "issued_ms"].contains(&&**column)
            });
            if !self.table.put(self.fresh, &values)? {
                mended.nameless += 1;
                return Ok(());
            }
        }
        mended.lost.push((self.table.name, id));
        Ok(())
    }

    /// Whether the values are what was sealed.
    fn opens(&self, values: &Values) -> bool {
        let (Some(Value::Text(id)), Some(Value::Integer(version)), Some(Value::Blob(sealed))) =
            (values.get("id"), values.get("record_version"), values.get("sealed"))
        else {
            return false;
        };
        let mut place = Place::new(self.profile, self.table.name, id, *version);
        for (column, _) in &self.table.columns {
            if !["id", "record_version", "sealed"].contains(&column.as_str()) {
                let Some(value) = values.get(column) else { return false };
                place.column(column, value.into());
            }
        }
        self.keys.open(sealed, &place).is_ok()
    }
}

/// What may be an id: nothing else is believed without a seal.
fn as_id(value: &Value) -> Option<&str> {
    let Value::Text(id) = value else { return None };
    let fits = (1..=LONGEST_ID).contains(&id.len()) && !id.chars().any(char::is_control);
    fits.then_some(id)
}
