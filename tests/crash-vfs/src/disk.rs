//! The disk: names, files, what was asked of it, and when it fails.
//!
//! A name and the file that it stands for are two things, as on Unix: a new name is on the device only
//! after its folder was synced, and a name that was removed without that may come back. All names
//! here are in one folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    file::File,
    image::Image,
    locks::{Busy, Held, Level, SLOTS},
    pages::Pages,
    shared::{Region, Shared},
    survival::{Dice, Survival, Verdict},
    trouble::{Fault, Op, Refusal, Trip},
};

type Number = u64;

pub(crate) struct Disk {
    files: BTreeMap<Number, File>,
    /// As programs see them, and as they are on the device.
    names: BTreeMap<String, Number>,
    durable_names: BTreeMap<String, Number>,
    made: Number,
    counts: BTreeMap<Op, u64>,
    trips: Vec<Trip>,
    pub(crate) struck: u64,
    /// Room for files and shared memory, in bytes.
    pub(crate) room: Option<usize>,
    pub(crate) dead: bool,
    /// Only a full sync reaches the device, as on Apple's systems.
    pub(crate) full_syncs_only: bool,
    /// Lives of programs so far: what was opened in an earlier one gives nothing but errors.
    lives: u64,
    dice: Dice,
}

/// An open file.
pub(crate) struct Open {
    file: Number,
    name: String,
    life: u64,
    held: Held,
    in_shared: bool,
    /// SQLite's pointers into the shared memory stay good as long as these.
    mapped: Vec<Region>,
    /// A log or journal that was opened to be made: its first sync brings the folder with it, as in
    /// SQLite's own VFS for Unix, whether the file was there or not.
    syncs_folder: bool,
    temporary: bool,
}

/// How a file is opened.
#[derive(Clone, Copy)]
pub(crate) struct How {
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    /// A log or a journal.
    pub(crate) log: bool,
    pub(crate) temporary: bool,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            made: 0,
            counts: BTreeMap::new(),
            trips: Vec::new(),
            struck: 0,
            room: None,
            dead: false,
            full_syncs_only: false,
            lives: 0,
            dice: Dice::of(0),
        }
    }
}

// What SQLite asks for.
impl Disk {
    pub(crate) fn open(&mut self, name: String, how: How) -> Result<Open, Refusal> {
        let there = self.names.get(&name).copied();
        let step = self.step(Op::Open);
        let number = match (there, step) {
            (Some(_), Ok(())) if how.exclusive => return Err(Refusal::Missing),
            (Some(number), Ok(())) => number,
            (None, Ok(())) if !how.create => return Err(Refusal::Missing),
            (None, Ok(())) => self.make(&name),
            (None, Err(refusal)) if refusal.is_the_cut() && how.create => {
                self.make(&name);
                return Err(refusal);
            }
            (_, Err(refusal)) => return Err(refusal),
        };
        let file = self.files.get_mut(&number).ok_or(Refusal::Missing)?;
        file.handles += 1;
        Ok(Open {
            file: number,
            name,
            life: self.lives,
            held: Held::default(),
            in_shared: false,
            mapped: Vec::new(),
            syncs_folder: how.log && how.create,
            temporary: how.temporary,
        })
    }

    pub(crate) fn close(&mut self, mut open: Open) {
        self.shared_leave(&mut open);
        self.unlock(&mut open, Level::None);
        if open.life != self.lives {
            return;
        }
        if let Some(file) = self.files.get_mut(&open.file) {
            file.handles = file.handles.saturating_sub(1);
        }
        if open.temporary {
            self.names.remove(&open.name);
            self.durable_names.remove(&open.name);
        }
        self.sweep();
    }

    /// Whether all of it could be read; the rest is zeros.
    pub(crate) fn read(&mut self, open: &Open, offset: usize, into: &mut [u8]) -> Result<bool, Refusal> {
        let file = self.at(Op::Read, open)?;
        let there = file.bytes().read(offset, into);
        let tail = into.get_mut(there..).unwrap_or_default();
        tail.fill(0);
        Ok(tail.is_empty())
    }

    pub(crate) fn write(&mut self, open: &Open, offset: usize, bytes: &[u8]) -> Result<(), Refusal> {
        let size = self.file(open).map_or(0, |file| file.bytes().len());
        let grows = (offset + bytes.len()).saturating_sub(size);
        self.change(Op::Write, open, grows, |file| file.write(offset, bytes))
    }

    pub(crate) fn truncate(&mut self, open: &Open, size: usize) -> Result<(), Refusal> {
        self.change(Op::Truncate, open, 0, |file| file.resize(size))
    }

    pub(crate) fn sync(&mut self, open: &mut Open, full: bool) -> Result<(), Refusal> {
        let reaches = full || !self.full_syncs_only;
        let step = self.step_on(Op::Sync, open);
        let Some(file) = self.files.get_mut(&open.file) else { return Err(Refusal::Missing) };
        match step {
            Ok(()) | Err(Refusal::Fault(Fault::SyncedAllTheSame)) => {
                if reaches {
                    file.sync();
                    if std::mem::take(&mut open.syncs_folder) {
                        self.durable_names.clone_from(&self.names);
                    }
                }
            }
            Err(Refusal::Fault(Fault::SyncForgotten)) => file.forget_to_sync(),
            Err(_) => {}
        }
        step
    }

    pub(crate) fn size(&mut self, open: &Open) -> Result<usize, Refusal> {
        Ok(self.at(Op::Size, open)?.bytes().len())
    }

    pub(crate) fn lock(&mut self, open: &mut Open, level: Level) -> Result<(), Refusal> {
        self.step_on(Op::Lock, open)?;
        let file = self.files.get_mut(&open.file).ok_or(Refusal::Missing)?;
        Ok(file.locks.lock(&mut open.held, level)?)
    }

    /// Letting go always works.
    pub(crate) fn unlock(&mut self, open: &mut Open, level: Level) {
        if open.life == self.lives
            && let Some(file) = self.files.get_mut(&open.file)
        {
            file.locks.unlock(&mut open.held, level);
        }
    }

    pub(crate) fn is_reserved(&mut self, open: &Open) -> Result<bool, Refusal> {
        Ok(self.at(Op::Lock, open)?.locks.is_reserved())
    }

    /// A region of the shared memory; `None` if there is none and none is to be made.
    pub(crate) fn map(
        &mut self,
        open: &mut Open,
        index: usize,
        bytes: usize,
        extend: bool,
    ) -> Result<Option<Region>, Refusal> {
        self.step_on(Op::Shm, open)?;
        let full = self.is_full_with(if extend { bytes } else { 0 });
        let file = self.files.get_mut(&open.file).ok_or(Refusal::Missing)?;
        if !std::mem::replace(&mut open.in_shared, true) {
            file.shared.enter();
        }
        if extend && file.shared.region(index).is_none() {
            if full {
                return Err(Refusal::Fault(Fault::Full));
            }
            file.shared.extend(index, bytes);
        }
        let region = file.shared.region(index);
        let is_new = |region: &&Region| !open.mapped.iter().any(|known| Arc::ptr_eq(known, region));
        let new = region.as_ref().filter(is_new).cloned();
        open.mapped.extend(new);
        Ok(region)
    }

    pub(crate) fn take(&mut self, open: &mut Open, first: usize, count: usize, alone: bool) -> Result<(), Refusal> {
        self.step_on(Op::Shm, open)?;
        let file = self.files.get_mut(&open.file).ok_or(Refusal::Missing)?;
        Ok(file.locks.take(&mut open.held, first, count, alone)?)
    }

    pub(crate) fn release(&mut self, open: &mut Open, first: usize, count: usize) {
        if open.life == self.lives
            && let Some(file) = self.files.get_mut(&open.file)
        {
            file.locks.release(&mut open.held, first, count);
        }
    }

    pub(crate) fn shared_leave(&mut self, open: &mut Open) {
        self.release(open, 0, SLOTS);
        let inside = std::mem::take(&mut open.in_shared);
        if inside
            && open.life == self.lives
            && let Some(file) = self.files.get_mut(&open.file)
        {
            file.shared.leave();
        }
    }

    pub(crate) fn delete(&mut self, name: &str, sync_folder: bool) -> Result<(), Refusal> {
        let step = self.step(Op::Delete);
        match step {
            Err(refusal) if !refusal.is_the_cut() => return step,
            Ok(()) | Err(_) => {}
        }
        self.names.remove(name).ok_or(Refusal::Missing)?;
        step?;
        if sync_folder {
            self.durable_names.clone_from(&self.names);
        }
        self.sweep();
        Ok(())
    }

    pub(crate) fn exists(&mut self, name: &str) -> Result<bool, Refusal> {
        self.step(Op::Access)?;
        // As on Unix: an empty file is no journal and no log.
        Ok(self.named(name).is_some_and(|file| file.bytes().len() > 0))
    }

    pub(crate) fn random(&mut self, into: &mut [u8]) {
        for chunk in into.chunks_mut(8) {
            for (byte, drawn) in chunk.iter_mut().zip(self.dice.next().to_le_bytes()) {
                *byte = drawn;
            }
        }
    }
}

// What a test asks for.
impl Disk {
    pub(crate) fn trip(&mut self, trip: Trip) {
        self.trips.push(trip);
    }

    pub(crate) fn heal(&mut self) {
        self.trips.clear();
        self.room = None;
    }

    pub(crate) fn mend(&mut self) {
        self.trips.retain(Trip::is_the_cut);
        self.room = None;
    }

    pub(crate) fn count(&self, op: Op) -> u64 {
        self.counts.get(&op).copied().unwrap_or(0)
    }

    pub(crate) fn handles(&self) -> usize {
        self.files.values().map(|file| file.handles).sum()
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.files.values().any(|file| file.locks.are_held())
    }

    pub(crate) fn used(&self) -> usize {
        self.files.values().map(|file| file.bytes().len() + file.shared.bytes()).sum()
    }

    pub(crate) fn named(&self, name: &str) -> Option<&File> {
        self.files.get(self.names.get(name)?)
    }

    pub(crate) fn flip(&mut self, name: &str, offset: usize, mask: u8) -> bool {
        let file = self.names.get(name).and_then(|number| self.files.get_mut(number));
        file.is_some_and(|file| file.flip(offset, mask))
    }

    /// The power goes and comes back.
    pub(crate) fn cut(&mut self, survival: Survival) {
        let mut verdict = Verdict::of(survival);
        self.names = self.names_after(&mut verdict);
        self.durable_names.clone_from(&self.names);
        for file in self.files.values_mut() {
            file.cut(&mut verdict);
        }
        self.dead = false;
        self.heal();
        self.new_life();
    }

    fn names_after(&self, verdict: &mut Verdict) -> BTreeMap<String, Number> {
        let mut left = self.durable_names.clone();
        let known: BTreeSet<&String> = self.names.keys().chain(self.durable_names.keys()).collect();
        for name in known {
            let seen = self.names.get(name).copied();
            if seen == self.durable_names.get(name).copied() || !verdict.survives() {
                continue;
            }
            match seen {
                Some(number) => left.insert(name.clone(), number),
                None => left.remove(name),
            };
        }
        left
    }

    /// The program that had files open is gone; the machine is not.
    pub(crate) fn kill(&mut self) {
        self.files.values_mut().for_each(File::nobody_holds_it);
        self.new_life();
    }

    /// The files that a cut would leave; the same dice give the same as `cut`.
    pub(crate) fn image(&self, survival: Survival) -> Image {
        let mut verdict = Verdict::of(survival);
        let names = self.names_after(&mut verdict);
        let mut left: BTreeMap<Number, Pages> =
            self.files.iter().map(|(number, file)| (*number, file.after(&mut verdict))).collect();
        Image(names.into_iter().map(|(name, number)| (name, left.remove(&number).unwrap_or_default())).collect())
    }

    /// What programs see is what the device holds: a cut would take nothing.
    fn is_at_rest(&self) -> bool {
        !self.dead && self.names == self.durable_names && self.files.values().all(File::is_at_rest)
    }

    /// The bytes that a cut would leave of another, under the handles that are open here.
    pub(crate) fn follow(&mut self, other: &Self, survival: Survival) {
        let mut image = other.image(survival);
        let (nothing, at_rest) = (Shared::default(), other.is_at_rest());
        let names: BTreeSet<String> = self.names.keys().chain(image.0.keys()).cloned().collect();
        for name in names {
            let number = self.names.get(&name).copied().unwrap_or_else(|| self.make(&name));
            // What is known of the log there is of the log as programs see it.
            let known = other.named(&name).filter(|_| at_rest).map_or(&nothing, |file| &file.shared);
            if let Some(file) = self.files.get_mut(&number) {
                // One that is not in the image is one without bytes: a handle may be on it.
                file.become_durable(image.0.remove(&name).unwrap_or_default(), known);
            }
        }
        self.durable_names.clone_from(&self.names);
    }

    pub(crate) fn restore(&mut self, image: Image) {
        self.files.clear();
        self.names.clear();
        for (name, bytes) in image.0 {
            let number = self.make(&name);
            self.files.insert(number, File::durable(bytes));
        }
        self.durable_names.clone_from(&self.names);
        self.dead = false;
        self.heal();
        self.dice = Dice::of(0);
        self.new_life();
    }
}

impl Disk {
    /// Counts an operation, and says whether it fails.
    fn step(&mut self, op: Op) -> Result<(), Refusal> {
        *self.counts.entry(op).or_default() += 1;
        if self.dead {
            return Err(Refusal::Dead);
        }
        let mut met = None;
        self.trips.retain_mut(|trip| {
            let fault = trip.meets(op);
            met = met.or(fault);
            fault.is_none() || trip.stays()
        });
        let Some(fault) = met else { return Ok(()) };
        self.struck += 1;
        self.dead = fault == Fault::Power;
        Err(Refusal::Fault(fault))
    }

    /// The same for an open file.
    fn step_on(&mut self, op: Op, open: &Open) -> Result<(), Refusal> {
        if open.life == self.lives { self.step(op) } else { Err(Refusal::Dead) }
    }

    fn at(&mut self, op: Op, open: &Open) -> Result<&File, Refusal> {
        self.step_on(op, open)?;
        self.file(open).ok_or(Refusal::Missing)
    }

    fn file(&self, open: &Open) -> Option<&File> {
        self.files.get(&open.file)
    }

    fn change(&mut self, op: Op, open: &Open, grows: usize, change: impl FnOnce(&mut File)) -> Result<(), Refusal> {
        let mut step = self.step_on(op, open);
        if step.is_ok() && self.is_full_with(grows) {
            self.struck += 1;
            step = Err(Refusal::Fault(Fault::Full));
        }
        // What the cut interrupts may reach the device in part.
        if step.is_ok() || step.is_err_and(Refusal::is_the_cut) {
            change(self.files.get_mut(&open.file).ok_or(Refusal::Missing)?);
        }
        step
    }

    fn is_full_with(&self, more: usize) -> bool {
        more > 0 && self.room.is_some_and(|room| self.used() + more > room)
    }

    fn make(&mut self, name: &str) -> Number {
        self.made += 1;
        self.files.insert(self.made, File::default());
        self.names.insert(name.to_owned(), self.made);
        self.made
    }

    fn new_life(&mut self) {
        self.lives += 1;
        self.sweep();
    }

    /// Files that have no name and that nobody holds are gone.
    fn sweep(&mut self) {
        let named: BTreeSet<Number> = self.names.values().chain(self.durable_names.values()).copied().collect();
        self.files.retain(|number, file| file.handles > 0 || named.contains(number));
    }
}

impl From<Busy> for Refusal {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}
