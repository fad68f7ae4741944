//! Does the disk bite? The same work with and without the syncs that durability needs: what was confirmed
//! is lost without them, and never with them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "a test stops where it fails")]

mod common;

use common::{DB, disk, make, open, pairs, put_pair};
use crash_vfs::{CrashFs, Fault, Op, Survival, Trip};

const PAIRS: i64 = 12;

/// Works until the power goes; how many pairs were confirmed.
fn work(fs: &CrashFs, synchronous: &str) -> i64 {
    let mut confirmed = 0;
    let mut go = || -> rusqlite::Result<()> {
        let mut connection = open(fs, synchronous)?;
        // A checkpoint every few commits, so that cuts fall into some.
        connection.pragma_update(None, "wal_autocheckpoint", 8)?;
        make(&connection)?;
        for pair in 0..PAIRS {
            put_pair(&mut connection, pair)?;
            confirmed += 1;
        }
        Ok(())
    };
    let _the_power_may_go = go();
    confirmed
}

#[derive(Debug, Default)]
struct Seen {
    cuts: u64,
    /// Confirmed, and gone.
    lost: u64,
    /// Not confirmed, and there.
    extra: u64,
    broken: u64,
}

/// The power goes at each operation in turn.
fn every_cut(synchronous: &str, survivals: impl Fn(u64) -> Vec<Survival>) -> Seen {
    let fs = disk(&format!("bite-{synchronous}"));
    let empty = fs.image(Survival::Nothing);
    let mut seen = Seen::default();
    for at in 0.. {
        for survival in survivals(at) {
            fs.restore(&empty);
            fs.trip(Trip::any(at, Fault::Power));
            let confirmed = work(&fs, synchronous);
            if !fs.is_dead() {
                return seen;
            }
            fs.power_cut(survival);
            seen.cuts += 1;
            match open(&fs, synchronous).map_err(|error| error.to_string()).and_then(|after| pairs(&after)) {
                Ok(found) => {
                    seen.lost += u64::from(found < confirmed);
                    seen.extra += u64::from(found > confirmed);
                    assert!(found <= confirmed + 1, "{synchronous}, cut at {at}, {survival:?}");
                }
                Err(_) => seen.broken += 1,
            }
        }
    }
    seen
}

#[test]
fn with_full_syncs_no_confirmed_row_is_ever_lost() {
    let seen = every_cut("FULL", |at| {
        vec![Survival::Nothing, Survival::Everything, Survival::Torn(at), Survival::Torn(at + 1_000_000)]
    });
    println!("FULL: {seen:?}");
    assert!(seen.cuts > 500, "{seen:?}");
    assert_eq!((seen.lost, seen.broken), (0, 0), "{seen:?}");
    // The one in flight may be there or not: both happen.
    assert!(seen.extra > 0, "{seen:?}");
}

#[test]
fn nothing_from_before_a_cut_comes_back_with_the_next_one() {
    // A journal that was removed, and whose name is still on the device, would undo everything since.
    let fs = disk("bite-twice");
    let empty = fs.image(Survival::Nothing);
    for at in 0.. {
        fs.restore(&empty);
        fs.trip(Trip::any(at, Fault::Power));
        work(&fs, "FULL");
        if !fs.is_dead() {
            return;
        }
        fs.power_cut(Survival::Torn(at));
        let mut connection = open(&fs, "FULL").unwrap();
        let before = pairs(&connection).unwrap();
        put_pair(&mut connection, 100).unwrap();
        drop(connection);
        fs.power_cut(Survival::Nothing);
        assert_eq!(pairs(&open(&fs, "FULL").unwrap()), Ok(before + 1), "cut at {at}");
    }
}

#[test]
fn with_normal_syncs_confirmed_rows_are_lost_and_the_file_stays_whole() {
    let seen = every_cut("NORMAL", |at| vec![Survival::Nothing, Survival::Torn(at)]);
    println!("NORMAL: {seen:?}");
    assert!(seen.lost > seen.cuts / 10, "{seen:?}");
    assert_eq!(seen.broken, 0, "{seen:?}");
}

#[test]
fn without_syncs_rows_are_lost_and_the_file_breaks() {
    let seen = every_cut("OFF", |at| vec![Survival::Nothing, Survival::Torn(at)]);
    println!("OFF: {seen:?}");
    assert!(seen.lost > seen.cuts / 10 && seen.broken > 0, "{seen:?}");
}

#[test]
fn on_apple_a_plain_sync_is_not_enough_and_neither_is_asking_for_full_ones_too_late() {
    const FULL: &str = "PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1;";
    const WAL: &str = "PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;";
    for (first, then, kept) in [(WAL, "", false), (WAL, FULL, false), (FULL, WAL, true)] {
        let fs = disk("bite-apple");
        fs.full_syncs_only();
        let mut connection = common::plain(&fs).unwrap();
        connection.execute_batch(first).unwrap();
        connection.execute_batch(then).unwrap();
        make(&connection).unwrap();
        put_pair(&mut connection, 0).unwrap();
        fs.power_cut(Survival::Nothing);
        let after = open(&fs, "FULL").map_err(|error| error.to_string()).and_then(|after| pairs(&after));
        assert_eq!(after == Ok(1), kept, "{first} {then}: {after:?}");
    }
}

#[test]
fn the_same_calls_have_the_same_end() {
    let ends = ["one", "other"].map(|name| {
        let fs = disk(&format!("bite-same-{name}"));
        work(&fs, "FULL");
        fs.trip(Trip::of(Op::Write, 5, Fault::Power));
        work(&fs, "NORMAL");
        let counts = Op::ALL.map(|op| fs.count(op));
        let image = fs.image(Survival::Torn(42));
        fs.power_cut(Survival::Torn(42));
        let found = pairs(&open(&fs, "FULL").unwrap());
        let closed = fs.image(Survival::Everything);
        (counts, format!("{image:?}"), found, closed)
    });
    assert_eq!(ends[0], ends[1]);
    assert!(ends[0].3.size(DB).is_some());
}
