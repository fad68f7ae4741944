//! A look into a profile that is somebody else's, or nobody's (row 43, fault 36).

use billpay_core::store::{Location, OpenError, Store, StoreError, Tx};
use rusqlite::Connection;

use crate::{
    files::{file_and_log, killed},
    golden_rows::{Counted, Payment},
    world::World,
};

const COUNT: &str = "SELECT count(*) FROM payment";

fn payments(tx: &Tx<'_>) -> Result<i64, StoreError> {
    Ok(tx.select(COUNT, [], |row| row.get(0))?[0])
}

fn glance(location: &Location) -> Result<Option<i64>, StoreError> {
    Store::glance(location, payments)
}

#[test]
fn row_43_a_profile_is_looked_into_whoever_has_it() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    assert_eq!(glance(&world.location), Ok(Some(1)), "it is open");
    let within: Result<(), StoreError> = world.store.write(|tx| {
        tx.insert(&Payment::new(2))?;
        assert_eq!(glance(&world.location), Ok(Some(1)), "what is not committed is not there");
        Ok(())
    });
    within.unwrap();
    world.store.suspend();
    assert_eq!(glance(&world.location), Ok(Some(2)), "nobody has it");
    // Nor is it anybody's afterwards.
    world.store.resume().unwrap();
    assert_eq!(glance(&world.location), Ok(Some(2)));
}

#[test]
fn row_43_a_look_takes_no_key_and_writes_nothing() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let read = |tx: &Tx<'_>| tx.get::<Payment>("payment-1");
    assert_eq!(Store::glance(&world.location, read), Err(StoreError::Locked));
    let wrote = |tx: &Tx<'_>| tx.select("DELETE FROM payment", [], |_| Ok(()));
    assert!(Store::glance(&world.location, wrote).is_err());
    assert_eq!(glance(&world.location), Ok(Some(1)));
}

#[test]
fn row_43_the_log_of_one_that_was_killed_stays_whole() {
    let (_folder, location) = killed();
    let before = file_and_log(&location);
    assert!(before.iter().all(|file| !file.is_empty()), "nothing to lose");
    let seen = glance(&location).unwrap();
    assert!(seen.is_some());
    assert_eq!(file_and_log(&location), before);
    let store = Store::open(&location, &*Counted::new()).unwrap();
    assert_eq!(store.read(payments).ok(), seen, "what the log holds was seen");
}

#[test]
fn row_43_what_is_no_profile_is_not_made_one() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location::file(folder.path().join("profile.db"));
    assert_eq!(glance(&location), Ok(None));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(&location.path, []).unwrap();
    assert_eq!(glance(&location), Ok(None), "nothing is in it");
    std::fs::write(&location.path, b"a text, and a long one".repeat(100)).unwrap();
    assert_eq!(glance(&location), Err(StoreError::Reopen(OpenError::Damaged)));
    std::fs::remove_file(&location.path).unwrap();
    Connection::open(&location.path).unwrap().execute_batch("CREATE TABLE payment(x)").unwrap();
    assert_eq!(glance(&location), Err(StoreError::Reopen(OpenError::Foreign)));
}

#[test]
fn row_43_a_file_that_was_emptied_keeps_its_log() {
    let (_folder, location) = killed();
    std::fs::write(&location.path, []).unwrap();
    let before = file_and_log(&location);
    assert_eq!(glance(&location), Err(StoreError::Reopen(OpenError::Damaged)));
    assert_eq!(file_and_log(&location), before);
}

/// How many locks of SQLite's are on a file.
#[cfg(target_os = "linux")]
fn locks(location: &Location) -> usize {
    let inode = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(&location.path).unwrap());
    let held = std::fs::read_to_string("/proc/locks").unwrap();
    held.lines().filter(|line| line.contains("POSIX") && line.contains(&format!(":{inode} "))).count()
}

#[cfg(target_os = "linux")]
#[test]
fn i9_a_profile_that_is_opened_during_a_look_has_its_locks_on_the_file() {
    let (_folder, location) = killed();
    let opened = Store::glance(&location, |tx| {
        payments(tx)?;
        assert_eq!(locks(&location), 1, "the look's own");
        let store = Store::open(&location, &*Counted::new()).unwrap();
        store.read(payments)?;
        Ok::<_, StoreError>(store)
    });
    let store = opened.unwrap().unwrap();
    assert_eq!(locks(&location), 1, "another program would think that nobody has it, and take its log away");
    store.suspend();
    assert_eq!(locks(&location), 0);
}

#[test]
fn row_43_a_look_at_a_closed_profile_leaves_nothing_but_an_empty_log() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    world.store.suspend();
    assert_eq!(glance(&world.location), Ok(Some(1)));
    assert!(file_and_log(&world.location)[1].is_empty());
    world.store.resume().unwrap();
    assert_eq!(world.store.read(payments), Ok(1));
}
