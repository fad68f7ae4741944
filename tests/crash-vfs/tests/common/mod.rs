//! Plain SQLite on a crash disk.
#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]

use crash_vfs::CrashFs;
use rusqlite::{Connection, OpenFlags};

pub const DB: &str = "/ledger.db";
pub const LOG: &str = "/ledger.db-wal";

/// A disk of its own for this thread and purpose.
pub fn disk(name: &str) -> CrashFs {
    CrashFs::register(name).unwrap()
}

/// A connection in WAL with these syncs, as `synchronous` names them.
pub fn open(fs: &CrashFs, synchronous: &str) -> rusqlite::Result<Connection> {
    let connection = plain(fs)?;
    connection.execute_batch(&format!("PRAGMA synchronous={synchronous}; PRAGMA journal_mode=WAL;"))?;
    Ok(connection)
}

pub fn plain(fs: &CrashFs) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::default() | OpenFlags::SQLITE_OPEN_EXRESCODE;
    Connection::open_with_flags_and_vfs(DB, flags, fs.name())
}

pub fn make(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, pair INTEGER, body BLOB NOT NULL)")
}

/// Two rows in one transaction.
pub fn put_pair(connection: &mut Connection, pair: i64) -> rusqlite::Result<()> {
    let tx = connection.transaction()?;
    for half in 0..2 {
        tx.execute("INSERT INTO t VALUES (?1, ?2, ?3)", (pair * 2 + half, pair, vec![7_u8; 900]))?;
    }
    tx.commit()
}

/// How many whole pairs are there; an error for half of one, and for a file that is not sound.
pub fn pairs(connection: &Connection) -> Result<i64, String> {
    let said = |error: rusqlite::Error| error.to_string();
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(said)?;
    if sound != "ok" {
        return Err(sound);
    }
    make(connection).map_err(said)?;
    let sql = "SELECT count(*), count(DISTINCT pair) FROM t WHERE length(body) = 900";
    let (rows, pairs): (i64, i64) =
        connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).map_err(said)?;
    if rows == 2 * pairs { Ok(pairs) } else { Err(format!("{rows} rows of {pairs} pairs")) }
}
