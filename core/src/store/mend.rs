//! A file of which a page is broken is written anew. What can be read goes into a fresh file, whose content takes the
//! place of the old one in one commit; of a row that cannot be read there stays what an index still knows of it, under
//! its id and not to be opened, as a row that is rotten by itself is. So a broken page becomes broken rows, which
//! everybody knows how to name, to count and to ask for again, and the file can be written to as before.
//!
//! No index is sealed: a rotten key in one makes a row that is there look absent, and an absent row is believed. All of
//! them are made anew from the rows.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    ops::Range,
    path::PathBuf,
};

use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Row, backup,
    types::{Value, ValueRef},
};

use super::{
    OpenError, Store, StoreError, aside,
    check::TABLES,
    door, migrate,
    seal::{Keys, Place},
};

/// Behind the name of the fresh file while it is being filled. It holds nothing that the old one does not.
pub(super) const MENDING: &str = ".mending";

/// Row numbers that are tried one by one between two that are known, where no walk leads.
const TRIED: i64 = 1_000_000;

/// Rows of which no more than an index is left; a broken one may name any number.
const MOST_KNOWN: usize = 1_000_000;

/// Files that are put aside at most: a device that goes on rotting must not fill itself with copies.
const COPIES: u32 = 8;

/// The longest id that is believed without a seal.
const LONGEST_ID: usize = 128;

/// What writing a file anew came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Rows that could be read.
    pub kept: u64,
    /// Table and id of those that could not.
    pub lost: Vec<(&'static str, String)>,
    /// Rows of which not even an id is left.
    pub nameless: u64,
    /// Where the old file was put, if it holds more than the new one: somebody may still read what is left.
    pub aside: Option<PathBuf>,
}

impl Store {
    /// Looks at the whole file, and writes it anew if its structure is broken anywhere; `None` if it is not. Takes as
    /// long as reading everything does, and as much room again as the file has.
    ///
    /// # Errors
    /// [`StoreError::Locked`] without keys, which tell a row from its rotten copy; [`StoreError::DamagedFile`] if
    /// nothing can be read of it; those of the disk. The file is then as it was.
    pub fn mend(&self) -> Result<Option<Mended>, StoreError> {
        let wrong: Vec<String> = self.read(|tx| tx.select("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
        if wrong == ["ok"] {
            return Ok(None);
        }
        let keys = self.keys().ok_or(StoreError::Locked)?;
        let scratch = Scratch(self.location().vfs.is_none().then(|| self.location().beside(MENDING)));
        let mut mended = Mended::default();
        self.replace(|old| {
            let fresh = scratch.make().map_err(StoreError::Reopen)?;
            // Whose keys these are has been checked against it: without it nobody would know them again.
            let canary: Vec<u8> = old.query_row("SELECT canary FROM profile WHERE id = 1", [], |row| row.get(0))?;
            migrate::make(&fresh, self.profile(), &canary).map_err(StoreError::Reopen)?;
            fresh.execute_batch("BEGIN")?;
            for table in TABLES {
                Copying {
                    table: &Table::of(&fresh, table)?,
                    old,
                    fresh: &fresh,
                    keys: &keys,
                    profile: self.profile(),
                    seen: HashSet::new(),
                    sound: HashSet::new(),
                    closed: Vec::new(),
                    kept: 0,
                }
                .copy(&mut mended)?;
            }
            fresh.execute_batch("COMMIT")?;
            if (mended.lost.len(), mended.nameless) != (0, 0) {
                mended.aside = self.copy_aside(old)?;
            }
            Ok(fresh)
        })?;
        Ok(Some(mended))
    }

    /// A copy of the whole file beside it, page by page, whatever is in them.
    fn copy_aside(&self, old: &Connection) -> Result<Option<PathBuf>, StoreError> {
        if self.location().vfs.is_some() {
            return Ok(None);
        }
        let (number, path) = aside::next(self.location()).map_err(StoreError::Reopen)?;
        if number > COPIES {
            tracing::warn!("enough copies of broken files are there: what this one has lost is only named");
            return Ok(None);
        }
        drop(door::private(&path).map_err(StoreError::Reopen)?);
        let mut copy = Connection::open_with_flags(&path, FLAGS)?;
        overwrite(old, &mut copy)?;
        Ok(Some(path))
    }
}

const FLAGS: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX).union(OpenFlags::SQLITE_OPEN_EXRESCODE);

/// Makes one database what another is, in one transaction.
pub(super) fn overwrite(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
    let copy = backup::Backup::new(from, to)?;
    if copy.step(-1)? == backup::StepResult::Done { Ok(()) } else { Err(StoreError::Busy) }
}

/// The fresh file, which is gone when this is; `None` where files are not real, and memory does.
struct Scratch(Option<PathBuf>);

impl Scratch {
    fn make(&self) -> Result<Connection, OpenError> {
        let Some(path) = &self.0 else { return Ok(Connection::open_in_memory()?) };
        self.remove();
        drop(door::private(path)?);
        let connection = Connection::open_with_flags(path, FLAGS)?;
        // If we are killed it is thrown away.
        let _: String = connection.pragma_update_and_check(None, "journal_mode", "OFF", |row| row.get(0))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Ok(connection)
    }

    fn remove(&self) {
        if let Some(path) = &self.0 {
            // What cannot be removed cannot be written to either, and that is told.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

/// A table, as the schema has it.
struct Table {
    name: &'static str,
    /// With their types.
    columns: Vec<(String, String)>,
    /// The columns of each index that holds them without a look at the table.
    indexes: Vec<(String, Vec<String>)>,
}

/// What the indexes say of rows, by their numbers.
type Known = BTreeMap<i64, BTreeMap<String, Value>>;

impl Table {
    fn of(fresh: &Connection, name: &'static str) -> Result<Self, StoreError> {
        let mut statement = fresh.prepare("SELECT name, type FROM pragma_table_info(?1)")?;
        let columns = statement.query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        // Those of some rows only would have to look at the table.
        let mut statement = fresh.prepare("SELECT name FROM pragma_index_list(?1) WHERE partial = 0")?;
        let names: Vec<String> = statement.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut indexes = Vec::with_capacity(names.len());
        for index in names {
            let mut statement = fresh.prepare("SELECT name FROM pragma_index_info(?1)")?;
            let columns = statement.query_map([&index], |row| row.get(0))?.collect::<Result<_, _>>()?;
            indexes.push((index, columns));
        }
        Ok(Self { name, columns, indexes })
    }

    /// The columns with the number of the row in front.
    fn numbered(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        format!("SELECT rowid AS rowid, {} FROM {} NOT INDEXED", columns.join(", "), self.name)
    }

    /// Visits every row that the table's own tree gives, from both of its ends; gives the numbers between which there
    /// may be others.
    fn walk(
        &self,
        old: &Connection,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<Range<i64>, StoreError> {
        let mut first = None;
        let sound = whole(|| {
            let mut statement = old.prepare(&format!("{} ORDER BY rowid", self.numbered()))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let number = row.get(0)?;
                // A tree that leads back into itself would be walked without an end.
                if first.is_some_and(|before| number <= before) {
                    return Err(StoreError::DamagedFile);
                }
                first = Some(number);
                visit(row)?;
            }
            Ok(())
        })?;
        if sound {
            return Ok(0..0);
        }
        let mut last = None;
        whole(|| {
            let mut statement = old.prepare(&format!("{} ORDER BY rowid DESC", self.numbered()))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let number = row.get(0)?;
                if last.is_some_and(|after| number >= after) {
                    return Err(StoreError::DamagedFile);
                }
                last = Some(number);
                visit(row)?;
            }
            Ok(())
        })?;
        let from = first.unwrap_or_default();
        Ok(from..last.unwrap_or(i64::MAX).min(from.saturating_add(TRIED)))
    }

    /// What all indexes that can be read know of other rows than these.
    fn known(&self, old: &Connection, sound: &HashSet<i64>) -> Result<Known, StoreError> {
        let mut known = Known::new();
        for (index, columns) in &self.indexes {
            let sql = format!("SELECT rowid, {} FROM {} INDEXED BY {index}", columns.join(", "), self.name);
            whole(|| {
                let mut statement = old.prepare(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let Some(number) = row.get(0).ok().filter(|number| !sound.contains(number)) else { continue };
                    if known.len() >= MOST_KNOWN {
                        return Err(StoreError::DamagedFile);
                    }
                    let of_row = known.entry(number).or_default();
                    for (at, column) in (1..).zip(columns) {
                        if let Some(value) = self.value(column, row.get_ref(at)?) {
                            of_row.insert(column.clone(), value);
                        }
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

    /// Puts a row as it is, its number in front; says whether the table takes it.
    fn insert(&self, fresh: &Connection, row: &Row<'_>) -> rusqlite::Result<bool> {
        let mut values = Vec::with_capacity(self.columns.len());
        for (at, (column, _)) in (1..).zip(&self.columns) {
            match self.value(column, row.get_ref(at)?) {
                Some(value) => values.push((column.as_str(), value)),
                None => return Ok(false),
            }
        }
        self.put(fresh, &values)
    }

    /// Says whether the table takes these values; it does not if another row has what must be unique.
    fn put(&self, fresh: &Connection, values: &[(&str, Value)]) -> rusqlite::Result<bool> {
        const CONSTRAINT: i32 = 19;
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {}({}) VALUES ({marks})", self.name, names.join(", "));
        let mut statement = fresh.prepare_cached(&sql)?;
        match statement.execute(rusqlite::params_from_iter(values.iter().map(|(_, value)| value))) {
            Ok(_) => Ok(true),
            Err(error) if error.sqlite_error().is_some_and(|of| of.extended_code & 0xff == CONSTRAINT) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// One table on its way into the fresh file.
struct Copying<'a> {
    table: &'a Table,
    old: &'a Connection,
    fresh: &'a Connection,
    keys: &'a Keys,
    profile: &'a str,
    /// Numbers of the rows that were found.
    seen: HashSet<i64>,
    /// Those of them that are what was sealed.
    sound: HashSet<i64>,
    /// Those that are not.
    closed: Vec<i64>,
    kept: u64,
}

impl Copying<'_> {
    /// Rows that open come first: of two that cannot both be there, the seal knows which is right.
    fn copy(&mut self, mended: &mut Mended) -> Result<(), StoreError> {
        let between = self.table.walk(self.old, |row| self.take(row))?;
        let mut known = self.table.known(self.old, &self.sound)?;
        let by_number = format!("{} WHERE rowid = ?1", self.table.numbered());
        for number in between.chain(known.keys().copied()) {
            whole(|| {
                let mut statement = self.old.prepare_cached(&by_number)?;
                Ok(statement.query_row([number], |row| self.take(row)).optional().map(drop)?)
            })?;
        }
        known.retain(|number, _| !self.sound.contains(number));
        for number in std::mem::take(&mut self.closed) {
            let mut statement = self.old.prepare_cached(&by_number)?;
            // As it is, for whoever asks for it again: a seal that does not open is no reason to throw a row away. But
            // if an index has another id for it the page is broken, and what looks like a row is none.
            let named = known.get(&number).and_then(|columns| columns.get("id"));
            let stays = |row: &Row<'_>| match named.and_then(as_id) {
                Some(id) if row.get_ref("id")?.as_str() != Ok(id) => Ok(false),
                _ => self.table.insert(self.fresh, row),
            };
            match statement.query_row([number], stays) {
                Ok(true) => {
                    self.kept += 1;
                    known.remove(&number);
                }
                _ => drop(known.entry(number).or_default()),
            }
        }
        for columns in known.into_values() {
            self.remember(columns, mended)?;
        }
        mended.kept += self.kept;
        Ok(())
    }

    fn take(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let number = row.get(0)?;
        if !self.seen.insert(number) {
            return Ok(());
        }
        let place = Place::of_row(self.profile, self.table.name, row);
        let opens = place.is_ok_and(|(place, sealed)| self.keys.open(&sealed, &place).is_ok());
        if opens && self.table.insert(self.fresh, row)? {
            self.kept += 1;
            self.sound.insert(number);
        } else {
            self.closed.push(number);
        }
        Ok(())
    }

    /// The id of a row that is lost, with what else is known of it.
    fn remember(&self, known: BTreeMap<String, Value>, mended: &mut Mended) -> Result<(), StoreError> {
        let Some(id) = known.get("id").and_then(as_id).map(str::to_owned) else {
            mended.nameless += 1;
            return Ok(());
        };
        let mut values: Vec<(&str, Value)> = known.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        // No row of ours has this version, and nothing is sealed as nothing.
        values.push(("record_version", Value::Integer(0)));
        values.push(("sealed", Value::Blob(Vec::new())));
        if self.table.put(self.fresh, &values)? {
            mended.lost.push((self.table.name, id));
        }
        Ok(())
    }
}

/// What may be an id: nothing else is believed without a seal.
fn as_id(value: &Value) -> Option<&str> {
    let Value::Text(id) = value else { return None };
    let fits = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(id)
}

/// Whether something went to its end, and not to a broken page.
fn whole(work: impl FnOnce() -> Result<(), StoreError>) -> Result<bool, StoreError> {
    match work() {
        Ok(()) => Ok(true),
        Err(StoreError::DamagedFile) => Ok(false),
        Err(error) => Err(error),
    }
}
