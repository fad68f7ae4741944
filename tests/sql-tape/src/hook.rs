//! Where SQLite says what it runs: a hook that each new connection gets, and the only unsafe code here.
#![allow(unsafe_code, reason = "SQLite's C interface: rusqlite has no safe way to a connection that others open")]

use std::{
    ffi::{CStr, c_char, c_int, c_uint, c_void},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::{auto_extension::cancel_auto_extension, auto_extension::register_auto_extension, ffi};

use crate::tape::{Heard, Tape};

/// What is being recorded, and which number the next connection gets.
static HEARD: Mutex<(Vec<Heard>, usize)> = Mutex::new((Vec::new(), 0));
/// One recording at a time.
static ALONE: Mutex<()> = Mutex::new(());

fn heard() -> MutexGuard<'static, (Vec<Heard>, usize)> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` and records what is asked of SQLite meanwhile, on connections that are opened meanwhile.
///
/// # Errors
/// SQLite takes no hook, or what it said cannot be read.
pub fn record<T>(work: impl FnOnce() -> T) -> Result<(T, Tape), String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    *heard() = (Vec::new(), 0);
    // Safety: the hook opens and closes nothing, and the list of hooks is changed by nobody else.
    unsafe { register_auto_extension(opened) }.map_err(|error| error.to_string())?;
    let done = work();
    cancel_auto_extension(opened);
    // Connections that are still open go on talking; nobody listens any more.
    let (all, _) = std::mem::take(&mut *heard());
    Ok((done, Tape::of(all)?))
}

/// A connection was opened: from now on it says what it runs, under a number of its own.
unsafe extern "C" fn opened(
    connection: *mut ffi::sqlite3,
    _error: *mut *mut c_char,
    _routines: *const ffi::sqlite3_api_routines,
) -> c_int {
    let mut heard = heard();
    let number = heard.1;
    heard.1 += 1;
    heard.0.push(Heard::Opened { file: unsafe { file_of(connection) } });
    drop(heard);
    // Numbers go where C has pointers: nothing is behind them.
    let context = std::ptr::without_provenance_mut::<c_void>(number);
    unsafe { ffi::sqlite3_trace_v2(connection, ffi::SQLITE_TRACE_STMT, Some(ran), context) }
}

/// On which disk it is, and where there.
unsafe fn file_of(connection: *mut ffi::sqlite3) -> String {
    let mut vfs: *mut ffi::sqlite3_vfs = std::ptr::null_mut();
    let mut file: *mut ffi::sqlite3_file = std::ptr::null_mut();
    let main = c"main".as_ptr();
    // Safety: for these operations SQLite writes one pointer to where it is told to.
    unsafe {
        ffi::sqlite3_file_control(connection, main, ffi::SQLITE_FCNTL_VFS_POINTER, (&raw mut vfs).cast());
        ffi::sqlite3_file_control(connection, main, ffi::SQLITE_FCNTL_FILE_POINTER, (&raw mut file).cast());
    }
    // Safety: SQLite's own, and alive while the connection is.
    let (disk, name) = unsafe {
        (text(vfs.as_ref().map_or(std::ptr::null(), |vfs| vfs.zName)), text(ffi::sqlite3_db_filename(connection, main)))
    };
    if disk != "memdb" || file.is_null() {
        return format!("{disk}:{name}");
    }
    // A file in memory does not say its name. What all connections to it share comes right after the methods
    // in `struct MemFile` of SQLite's memdb.c; should that change, what is played fails, and says so.
    // Safety: the file is one of memdb's, which is larger than two pointers.
    let shared = unsafe { file.cast::<*const c_void>().add(1).read() };
    format!("{disk}:{}", shared.addr())
}

/// A statement begins to run.
unsafe extern "C" fn ran(_event: c_uint, context: *mut c_void, statement: *mut c_void, said: *mut c_void) -> c_int {
    // Safety: for this event SQLite passes the statement and its text; both live until this returns.
    let (said, sql, expanded) = unsafe {
        let statement: *mut ffi::sqlite3_stmt = statement.cast();
        let expanded = ffi::sqlite3_expanded_sql(statement);
        let copy = text(expanded);
        ffi::sqlite3_free(expanded.cast());
        (text(said.cast_const().cast()), text(ffi::sqlite3_sql(statement)), copy)
    };
    // A trigger is said in a comment of its own; it runs again with what set it off.
    if said == sql {
        heard().0.push(Heard::Ran { connection: context.addr(), sql, expanded });
    }
    0
}

/// A copy of a text of C's; nothing for a null pointer.
unsafe fn text(of: *const c_char) -> String {
    if of.is_null() {
        return String::new();
    }
    // Safety: SQLite's texts end with a zero.
    unsafe { CStr::from_ptr(of) }.to_string_lossy().into_owned()
}
