//! The memory that the connections of a database share beside its log (the WAL index): plain heap
//! memory here, since all of them live in one process.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering, fence},
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

    /// The same words as another has, under whoever has mapped it; zeros where that one has none, which
    /// SQLite takes for an index that has yet to be made.
    pub(crate) fn become_same(&mut self, other: &Self) {
        // Only where somebody uses it: an index is made by whoever comes first.
        if self.users > 0
            && let Some(bytes) = other.regions.first().map(|region| region.len() * 8)
        {
            self.extend(other.regions.len() - 1, bytes);
        }
        for (index, region) in self.regions.iter().enumerate() {
            let theirs = other.regions.get(index).map(|region| region.iter());
            let words = theirs.into_iter().flatten().map(|word| word.load(Ordering::Relaxed));
            let words = words.chain(std::iter::repeat(0));
            region.iter().zip(words).for_each(|(word, value)| word.store(value, Ordering::Relaxed));
        }
        fence(Ordering::SeqCst);
    }

    /// What it takes of the disk's room.
    pub(crate) fn bytes(&self) -> usize {
        self.regions.iter().map(|region| region.len() * 8).sum()
    }
}
