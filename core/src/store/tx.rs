//! What can be done inside a transaction.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::{Connection, OptionalExtension, Params, Rows, params_from_iter, types::Value};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    Row, StoreError, migrate, row,
    seal::{Keys, Place},
};
use crate::model::Place as ListPlace;

/// A running transaction. It ends with the closure that got it.
pub struct Tx<'a> {
    pub(super) connection: &'a Connection,
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) profile: &'a str,
    pub(super) writes: bool,
    pub(super) without_catalogue: &'a AtomicBool,
}

/// What stands in clear of a row that is there.
pub struct Here {
    version: i64,
    clear: Vec<Value>,
}

impl Here {
    /// The values of the clear columns, in the order of [`Row::CLEAR`].
    #[must_use]
    pub fn clear(&self) -> &[Value] {
        &self.clear
    }
}

impl Tx<'_> {
    /// Makes the table of the catalogue where somebody took it away.
    ///
    /// # Errors
    /// Those of the file.
    pub fn make_catalogue(&self) -> Result<(), StoreError> {
        Ok(migrate::make_catalogue(self.connection)?)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id or a unique value is there already.
    pub fn insert<R: Row>(&self, row: &R) -> Result<(), StoreError> {
        self.store(R::TABLE, R::CLEAR, &row.id(), row.clear(), &json(row), None)
    }

    /// Adds a row or replaces the one of its id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another row has a value that must be unique.
    pub fn put<R: Row>(&self, row: &R) -> Result<(), StoreError> {
        let id = row.id();
        let before = self.record_version(R::TABLE, &id)?;
        self.store(R::TABLE, R::CLEAR, &id, row.clear(), &json(row), before)
    }

    /// What stands in clear of the row of that id. It is not opened, so that nothing vouches for what this says: for who puts
    /// another in its place whether it opens or not. Goes by the index of the ids alone; see [`Tx::get`].
    ///
    /// # Errors
    /// Those of the file.
    pub fn here<R: Row>(&self, id: &str) -> Result<Option<Here>, StoreError> {
        let mut statement = self.connection.prepare_cached(&row::in_clear::<R>())?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let clear = (1..).zip(R::CLEAR).map(|(index, _)| row.get(index)).collect::<Result<_, _>>()?;
        Ok(Some(Here { version: row.get(0)?, clear }))
    }

    /// Puts a row in the place of the one of its id, which [`Tx::here`] has just found, and touches no index of what stays
    /// the same.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another row has a value that must be unique.
    pub fn put_over<R: Row>(&self, row: &R, here: &Here) -> Result<(), StoreError> {
        let (id, clear) = (row.id(), row.clear());
        let version = next(R::TABLE, &id, here.version)?;
        let sealed = self.sealed(R::TABLE, R::CLEAR, &id, &clear, &json(row), version)?;
        let changed = R::CLEAR.iter().zip(clear).zip(&here.clear).filter(|((_, value), before)| value != *before);
        let (names, values): (Vec<&str>, Vec<Value>) = changed.map(|((name, value), _)| (*name, value)).unzip();
        let sql = row::update(R::TABLE, &names);
        let head = [Value::Text(id), Value::Integer(version), Value::Blob(sealed)];
        let mut statement = self.connection.prepare_cached(&sql)?;
        match statement.execute(params_from_iter(head.into_iter().chain(values)))? {
            1 => Ok(()),
            _ => Err(StoreError::Other("a row that was there is not")),
        }
    }

    /// The row of that id; `None` only if there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if it is there and does not open.
    pub fn get<R: Row>(&self, id: &str) -> Result<Option<R>, StoreError> {
        let mut found = None;
        let mut take = |row: Result<R, StoreError>| row.map(|row| found = Some(row));
        match self.each("WHERE id = ?1", [id], &mut take) {
            // The index of the ids may be what is broken, and the table whole.
            Err(StoreError::DamagedFile) => {
                self.each("NOT INDEXED WHERE id = ?1", [id], take)?;
                // What a broken table does not give may be there all the same.
                found.map(Some).ok_or(StoreError::DamagedFile)
            }
            done => done.map(|()| found),
        }
    }

    /// The rows that `tail` (`WHERE … ORDER BY … LIMIT …`) selects by their clear columns.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] naming the first row that does not open; see [`Tx::scan`] for what
    /// must show the others all the same.
    pub fn find<R: Row>(&self, tail: &'static str, params: impl Params) -> Result<Vec<R>, StoreError> {
        let mut found = Vec::new();
        self.scan(tail, params, |row| {
            found.push(row?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Like [`Tx::find`], row by row, with each damaged one named in its place; an error of `visit`
    /// ends it.
    ///
    /// # Errors
    /// Those of the file, and those of `visit`.
    pub fn scan<R: Row>(
        &self,
        tail: &'static str,
        params: impl Params,
        visit: impl FnMut(Result<R, StoreError>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if !tail.contains("LIMIT") {
            return Err(StoreError::Other("a query without LIMIT"));
        }
        self.each(tail, params, visit)
    }

    /// Visits what was sealed into rows, as text: for who reads many and keeps few. `None` is what does not open.
    ///
    /// # Errors
    /// Those of the file, and those of `visit`.
    pub fn bodies<R: Row>(
        &self,
        tail: &'static str,
        params: impl Params,
        mut visit: impl FnMut(Option<&[u8]>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(&row::select::<R>(tail))?;
        self.walk(R::TABLE, R::CLEAR, &mut statement.query(params)?, &mut |_, body| visit(body))
    }

    /// The rows that open, and how many did not: for queues and lists, in which one rotten row
    /// must not cost the others.
    ///
    /// # Errors
    /// Those of the file.
    pub fn sound<R: Row>(&self, tail: &'static str, params: impl Params) -> Result<(Vec<R>, usize), StoreError> {
        let (mut found, mut damaged) = (Vec::new(), 0);
        self.scan(tail, params, |row| {
            match row {
                Ok(row) => found.push(row),
                Err(error @ StoreError::Damaged { .. }) => {
                    tracing::error!(%error, "a row is passed over");
                    damaged += 1;
                }
                Err(error) => return Err(error),
            }
            Ok(())
        })?;
        Ok((found, damaged))
    }

    /// Like [`Tx::sound`], for what a person looks at. Where a page of the file is so broken that the walk by the first
    /// of the two tails ends in it, the second goes another way; where that ends, too, `ids` selects ids out of an
    /// index, with the same parameters, and each row is fetched by its own. Only the rows of that page are lost then,
    /// and counted.
    ///
    /// # Errors
    /// Those of the file, where no way leads.
    pub fn sound_or_each<R: Row>(
        &self,
        tails: [&'static str; 2],
        ids: &'static str,
        params: impl Params + Clone,
    ) -> Result<(Vec<R>, usize), StoreError> {
        for tail in tails {
            match self.sound(tail, params.clone()) {
                Err(StoreError::DamagedFile) => {}
                other => return other,
            }
        }
        tracing::error!(table = R::TABLE, "a page of the file is broken: its rows are passed over");
        self.each_of(self.select(ids, params, |row| row.get::<_, String>("id"))?)
    }

    /// The rows of these ids that open, in their order, and how many did not, or are not there.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and what the whole file suffers from.
    pub fn each_of<R: Row>(
        &self,
        ids: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(Vec<R>, usize), StoreError> {
        let (mut found, mut damaged) = (Vec::new(), 0);
        for id in ids {
            match self.get(id.as_ref()) {
                Ok(Some(row)) => found.push(row),
                Ok(None) | Err(StoreError::Damaged { .. } | StoreError::DamagedFile) => damaged += 1,
                Err(error) => return Err(error),
            }
        }
        Ok((found, damaged))
    }

    /// Removes the row of that id; says whether there was one.
    ///
    /// # Errors
    /// Those of the file.
    pub fn delete<R: Row>(&self, id: &str) -> Result<bool, StoreError> {
        self.delete_from(R::TABLE, id)
    }

    /// How many rows `tail` (`WHERE …`, or nothing) selects. Needs no keys.
    ///
    /// # Errors
    /// Those of the file.
    pub fn count<R: Row>(&self, tail: &str, params: impl Params) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {} {tail}", R::TABLE);
        let count: i64 = self.connection.prepare_cached(&sql)?.query_row(params, |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Reads clear columns alone; works while the store is locked, and proves nothing about rows.
    ///
    /// # Errors
    /// Those of the file.
    pub fn select<T>(
        &self,
        sql: &'static str,
        params: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The places of rows in a list (milliseconds, id) by the first way that leads there and gives what is `sound`: a
    /// page that one needs may be broken, and what an index has lost its table still has, and the other way about.
    /// `None` is what is no place: it came out of a page that is broken, and was not noticed. It is passed over.
    ///
    /// # Errors
    /// Those of the file, where no way leads.
    pub fn places(
        &self,
        ways: &[&'static str],
        params: impl Params + Clone,
        sound: impl Fn(&[Option<ListPlace>]) -> bool,
    ) -> Result<Vec<ListPlace>, StoreError> {
        let place = |row: &rusqlite::Row<'_>| match (row.get_ref(0)?.as_i64(), row.get_ref(1)?.as_str()) {
            (Ok(at_ms), Ok(id)) => Ok(Some(ListPlace { at_ms, id: id.to_owned() })),
            (_, _) => Ok(None),
        };
        for way in ways {
            match self.select(way, params.clone(), place) {
                Err(StoreError::DamagedFile) => {}
                Ok(found) if !sound(&found) => {}
                found => return Ok(found?.into_iter().flatten().collect()),
            }
        }
        Err(StoreError::DamagedFile)
    }

    /// A statement over clear columns that no method above expresses, deletes above all: an update
    /// of a clear column makes its rows unreadable. Gives the number of rows.
    ///
    /// # Errors
    /// Those of the file.
    pub fn execute(&self, sql: &'static str, params: impl Params) -> Result<usize, StoreError> {
        self.must_write()?;
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Whether what only saves looking is to be left alone, since it is broken; see [`Tx::without_catalogue`].
    #[must_use]
    pub fn is_without_catalogue(&self) -> bool {
        self.without_catalogue.load(Ordering::SeqCst)
    }

    /// Says so to all transactions of this store, whatever becomes of this one.
    pub fn without_catalogue(&self, without: bool) {
        self.without_catalogue.store(without, Ordering::SeqCst);
    }

    pub(super) fn keys(&self) -> Result<&Keys, StoreError> {
        self.keys.as_deref().ok_or(StoreError::Locked)
    }

    pub(super) fn delete_from(&self, table: &str, id: &str) -> Result<bool, StoreError> {
        self.must_write()?;
        let sql = format!("DELETE FROM {table} WHERE id = ?1");
        Ok(self.connection.prepare_cached(&sql)?.execute([id])? > 0)
    }

    pub(super) fn record_version(&self, table: &str, id: &str) -> Result<Option<i64>, StoreError> {
        let sql = format!("SELECT record_version FROM {table} WHERE id = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    /// Seals what `write` appends, and writes it: an insert, or an update of the row that had version `before`.
    pub(super) fn store(
        &self,
        table: &'static str,
        names: &[&str],
        id: &str,
        clear: Vec<Value>,
        write: Json<'_>,
        before: Option<i64>,
    ) -> Result<(), StoreError> {
        let version = before.map_or(Ok(1), |before| next(table, id, before))?;
        let sealed = self.sealed(table, names, id, &clear, write, version)?;
        let sql = match before {
            None => row::insert(table, names),
            Some(_) => row::update(table, names),
        };
        let head = [Value::Text(id.to_owned()), Value::Integer(version), Value::Blob(sealed)];
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.execute(params_from_iter(head.into_iter().chain(clear)))?;
        Ok(())
    }

    /// The body of a row, sealed to its place as version `version`.
    fn sealed(
        &self,
        table: &'static str,
        names: &[&str],
        id: &str,
        clear: &[Value],
        write: Json<'_>,
        version: i64,
    ) -> Result<Vec<u8>, StoreError> {
        self.must_write()?;
        if names.len() != clear.len() {
            return Err(StoreError::Other("clear columns and values differ in number"));
        }
        let mut place = Place::new(self.profile, table, id, version);
        for (name, value) in names.iter().zip(clear) {
            place.column(name, value.into());
        }
        self.keys()?.seal_written(&place, write)?.ok_or(StoreError::Other("sealing failed"))
    }

    fn each<R: Row>(
        &self,
        tail: &str,
        params: impl Params,
        mut visit: impl FnMut(Result<R, StoreError>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(&row::select::<R>(tail))?;
        self.walk(R::TABLE, R::CLEAR, &mut statement.query(params)?, &mut |id, body| {
            visit(match body.and_then(|plain| serde_json::from_slice::<R>(plain).ok()) {
                Some(mut row) => {
                    row.restore_id(id);
                    Ok(row)
                }
                None => Err(StoreError::Damaged { table: R::TABLE, id: id.to_owned() }),
            })?;
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Visits the rows of that table, each by its id and what was sealed into it; `None` if it does not open. It knows no
    /// type: it is one function for all tables, in a library that a phone downloads.
    fn walk(
        &self,
        table: &'static str,
        clear: &[&str],
        rows: &mut Rows<'_>,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let keys = self.keys()?;
        while let Some(row) = rows.next()? {
            let body = open_body(keys, self.profile, (table, clear), row)?;
            let id = row.get_ref(0)?.as_str().unwrap_or("?");
            if visit(id, body.as_deref().map(Vec::as_slice))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn must_write(&self) -> Result<(), StoreError> {
        if !self.writes {
            return Err(StoreError::Other("a write inside a read"));
        }
        // A full disk may have undone the whole transaction under a caller who went on: the next
        // statement would stand alone and be kept.
        if self.connection.is_autocommit() {
            return Err(StoreError::Other("a write after the transaction was undone"));
        }
        Ok(())
    }
}

/// The version of a row that takes the place of this one.
fn next(table: &'static str, id: &str, version: i64) -> Result<i64, StoreError> {
    version.checked_add(1).ok_or_else(|| StoreError::Damaged { table, id: id.to_owned() })
}

/// Appends a row as JSON.
type Json<'a> = &'a dyn Fn(&mut Vec<u8>) -> Result<(), StoreError>;

/// What is done with a row: its id, and what was sealed into it.
type Visit<'a> = dyn FnMut(&str, Option<&[u8]>) -> Result<ControlFlow<()>, StoreError> + 'a;

pub(super) fn json(body: &impl Serialize) -> impl Fn(&mut Vec<u8>) -> Result<(), StoreError> {
    |plain| serde_json::to_writer(plain, body).map_err(|_| StoreError::Other("a row that is not JSON"))
}

/// What is sealed into the row under the cursor; `None` if it does not open.
fn open_body(
    keys: &Keys,
    profile: &str,
    (table, clear): (&'static str, &[&str]),
    row: &rusqlite::Row<'_>,
) -> rusqlite::Result<Option<Zeroizing<Vec<u8>>>> {
    // The table is STRICT: what is not of these types is damage, not a mistake of ours.
    let (Ok(id), Ok(version), Ok(sealed)) =
        (row.get_ref(0)?.as_str(), row.get_ref(1)?.as_i64(), row.get_ref(2)?.as_blob())
    else {
        return Ok(None);
    };
    let mut place = Place::new(profile, table, id, version);
    for (index, name) in (3..).zip(clear) {
        place.column(name, row.get_ref(index)?);
    }
    Ok(keys.open(sealed, &place).ok())
}
