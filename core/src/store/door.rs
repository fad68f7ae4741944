//! The lock that gives a profile to one process: held on a file of its own, since SQLite's locks
//! come and go with each transaction.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::ErrorKind,
    path::Path,
};

use super::{Location, OpenError, wipe};

/// Held while the profile is ours; dropping it lets go.
pub(super) struct Door {
    lock: Option<File>,
}

impl Drop for Door {
    /// Lets go in so many words. Closing the file would not do: a child that the app has forked
    /// holds a copy of it until it becomes another program, and the lock lives as long as any copy.
    fn drop(&mut self) {
        if let Some(Err(error)) = self.lock.as_ref().map(File::unlock) {
            tracing::warn!(%error, "the lock of a profile was not let go");
        }
    }
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
        wipe::go_on(location)?;
        if location.vfs.is_none() {
            // Made before SQLite does, which would let others read it; `-wal` and `-shm` follow it.
            make_private(&location.path)?;
        }
        Ok(door)
    }

    /// Takes a profile that was there before.
    pub(super) fn enter(location: &Location) -> Result<Self, OpenError> {
        let Some(lock_path) = location.lock_path() else {
            return Ok(Self { lock: None });
        };
        let lock = private(&lock_path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { lock: Some(lock) })
    }
}

/// Opens or makes a file that only this user may read; what is in it stays.
pub(super) fn private(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    Ok(for_this_user(&mut options).open(path)?)
}

/// Makes a file that only this user may read, where there is none. One that is there is not opened: with any descriptor of
/// it that a process closes (POSIX says) all locks go that SQLite holds there, those of a [`super::Store::glance`], say.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    match for_this_user(&mut options).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && !path.is_dir() => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(OpenError::Io(ErrorKind::IsADirectory)),
        made => Ok(made.map(drop)?),
    }
}

fn for_this_user(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_36_a_child_that_was_forked_meanwhile_keeps_no_profile() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::file(folder.path().join("profile.db"));
        let door = Door::make(&location).unwrap();
        // What a fork leaves in the child: the same open file, which no close of ours closes.
        let of_a_child = door.lock.as_ref().unwrap().try_clone().unwrap();
        assert_eq!(Door::enter(&location).err(), Some(OpenError::InUse));
        drop(door);
        assert!(Door::enter(&location).is_ok());
        drop(of_a_child);
    }
}
