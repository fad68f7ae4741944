//! Connections of one process see each other's locks and logs, as on a real disk.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test stops where it fails")]

mod common;

use std::time::Duration;

use common::{DB, LOG, disk, make, open, pairs, plain, put_pair};
use rusqlite::{Connection, ErrorCode};

fn is_busy(done: rusqlite::Result<()>) -> bool {
    done.unwrap_err().sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn batch(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.execute_batch(sql)
}

#[test]
fn in_wal_one_writes_while_others_read_their_own_moment() {
    let fs = disk("locks-wal");
    let mut one = open(&fs, "FULL").unwrap();
    make(&one).unwrap();
    put_pair(&mut one, 0).unwrap();
    let two = open(&fs, "FULL").unwrap();
    let count = |connection: &Connection| -> i64 {
        connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    };
    batch(&two, "BEGIN").unwrap();
    assert_eq!(count(&two), 2);
    put_pair(&mut one, 1).unwrap();
    assert_eq!((count(&one), count(&two)), (4, 2));
    batch(&two, "COMMIT; BEGIN IMMEDIATE").unwrap();
    assert_eq!(count(&two), 4);
    one.busy_timeout(Duration::from_millis(5)).unwrap();
    assert!(is_busy(put_pair(&mut one, 2)));
    assert!(fs.is_locked());
    batch(&two, "COMMIT").unwrap();
    // A reader in the way of a checkpoint is seen.
    batch(&two, "BEGIN; SELECT * FROM t").unwrap();
    put_pair(&mut one, 2).unwrap();
    let busy: bool = one.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert!(busy);
    batch(&two, "COMMIT").unwrap();
    let busy: bool = one.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert!(!busy);
    // The first to close leaves the log to the other, the last one takes it away.
    drop(one);
    assert!(fs.size(LOG).is_some());
    assert_eq!(pairs(&two), Ok(3));
    drop(two);
    assert_eq!((fs.size(LOG), fs.handles(), fs.is_locked()), (None, 0, false));
}

#[test]
fn without_wal_a_writer_waits_for_readers() {
    let fs = disk("locks-journal");
    let one = plain(&fs).unwrap();
    make(&one).unwrap();
    let two = plain(&fs).unwrap();
    for connection in [&one, &two] {
        connection.busy_timeout(Duration::from_millis(5)).unwrap();
    }
    batch(&two, "BEGIN; SELECT * FROM t").unwrap();
    assert!(is_busy(batch(&one, "INSERT INTO t VALUES (1, 1, x'00')")));
    batch(&two, "COMMIT").unwrap();
    batch(&one, "BEGIN EXCLUSIVE").unwrap();
    assert!(is_busy(batch(&two, "SELECT count(*) FROM t")));
    batch(&one, "INSERT INTO t VALUES (1, 1, x'00'); COMMIT").unwrap();
    assert_eq!(two.query_row("SELECT count(*) FROM t", [], |row| row.get(0)), Ok(1));
}

#[test]
fn a_killed_program_leaves_no_lock_behind_and_its_commits_are_there() {
    let fs = disk("locks-killed");
    let mut one = open(&fs, "OFF").unwrap();
    make(&one).unwrap();
    put_pair(&mut one, 0).unwrap();
    batch(&one, "BEGIN IMMEDIATE; INSERT INTO t VALUES (100, 50, x'00')").unwrap();
    fs.kill();
    assert!(!fs.is_locked());
    let two = open(&fs, "FULL").unwrap();
    assert_eq!(pairs(&two), Ok(1));
    drop(one);
    assert_eq!(pairs(&two), Ok(1));
}

#[test]
fn threads_read_while_one_writes() {
    let fs = disk("locks-threads");
    let mut writer = open(&fs, "FULL").unwrap();
    make(&writer).unwrap();
    writer.pragma_update(None, "wal_autocheckpoint", 20).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let reader =
                    Connection::open_with_flags_and_vfs(DB, rusqlite::OpenFlags::default(), fs.name()).unwrap();
                let mut last = 0;
                for _ in 0..500 {
                    let now = reader.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
                    assert!(now >= last && now % 2 == 0, "{last} {now}");
                    last = now;
                }
            });
        }
        for pair in 0..500 {
            put_pair(&mut writer, pair).unwrap();
        }
    });
    assert_eq!(pairs(&writer), Ok(500));
}
