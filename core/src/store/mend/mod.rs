//! A file of which a page is broken is written anew. What can be read goes into a fresh file, whose content takes the
//! place of the old one in one commit; of a row that cannot be read there stays what an index still knows of it, under
//! its id and not to be opened, as a row that is rotten by itself is. So a broken page becomes broken rows, which
//! everybody knows how to name, to count and to ask for again, and the file can be written to as before.
//!
//! No index is sealed: a rotten key in one makes a row that is there look absent, and an absent row is believed. All of
//! them are made anew from the rows.

mod copying;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use copying::Copying;
use rusqlite::{Connection, OpenFlags, backup};
use table::Table;

use super::{OpenError, Store, StoreError, aside, check::TABLES, door, migrate};

/// Behind the name of the fresh file while it is being filled. It holds nothing that the old one does not.
pub(in crate::store) const MENDING: &str = ".mending";

/// Tables of which nothing is kept: the receipts say all that is in them.
const MADE_ANEW: [&str; 2] = ["outcome_search", "drawer"];

/// Files that are put aside at most: a device that goes on rotting must not fill itself with copies.
const COPIES: u32 = 8;

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
    /// long as reading everything does, and for that time twice as much room again as the file has; where rows are lost
    /// a copy of it stays.
    ///
    /// # Errors
    /// [`StoreError::Locked`] without keys, which tell a row from its rotten copy; [`StoreError::DamagedFile`] if
    /// nothing can be read of it; those of the disk. The file is then as it was.
    pub fn mend(&self) -> Result<Option<Mended>, StoreError> {
        let scratch = Scratch(self.location().vfs.is_none().then(|| self.location().beside(MENDING)));
        // One that was killed may have left it.
        scratch.remove();
        let wrong: Vec<String> = self.read_long(|tx| tx.select("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
        if wrong == ["ok"] {
            return Ok(None);
        }
        let mut mended = Mended::default();
        let done = self.replace(|old| {
            let keys = self.keys().ok_or(StoreError::Locked)?;
            let fresh = scratch.make().map_err(StoreError::Reopen)?;
            // Whose keys these are has been checked against it: without it nobody would know them again.
            let canary: Vec<u8> = old.query_row("SELECT canary FROM profile WHERE id = 1", [], |row| row.get(0))?;
            migrate::make(&fresh, self.profile(), &canary).map_err(StoreError::Reopen)?;
            fresh.execute_batch("BEGIN")?;
            for table in TABLES.into_iter().filter(|table| !MADE_ANEW.contains(table)) {
                let table = Table::of(&fresh, table)?;
                Copying::new(&table, old, &fresh, (&keys, self.profile())).copy(&mut mended)?;
            }
            fresh.execute_batch("COMMIT")?;
            // It was written without a sync, to a device that is known to rot.
            let whole: String = fresh.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if whole != "ok" {
                return Err(StoreError::DamagedFile);
            }
            if (mended.lost.len(), mended.nameless) != (0, 0) {
                mended.aside = self.copy_aside(old)?;
            }
            Ok(fresh)
        });
        if let (Err(StoreError::Full), Some(aside)) = (&done, &mended.aside) {
            // Nothing was replaced, and the room is wanted. After any other error the fresh one may be in place all the
            // same, and the copy all that is left of the old one.
            let _ = fs::remove_file(aside);
        }
        done.map(|()| Some(mended))
    }

    /// A copy of the whole file beside it, page by page, whatever is in them. It is on the disk before the file itself
    /// is touched.
    fn copy_aside(&self, old: &Connection) -> Result<Option<PathBuf>, StoreError> {
        if self.location().vfs.is_some() {
            return Ok(None);
        }
        let (number, path) = aside::next(self.location()).map_err(StoreError::Reopen)?;
        if number > COPIES {
            tracing::warn!("enough copies of broken files are there: what this one has lost is only named");
            return Ok(None);
        }
        let copied = copy(old, &path);
        if copied.is_err() {
            let _ = fs::remove_file(&path);
        }
        copied.map(|()| Some(path))
    }
}

fn copy(old: &Connection, path: &Path) -> Result<(), StoreError> {
    let file = door::private(path).map_err(StoreError::Reopen)?;
    let mut copy = Connection::open_with_flags(path, FLAGS)?;
    copy.pragma_update(None, "fullfsync", true)?;
    overwrite(old, &mut copy)?;
    drop(copy);
    file.sync_all().map_err(|error| StoreError::Reopen(error.into()))
}

const FLAGS: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX).union(OpenFlags::SQLITE_OPEN_EXRESCODE);

/// Makes one database what another is, in one transaction.
pub(in crate::store) fn overwrite(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
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

/// Whether something went to its end, and not to a broken page. What the device does not give this time may be whole:
/// that is an error, and another time is better.
fn whole(work: impl FnOnce() -> Result<(), StoreError>) -> Result<bool, StoreError> {
    match work() {
        Ok(()) => Ok(true),
        Err(StoreError::DamagedFile) => Ok(false),
        Err(error) => Err(error),
    }
}
