//! The billers' books saved, and put back: what was charged, undone or fenced in between is forgotten.
//! The bank's statement brings it up again (rule 11).

use std::io::Cursor;

use rusqlite::{Connection, MAIN_DB, backup::Backup};

use super::{Billers, BillersError, schema};

impl Billers {
    /// The books as they are at this moment, as the bytes of a database.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn snapshot(&self) -> Result<Vec<u8>, BillersError> {
        let mut bytes = self.lock().serialize(MAIN_DB)?.to_vec();
        // "Written in WAL" (bytes 18 and 19 of the file format) holds for the file, not for these bytes.
        if let Some(written_in) = bytes.get_mut(18..20) {
            written_in.fill(1);
        }
        Ok(bytes)
    }

    /// Puts such bytes in the books' place. What is none leaves them as they are.
    ///
    /// # Errors
    /// The bytes are no books, or newer ones.
    pub fn restore(&self, snapshot: &[u8]) -> Result<(), BillersError> {
        let mut from = Connection::open_in_memory()?;
        from.deserialize_read_exact(MAIN_DB, Cursor::new(snapshot), snapshot.len(), false)?;
        // Books of an earlier version are brought up to this one before they take the place; what has no
        // biller in it is no books.
        schema::upgrade(&mut from, |_| Err(BillersError::Schema(0)))?;
        let mut connection = self.lock();
        let backup = Backup::new(&from, &mut connection)?;
        while backup.step(-1)? != rusqlite::backup::StepResult::Done {}
        Ok(())
    }
}
