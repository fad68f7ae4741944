//! Each fault is what it says, and SQLite's answer to it is the one of a real disk.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test stops where it fails")]

mod common;

use common::{DB, LOG, disk, make, open, pairs, plain, put_pair};
use crash_vfs::{CrashFs, Fault, Op, Survival, Trip};
use rusqlite::Connection;

/// A file with one pair, and a connection to it.
fn begun(fs: &CrashFs) -> Connection {
    let mut connection = open(fs, "FULL").unwrap();
    make(&connection).unwrap();
    put_pair(&mut connection, 0).unwrap();
    connection
}

fn code(done: rusqlite::Result<()>) -> i32 {
    done.unwrap_err().sqlite_error().unwrap().extended_code
}

#[test]
fn it_is_really_in_wal_with_its_log_on_the_disk() {
    let fs = disk("faults-wal");
    let connection = begun(&fs);
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert!(fs.size(LOG).unwrap() > 4096);
    assert!(fs.count(Op::Shm) > 0 && fs.count(Op::Sync) > 0);
    drop(connection);
    assert_eq!((fs.size(LOG), fs.handles(), fs.is_locked()), (None, 0, false));
}

#[test]
fn every_error_of_every_kind_loses_nothing_that_was_confirmed() {
    let fs = disk("faults-each");
    let fresh = {
        drop(begun(&fs));
        fs.image(Survival::Nothing)
    };
    let mut refused = std::collections::BTreeMap::new();
    for fault in [Fault::Full, Fault::Io, Fault::SyncedAllTheSame, Fault::SyncForgotten] {
        for at in 0.. {
            fs.restore(&fresh);
            let before = fs.struck();
            let mut confirmed = 1;
            fs.trip(Trip::any(at, fault));
            let done = (|| -> rusqlite::Result<()> {
                let mut connection = open(&fs, "FULL")?;
                connection.pragma_update(None, "wal_autocheckpoint", 4)?;
                for pair in 1..4 {
                    put_pair(&mut connection, pair)?;
                    confirmed += 1;
                }
                Ok(())
            })();
            if fs.struck() == before {
                break;
            }
            *refused.entry(format!("{fault:?}")).or_insert(0) += i32::from(done.is_err());
            fs.heal();
            let found = pairs(&open(&fs, "FULL").unwrap()).unwrap();
            assert!(found == confirmed || found == confirmed + 1, "{fault:?} at {at}: {confirmed} {found}");
        }
    }
    assert!(refused.values().all(|count| *count > 0), "{refused:?}");
}

#[test]
fn a_fault_answers_with_the_code_of_its_operation() {
    let fs = disk("faults-codes");
    for (op, fault, answer) in [
        (Op::Write, Fault::Full, 13),
        (Op::Write, Fault::Io, 778),
        (Op::Sync, Fault::Io, 1034),
        (Op::Sync, Fault::SyncedAllTheSame, 1034),
        (Op::Shm, Fault::Io, 5130),
    ] {
        let mut connection = begun(&fs);
        fs.trip(Trip::of(op, 0, fault));
        assert_eq!(code(put_pair(&mut connection, 1)), answer, "{op:?} {fault:?}");
        fs.restore(&crash_vfs::Image::default());
    }
}

#[test]
fn a_lasting_fault_lasts_until_it_is_healed() {
    let fs = disk("faults-lasting");
    let mut connection = begun(&fs);
    fs.trip(Trip::of(Op::Write, 1, Fault::Full).lasting());
    for _ in 0..3 {
        assert_eq!(code(put_pair(&mut connection, 1)), 13);
    }
    fs.heal();
    put_pair(&mut connection, 1).unwrap();
    assert_eq!(pairs(&connection), Ok(2));
}

#[test]
fn a_disk_of_limited_size_is_full_for_what_grows() {
    let fs = disk("faults-room");
    let mut connection = begun(&fs);
    fs.limit(Some(fs.used()));
    assert_eq!(code(put_pair(&mut connection, 1)), 13);
    assert_eq!(pairs(&connection), Ok(1));
    fs.limit(Some(fs.used() + 100_000));
    put_pair(&mut connection, 1).unwrap();
    assert_eq!(pairs(&connection), Ok(2));
    drop(connection);
    // The shared memory needs room too, before anything is written.
    fs.limit(Some(fs.used()));
    let full = open(&fs, "FULL").and_then(|connection| connection.query_row("SELECT count(*) FROM t", [], |_| Ok(())));
    assert_eq!(code(full), 4874);
}

#[test]
fn a_failed_sync_may_have_done_its_work_or_lost_it() {
    // What the program sees after the error, and what is there after the next power cut.
    for (fault, there) in [(Fault::SyncedAllTheSame, 2), (Fault::SyncForgotten, 1)] {
        let fs = disk("faults-sync");
        let mut connection = begun(&fs);
        fs.trip(Trip::of(Op::Sync, 0, fault));
        assert_eq!(code(put_pair(&mut connection, 1)), 1034);
        std::mem::forget(connection);
        fs.kill();
        // The log in the cache is whole, whatever the device has.
        let seen = pairs(&open(&fs, "FULL").unwrap());
        assert_eq!(seen, Ok(2), "{fault:?}");
        let fs = disk("faults-sync-2");
        let mut connection = begun(&fs);
        fs.trip(Trip::of(Op::Sync, 0, fault));
        put_pair(&mut connection, 1).unwrap_err();
        fs.power_cut(Survival::Nothing);
        assert_eq!(pairs(&open(&fs, "FULL").unwrap()), Ok(there), "{fault:?}");
    }
}

#[test]
fn after_a_cut_the_old_connection_gives_only_errors_and_the_new_one_works() {
    let fs = disk("faults-old");
    let mut old = begun(&fs);
    fs.power_cut(Survival::Everything);
    assert!(put_pair(&mut old, 1).is_err());
    let mut new = open(&fs, "FULL").unwrap();
    put_pair(&mut new, 1).unwrap();
    drop(old);
    assert_eq!(pairs(&new), Ok(2));
}

#[test]
fn a_name_that_was_removed_without_a_sync_may_come_back() {
    let fs = disk("faults-names");
    drop(begun(&fs));
    assert_eq!(fs.size(LOG), None);
    let came_back = (0..20).filter(|seed| fs.image(Survival::Torn(*seed)).size(LOG).is_some());
    assert!((1..20).contains(&came_back.count()));
    assert!(fs.image(Survival::Nothing).size(LOG).is_some());
    assert!(fs.image(Survival::Everything).size(LOG).is_none());
    // Whatever comes back, the row is there.
    for seed in 0..20 {
        let before = fs.image(Survival::Nothing);
        fs.power_cut(Survival::Torn(seed));
        assert_eq!(pairs(&open(&fs, "FULL").unwrap()), Ok(1));
        fs.restore(&before);
    }
}

#[test]
fn a_flipped_byte_is_read_flipped() {
    let fs = disk("faults-rot");
    drop(begun(&fs));
    let image = fs.image(Survival::Everything);
    assert_ne!(image.flipped(DB, 5_000, 1), image);
    assert_eq!(image.flipped(DB, 5_000, 1).flipped(DB, 5_000, 1), image);
    assert!(fs.flip(DB, 0, 0xFF) && !fs.flip(DB, 10_000_000, 1));
    let broken = plain(&fs).and_then(|file| file.query_row("SELECT count(*) FROM t", [], |_| Ok(())));
    assert_eq!(code(broken), 26);
}

#[test]
fn a_connection_may_outlive_its_disk() {
    let fs = disk("faults-outlived");
    let mut connection = begun(&fs);
    drop(fs);
    put_pair(&mut connection, 1).unwrap_err();
    assert!(CrashFs::register("faults-outlived").is_some());
}

#[test]
fn a_name_is_taken_once() {
    let _fs = disk("faults-taken");
    assert!(CrashFs::register("faults-taken").is_none());
    assert!(CrashFs::register("a\0b").is_none());
}
