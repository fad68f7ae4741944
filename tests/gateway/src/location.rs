//! Where a database is, and through which SQLite file system.

use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};

/// A database's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// The SQLite VFS; `None` is the system's. `memdb` with a path such as `/name` is in memory,
    /// shared by name within the process, and gone with the last connection to it (see [`Anchor`]).
    pub vfs: Option<String>,
}

impl Location {
    /// A real file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), vfs: None }
    }

    /// In memory, shared by `name`.
    #[must_use]
    pub fn memory(name: &str) -> Self {
        Self { path: PathBuf::from(format!("/{name}")), vfs: Some("memdb".to_owned()) }
    }

    /// The place beside this one whose name ends in `suffix`.
    #[must_use]
    pub fn beside(&self, suffix: &str) -> Self {
        let mut path = self.path.clone().into_os_string();
        path.push(suffix);
        Self { path: PathBuf::from(path), vfs: self.vfs.clone() }
    }

    /// A connection with nothing set up.
    pub(crate) fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_EXRESCODE;
        match &self.vfs {
            None => Connection::open_with_flags(&self.path, flags),
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.path, flags, vfs.as_str()),
        }
    }
}

/// Keeps a database in memory alive while no gateway has it open, as a disk would.
#[derive(Debug)]
pub struct Anchor {
    _ledger: Connection,
    _aside: Connection,
    _statements: Connection,
}

impl Anchor {
    /// Holds the ledger at `location` and what lies beside it.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn hold(location: &Location) -> rusqlite::Result<Self> {
        Ok(Self {
            _ledger: location.connect()?,
            _aside: location.beside(".aside").connect()?,
            _statements: location.beside(".statements").connect()?,
        })
    }
}

/// Puts a file in the mode in which a commit is durable when it is confirmed; says whether that is so. What is in memory
/// has no such mode, and needs none.
pub(crate) fn into_wal(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    let mode: String = rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default();
    // The answer comes before the switch is committed: what fails then is told by whoever goes on asking.
    while rows.next()?.is_some() {}
    Ok(["wal", "memory"].contains(&mode.as_str()))
}
