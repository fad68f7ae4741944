//! The functions of an open file. Each is called by SQLite with a handle that `xOpen` has filled and that
//! is not closed yet, one call at a time for a handle.

use std::{
    ffi::{c_int, c_void},
    ptr, slice,
    sync::atomic::{Ordering, fence},
};

use rusqlite::ffi;

use super::{Handle, code};
use crate::{file::SECTOR, locks::Level, trouble::Op};

pub(super) static TABLE: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Without xFetch: no memory-mapped reads.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// SQLite's sizes and offsets are never negative.
fn size(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

fn level(number: c_int) -> Level {
    match number {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: a filled handle; SQLite does not touch it after this, so its box is ours again.
    let inner = unsafe { Box::from_raw((*file.cast::<Handle>()).inner) };
    super::locked(&inner.disk).close(inner.open);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, count: c_int, offset: i64) -> c_int {
    // SAFETY: a filled handle, and SQLite's `count` bytes at `into`.
    let (inner, into) = unsafe { (Handle::get(file), slice::from_raw_parts_mut(into.cast::<u8>(), size(count))) };
    let (mut disk, open) = inner.parts();
    match disk.read(open, size(offset), into) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(refusal) => code(Op::Read, Err(refusal)),
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, count: c_int, offset: i64) -> c_int {
    // SAFETY: a filled handle, and SQLite's `count` bytes at `from`.
    let (inner, bytes) = unsafe { (Handle::get(file), slice::from_raw_parts(from.cast::<u8>(), size(count))) };
    let (mut disk, open) = inner.parts();
    code(Op::Write, disk.write(open, size(offset), bytes))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, to: i64) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    code(Op::Truncate, disk.truncate(open, size(to)))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    code(Op::Sync, disk.sync(open, flags & 0xF == ffi::SQLITE_SYNC_FULL))
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    let size = disk.size(open);
    if let Ok(bytes) = size {
        // SAFETY: SQLite's place for the answer.
        unsafe { *out = i64::try_from(bytes).unwrap_or(i64::MAX) };
    }
    code(Op::Size, size.map(drop))
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    code(Op::Lock, disk.lock(open, level(to)))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    disk.unlock(open, level(to));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    let reserved = disk.is_reserved(open);
    // SAFETY: SQLite's place for the answer.
    unsafe { *out = c_int::from(reserved == Ok(true)) };
    code(Op::Lock, reserved.map(drop))
}

unsafe extern "C" fn file_control(_file: *mut ffi::sqlite3_file, _what: c_int, _argument: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    SECTOR as c_int
}

/// As SQLite's own VFS for Unix: a write leaves the bytes beside it alone, and parts of a page may be read.
unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    index: c_int,
    bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    let mapped = disk.map(open, size(index), size(bytes), extend != 0);
    let region = mapped.as_ref().ok().and_then(Option::as_ref);
    // What is pointed to are atomics, which may be written through a shared pointer; the handle keeps it.
    let pointer = region.map_or(ptr::null_mut(), |region| region.as_ptr().cast_mut().cast());
    // SAFETY: SQLite's place for the answer.
    unsafe { *out = pointer };
    code(Op::Shm, mapped.map(drop))
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    let (first, count) = (size(first), size(count));
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        disk.release(open, first, count);
        return ffi::SQLITE_OK;
    }
    code(Op::Shm, disk.take(open, first, count, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0))
}

unsafe extern "C" fn shm_barrier(_file: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

/// With the last connection the shared memory is gone, whether SQLite asks for that or not: as on Unix,
/// where the first one to come makes it anew.
unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: a filled handle.
    let (mut disk, open) = unsafe { Handle::get(file) }.parts();
    disk.shared_leave(open);
    ffi::SQLITE_OK
}
