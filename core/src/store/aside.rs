//! Putting a profile's file out of the way when its key is lost for good, or when it is so damaged that it does
//! not open. Never deletes anything: a key may turn up again, with a restored backup of the phone for instance,
//! and of a damaged file somebody may still read what is left.

use std::{io::ErrorKind, path::PathBuf};

use super::{Location, OpenError, Store, connect, door::Door, migrate};

/// Files of one profile that were put aside; more than a phone loses keys.
pub(super) const MOST: u32 = 1000;

impl Store {
    /// Renames the profile's file to `NAME.aside-N` beside it, whole, and says where it is. The next
    /// [`Store::open`] makes a new profile. One that does not open any more goes as it is, with its log
    /// (`NAME.aside-N-wal`) where it has one.
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
        let settled = connect::connect(location, false).and_then(|it| migrate::settle(&it.connection));
        let endings: &[&str] = match settled {
            Ok(()) if location.beside("-wal").try_exists()? => return Err(OpenError::InUse),
            Ok(()) => &[""],
            // Nothing can be brought into a file that is no database any more, and the file goes last: as long
            // as it is there, this can be done again.
            Err(OpenError::Damaged) => &["-wal", "-shm", ""],
            Err(error) => return Err(error),
        };
        let (_, aside) = next(location)?;
        for ending in endings {
            let from = location.beside(ending);
            if from.try_exists()? {
                let mut to = aside.clone().into_os_string();
                to.push(ending);
                std::fs::rename(from, to)?;
            }
        }
        Ok(aside)
    }
}

/// The first number and name for a file put aside that are not taken.
pub(super) fn next(location: &Location) -> Result<(u32, PathBuf), OpenError> {
    for number in 1..=MOST {
        let aside = location.beside(&format!(".aside-{number}"));
        if !aside.try_exists()? {
            return Ok((number, aside));
        }
    }
    Err(OpenError::Io(ErrorKind::AlreadyExists))
}
