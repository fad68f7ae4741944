//! The power goes, or the disk fails, at each operation of a change of the root key (MASVS CRYPTO-2; I9):
//! afterwards the profile opens by one of the two keys, with every row, and a second change goes through.

use std::sync::Arc;

use billpay_core::{
    secret::Secret,
    store::{Store, UnlockError},
    system::SystemRng,
};
use crash_vfs::{CrashFs, Fault, Image, Survival, Trip};

use crate::file::{disk, location};

const ROWS: u64 = 12;

fn key(byte: u8) -> Secret {
    Secret::new(vec![byte; 32])
}

fn open(fs: &CrashFs) -> Store {
    Store::open(&location(fs), &SystemRng::new()).unwrap()
}

fn filled(fs: &CrashFs) -> Image {
    let store = open(fs);
    store.unlock(&key(1), Arc::new(SystemRng::new())).unwrap();
    for number in 0..ROWS {
        store.write(|tx| tx.set_setting(&format!("s{number}"), &"x".repeat(700))).unwrap();
    }
    store.suspend();
    fs.image(Survival::Everything)
}

/// By which of the keys it opens; every row does.
fn opens_by(fs: &CrashFs, what: &str) -> u8 {
    let store = open(fs);
    let opened = [1, 2].into_iter().find(|byte| match store.unlock(&key(*byte), Arc::new(SystemRng::new())) {
        Ok(()) => true,
        Err(UnlockError::WrongKey) => false,
        Err(error) => panic!("{what}: {error}"),
    });
    let by = opened.unwrap_or_else(|| panic!("{what}: neither key opens it"));
    let found = store.check().unwrap();
    assert!(found.is_sound(), "{what}, by key {by}: {found:?}");
    assert_eq!(found.seen, if by == 1 { ROWS } else { ROWS + 2 }, "{what}");
    by
}

#[test]
fn crypto_2_a_change_of_the_root_key_survives_a_cut_or_an_error_at_every_operation() {
    let fs = disk();
    let from = filled(&fs);
    let mut seen = [0, 0];
    for fault in [Fault::Power, Fault::Io, Fault::Full, Fault::SyncedAllTheSame, Fault::SyncForgotten] {
        for survival in [|_| Survival::Nothing, |_| Survival::Everything, Survival::Torn] {
            for at in 0.. {
                fs.restore(&from);
                let store = open(&fs);
                store.unlock(&key(1), Arc::new(SystemRng::new())).unwrap();
                let before = fs.struck();
                fs.trip(Trip::any(at, fault));
                let changed = store.reseal(&key(2), Arc::new(SystemRng::new()));
                let (struck, dead) = (fs.struck() > before, fs.is_dead());
                let what = format!("{fault:?} at {at}, {:?}: {changed:?}", survival(at));
                if !dead && changed.is_err() {
                    // The app goes on: by a key that one of the two is, once it has looked.
                    fs.heal();
                    let again =
                        [1, 2].into_iter().any(|byte| store.unlock(&key(byte), Arc::new(SystemRng::new())).is_ok());
                    assert!(again, "{what}: the store that goes on opens by neither");
                    assert!(store.check().unwrap().is_sound(), "{what}");
                }
                drop(store);
                fs.power_cut(survival(at));
                let by = opens_by(&fs, &what);
                seen[usize::from(by) - 1] += 1;
                assert!(changed.is_err() || by == 2, "{what}: said to be changed, and is not");
                let store = open(&fs);
                store.unlock(&key(by), Arc::new(SystemRng::new())).unwrap();
                store.reseal(&key(3), Arc::new(SystemRng::new())).unwrap_or_else(|error| panic!("{what}: {error}"));
                if !struck && !dead {
                    assert!(at > 5, "{what}");
                    break;
                }
            }
        }
    }
    println!("by the old key {}, by the new one {}", seen[0], seen[1]);
    assert!(seen[0] > 20 && seen[1] > 10, "{seen:?}");
}
