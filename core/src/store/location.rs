//! Where a profile's file is, and through which SQLite file system.

use std::path::{Path, PathBuf};

/// A profile's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The database file; its `-wal`, `-shm` and `.lock` stand beside it.
    pub path: PathBuf,
    /// The SQLite VFS. `None`: a real file, in WAL, one process at a time. `Some("memdb")` with a
    /// path such as `/name`: in memory, shared by name between the connections of this process and
    /// gone with the last of them ([`crate::store::Store::suspend`] included). Any other registered
    /// name: WAL if it can, and no lock file but the one below.
    pub vfs: Option<String>,
    /// The real file whose lock says who owns the profile, where it is not `.lock` beside the database: only a
    /// file system that is not SQLite's own needs it.
    pub lock: Option<PathBuf>,
}

impl Location {
    /// A real file.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), vfs: None, lock: None }
    }

    /// A database in memory, shared by `name` within this process.
    #[must_use]
    pub fn memory(name: &str) -> Self {
        Self { path: PathBuf::from(format!("/{name}")), vfs: Some("memdb".to_owned()), lock: None }
    }

    /// The file whose lock says who owns the profile; none where files are not real, unless one was named.
    pub(super) fn lock_path(&self) -> Option<PathBuf> {
        self.lock.clone().or_else(|| self.vfs.is_none().then(|| self.beside(".lock")))
    }

    /// The path of the file with something behind its name.
    pub(super) fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    }

    /// The directory of a real file.
    pub(super) fn directory(&self) -> Option<&Path> {
        let parent = self.path.parent()?;
        (self.vfs.is_none() && !parent.as_os_str().is_empty()).then_some(parent)
    }
}
