//! What a type must say to be kept in a table, and the SQL that follows from it.

use rusqlite::types::Value;
use serde::{Serialize, de::DeserializeOwned};

/// A row: its body is sealed as JSON, its id and clear columns stand beside it.
pub trait Row: Serialize + DeserializeOwned + Sized {
    /// The table.
    const TABLE: &'static str;
    /// All clear columns but `id` and `record_version`, in the order of the table and of
    /// [`Row::clear`].
    const CLEAR: &'static [&'static str];
    /// The id: opaque, in clear.
    fn id(&self) -> String;
    /// The values of the clear columns, with the types of the table (the tables are STRICT).
    fn clear(&self) -> Vec<Value>;
    /// Gets the id back after loading, for rows so narrow that their body leaves it out.
    fn restore_id(&mut self, _id: &str) {}
}

/// `SELECT` of everything that opening a row needs, the clear columns from index 3.
pub(super) fn select<R: Row>(tail: &str) -> String {
    select_with::<R>("id, record_version, sealed", tail)
}

/// `SELECT` of the record version and the clear columns of one id.
pub(super) fn in_clear<R: Row>() -> String {
    select_with::<R>("record_version", "WHERE id = ?1")
}

/// `SELECT` of these columns and the clear ones.
fn select_with<R: Row>(columns: &str, tail: &str) -> String {
    let mut sql = String::with_capacity(192);
    sql.push_str("SELECT ");
    sql.push_str(columns);
    for name in R::CLEAR {
        sql.push_str(", ");
        sql.push_str(name);
    }
    sql.push_str(" FROM ");
    sql.push_str(R::TABLE);
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// `INSERT` of id, record version, sealed body and then the clear columns.
pub(super) fn insert(table: &str, clear: &[&str]) -> String {
    let mut sql = String::with_capacity(192);
    sql.push_str("INSERT INTO ");
    sql.push_str(table);
    sql.push_str("(id, record_version, sealed");
    for name in clear {
        sql.push_str(", ");
        sql.push_str(name);
    }
    sql.push_str(") VALUES (?, ?, ?");
    for _ in clear {
        sql.push_str(", ?");
    }
    sql.push(')');
    sql
}

/// `UPDATE` with the parameters in the order of [`insert`].
pub(super) fn update(table: &str, clear: &[&str]) -> String {
    let mut sql = String::with_capacity(192);
    sql.push_str("UPDATE ");
    sql.push_str(table);
    // ?1 is the id: positions continue behind it, each ? with the next number.
    sql.push_str(" SET record_version = ?2, sealed = ?3");
    for name in clear {
        sql.push_str(", ");
        sql.push_str(name);
        sql.push_str(" = ?");
    }
    sql.push_str(" WHERE id = ?1");
    sql
}
