//! Files: what is at the path, who may read it, and what every kind of wrong file is called (I9).

use billpay_core::store::{Location, OpenError, SCHEMA, Store, StoreError, UnlockError};
use rusqlite::Connection;

use crate::{
    golden_rows::{Counted, Payment},
    world::{World, root},
};

fn open(location: &Location) -> Result<Store, OpenError> {
    Store::open(location, &*Counted::new())
}

#[test]
fn a_newer_schema_is_refused_and_left_untouched() {
    let world = World::new();
    world.tamper(|_| ());
    world.store.suspend();
    Connection::open(world.path()).unwrap().pragma_update(None, "user_version", SCHEMA + 1).unwrap();
    let before = std::fs::read(world.path()).unwrap();
    let newer = OpenError::Newer { found: SCHEMA + 1, supported: SCHEMA };
    assert_eq!(open(&world.location).err(), Some(newer.clone()));
    assert_eq!(world.store.resume(), Err(newer));
    assert_eq!(std::fs::read(world.path()).unwrap(), before);
    // The lock was let go again.
    Connection::open(world.path()).unwrap().pragma_update(None, "user_version", SCHEMA).unwrap();
    assert_eq!(world.store.resume(), Ok(()));
}

#[test]
fn a_damaged_file_is_said_to_be_damaged_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("p.db"));
    for bytes in [vec![7; 8192], b"SQLite format 3\0 but then nothing that makes sense".repeat(100)] {
        std::fs::write(&location.path, &bytes).unwrap();
        assert_eq!(open(&location).err(), Some(OpenError::Damaged));
        assert_eq!(std::fs::read(&location.path).unwrap(), bytes);
    }
}

/// A profile as a kill leaves it: much of what was written is in the log alone.
pub(crate) fn killed() -> (tempfile::TempDir, Location) {
    let world = World::new();
    world.store.write(|tx| (1..=20).try_for_each(|number| tx.insert(&Payment::new(number)))).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("p.db"));
    for ending in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{ending}", path.display());
        std::fs::copy(name(&world.path()), name(&location.path)).unwrap();
    }
    (directory, location)
}

pub(crate) fn file_and_log(location: &Location) -> [Vec<u8>; 2] {
    ["", "-wal"].map(|ending| std::fs::read(format!("{}{ending}", location.path.display())).unwrap())
}

#[test]
fn row_62_a_newer_or_damaged_file_that_was_killed_keeps_its_log_too_byte_for_byte() {
    let log = |location: &Location| format!("{}-wal", location.path.display());
    for what in ["newer", "rotten id", "damaged", "emptied", "cut within its first page"] {
        let (_directory, location) = killed();
        let [mut file, _] = file_and_log(&location);
        match what {
            // In the log, as a newer app that was killed leaves it.
            "newer" | "rotten id" => {
                let theirs = Connection::open(&location.path).unwrap();
                let _: i64 = theirs.query_row("SELECT count(*) FROM payment", [], |row| row.get(0)).unwrap();
                let name = if what == "newer" { "user_version" } else { "application_id" };
                theirs.pragma_update(None, name, 77).unwrap();
                let [file, frames] = file_and_log(&location);
                drop(theirs);
                std::fs::write(&location.path, file).unwrap();
                std::fs::write(log(&location), frames).unwrap();
            }
            "damaged" => {
                // The whole file, and the log's own word for its first page.
                file.iter_mut().for_each(|byte| *byte ^= 0x5a);
                std::fs::write(&location.path, &file).unwrap();
                let mut frames = std::fs::read(log(&location)).unwrap();
                frames[40] ^= 1;
                std::fs::write(log(&location), frames).unwrap();
            }
            "emptied" => std::fs::write(&location.path, "").unwrap(),
            _ => std::fs::write(&location.path, &file[..100]).unwrap(),
        }
        let before = file_and_log(&location);
        assert!(before[1].len() > 4096, "{what}: no log");
        let refused = open(&location).err().unwrap_or_else(|| panic!("{what}: opened"));
        let expected = match what {
            "newer" => OpenError::Newer { found: 77, supported: SCHEMA },
            // All that is in it is ours: no other program's file has our tables.
            _ => OpenError::Damaged,
        };
        assert_eq!(refused, expected, "{what}");
        assert!(file_and_log(&location) == before, "{what}: looking at it changed it");
        if expected == OpenError::Damaged {
            let aside = Location::file(Store::set_aside(&location).unwrap());
            assert!(file_and_log(&aside) == before, "{what}: put aside as it was, log and all");
            open(&location).unwrap();
        } else {
            assert_eq!(Store::set_aside(&location).err(), Some(refused), "{what}");
            assert!(file_and_log(&location) == before, "{what}");
        }
    }
}

#[test]
fn a_file_of_another_program_is_left_alone() {
    // One whose names are no text, too.
    let folder = tempfile::tempdir().unwrap();
    let location = Location::file(folder.path().join("p.db"));
    let theirs = Connection::open(&location.path).unwrap();
    theirs.execute_batch("CREATE TABLE xyzzy(a); PRAGMA writable_schema = ON").unwrap();
    // CREATE TABLE "…"(a), with a name in GBK.
    let named = "UPDATE sqlite_schema SET name = CAST(x'c4e3' AS TEXT), tbl_name = CAST(x'c4e3' AS TEXT),
        sql = CAST(x'435245415445205441424c452022c4e322286129' AS TEXT)";
    theirs.execute_batch(named).unwrap();
    drop(theirs);
    let before = std::fs::read(&location.path).unwrap();
    assert_eq!(open(&location).err(), Some(OpenError::Foreign));
    assert_eq!(Store::set_aside(&location).err(), Some(OpenError::Foreign));
    assert_eq!(std::fs::read(&location.path).unwrap(), before);
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("p.db"));
    Connection::open(&location.path).unwrap().execute_batch("CREATE TABLE theirs(x)").unwrap();
    let before = std::fs::read(&location.path).unwrap();
    assert_eq!(open(&location).err(), Some(OpenError::Foreign));
    assert!(std::fs::read(&location.path).unwrap() == before, "its journal mode is theirs too");
}

#[test]
fn a_path_through_a_file_is_not_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let location = Location::file(directory.path().join("file/p.db"));
    assert_eq!(open(&location).err(), Some(OpenError::NotADirectory));
}

#[test]
fn a_directory_in_the_place_of_the_file_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("p.db"));
    std::fs::create_dir(&location.path).unwrap();
    assert_eq!(open(&location).err(), Some(OpenError::Io(std::io::ErrorKind::IsADirectory)));
}

#[test]
fn a_profile_lost_while_suspended_is_not_replaced_by_an_empty_one() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    world.store.suspend();
    let aside = world.directory.path().join("aside");
    std::fs::rename(world.path(), &aside).unwrap();
    assert_eq!(world.store.resume(), Err(OpenError::Missing));
    assert!(!world.path().exists());
    assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-1")), Err(StoreError::Suspended));
    // Another profile at the same path is not taken for this one.
    let other = open(&world.location).unwrap();
    assert_ne!(other.profile(), world.store.profile());
    other.suspend();
    assert_eq!(world.store.resume(), Err(OpenError::Replaced));
    std::fs::rename(&aside, world.path()).unwrap();
    world.store.resume().unwrap();
    assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
}

#[test]
fn fault_34_a_profile_whose_key_is_lost_is_put_aside_whole_and_never_deleted() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    assert_eq!(Store::set_aside(&world.location), Err(OpenError::InUse));
    let profile = world.store.profile().to_owned();
    world.store.suspend();
    let aside = Store::set_aside(&world.location).unwrap();
    assert_eq!(Store::set_aside(&world.location), Err(OpenError::Missing));
    let fresh = open(&world.location).unwrap();
    fresh.unlock(&crate::world::root(2), Counted::new()).unwrap();
    assert_eq!(fresh.read(|tx| tx.get::<Payment>("payment-1")), Ok(None));
    drop(fresh);
    assert_ne!(Store::set_aside(&world.location).unwrap(), aside);
    // The key has turned up again.
    let old = open(&Location::file(&aside)).unwrap();
    old.unlock(&crate::world::root(1), Counted::new()).unwrap();
    assert_eq!((old.profile(), old.read(|tx| tx.get("payment-1"))), (&*profile, Ok(Some(Payment::new(1)))));
}

#[cfg(unix)]
#[test]
fn only_this_user_may_read_any_of_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("made/by us/p.db"));
    let store = open(&location).unwrap();
    store.has_canary().unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = location.path.parent().unwrap();
    assert_eq!(mode(folder), 0o700);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    names.sort();
    assert_eq!(names, ["p.db", "p.db-shm", "p.db-wal", "p.db.lock"]);
}

#[test]
fn a_path_is_a_path_whatever_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::file(directory.path().join("file:电费?mode=memory&x#%20.db"));
    open(&location).unwrap();
    assert!(location.path.exists());
}

/// A profile that was let go of, with rows in it, and the bytes of its file.
fn filled() -> (World, Vec<u8>) {
    let world = World::new();
    world.store.write(|tx| (1..=5).try_for_each(|number| tx.insert(&Payment::new(number)))).unwrap();
    world.store.suspend();
    let bytes = std::fs::read(world.path()).unwrap();
    (world, bytes)
}

/// Opens a file with these bytes, and reads it.
fn read_rotten(world: &World, bytes: &[u8]) -> Result<Result<Vec<Payment>, StoreError>, OpenError> {
    for ending in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", world.path().display()));
    }
    std::fs::write(world.path(), bytes).unwrap();
    let store = open(&world.location)?;
    match store.unlock(&root(1), Counted::new()) {
        Ok(()) => {}
        Err(UnlockError::Damaged) => return Ok(Err(StoreError::DamagedFile)),
        Err(UnlockError::Store(error)) => return Ok(Err(error)),
        Err(error) => panic!("{error}"),
    }
    Ok(store.read(|tx| tx.find::<Payment>("LIMIT 10", [])))
}

#[test]
fn i9_a_rotten_header_is_damage_and_never_another_program_s_or_a_newer_version_s_nor_a_number() {
    let (world, sound) = filled();
    let mut damaged = 0;
    for at in 0..100 {
        for mask in [0x01, 0x02, 0x40, 0x80, 0xff] {
            let mut bytes = sound.clone();
            bytes[at] ^= mask;
            let what = format!("byte {at} xor {mask:#x}");
            match read_rotten(&world, &bytes) {
                Err(OpenError::Damaged) => {
                    damaged += 1;
                    assert!(std::fs::read(world.path()).unwrap() == bytes, "{what}: it was changed");
                }
                // Some next version may have that number.
                Err(OpenError::Newer { found, .. }) => assert!(at == 63 && found < 100, "{what}: {found}"),
                Err(error) => panic!("{what}: {error}"),
                Ok(Ok(_) | Err(StoreError::DamagedFile | StoreError::Damaged { .. })) => {}
                Ok(Err(error)) => panic!("{what}: {error}"),
            }
        }
    }
    assert!(damaged > 100, "{damaged}");
    assert_eq!(read_rotten(&world, &sound).unwrap().unwrap().len(), 5);
}

#[test]
fn i9_a_rotten_schema_is_damage_and_no_number_of_sqlite_s() {
    let (world, sound) = filled();
    for at in (100..4096).step_by(3) {
        for mask in [0x01, 0x20] {
            let mut bytes = sound.clone();
            bytes[at] ^= mask;
            let what = format!("byte {at} xor {mask:#x}");
            match read_rotten(&world, &bytes) {
                Err(OpenError::Damaged) => {}
                Err(error) => panic!("{what}: {error}"),
                Ok(Ok(_) | Err(StoreError::DamagedFile | StoreError::Damaged { .. })) => {}
                Ok(Err(error)) => panic!("{what}: {error}"),
            }
        }
    }
}

#[test]
fn fault_32_a_catalogue_of_receipts_that_somebody_took_away_is_made_anew() {
    let (world, _) = filled();
    Connection::open(world.path()).unwrap().execute_batch("DROP TABLE drawer").unwrap();
    let store = open(&world.location).unwrap();
    assert_eq!(store.read(|tx| tx.select("SELECT count(*) FROM drawer", [], |row| row.get::<_, i64>(0))), Ok(vec![0]));
    store.suspend();
    // A table that holds what nothing else holds is not made up.
    Connection::open(world.path()).unwrap().execute_batch("DROP TABLE payment").unwrap();
    assert_eq!(open(&world.location).err(), Some(OpenError::Damaged));
}
