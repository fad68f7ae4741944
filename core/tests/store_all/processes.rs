//! Who holds the profile: one process, and nobody while suspended (fault 36, I9).

use std::process::Command;

use billpay_core::store::{Location, OpenError, Store, StoreError};

use crate::{
    golden_rows::{Counted, Payment},
    world::World,
};

const PATH: &str = "BILLPAY_TEST_PROFILE";

/// The second process of the tests below; alone it does nothing.
#[test]
fn the_second_process() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let answer = match Store::open(&Location::file(path), &*Counted::new()) {
        Ok(_) => "opened".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    println!("<{answer}>");
}

fn second_process(world: &World) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "processes::the_second_process", "--nocapture"])
        .env(PATH, world.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let answer = text.split_once('<').unwrap().1.split_once('>').unwrap().0;
    answer.to_owned()
}

#[test]
fn a_second_process_is_told_that_it_is_in_use() {
    let world = World::new();
    assert_eq!(second_process(&world), "InUse");
    assert_eq!(Store::open(&world.location, &*Counted::new()).err(), Some(OpenError::InUse));
    world.store.suspend();
    assert_eq!(second_process(&world), "opened");
    world.store.resume().unwrap();
    assert_eq!(second_process(&world), "InUse");
}

#[test]
fn fault_36_a_profile_on_another_file_system_has_the_lock_that_was_named_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let location = Location { lock: Some(folder.path().join("own.lock")), ..Location::memory("named-lock") };
    let store = Store::open(&location, &*Counted::new()).unwrap();
    assert_eq!(Store::open(&location, &*Counted::new()).err(), Some(OpenError::InUse));
    drop(store);
    assert!(Store::open(&location, &*Counted::new()).is_ok());
}

#[test]
fn a_suspended_store_says_so_and_resumes() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    world.store.suspend();
    world.store.suspend();
    assert_eq!(world.store.write(|tx| tx.insert(&Payment::new(2))), Err(StoreError::Suspended));
    assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-1")), Err(StoreError::Suspended));
    let other = Store::open(&world.location, &*Counted::new()).unwrap();
    assert_eq!(world.store.resume(), Err(OpenError::InUse));
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Err(StoreError::Suspended));
    drop(other);
    world.store.resume().unwrap();
    world.store.resume().unwrap();
    // Unlocked still: keys are not asked for again in the background.
    assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
}

#[cfg(target_os = "linux")]
#[test]
fn a_suspended_store_has_no_file_open() {
    let world = World::new();
    world.store.read(|tx| tx.count::<Payment>("", [])).unwrap();
    let open = || {
        let files = std::fs::read_dir("/proc/self/fd").unwrap();
        files
            .filter_map(|file| std::fs::read_link(file.unwrap().path()).ok())
            .filter(|target| target.starts_with(world.directory.path()))
            .count()
    };
    assert!(open() >= 4, "the count sees nothing");
    world.store.suspend();
    assert_eq!(open(), 0);
    world.store.resume().unwrap();
    assert!(open() >= 2);
}

#[test]
fn what_was_confirmed_survives_the_death_of_the_process() {
    // A copy of the files at any moment is what a kill leaves behind.
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let grave = tempfile::tempdir().unwrap();
    let _: Result<(), StoreError> = world.store.write(|tx| {
        tx.insert(&Payment::new(2))?;
        for entry in std::fs::read_dir(world.directory.path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), grave.path().join(entry.file_name())).unwrap();
        }
        Ok(())
    });
    let heir = Store::open(&Location::file(grave.path().join("profile.db")), &*Counted::new()).unwrap();
    heir.unlock(&crate::world::root(1), Counted::new()).unwrap();
    assert_eq!(heir.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
    assert_eq!(heir.read(|tx| tx.get::<Payment>("payment-2")), Ok(None));
}
