//! Where SQLite meets the disk: its C interface for file systems (<https://sqlite.org/vfs.html>). All that
//! is unsafe is here, and no decision is.
#![allow(unsafe_code, reason = "SQLite calls a VFS through C function pointers, and only through them")]

mod methods;
mod vfs;

use std::{
    ffi::{CStr, CString, c_int},
    ptr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::ffi;

use crate::{
    disk::{Disk, Open},
    trouble::{Fault, Op, Refusal},
};

/// Two disks must not take one name at the same moment.
static NAMES: Mutex<()> = Mutex::new(());

/// A VFS that SQLite knows, until this is dropped.
pub(crate) struct Registered {
    name: &'static CStr,
}

impl Registered {
    pub(crate) fn new(name: &str, disk: Arc<Mutex<Disk>>) -> Option<Self> {
        let name = CString::new(name).ok()?;
        let _one = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: a C string that lives through the call.
        if !unsafe { ffi::sqlite3_vfs_find(name.as_ptr()) }.is_null() {
            return None;
        }
        // Leaked, a few hundred bytes: a connection may outlive everything that a test holds, and looks
        // at its VFS to the end.
        let name: &'static CStr = Box::leak(name.into_boxed_c_str());
        let vfs = Box::leak(Box::new(vfs::table(name, Arc::into_raw(disk))));
        // SAFETY: the table, its name and its disk live for ever.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        (code == ffi::SQLITE_OK).then_some(Self { name })
    }

    pub(crate) fn name(&self) -> &str {
        // It was made from a `str`.
        self.name.to_str().unwrap_or_default()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: registered in `new`; the table lives on, unlisted.
        unsafe { ffi::sqlite3_vfs_unregister(ffi::sqlite3_vfs_find(self.name.as_ptr())) };
    }
}

/// What SQLite keeps for an open file. It gives the memory, we fill it.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    /// From `Box::into_raw` at open, back into its box at close.
    inner: *mut Inner,
}

struct Inner {
    disk: Arc<Mutex<Disk>>,
    open: Open,
}

impl Handle {
    /// Fills SQLite's memory.
    ///
    /// # Safety
    /// `file` is the memory that SQLite gave to `xOpen`, of the size that the table asks for.
    unsafe fn put(file: *mut ffi::sqlite3_file, inner: Inner) {
        let handle = Self {
            base: ffi::sqlite3_file { pMethods: &raw const methods::TABLE },
            inner: Box::into_raw(Box::new(inner)),
        };
        // SAFETY: the caller's promise; what was there is not read.
        unsafe { ptr::write(file.cast::<Self>(), handle) };
    }

    /// The open file behind SQLite's handle.
    ///
    /// # Safety
    /// `file` was filled by `put` and not yet closed, and nobody else uses it during `'a`: SQLite calls the
    /// methods of one handle one at a time.
    unsafe fn get<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Inner {
        // SAFETY: the caller's promise.
        unsafe { &mut *(*file.cast::<Self>()).inner }
    }
}

impl Inner {
    /// The disk, and what is open on it.
    fn parts(&mut self) -> (MutexGuard<'_, Disk>, &mut Open) {
        (locked(&self.disk), &mut self.open)
    }
}

fn locked(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SQLite's word for what came of an operation.
fn code(op: Op, done: Result<(), Refusal>) -> c_int {
    let Err(refusal) = done else { return ffi::SQLITE_OK };
    match refusal {
        Refusal::Busy => ffi::SQLITE_BUSY,
        Refusal::Missing if op == Op::Delete => ffi::SQLITE_IOERR_DELETE_NOENT,
        Refusal::Fault(Fault::Full) => match op {
            Op::Open => ffi::SQLITE_CANTOPEN,
            // What the shared memory of a real disk says for "no room".
            Op::Shm => ffi::SQLITE_IOERR_SHMSIZE,
            Op::Write | Op::Truncate | Op::Sync => ffi::SQLITE_FULL,
            Op::Delete | Op::Access | Op::Read | Op::Size | Op::Lock => failed(op),
        },
        Refusal::Missing
        | Refusal::Dead
        | Refusal::Fault(Fault::Io | Fault::Power | Fault::SyncedAllTheSame | Fault::SyncForgotten) => failed(op),
    }
}

fn failed(op: Op) -> c_int {
    match op {
        Op::Open => ffi::SQLITE_CANTOPEN,
        Op::Delete => ffi::SQLITE_IOERR_DELETE,
        Op::Access => ffi::SQLITE_IOERR_ACCESS,
        Op::Read => ffi::SQLITE_IOERR_READ,
        Op::Write => ffi::SQLITE_IOERR_WRITE,
        Op::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
        Op::Sync => ffi::SQLITE_IOERR_FSYNC,
        Op::Size => ffi::SQLITE_IOERR_FSTAT,
        Op::Lock => ffi::SQLITE_IOERR_LOCK,
        Op::Shm => ffi::SQLITE_IOERR_SHMLOCK,
    }
}
