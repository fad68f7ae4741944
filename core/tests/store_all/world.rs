//! A profile in a directory of its own, and the hand of someone who edits its file.

use std::path::PathBuf;

use billpay_core::{
    secret::Secret,
    store::{Location, Store, StoreError},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::golden_rows::Counted;

pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) store: Store,
    pub(crate) location: Location,
}

pub(crate) fn root(byte: u8) -> Secret {
    Secret::new(vec![byte; 32])
}

impl World {
    /// A fresh profile, unlocked.
    pub(crate) fn new() -> Self {
        let world = Self::locked();
        world.store.unlock(&root(1), Counted::new()).unwrap();
        world
    }

    pub(crate) fn locked() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::file(directory.path().join("profile.db"));
        // Each profile has an id of its own, as with real randomness.
        let rng = Counted::new();
        rng.0.store(u64::from(std::process::id()) << 32 | serial(), std::sync::atomic::Ordering::Relaxed);
        let store = Store::open(&location, &*rng).unwrap();
        Self { directory, store, location }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.location.path.clone()
    }

    /// What someone with the file in hand does to it while the app sleeps.
    pub(crate) fn tamper(&self, edit: impl FnOnce(&Connection)) {
        self.store.suspend();
        let connection = Connection::open(self.path()).unwrap();
        edit(&connection);
        drop(connection);
        self.store.resume().unwrap();
    }

    /// The bytes of every file of the profile.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(self.directory.path()).unwrap() {
            all.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        all
    }
}

fn serial() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed) << 16
}

/// The closure's error type, where nothing else fixes it.
pub(crate) fn ok<T>(value: T) -> Result<T, StoreError> {
    Ok(value)
}

pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
