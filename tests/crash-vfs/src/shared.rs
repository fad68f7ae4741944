//! The memory that the connections of a database share beside its log (the WAL index): plain heap
//! memory here, since all of them live in one process.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// A piece of it. Whoever mapped one keeps it, even past the end of the file.
pub(crate) type Region = Arc<[AtomicU64]>;

#[derive(Default)]
pub(crate) struct Shared {
    regions: Vec<Region>,
    /// How many connections use it; with the last of them it is gone.
    users: usize,
}

impl Shared {
    /// A connection comes to it.
    pub(crate) fn enter(&mut self) {
        self.users += 1;
    }

    /// One leaves.
    pub(crate) fn leave(&mut self) {
        self.users = self.users.saturating_sub(1);
        if self.users == 0 {
            self.regions.clear();
        }
    }

    pub(crate) fn region(&self, index: usize) -> Option<Region> {
        self.regions.get(index).cloned()
    }

    /// Makes all regions up to this one.
    pub(crate) fn extend(&mut self, index: usize, bytes: usize) {
        while self.regions.len() <= index {
            self.regions.push((0..bytes.div_ceil(8)).map(|_| AtomicU64::new(0)).collect());
        }
    }

    /// Zeros under whoever has mapped it, which SQLite takes for an index that has yet to be made.
    pub(crate) fn blank(&self) {
        self.regions.iter().flat_map(|region| region.iter()).for_each(|word| word.store(0, Ordering::SeqCst));
    }

    /// What it takes of the disk's room.
    pub(crate) fn bytes(&self) -> usize {
        self.regions.iter().map(|region| region.len() * 8).sum()
    }
}
