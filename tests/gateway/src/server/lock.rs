//! One bank and one house of billers to a directory: two on one ledger would each believe that it is
//! theirs alone.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use super::StartError;

/// What the lock is for is this process's until this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    /// In so many words: a child that was forked meanwhile holds a copy of the file, and with it the lock.
    fn drop(&mut self) {
        // The end of the process lets go, too.
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// # Errors
    /// [`StartError::InUse`]; or the file cannot be made.
    pub(super) fn take(directory: &Path, name: &str) -> Result<Self, StartError> {
        let file = file(directory, name)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The same, but waits: for what both do, and neither does for long.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(super) fn wait(directory: &Path, name: &str) -> Result<Self, StartError> {
        let file = file(directory, name)?;
        file.lock()?;
        Ok(Self(file))
    }
}

fn file(directory: &Path, name: &str) -> io::Result<File> {
    fs::create_dir_all(directory)?;
    File::options().create(true).truncate(false).write(true).open(directory.join(name))
}
