//! What a disk is asked to do, and the ways in which it can fail to.

/// What SQLite asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Opening a file, or making one.
    Open,
    /// Removing a name.
    Delete,
    /// Whether there is such a name.
    Access,
    /// Reading bytes.
    Read,
    /// Writing bytes.
    Write,
    /// Setting a file's size.
    Truncate,
    /// Bringing what was written to the device.
    Sync,
    /// A file's size.
    Size,
    /// Locking a file.
    Lock,
    /// Mapping the shared memory, or locking a place in it.
    Shm,
}

impl Op {
    /// Each of them.
    pub const ALL: [Self; 10] = [
        Self::Open,
        Self::Delete,
        Self::Access,
        Self::Read,
        Self::Write,
        Self::Truncate,
        Self::Sync,
        Self::Size,
        Self::Lock,
        Self::Shm,
    ];
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No room is left. Nothing was done.
    Full,
    /// The device failed. Nothing was done.
    Io,
    /// A sync answers an error, and the data are on the device all the same. Other operations: as
    /// [`Fault::Io`].
    SyncedAllTheSame,
    /// A sync answers an error, and the system holds what it could not write for written: programs
    /// read it until the power goes, and no later sync saves it. Other operations: as [`Fault::Io`].
    SyncForgotten,
    /// The power goes in the middle of it. Until [`crate::CrashFs::power_cut`] nothing works.
    Power,
}

/// A fault, and where it waits.
#[derive(Clone, Copy, Debug)]
pub struct Trip {
    op: Option<Op>,
    /// How many operations it still lets pass.
    passes: u64,
    fault: Fault,
    lasting: bool,
}

impl Trip {
    /// At the nth operation from now of any kind; 0 is the next.
    #[must_use]
    pub fn any(nth: u64, fault: Fault) -> Self {
        Self { op: None, passes: nth, fault, lasting: false }
    }

    /// At the nth operation from now of this kind; 0 is the next.
    #[must_use]
    pub fn of(op: Op, nth: u64, fault: Fault) -> Self {
        Self { op: Some(op), ..Self::any(nth, fault) }
    }

    /// There, and at each such operation after it until [`crate::CrashFs::heal`].
    #[must_use]
    pub fn lasting(self) -> Self {
        Self { lasting: true, ..self }
    }

    /// Whether it strikes at this operation.
    pub(crate) fn meets(&mut self, op: Op) -> Option<Fault> {
        if self.op.is_some_and(|own| own != op) {
            return None;
        }
        if self.passes > 0 {
            self.passes -= 1;
            return None;
        }
        Some(self.fault)
    }

    pub(crate) fn is_the_cut(&self) -> bool {
        self.fault == Fault::Power
    }

    pub(crate) fn stays(&self) -> bool {
        self.lasting
    }
}

/// Why a disk does not do what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A fault of the script; `Power` only for the operation at which it goes.
    Fault(Fault),
    /// The power is off, or was off since the file was opened.
    Dead,
    /// There is no such file.
    Missing,
    /// Somebody else holds the lock.
    Busy,
}

impl Refusal {
    /// Whether the power goes right now: what was asked for may be done in part.
    pub(crate) fn is_the_cut(self) -> bool {
        self == Self::Fault(Fault::Power)
    }
}
