//! A COMMIT that answers an error, on a disk that then loses power: what the store says after a look is
//! what is there for good (fault 31; I9).

use std::sync::Arc;

use billpay_core::{
    secret::Secret,
    store::{Part, Store, StoreError},
    system::SystemRng,
};
use crash_vfs::{CrashFs, Fault, Image, Survival, Trip};
use rusqlite::{Connection, OpenFlags};

use crate::file::{PROFILE, disk, location};

fn open(fs: &CrashFs) -> Store {
    let store = Store::open(&location(fs), &SystemRng::new()).unwrap();
    store.unlock(&Secret::new(vec![7; 32]), Arc::new(SystemRng::new())).unwrap();
    store
}

fn set(store: &Store, name: &str) -> Result<(), StoreError> {
    store.write(|tx| tx.set_setting(name, &"here"))
}

fn is_there(store: &Store, name: &str) -> Result<bool, StoreError> {
    store.read(|tx| Ok(tx.setting::<String>(name)?.is_some()))
}

/// A profile with one row, its log not empty.
fn begun(fs: &CrashFs) -> Image {
    let store = open(fs);
    set(&store, "old").unwrap();
    fs.image(Survival::Nothing)
}

/// Writes these, with one commit, while that waits on the disk, looks, cuts the power and looks again. `None` if
/// it was over before the fault; otherwise of each what its writer was told, and whether it is there.
fn write_with(
    fs: &CrashFs,
    image: &Image,
    names: &[&'static str],
    trip: Trip,
    survival: Survival,
) -> Option<Vec<(Result<(), StoreError>, bool)>> {
    fs.restore(image);
    let store = open(fs);
    // The log is in use, and the reader is open.
    set(&store, "warm").unwrap();
    assert_eq!(is_there(&store, "old"), Ok(true));
    let before = fs.struck();
    fs.trip(trip);
    let part = |name: &'static str| -> Part<(), StoreError> { Box::new(move |tx| tx.set_setting(name, &"here")) };
    let said = store.write_each(names.iter().copied().map(part).collect());
    let what = format!("{trip:?}, {survival:?}, {said:?}");
    if fs.struck() == before {
        return None;
    }
    let mut seen = Vec::new();
    for (name, said) in names.iter().zip(said) {
        let looked = match is_there(&store, name) {
            Ok(there) => there,
            // A look that fails says nothing; the next one does.
            Err(_) => {
                fs.heal();
                is_there(&store, name).unwrap()
            }
        };
        match &said {
            Ok(()) => assert!(looked, "{what}"),
            Err(StoreError::CommitUnknown { .. }) => {}
            Err(_) => assert!(!looked, "{what}: said to be undone"),
        }
        seen.push((said, looked));
    }
    fs.power_cut(survival);
    let after = open(fs);
    for (name, (_, looked)) in names.iter().zip(&seen) {
        assert_eq!(is_there(&after, name), Ok(*looked), "{what}: seen, and then not true");
    }
    assert_eq!((is_there(&after, "old"), is_there(&after, "warm")), (Ok(true), Ok(true)), "{what}");
    assert!(after.check().unwrap().is_sound(), "{what}");
    // And it goes on.
    set(&after, "next").unwrap();
    Some(seen)
}

/// One change, and several that share a commit.
#[test]
fn i9_what_a_look_says_after_a_failed_commit_is_what_a_power_cut_leaves() {
    let fs = disk();
    let image = begun(&fs);
    for names in [&["new"][..], &["new", "newer", "newest"]] {
        let (mut there, mut not_there, mut runs) = (0, 0, 0);
        for fault in [Fault::Io, Fault::Full, Fault::SyncedAllTheSame, Fault::SyncForgotten] {
            for lasting in [false, true] {
                for at in 0.. {
                    let trip = Trip::any(at, fault);
                    let trip = if lasting { trip.lasting() } else { trip };
                    let ends = [Survival::Nothing, Survival::Everything, Survival::Torn(at)]
                        .map(|survival| write_with(&fs, &image, names, trip, survival));
                    if ends.iter().any(Option::is_none) {
                        break;
                    }
                    for (said, looked) in ends.into_iter().flatten().flatten() {
                        runs += 1;
                        if matches!(said, Err(StoreError::CommitUnknown { .. })) {
                            *(if looked { &mut there } else { &mut not_there }) += 1;
                        }
                    }
                }
            }
        }
        println!("{names:?}: {runs} runs; of the commits that answered an error {there} were there, {not_there} not");
        assert!(there > 0 && not_there > 0, "{there} {not_there}");
    }
}

#[test]
fn i9_a_full_disk_is_read_from_and_written_to_again_when_there_is_room() {
    let fs = disk();
    let image = begun(&fs);
    fs.restore(&image);
    let store = open(&fs);
    fs.limit(Some(fs.used()));
    for _ in 0..3 {
        let said = store.write(|tx| tx.set_setting("new", &"x".repeat(20_000)));
        assert!(
            matches!(
                said,
                Err(StoreError::CommitUnknown { full: true } | StoreError::Full)
                    | Err(StoreError::Reopen(billpay_core::store::OpenError::Full))
            ),
            "{said:?}"
        );
        assert_eq!((is_there(&store, "old"), is_there(&store, "new")), (Ok(true), Ok(false)));
    }
    fs.limit(None);
    set(&store, "new").unwrap();
    fs.power_cut(Survival::Nothing);
    assert_eq!(is_there(&open(&fs), "new"), Ok(true));
}

#[test]
fn fault_36_a_lock_that_another_holds_is_seen_and_a_suspended_store_holds_none() {
    let fs = disk();
    let store = open(&fs);
    set(&store, "old").unwrap();
    let other = Connection::open_with_flags_and_vfs(PROFILE, OpenFlags::default(), fs.name()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(set(&store, "new"), Err(StoreError::Busy));
    assert_eq!(is_there(&store, "old"), Ok(true));
    other.execute_batch("COMMIT").unwrap();
    drop(other);
    set(&store, "new").unwrap();
    assert!(fs.handles() > 0);
    store.suspend();
    assert_eq!((fs.handles(), fs.is_locked()), (0, false));
    store.resume().unwrap();
    assert_eq!(is_there(&store, "new"), Ok(true));
}

#[test]
fn i9_on_a_disk_that_only_full_syncs_reach_a_new_profile_survives() {
    // As on Apple's systems, where the order of the first statements on a new file decides.
    let fs = disk();
    fs.full_syncs_only();
    set(&open(&fs), "first").unwrap();
    let store = open(&fs);
    set(&store, "second").unwrap();
    fs.power_cut(Survival::Nothing);
    let after = open(&fs);
    assert_eq!((is_there(&after, "first"), is_there(&after, "second")), (Ok(true), Ok(true)));
    let fresh = disk();
    fresh.full_syncs_only();
    let store = open(&fresh);
    fresh.power_cut(Survival::Nothing);
    assert_eq!(open(&fresh).profile(), store.profile(), "what was never closed is there too");
}
