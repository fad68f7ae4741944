//! The power goes, or the disk fails, while a profile is made or brought to the present schema (fault 8;
//! I9): the file opens afterwards, as it was before or as it is after, and nothing in between.

use std::{path::Path, sync::Arc};

use billpay_core::{
    secret::Secret,
    store::{SCHEMA, Store, StoreError},
    system::SystemRng,
};
use crash_vfs::{CrashFs, Fault, Image, Survival, Trip};
use rusqlite::{Connection, OpenFlags};

use crate::file::{PROFILE, disk, location};

/// The key of the golden databases, known to anyone.
const GOLDEN: &[u8] = b"golden root key, known to anyone";
/// What is in each of them.
const GOLDEN_ROWS: u64 = 5;

fn golden(schema: i64) -> Image {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{schema}.db"));
    Image::of(PROFILE, &std::fs::read(path).unwrap())
}

/// What an app does first.
#[derive(Debug, Default, PartialEq, Eq)]
struct Did {
    /// The profile's id, once it was opened.
    opened: Option<String>,
    unlocked: bool,
    wrote: bool,
}

fn begin(fs: &CrashFs, did: &mut Did) -> Result<Store, String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    let store = Store::open(&location(fs), &SystemRng::new()).map_err(|error| said(&error))?;
    did.opened = Some(store.profile().to_owned());
    let key = Secret::new(GOLDEN.to_vec());
    store.unlock(&key, Arc::new(SystemRng::new())).map_err(|error| said(&error))?;
    did.unlocked = true;
    store.write(|tx| tx.set_setting("first", &1)).map_err(|error: StoreError| said(&error))?;
    did.wrote = true;
    Ok(store)
}

/// The schema and the number of tables, as the file stands.
fn shape(fs: &CrashFs) -> (i64, i64) {
    let aside = disk();
    aside.restore(&fs.image(Survival::Everything));
    let file = Connection::open_with_flags_and_vfs(PROFILE, OpenFlags::default(), aside.name()).unwrap();
    let version = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
    (version, file.query_row(tables, [], |row| row.get(0)).unwrap())
}

/// How many rows a cut at this moment leaves.
fn left(fs: &CrashFs, survival: Survival) -> u64 {
    let aside = disk();
    aside.restore(&fs.image(survival));
    let store = Store::open(&location(&aside), &SystemRng::new()).unwrap();
    store.unlock(&Secret::new(GOLDEN.to_vec()), Arc::new(SystemRng::new())).unwrap();
    store.check().unwrap().seen
}

/// Nothing that was done is undone, and all goes on.
fn goes_on(fs: &CrashFs, before: &Did, rows: u64, what: &str) {
    let mut now = Did::default();
    let store = begin(fs, &mut now).unwrap_or_else(|error| panic!("{what}: {error}"));
    if let Some(profile) = &before.opened {
        assert_eq!(store.profile(), profile, "{what}: another profile");
    }
    let findings = store.check().unwrap();
    assert!(findings.is_sound(), "{what}: {findings:?}");
    assert_eq!(findings.seen, rows + 1, "{what}");
    // Nor by the next cut, after the file was closed in good order: nothing from before comes back.
    let profile = store.profile().to_owned();
    drop(store);
    fs.power_cut(Survival::Nothing);
    let store = begin(fs, &mut Did::default()).unwrap_or_else(|error| panic!("{what}, cut again: {error}"));
    assert_eq!((store.profile(), store.check().unwrap().seen), (profile.as_str(), rows + 1), "{what}, cut again");
}

fn cut_everywhere(from: &Image, schema: i64, rows: u64) {
    let fs = disk();
    for survival in [|_| Survival::Nothing, |_| Survival::Everything, Survival::Torn, |at| Survival::Torn(at + 1_000)] {
        for at in 0.. {
            fs.restore(from);
            fs.trip(Trip::any(at, Fault::Power));
            let mut did = Did::default();
            let _it_may_be_cut = begin(&fs, &mut did).map(drop);
            if !fs.is_dead() {
                println!("from schema {schema}: {at} operations");
                assert!(at > 30);
                break;
            }
            let what = format!("cut at {at}, {:?}, after {did:?}", survival(at));
            fs.power_cut(survival(at));
            let (version, tables) = shape(&fs);
            // Each step is whole.
            assert!((schema..=SCHEMA).contains(&version), "{what}: schema {version}");
            assert_eq!(tables == 0, version == 0, "{what}: {tables} tables in schema {version}");
            if did.wrote {
                assert_eq!(left(&fs, Survival::Everything), rows + 1, "{what}");
            }
            goes_on(&fs, &did, rows, &what);
        }
    }
}

#[test]
fn fault_8_a_profile_that_is_being_made_is_made_or_not_begun() {
    cut_everywhere(&Image::default(), 0, 0);
}

#[test]
fn fault_8_a_profile_that_is_being_migrated_is_as_before_or_as_after() {
    for schema in 1..=SCHEMA {
        cut_everywhere(&golden(schema), schema, GOLDEN_ROWS);
    }
}

#[test]
fn fault_31_a_disk_that_fails_while_a_profile_is_opened_costs_nothing() {
    let fs = disk();
    let starts = (1..=SCHEMA).map(|schema| (golden(schema), GOLDEN_ROWS)).chain([(Image::default(), 0)]);
    for (from, rows) in starts {
        for fault in [Fault::Io, Fault::Full, Fault::SyncedAllTheSame, Fault::SyncForgotten] {
            for at in 0.. {
                fs.restore(&from);
                let before = fs.struck();
                fs.trip(Trip::any(at, fault));
                let mut did = Did::default();
                let begun = begin(&fs, &mut did);
                let what = format!("{fault:?} at {at}: {:?} after {did:?}", begun.as_ref().err());
                let struck = fs.struck() > before;
                if did.wrote {
                    // Whatever failed on the way there.
                    assert_eq!(left(&fs, Survival::Nothing), rows + 1, "{what}: what was stored is stored");
                }
                drop(begun);
                fs.heal();
                if !struck {
                    assert!(did.wrote, "{what}");
                    break;
                }
                // The next start of the app, and then one after the power went.
                let mut now = Did::default();
                drop(begin(&fs, &mut now).unwrap_or_else(|error| panic!("{what}: {error}")));
                assert!(did.opened.is_none() || did.opened == now.opened, "{what}: another profile");
                fs.power_cut(Survival::Nothing);
                goes_on(&fs, &now, rows, &what);
            }
        }
    }
}
