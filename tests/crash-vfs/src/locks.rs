//! Who holds a file, and who holds the places in its shared memory: SQLite's rules for them
//! (<https://sqlite.org/lockingv3.html>, <https://sqlite.org/walformat.html#wal_locks>), between the
//! connections of this process.

/// Places that can be locked in the shared memory.
pub(crate) const SLOTS: usize = 8;

/// Somebody else has it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Busy;

/// How far a connection holds a file, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// What one connection holds.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) level: Level,
    slots: [Slot; SLOTS],
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Slot {
    #[default]
    Free,
    Read,
    Written,
}

/// What all of them hold together.
#[derive(Default)]
pub(crate) struct Locks {
    readers: usize,
    reserved: bool,
    /// Somebody waits for the readers to go, or has the file for himself.
    pending: bool,
    slots: [Users; SLOTS],
}

#[derive(Default)]
struct Users {
    readers: usize,
    writer: bool,
}

impl Locks {
    pub(crate) fn lock(&mut self, held: &mut Held, level: Level) -> Result<(), Busy> {
        if held.level >= level {
            return Ok(());
        }
        match level {
            Level::None => {}
            Level::Shared if self.pending => return Err(Busy),
            Level::Shared => self.readers += 1,
            Level::Reserved | Level::Pending | Level::Exclusive
                if held.level < Level::Reserved && (self.reserved || self.pending) =>
            {
                return Err(Busy);
            }
            Level::Reserved => self.reserved = true,
            Level::Pending | Level::Exclusive => {
                (self.reserved, self.pending) = (true, true);
                if self.readers > 1 {
                    // Nobody new comes in, and those who read go one by one.
                    held.level = Level::Pending;
                    return Err(Busy);
                }
            }
        }
        held.level = level;
        Ok(())
    }

    pub(crate) fn unlock(&mut self, held: &mut Held, level: Level) {
        if held.level > Level::Shared && level <= Level::Shared {
            (self.reserved, self.pending) = (false, false);
        }
        if held.level > Level::None && level == Level::None {
            self.readers = self.readers.saturating_sub(1);
        }
        held.level = held.level.min(level);
    }

    /// Whether somebody is going to write.
    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved
    }

    /// Whether anybody holds anything.
    pub(crate) fn are_held(&self) -> bool {
        self.readers > 0 || self.slots.iter().any(|users| users.readers > 0 || users.writer)
    }

    /// Takes all these places, or none.
    pub(crate) fn take(&mut self, held: &mut Held, first: usize, count: usize, alone: bool) -> Result<(), Busy> {
        let places = || self.slots.iter().zip(&held.slots).skip(first).take(count);
        for (users, own) in places() {
            let other_readers = users.readers > usize::from(*own == Slot::Read);
            if (users.writer && *own != Slot::Written) || (alone && other_readers) {
                return Err(Busy);
            }
        }
        for (users, own) in self.slots.iter_mut().zip(&mut held.slots).skip(first).take(count) {
            match (*own, alone) {
                (Slot::Free, false) => (users.readers, *own) = (users.readers + 1, Slot::Read),
                (Slot::Free, true) => (users.writer, *own) = (true, Slot::Written),
                // SQLite lets go of one before it takes the other.
                (Slot::Read | Slot::Written, _) => {}
            }
        }
        Ok(())
    }

    pub(crate) fn release(&mut self, held: &mut Held, first: usize, count: usize) {
        for (users, own) in self.slots.iter_mut().zip(&mut held.slots).skip(first).take(count) {
            match std::mem::take(own) {
                Slot::Free => {}
                Slot::Read => users.readers = users.readers.saturating_sub(1),
                Slot::Written => users.writer = false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_and_waits_for_those_who_read() {
        let (mut locks, mut one, mut two) = (Locks::default(), Held::default(), Held::default());
        locks.lock(&mut one, Level::Shared).unwrap();
        locks.lock(&mut two, Level::Shared).unwrap();
        locks.lock(&mut one, Level::Reserved).unwrap();
        assert_eq!(locks.lock(&mut two, Level::Reserved), Err(Busy));
        assert_eq!(locks.lock(&mut two, Level::Exclusive), Err(Busy));
        assert_eq!(locks.lock(&mut one, Level::Exclusive), Err(Busy));
        assert_eq!(one.level, Level::Pending);
        assert_eq!(locks.lock(&mut Held::default(), Level::Shared), Err(Busy));
        locks.unlock(&mut two, Level::None);
        locks.lock(&mut one, Level::Exclusive).unwrap();
        assert_eq!(locks.lock(&mut two, Level::Shared), Err(Busy));
        locks.unlock(&mut one, Level::None);
        assert!(!locks.are_held());
        locks.lock(&mut two, Level::Shared).unwrap();
        // As for a journal that has to be played back.
        locks.lock(&mut two, Level::Exclusive).unwrap();
        assert!(locks.is_reserved());
    }

    #[test]
    fn a_place_has_readers_or_one_writer() {
        let (mut locks, mut one, mut two) = (Locks::default(), Held::default(), Held::default());
        locks.take(&mut one, 3, 2, false).unwrap();
        locks.take(&mut two, 3, 1, false).unwrap();
        assert_eq!(locks.take(&mut two, 4, 3, true), Err(Busy));
        locks.take(&mut two, 5, 3, true).unwrap();
        assert_eq!(locks.take(&mut one, 7, 1, false), Err(Busy));
        locks.release(&mut two, 0, SLOTS);
        locks.take(&mut one, 7, 1, false).unwrap();
        locks.release(&mut one, 0, SLOTS);
        assert!(!locks.are_held());
    }
}
