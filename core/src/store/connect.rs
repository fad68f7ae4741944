//! One connection, set up the only way this store allows.

use std::{io::Read as _, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{Location, OpenError, migrate};

/// How long SQLite itself waits for a lock. Ours is the only process, so this is for the odd
/// backup tool.
const BUSY: Duration = Duration::from_secs(2);

/// The smallest page that SQLite knows.
const PAGE: u64 = 512;

/// Statements kept prepared: about one per table and verb.
const STATEMENTS: usize = 96;

/// A connection that is set up.
pub(super) struct Connected {
    pub connection: Connection,
    /// Readers do not wait.
    pub wal: bool,
    /// Of the file, as [`migrate::known`] found it.
    pub schema: i64,
}

/// Opens the file, or makes it if told to, and sets it up.
pub(super) fn connect(location: &Location, make: bool) -> Result<Connected, OpenError> {
    set_up(location, make).map_err(migrate::rotten)
}

fn set_up(location: &Location, make: bool) -> Result<Connected, OpenError> {
    not_emptied(location)?;
    let connection = bare(location, make)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Full syncs before the mode: on Apple's systems a new file's first pages would otherwise not
    // reach the disk. Elsewhere these say nothing, so they are set everywhere and tested anywhere.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Before anything that writes: what is not ours is left as it is, down to its journal mode.
    let schema = migrate::known(&connection)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        // By the system's word, or by a number in the file that no SQLite has written so far.
        return Err(if is_of_no_version(location) { OpenError::Damaged } else { OpenError::ReadOnly });
    }
    let mode = into_wal(&connection)?;
    if mode != "wal" && (mode != "memory" || location.vfs.is_none()) {
        // A file system without shared memory (some network shares): say so, do not limp along. With a journal that is
        // deleted, a commit is only as durable as the deletion.
        return Err(OpenError::Io(std::io::ErrorKind::Unsupported));
    }
    Ok(Connected { connection, wal: mode == "wal", schema })
}

/// Gives the mode that the file is in: what has no file stays in `memory`.
fn into_wal(connection: &Connection) -> rusqlite::Result<String> {
    let mut statement = connection.prepare("PRAGMA journal_mode = WAL")?;
    let mut rows = statement.query([])?;
    let mode = rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default();
    // The answer comes before the switch is committed: what fails then is told by whoever goes on asking.
    while rows.next()?.is_some() {}
    Ok(mode)
}

/// What every connection is set to, whatever it is for. Until it is told otherwise, closing it does not bring the log
/// into the file, nor take the log away.
fn bare(location: &Location, make: bool) -> Result<Connection, OpenError> {
    // No SQLITE_OPEN_URI: a path is a path, whatever characters are in it. No mutex: ours is
    // around the connection.
    let mut flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, make);
    let connection = match &location.vfs {
        None => Connection::open_with_flags(&location.path, flags)?,
        Some(vfs) => Connection::open_with_flags_and_vfs(&location.path, flags, vfs.as_str())?,
    };
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A schema that someone edited must not get us to run functions of theirs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Plans do not depend on bound values; without this SQLite, built with STAT4, prepares a
    // statement with a bound range or limit anew each time it is bound.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Refuses a file that has lost everything, where its log has not: SQLite would take it for a new file and delete the
/// log. No file of ours is ever like that: its first page is on the disk before it has a log.
fn not_emptied(location: &Location) -> Result<(), OpenError> {
    if location.vfs.is_some() {
        return Ok(());
    }
    let size = |path: &std::path::Path| match std::fs::metadata(path) {
        Ok(file) => Ok(Some(file.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let log = size(&location.beside("-wal"))?;
    let emptied = log.is_some_and(|log| log > 0) && size(&location.path)?.is_some_and(|file| file < PAGE);
    if emptied { Err(OpenError::Damaged) } else { Ok(()) }
}

/// Whether the file says that it is to be written by another SQLite than there is: 1 with a journal, 2 with a log.
fn is_of_no_version(location: &Location) -> bool {
    let mut head = [0; 20];
    let read = std::fs::File::open(&location.path).and_then(|mut file| file.read_exact(&mut head));
    location.vfs.is_none() && read.is_ok() && head.iter().skip(18).any(|version| *version > 2)
}

/// A connection that only reads, of a file that a writer of this process has open: what that has made sure of is not
/// looked at again, and the log is the writer's to bring into the file.
pub(super) fn connect_reader(location: &Location) -> Result<Connection, OpenError> {
    let set_up = || {
        let connection = bare(location, false)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    set_up().map_err(migrate::rotten)
}

/// The same of a file that may be nobody's at this moment, or another process's.
pub(super) fn connect_stranger(location: &Location) -> Result<Connection, OpenError> {
    not_emptied(location)?;
    connect_reader(location)
}
