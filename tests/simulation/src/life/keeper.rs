//! A connection of the simulation's own to a phone's file: it keeps the file while no app has it
//! open, as a disk would, and shows what the file holds at the moment a byte leaves.

use std::sync::{Mutex, PoisonError};

use billpay_core::store::Location;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

/// Opens a database in memory by its name in this process.
///
/// # Errors
/// What SQLite says.
pub fn connect(path: &std::path::Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags_and_vfs(path, flags, "memdb")
}

/// Keeps a phone's file.
#[derive(Debug)]
pub struct Keeper(Mutex<Connection>);

impl Keeper {
    /// Takes hold of the file.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn of(location: &Location) -> rusqlite::Result<Self> {
        Ok(Self(Mutex::new(connect(&location.path)?)))
    }

    /// The state of the journal's row of a payment, as it is committed at this moment.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn journalled(&self, payment: &str) -> rusqlite::Result<Option<String>> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut look = connection.prepare_cached("SELECT state FROM payment WHERE id = ?1")?;
        look.query_row([payment], |row| row.get(0)).optional()
    }

    /// Ends that the file holds only half of: state, document and the shell's event are one commit, so
    /// whenever the app dies it is all of them or none. `heard` says what the shell has acknowledged.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn half_done(&self, heard: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<String>> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'payment')";
        if !connection.prepare_cached(begun)?.query_row([], |row| row.get(0))? {
            // It died before it had made its file.
            return Ok(Vec::new());
        }
        let mut look = connection.prepare_cached(
            "SELECT id, state,
                state = 'cancelled' OR EXISTS (SELECT 1 FROM outcome WHERE payment = payment.id AND kind =
                    CASE state WHEN 'settled' THEN 'receipt' WHEN 'refused' THEN 'refusal' ELSE 'reversal' END),
                EXISTS (SELECT 1 FROM event WHERE subject = payment.id)
             FROM payment WHERE state IN ('settled', 'refused', 'reversed', 'cancelled') ORDER BY id",
        )?;
        let mut rows = look.query([])?;
        let mut half = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, state): (String, String) = (row.get(0)?, row.get(1)?);
            if !row.get::<_, bool>(2)? {
                half.push(format!("after a crash {id} is {state} and its document is not there"));
            }
            if !row.get::<_, bool>(3)? && !heard(&id) {
                half.push(format!("after a crash {id} is {state} and the shell will not hear of it"));
            }
        }
        Ok(half)
    }

    /// Every row of the journal, by id.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn journal(&self) -> rusqlite::Result<Vec<(String, String)>> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut look = connection.prepare_cached("SELECT id, state FROM payment ORDER BY id")?;
        let rows = look.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }
}
