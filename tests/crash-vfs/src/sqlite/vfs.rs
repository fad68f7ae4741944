//! The file system's own functions: names, and opening files.

use std::{
    ffi::{CStr, c_char, c_int},
    ptr, slice,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::ffi;

use super::{Handle, Inner, code, locked};
use crate::{
    disk::{Disk, How},
    trouble::Op,
};

/// The table for SQLite. It takes over the count of `disk`.
pub(super) fn table(name: &'static CStr, disk: *const Mutex<Disk>) -> ffi::sqlite3_vfs {
    ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<Handle>() as c_int,
        mxPathname: 512,
        pNext: ptr::null_mut(),
        zName: name.as_ptr(),
        pAppData: disk.cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: None,
        xGetLastError: None,
        xCurrentTimeInt64: Some(current_time),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// # Safety
/// `vfs` is a table of ours: its `pAppData` came from `Arc::into_raw` and is never given back.
unsafe fn disk<'a>(vfs: *mut ffi::sqlite3_vfs) -> MutexGuard<'a, Disk> {
    // SAFETY: the caller's promise.
    locked(unsafe { &*(*vfs).pAppData.cast_const().cast::<Mutex<Disk>>() })
}

/// # Safety
/// As for `disk`.
unsafe fn shared_disk(vfs: *mut ffi::sqlite3_vfs) -> Arc<Mutex<Disk>> {
    // SAFETY: the caller's promise; the count is raised for the `Arc` that is made.
    unsafe {
        let disk = (*vfs).pAppData.cast_const().cast::<Mutex<Disk>>();
        Arc::increment_strong_count(disk);
        Arc::from_raw(disk)
    }
}

/// # Safety
/// `name` is a C string.
unsafe fn text(name: *const c_char) -> String {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    static TEMPORARY: AtomicU64 = AtomicU64::new(0);
    // SAFETY: SQLite calls this with our table and with memory for a handle. Without methods it takes the
    // file for not open.
    let disk = unsafe {
        (*file).pMethods = ptr::null();
        shared_disk(vfs)
    };
    let name = match name.is_null() {
        true => format!("temporary-{}", TEMPORARY.fetch_add(1, Ordering::Relaxed)),
        // SAFETY: SQLite's names are C strings.
        false => unsafe { text(name) },
    };
    let has = |flag| flags & flag != 0;
    let how = How {
        create: has(ffi::SQLITE_OPEN_CREATE),
        exclusive: has(ffi::SQLITE_OPEN_EXCLUSIVE),
        log: has(ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL),
        temporary: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
    };
    let opened = locked(&disk).open(name, how);
    let opened = match opened {
        Ok(opened) => opened,
        Err(refusal) => return code(Op::Open, Err(refusal)),
    };
    // SAFETY: SQLite's memory for a handle, and its place for flags or nothing.
    unsafe {
        Handle::put(file, Inner { disk, open: opened });
        if !out.is_null() {
            *out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite calls this with our table and a C string.
    let (mut disk, name) = unsafe { (disk(vfs), text(name)) };
    code(Op::Delete, disk.delete(&name, sync_folder != 0))
}

unsafe extern "C" fn access(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, _flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite calls this with our table and a C string.
    let (mut disk, name) = unsafe { (disk(vfs), text(name)) };
    let exists = disk.exists(&name);
    // SAFETY: SQLite's place for the answer.
    unsafe { *out = c_int::from(exists == Ok(true)) };
    code(Op::Access, exists.map(drop))
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a C string of SQLite's.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if bytes.len() > usize::try_from(room).unwrap_or(0) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: SQLite's `room` bytes at `out`, which are enough and not those of `name`.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    let length = usize::try_from(count).unwrap_or(0);
    // SAFETY: our table, and SQLite's `count` bytes at `out`.
    let (mut disk, out) = unsafe { (disk(vfs), slice::from_raw_parts_mut(out.cast::<u8>(), length)) };
    disk.random(out);
    count
}

/// Waiting for a lock takes no time: whoever holds it must run, and other threads may.
unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    std::thread::yield_now();
    microseconds
}

/// Always the same moment: nothing in a file may hang on it.
unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: SQLite's place for the answer, a Julian day in milliseconds.
    unsafe { *out = 2_460_000 * 86_400_000 };
    ffi::SQLITE_OK
}
