//! A disk that follows another shows through one connection what a fresh one would find on a copy.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

mod common;

use common::{DB, disk, make, open, plain, put_pair};
use crash_vfs::{CrashFs, Fault, Op, Survival, Trip};
use rusqlite::{Connection, OptionalExtension as _};

/// How many rows; `None` where there is no table yet.
fn rows(connection: &Connection) -> Option<i64> {
    let there = "SELECT 1 FROM sqlite_master WHERE name = 't'";
    connection.query_row(there, [], |_| Ok(())).optional().unwrap()?;
    Some(connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap())
}

struct Watched {
    disk: CrashFs,
    aside: CrashFs,
    copy: CrashFs,
    eye: Connection,
}

impl Watched {
    /// What would be left of the disk, by the connection that stays and by a fresh one.
    fn look(&self) -> Option<i64> {
        self.aside.follow(&self.disk, Survival::Nothing);
        let seen = rows(&self.eye);
        self.copy.restore(&self.disk.image(Survival::Nothing));
        assert_eq!(seen, rows(&plain(&self.copy).unwrap()));
        seen
    }
}

fn watched(name: &str) -> Watched {
    let aside = disk(&format!("{name}-aside"));
    let eye = plain(&aside).unwrap();
    Watched { disk: disk(name), copy: disk(&format!("{name}-copy")), eye, aside }
}

#[test]
fn it_shows_each_commit_and_nothing_else() {
    let all = watched("following-commits");
    assert_eq!(all.look(), None);
    let mut connection = open(&all.disk, "FULL").unwrap();
    make(&connection).unwrap();
    assert_eq!(all.look(), Some(0));
    for pair in 0..300 {
        let tx = connection.transaction().unwrap();
        tx.execute("INSERT INTO t VALUES (?1, 0, x'')", [-1 - pair]).unwrap();
        assert_eq!(all.look(), Some(pair * 2));
        drop(tx);
        put_pair(&mut connection, pair).unwrap();
        assert_eq!(all.look(), Some(pair * 2 + 2));
        if pair % 50 == 49 {
            // The log goes into the file, and begins anew.
            let done = "PRAGMA wal_checkpoint(TRUNCATE)";
            connection.query_row(done, [], |_| Ok(())).unwrap();
            assert_eq!(all.look(), Some(pair * 2 + 2));
        }
    }
    drop(connection);
    assert_eq!(all.look(), Some(600));
}

/// Two rows on the device, and two that wait for a sync.
fn half_synced(name: &str) -> (Watched, Connection) {
    let all = watched(name);
    let mut connection = open(&all.disk, "FULL").unwrap();
    make(&connection).unwrap();
    put_pair(&mut connection, 0).unwrap();
    assert_eq!(all.look(), Some(2));
    connection.execute_batch("PRAGMA synchronous=NORMAL").unwrap();
    put_pair(&mut connection, 1).unwrap();
    assert_eq!(rows(&connection), Some(4));
    assert_eq!(all.look(), Some(2));
    (all, connection)
}

#[test]
fn what_was_not_synced_is_not_shown_and_a_cut_is() {
    let (all, _connection) = half_synced("following-cuts");
    all.disk.power_cut(Survival::Nothing);
    assert_eq!(all.look(), Some(2));
    let mut connection = open(&all.disk, "FULL").unwrap();
    put_pair(&mut connection, 2).unwrap();
    assert_eq!(all.look(), Some(4));
    all.disk.kill();
    assert_eq!(all.look(), Some(4));
    assert_eq!(all.aside.size(DB), all.disk.size(DB));
}

#[test]
fn what_a_sync_forgot_is_not_shown_although_it_is_read_there() {
    let (all, connection) = half_synced("following-forgotten");
    all.disk.trip(Trip::of(Op::Sync, 0, Fault::SyncForgotten));
    assert!(connection.query_row("PRAGMA wal_checkpoint", [], |_| Ok(())).is_err());
    // Nothing waits for a sync any more, and yet the device has not got what is read here.
    assert_eq!(rows(&connection), Some(4));
    assert_eq!(all.look(), Some(2));
}
