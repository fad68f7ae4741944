//! The lock that gives a profile to one process: held on a file of its own, since SQLite's locks
//! come and go with each transaction.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    path::Path,
};

use super::{Location, OpenError};

/// Held while the profile is ours; dropping it lets go.
pub(super) struct Door {
    _lock: Option<File>,
}

impl Door {
    /// Takes the profile, and makes its directory and empty file (for this user only) where
    /// missing.
    pub(super) fn make(location: &Location) -> Result<Self, OpenError> {
        if let Some(directory) = location.directory() {
            let mut builder = DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(directory)?;
        }
        let door = Self::enter(location)?;
        if location.vfs.is_none() {
            // Made before SQLite does, which would let others read it; `-wal` and `-shm` follow it.
            private(&location.path)?;
        }
        Ok(door)
    }

    /// Takes a profile that was there before.
    pub(super) fn enter(location: &Location) -> Result<Self, OpenError> {
        let Some(lock_path) = location.lock_path() else {
            return Ok(Self { _lock: None });
        };
        let lock = private(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { _lock: Some(lock) })
    }
}

/// Opens or makes a file that only this user may read; what is in it stays.
fn private(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}
