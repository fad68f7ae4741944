//! A table as the schema has it, and what is left of its rows in a file that is broken.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use rusqlite::{
    Connection, Row,
    types::{Value, ValueRef},
};

use super::whole;
use crate::store::StoreError;

/// Row numbers that are tried one by one between two that are known, where no walk leads.
const TRIED: i64 = 1_000_000;

/// Rows of which no more than an index is left; a broken one may name any number.
const MOST_KNOWN: usize = 1_000_000;

/// A table, as the schema has it.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// With their types.
    pub(super) columns: Vec<(String, String)>,
    indexes: Vec<Index>,
}

/// An index, which may be read without a look at the table.
struct Index {
    name: String,
    columns: Vec<String>,
    /// Of an index over some rows only.
    condition: Option<String>,
}

/// Columns of a row with their values.
pub(super) type Values = BTreeMap<String, Value>;

/// What the indexes say of rows, by their numbers.
pub(super) type Known = BTreeMap<i64, Values>;

impl Table {
    pub(super) fn of(fresh: &Connection, name: &'static str) -> Result<Self, StoreError> {
        let mut statement = fresh.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
        let columns = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1";
        let mut statement = fresh.prepare(sql)?;
        let found = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let found: Vec<(String, Option<String>)> = found.collect::<Result<_, _>>()?;
        let mut indexes = Vec::with_capacity(found.len());
        for (name, sql) in found {
            let mut statement = fresh.prepare("SELECT name FROM pragma_index_info(?1)")?;
            let columns = statement.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let condition = sql.as_deref().and_then(|sql| sql.split_once(" WHERE ")).map(|(_, tail)| tail.to_owned());
            indexes.push(Index { name, columns, condition });
        }
        Ok(Self { name, columns, indexes })
    }

    /// The columns with the number of the row in front.
    pub(super) fn numbered(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        format!("SELECT rowid, {} FROM {} NOT INDEXED", columns.join(", "), self.name)
    }

    /// Visits every row that the table's own tree gives, from both of its ends; gives the numbers between which there
    /// may be others.
    pub(super) fn walk(
        &self,
        old: &Connection,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<Range<i64>, StoreError> {
        let mut ends = [None, None];
        for (end, order) in ends.iter_mut().zip(["", "DESC"]) {
            let sound = whole(|| {
                let mut statement = old.prepare(&format!("{} ORDER BY rowid {order}", self.numbered()))?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let number = row.get(0)?;
                    // The number of a row may be what has rotted.
                    visit(row)?;
                    // A tree that leads back into itself would be walked without an end.
                    if end.is_some_and(|last| if order.is_empty() { number <= last } else { number >= last }) {
                        return Err(StoreError::DamagedFile);
                    }
                    *end = Some(number);
                }
                Ok(())
            })?;
            if sound {
                return Ok(0..0);
            }
        }
        let [from, to] = ends;
        let from = from.unwrap_or_default();
        Ok(from..to.unwrap_or(i64::MAX).min(from.saturating_add(TRIED)))
    }

    /// What all indexes that can be read know of other rows than these.
    pub(super) fn known(&self, old: &Connection, sound: &BTreeSet<i64>) -> Result<Known, StoreError> {
        let mut known = Known::new();
        for index in &self.indexes {
            let condition = index.condition.as_ref().map(|tail| format!(" WHERE {tail}")).unwrap_or_default();
            let columns = index.columns.join(", ");
            let sql = format!("SELECT rowid, {columns} FROM {} INDEXED BY {}{condition}", self.name, index.name);
            whole(|| {
                let mut statement = old.prepare(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let Some(number) = row.get(0).ok().filter(|number| !sound.contains(number)) else { continue };
                    if known.len() >= MOST_KNOWN {
                        return Err(StoreError::DamagedFile);
                    }
                    let of_row = known.entry(number).or_default();
                    for (at, column) in (1..).zip(&index.columns) {
                        if let Some(value) = self.value(column, row.get_ref(at)?) {
                            of_row.insert(column.clone(), value);
                        }
                    }
                    // What is in the index of open orders is open, whatever else is said of it.
                    if index.name == "payment_open" {
                        of_row.insert("state".to_owned(), Value::Text("in_doubt".to_owned()));
                    }
                }
                Ok(())
            })?;
        }
        Ok(known)
    }

    /// A value as the column may have it.
    fn value(&self, column: &str, value: ValueRef<'_>) -> Option<Value> {
        let kind = self.columns.iter().find(|(name, _)| name == column).map(|(_, kind)| kind.as_str())?;
        match (kind, value) {
            ("TEXT", ValueRef::Text(_)) => value.as_str().ok().map(|text| Value::Text(text.to_owned())),
            ("INTEGER", ValueRef::Integer(number)) => Some(Value::Integer(number)),
            ("BLOB", ValueRef::Blob(bytes)) => Some(Value::Blob(bytes.to_vec())),
            (_, ValueRef::Null) => Some(Value::Null),
            _ => None,
        }
    }

    /// A row as it is, its number in front; without what cannot be a value of its column.
    pub(super) fn values(&self, row: &Row<'_>) -> rusqlite::Result<Values> {
        let mut values = Values::new();
        for (at, (column, _)) in (1..).zip(&self.columns) {
            if let Some(value) = self.value(column, row.get_ref(at)?) {
                values.insert(column.clone(), value);
            }
        }
        Ok(values)
    }

    /// Says whether the table takes these values; it does not if another row has what must be unique.
    pub(super) fn put(&self, fresh: &Connection, values: &Values) -> rusqlite::Result<bool> {
        const CONSTRAINT: i32 = 19;
        let names: Vec<&str> = values.keys().map(String::as_str).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {}({}) VALUES ({marks})", self.name, names.join(", "));
        let mut statement = fresh.prepare_cached(&sql)?;
        match statement.execute(rusqlite::params_from_iter(values.values())) {
            Ok(_) => Ok(true),
            Err(error) if error.sqlite_error().is_some_and(|of| of.extended_code & 0xff == CONSTRAINT) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
