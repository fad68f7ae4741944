//! Putting a profile's file out of the way when its key is lost for good. Never deletes anything: a
//! key may turn up again, with a restored backup of the phone for instance.

use std::{io::ErrorKind, path::PathBuf};

use super::{Location, OpenError, Store, connect, door::Door, migrate};

/// Files of one profile that were put aside; more than a phone loses keys.
const MOST: u32 = 1000;

impl Store {
    /// Renames the profile's file to `NAME.aside-N` beside it, whole, and says where it is. The next
    /// [`Store::open`] makes a new profile.
    ///
    /// # Errors
    /// [`OpenError`]: in use, not there, not ours, or not a real file. Everything is then as it was.
    pub fn set_aside(location: &Location) -> Result<PathBuf, OpenError> {
        if location.vfs.is_some() {
            return Err(OpenError::Io(ErrorKind::Unsupported));
        }
        if !location.path.try_exists()? {
            return Err(OpenError::Missing);
        }
        let _door = Door::enter(location)?;
        // The log goes into the file first: one that is left behind would be read into the next
        // profile of that name.
        let (connection, _) = connect::connect(location, false)?;
        migrate::settle(&connection)?;
        drop(connection);
        if location.beside("-wal").try_exists()? {
            return Err(OpenError::InUse);
        }
        for number in 1..=MOST {
            let aside = location.beside(&format!(".aside-{number}"));
            if !aside.try_exists()? {
                std::fs::rename(&location.path, &aside)?;
                return Ok(aside);
            }
        }
        Err(OpenError::Io(ErrorKind::AlreadyExists))
    }
}
