//! What can go wrong with the store, told apart by what the caller can do about it.
//!
//! No text here holds a value of a row: ids and table names are the most that is named.

use std::io;

use thiserror::Error;

/// Why a profile could not be opened. Nothing was changed or deleted, whatever the reason.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// Another process (or another [`crate::store::Store`] of this one) has it.
    #[error("this profile is in use by another process")]
    InUse,
    /// Written by a newer version of the core.
    #[error("this profile has schema {found}; this version knows up to {supported}")]
    Newer {
        /// The file's schema.
        found: i64,
        /// The newest that this core knows.
        supported: i64,
    },
    /// Not readable as a database, or not whole.
    #[error("the profile's file is damaged")]
    Damaged,
    /// A sound database that is not billpay's.
    #[error("the file belongs to another program")]
    Foreign,
    /// After a resume the file at that path is another profile.
    #[error("the profile's file was replaced by another one")]
    Replaced,
    /// After a resume there is no file at that path any more.
    #[error("the profile's file is gone")]
    Missing,
    /// No space is left.
    #[error("the disk is full")]
    Full,
    /// The file or its file system cannot be written.
    #[error("the profile's file cannot be written")]
    ReadOnly,
    /// Something on the path is no directory.
    #[error("the profile's path leads through something that is not a directory")]
    NotADirectory,
    /// This user may not reach the file.
    #[error("no permission to open the profile's file")]
    Denied,
    /// The operating system's word for anything else.
    #[error("the profile's file cannot be opened: {0}")]
    Io(io::ErrorKind),
    /// SQLite's extended result code for anything else.
    #[error("the profile's file cannot be opened (SQLite {0})")]
    Sqlite(i32),
}

/// Why the keys were not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnlockError {
    /// The profile is sound and was sealed with another root key.
    #[error("this is not the profile's key")]
    WrongKey,
    /// The record that tells whether a key is right is broken, or gone while sealed rows are there.
    #[error("the profile's key record is damaged")]
    Damaged,
    /// A root key has 32 bytes.
    #[error("a root key has 32 bytes")]
    BadRoot,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a transaction did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// No keys yet: see [`crate::store::Store::unlock`].
    #[error("the store is locked")]
    Locked,
    /// Between [`crate::store::Store::suspend`] and [`crate::store::Store::resume`].
    #[error("the store is suspended")]
    Suspended,
    /// No space is left; the transaction was undone.
    #[error("the disk is full")]
    Full,
    /// The device failed, or the file cannot be reached or written; the transaction was undone.
    #[error("the store's file cannot be read or written (SQLite {0})")]
    Io(i32),
    /// A row is there and cannot be trusted: moved, copied, edited, or rotten.
    #[error("row {id} of {table} is damaged")]
    Damaged {
        /// Its table.
        table: &'static str,
        /// Its id.
        id: String,
    },
    /// The file itself is not whole.
    #[error("the store's file is damaged")]
    DamagedFile,
    /// The id, or a value that must be unique, is there already; the transaction was undone.
    #[error("there is such a row already")]
    Conflict,
    /// `COMMIT` answered an error: what was written may be there or not. Look, then speak.
    #[error("it is not known whether the change was stored")]
    CommitUnknown {
        /// The disk was full: the reason, if it turns out not to be there.
        full: bool,
    },
    /// Someone outside this core holds SQLite's own lock.
    #[error("the store is busy")]
    Busy,
    /// The file could not be opened again.
    #[error("the store could not be opened again: {0}")]
    Reopen(OpenError),
    /// Any other result code of SQLite.
    #[error("the store failed (SQLite {0})")]
    Sqlite(i32),
    /// The caller broke a rule of this room.
    #[error("misuse of the store: {0}")]
    Other(&'static str),
}

/// What was read, for things that their source sends again: one that does not open, or whose page of the file is
/// broken, gives way to the next copy, and until then is passed over. Nothing about money may be decided on its
/// absence.
///
/// # Errors
/// All others.
pub fn give_way<T>(found: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match found {
        Err(error @ (StoreError::Damaged { .. } | StoreError::DamagedFile)) => {
            tracing::error!(%error, "a row that does not open is passed over");
            Ok(None)
        }
        other => other,
    }
}

// SQLite's result codes (https://sqlite.org/rescode.html), the low byte first.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const NOTADB: i32 = 26;
const UNIQUE: [i32; 3] = [1555, 2067, 2579];
const IOERR_CORRUPTFS: i32 = 8458;
/// The shared memory beside the log could not grow: there is no room for it.
const IOERR_SHMSIZE: i32 = 4874;

/// What SQLite answered; `None` where the fault is in what was read, or the caller's.
#[allow(clippy::wildcard_enum_match_arm, reason = "one kind out of an open-ended enum")]
fn answer(error: &rusqlite::Error) -> Option<&rusqlite::ffi::Error> {
    match error {
        // Of a statement that it does not understand.
        rusqlite::Error::SqlInputError { error, .. } => Some(error),
        other => other.sqlite_error(),
    }
}

/// The extended result code, or the one for misuse where the fault is the caller's.
fn code(error: &rusqlite::Error) -> i32 {
    const MISUSE: i32 = 21;
    answer(error).map_or(MISUSE, |inner| inner.extended_code)
}

/// Whether it is of what the file says: a value that has not the type of its column, or a statement that a sound file
/// understands (each is run in a test) and this one does not, for want of a table, a column or an index.
#[allow(clippy::wildcard_enum_match_arm, reason = "a few kinds out of an open-ended enum")]
fn is_rot(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    const ERROR: i32 = 1;
    match error {
        E::FromSqlConversionFailure(..)
        | E::IntegralValueOutOfRange(..)
        | E::Utf8Error(..)
        | E::InvalidColumnType(..) => true,
        E::SqlInputError { error, .. } => error.extended_code == ERROR,
        // The same of one that was understood before.
        E::SqliteFailure(error, Some(says)) => error.extended_code == ERROR && says.starts_with("no such "),
        _ => false,
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = code(&error);
        match code & 0xff {
            _ if is_rot(&error) => Self::DamagedFile,
            _ if UNIQUE.contains(&code) => Self::Conflict,
            _ if code == IOERR_CORRUPTFS => Self::DamagedFile,
            _ if code == IOERR_SHMSIZE => Self::Full,
            CORRUPT | NOTADB => Self::DamagedFile,
            FULL => Self::Full,
            IOERR | READONLY | CANTOPEN => Self::Io(code),
            BUSY | LOCKED => Self::Busy,
            _ => Self::Sqlite(code),
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        let code = code(&error);
        match code & 0xff {
            // What opens a file never changes, so this is of what was read in it.
            _ if answer(&error).is_none() => Self::Damaged,
            _ if code == IOERR_CORRUPTFS => Self::Damaged,
            _ if code == IOERR_SHMSIZE => Self::Full,
            CORRUPT | NOTADB => Self::Damaged,
            FULL => Self::Full,
            READONLY => Self::ReadOnly,
            BUSY | LOCKED => Self::InUse,
            _ => Self::Sqlite(code),
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        // A list of some kinds out of an open-ended enum: the rest is passed on by name.
        #[allow(clippy::wildcard_enum_match_arm)]
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            // A file where a parent should be: some calls say that it "exists already".
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => Self::NotADirectory,
            io::ErrorKind::PermissionDenied => Self::Denied,
            kind => Self::Io(kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
    }

    #[test]
    fn what_a_caller_can_act_on_is_told_apart() {
        // Faults 30 to 33, each by the code that SQLite gives it.
        let table = [
            (13, StoreError::Full, OpenError::Full),
            (10, StoreError::Io(10), OpenError::Sqlite(10)),
            (266, StoreError::Io(266), OpenError::Sqlite(266)),
            (8, StoreError::Io(8), OpenError::ReadOnly),
            (1032, StoreError::Io(1032), OpenError::ReadOnly),
            (14, StoreError::Io(14), OpenError::Sqlite(14)),
            (11, StoreError::DamagedFile, OpenError::Damaged),
            (26, StoreError::DamagedFile, OpenError::Damaged),
            (8458, StoreError::DamagedFile, OpenError::Damaged),
            (4874, StoreError::Full, OpenError::Full),
            (5, StoreError::Busy, OpenError::InUse),
            (2067, StoreError::Conflict, OpenError::Sqlite(2067)),
            (1555, StoreError::Conflict, OpenError::Sqlite(1555)),
            // A CHECK or NOT NULL is our mistake, not a conflict of two rows.
            (275, StoreError::Sqlite(275), OpenError::Sqlite(275)),
            (1299, StoreError::Sqlite(1299), OpenError::Sqlite(1299)),
        ];
        for (code, store, open) in table {
            assert_eq!((StoreError::from(sqlite(code)), OpenError::from(sqlite(code))), (store, open), "{code}");
        }
    }

    #[test]
    fn the_words_of_the_operating_system_are_told_apart() {
        let table = [
            (io::ErrorKind::StorageFull, OpenError::Full),
            (io::ErrorKind::QuotaExceeded, OpenError::Full),
            (io::ErrorKind::ReadOnlyFilesystem, OpenError::ReadOnly),
            (io::ErrorKind::NotADirectory, OpenError::NotADirectory),
            (io::ErrorKind::PermissionDenied, OpenError::Denied),
            (io::ErrorKind::NotFound, OpenError::Io(io::ErrorKind::NotFound)),
        ];
        for (kind, error) in table {
            assert_eq!(OpenError::from(io::Error::from(kind)), error);
        }
    }
}
