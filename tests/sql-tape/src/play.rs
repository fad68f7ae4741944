//! The same statements, bare.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use rusqlite::{Connection, OpenFlags};

use crate::tape::{Step, Tape};

/// Prepared statements that a connection keeps: more than any program here has.
const KEPT: usize = 1_000;
/// Names in memory are the process's.
static PLAYED: AtomicU64 = AtomicU64::new(0);

impl Tape {
    /// Runs all of it on databases in memory, one for each file; says how many statements went well.
    ///
    /// # Errors
    /// A database in memory cannot be opened.
    pub fn play(&self) -> rusqlite::Result<usize> {
        let play = PLAYED.fetch_add(1, Ordering::Relaxed);
        let mut files: BTreeMap<&str, usize> = BTreeMap::new();
        for file in &self.files {
            let next = files.len();
            files.entry(file).or_insert(next);
        }
        // A database in memory lives as long as somebody has it open.
        let mut open: BTreeMap<usize, Connection> = BTreeMap::new();
        let mut done = 0;
        for step in &self.steps {
            let Some(file) = self.files.get(step.connection).and_then(|file| files.get(file.as_str())) else {
                continue;
            };
            let connection = match open.remove(&step.connection) {
                Some(connection) => connection,
                None => connect(&format!("/tape-{play}-{file}"))?,
            };
            done += usize::from(self.run(&connection, step).is_ok());
            open.insert(step.connection, connection);
        }
        Ok(done)
    }

    fn run(&self, connection: &Connection, step: &Step) -> rusqlite::Result<()> {
        let text = self.texts.get(step.text).map(String::as_str).unwrap_or_default();
        let mut statement = connection.prepare_cached(text)?;
        for (number, value) in &step.values {
            statement.raw_bind_parameter(*number, value)?;
        }
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        Ok(())
    }
}

fn connect(name: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(name, flags, "memdb")?;
    // Everything is asked for by one thread: nothing comes of waiting.
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.set_prepared_statement_cache_capacity(KEPT);
    Ok(connection)
}
