//! The bytes of one file: what the device holds, and what programs see.

use crate::{
    locks::Locks,
    pages::Pages,
    shared::Shared,
    survival::{Fate, Verdict},
};

/// Bytes that a device writes as one.
pub(crate) const SECTOR: usize = 512;

#[derive(Default)]
pub(crate) struct File {
    durable: Pages,
    cached: Pages,
    /// Since the last sync, in order.
    unsynced: Vec<Change>,
    /// Programs read what no sync brought to the device.
    strays: bool,
    pub(crate) locks: Locks,
    pub(crate) shared: Shared,
    /// How many hold it open: a file without a name lives as long as somebody does.
    pub(crate) handles: usize,
}

enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Resize(usize),
}

impl File {
    /// A file that was always there.
    pub(crate) fn durable(bytes: Pages) -> Self {
        Self { cached: bytes.clone(), durable: bytes, ..Self::default() }
    }

    /// Other bytes, at rest, under whoever holds it open, and what whoever wrote them knows of the log.
    pub(crate) fn become_durable(&mut self, bytes: Pages, shared: &Shared) {
        self.cached = bytes.clone();
        self.durable = bytes;
        self.unsynced.clear();
        self.strays = false;
        self.shared.become_same(shared);
    }

    /// What programs see is what the device holds.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.unsynced.is_empty() && !self.strays
    }

    /// As programs see it.
    pub(crate) fn bytes(&self) -> &Pages {
        &self.cached
    }

    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.cached.write(offset, bytes);
        self.unsynced.push(Change::Write { offset, bytes: bytes.to_vec() });
    }

    pub(crate) fn resize(&mut self, size: usize) {
        self.cached.resize(size);
        self.unsynced.push(Change::Resize(size));
    }

    /// All that was written is on the device.
    pub(crate) fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            match change {
                Change::Write { offset, bytes } => self.durable.write(offset, &bytes),
                Change::Resize(size) => self.durable.resize(size),
            }
        }
    }

    /// A failed sync after which the system holds all pages for clean: programs still read what they
    /// wrote, and no later sync brings it to the device.
    pub(crate) fn forget_to_sync(&mut self) {
        self.strays |= !self.unsynced.is_empty();
        self.unsynced.clear();
    }

    /// The power goes.
    pub(crate) fn cut(&mut self, verdict: &mut Verdict) {
        self.durable = self.after(verdict);
        self.unsynced.clear();
        self.strays = false;
        self.cached.clone_from(&self.durable);
        self.nobody_holds_it();
    }

    /// What the device would hold if the power went.
    pub(crate) fn after(&self, verdict: &mut Verdict) -> Pages {
        let mut left = self.durable.clone();
        for change in &self.unsynced {
            match change {
                Change::Resize(size) if verdict.survives() => left.resize(*size),
                Change::Resize(_) => {}
                Change::Write { offset, bytes } => match verdict.write() {
                    Fate::Lost => {}
                    Fate::Whole => left.write(*offset, bytes),
                    Fate::Torn => tear(&mut left, *offset, bytes, verdict),
                },
            }
        }
        left
    }

    /// Whoever held it is gone, with all locks.
    pub(crate) fn nobody_holds_it(&mut self) {
        self.locks = Locks::default();
        self.shared = Shared::default();
        self.handles = 0;
    }

    /// Changes a byte where it lies.
    pub(crate) fn flip(&mut self, offset: usize, mask: u8) -> bool {
        self.durable.flip(offset, mask);
        self.cached.flip(offset, mask)
    }
}

/// Writes only some of the sectors.
fn tear(file: &mut Pages, mut offset: usize, mut rest: &[u8], verdict: &mut Verdict) {
    while !rest.is_empty() {
        let length = rest.len().min(SECTOR - offset % SECTOR);
        let (sector, tail) = rest.split_at(length);
        if verdict.survives() {
            file.write(offset, sector);
        }
        offset += length;
        rest = tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::Survival;

    fn cut(survival: Survival) -> Vec<u8> {
        let mut file = File::default();
        file.write(0, &[1; 2048]);
        file.sync();
        file.write(256, &[2; 1024]);
        file.cut(&mut Verdict::of(survival));
        assert!(*file.bytes() == file.durable);
        read(&file)
    }

    fn read(file: &File) -> Vec<u8> {
        let mut bytes = vec![0; file.bytes().len()];
        file.bytes().read(0, &mut bytes);
        bytes
    }

    #[test]
    fn what_was_synced_survives_and_the_rest_as_the_dice_say() {
        assert_eq!(cut(Survival::Nothing), [1; 2048]);
        let whole = cut(Survival::Everything);
        assert_eq!((&whole[..256], &whole[256..1280], &whole[1280..]), (&[1; 256][..], &[2; 1024][..], &[1; 768][..]));
        // Torn at the sectors of the device, not of the write.
        let torn: Vec<_> = (0..50).map(|seed| cut(Survival::Torn(seed))).collect();
        for bytes in &torn {
            for (from, to) in [(256, 512), (512, 1024), (1024, 1280)] {
                assert!(bytes[from..to].windows(2).all(|pair| pair[0] == pair[1]), "{from}");
            }
        }
        let halves = torn.iter().filter(|bytes| bytes[256] != bytes[512]);
        assert!(halves.count() > 3);
        assert_eq!(cut(Survival::Torn(7)), cut(Survival::Torn(7)));
    }

    #[test]
    fn a_sync_that_was_forgotten_is_lost_although_it_is_read() {
        let mut file = File::default();
        file.write(0, b"old");
        file.sync();
        file.write(0, b"new");
        file.forget_to_sync();
        file.sync();
        assert_eq!(read(&file), b"new");
        file.cut(&mut Verdict::of(Survival::Everything));
        assert_eq!(read(&file), b"old");
    }
}
