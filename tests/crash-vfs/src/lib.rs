//! A disk in memory, for SQLite under test: it loses power, fills up, fails and rots on command.
//!
//! SQLite reaches it as a VFS, below everything that it does for durability: its logs, checksums and
//! checkpoints are the real ones, and so are its mistakes in the hands of somebody who sets it up wrongly.
//! What a test gets:
//!
//! - what was written is on the device only after a sync. At [`CrashFs::power_cut`] a [`Survival`] decides
//!   what else is: writes may be lost, torn at sectors of 512 bytes, and in another order than they were
//!   made; new names and deletions too, unless their folder was synced;
//! - [`CrashFs::trip`] makes the nth operation, of any kind or of one, fail: a full disk, an I/O error, a
//!   sync that lies in either direction, the power itself;
//! - [`CrashFs::limit`] is a disk of limited size;
//! - [`Image::flipped`] and [`CrashFs::flip`] are bit rot;
//! - locks and shared memory follow SQLite's rules among the connections of this process, so that WAL, a
//!   second connection and a lock that was left behind are what they are on a real disk.
//!
//! The same calls on one thread have the same end: nothing here draws randomness or looks at a clock. Only
//! the salts in a log differ from run to run, and its checksums with them: SQLite draws those from a
//! generator that all databases of a process share.
//!
//! Not modelled: other processes, memory-mapped reads, rights, folders, a device that lies to `sync`
//! without an error, and what the file system itself loses (its own metadata but for names and sizes).

mod disk;
mod file;
mod image;
mod locks;
mod pages;
mod shared;
mod sqlite;
mod survival;
mod trouble;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use disk::Disk;

pub use image::Image;
pub use survival::Survival;
pub use trouble::{Fault, Op, Trip};

/// One disk, known to SQLite under a name. With it its files are gone; connections that outlive it get
/// nothing but errors.
pub struct CrashFs {
    disk: Arc<Mutex<Disk>>,
    registered: sqlite::Registered,
}

impl CrashFs {
    /// An empty disk under this name; `None` if SQLite knows a VFS of that name already.
    #[must_use]
    pub fn register(name: &str) -> Option<Self> {
        let disk = Arc::<Mutex<Disk>>::default();
        let registered = sqlite::Registered::new(name, disk.clone())?;
        Some(Self { disk, registered })
    }

    /// The name, for `open_with_flags_and_vfs`. Paths are names of files and nothing more.
    #[must_use]
    pub fn name(&self) -> &str {
        self.registered.name()
    }

    /// Lets an operation to come fail. Several may wait at a time.
    pub fn trip(&self, trip: Trip) {
        self.disk().trip(trip);
    }

    /// Room for files and shared memory together, in bytes: a write that needs more is refused as
    /// [`Fault::Full`].
    pub fn limit(&self, room: Option<usize>) {
        self.disk().room = room;
    }

    /// Nothing waits to fail any more, and there is room.
    pub fn heal(&self) {
        self.disk().heal();
    }

    /// The same, but for the power: when that goes stays as it is planned.
    pub fn mend(&self) {
        self.disk().mend();
    }

    /// From now on only a full sync reaches the device, as on Apple's systems.
    pub fn full_syncs_only(&self) {
        self.disk().full_syncs_only = true;
    }

    /// The power goes and comes back, whether it went by a [`Trip`] or goes now. Connections from before
    /// get nothing but errors; nothing waits to fail any more.
    pub fn power_cut(&self, survival: Survival) {
        self.disk().cut(survival);
    }

    /// The program is killed: its connections get nothing but errors, its locks and shared memory are
    /// gone, and all that it wrote is there until the power goes too.
    pub fn kill(&self) {
        self.disk().kill();
    }

    /// Whether the power is off.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.disk().dead
    }

    /// Operations so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        Op::ALL.iter().map(|op| self.count(*op)).sum()
    }

    /// Operations of this kind so far.
    #[must_use]
    pub fn count(&self, op: Op) -> u64 {
        self.disk().count(op)
    }

    /// How many operations a fault has struck so far.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.disk().struck
    }

    /// Files that are open.
    #[must_use]
    pub fn handles(&self) -> usize {
        self.disk().handles()
    }

    /// Whether anybody holds a lock.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.disk().is_locked()
    }

    /// Bytes in use, by [`CrashFs::limit`]'s count.
    #[must_use]
    pub fn used(&self) -> usize {
        self.disk().used()
    }

    /// The size of a file as programs see it.
    #[must_use]
    pub fn size(&self, name: &str) -> Option<usize> {
        self.disk().named(name).map(|file| file.bytes().len())
    }

    /// Inverts the bits of `mask` in one byte, on the device and for whoever reads it; says whether there
    /// is such a byte.
    pub fn flip(&self, name: &str, offset: usize, mask: u8) -> bool {
        self.disk().flip(name, offset, mask)
    }

    /// What the device would hold if the power went now. Changes nothing.
    #[must_use]
    pub fn image(&self, survival: Survival) -> Image {
        self.disk().image(survival)
    }

    /// Puts these files in the place of all that is there, as if the machine had just started.
    pub fn restore(&self, image: &Image) {
        self.disk().restore(image.clone());
    }

    /// Becomes what a cut would leave of another disk, under whoever has files open here. If it would take
    /// anything from there, SQLite finds its shared memory blank and reads the whole log again, as after
    /// another process that died; otherwise it finds what is known of that log there. For looking at a disk
    /// again and again without opening the database each time; nobody may be inside a transaction here.
    pub fn follow(&self, other: &Self, survival: Survival) {
        self.disk().follow(&other.disk(), survival);
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CrashFs {
    fn drop(&mut self) {
        self.disk().restore(Image::default());
    }
}
