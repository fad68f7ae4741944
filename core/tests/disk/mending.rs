//! The power goes, or the disk fails, at each operation while a broken file is written anew (fault 32; I9): what could
//! be read before can be read afterwards, and what could not is named, however often it is begun.

use std::sync::Arc;

use billpay_core::{
    secret::Secret,
    store::{Findings, Store, StoreError},
    system::SystemRng,
};
use crash_vfs::{CrashFs, Fault, Image, Survival, Trip};

use crate::file::{PROFILE, disk, location};

const PAGE: usize = 4096;
const ROWS: u64 = 60;

fn open(fs: &CrashFs) -> Store {
    let store = Store::open(&location(fs), &SystemRng::new()).unwrap();
    store.unlock(&Secret::new(vec![1; 32]), Arc::new(SystemRng::new())).unwrap();
    store
}

/// A file with rows over several pages.
fn filled(fs: &CrashFs) -> Image {
    let store = open(fs);
    for number in 0..ROWS {
        store.write(|tx| tx.set_setting(&format!("s{number}"), &"x".repeat(700))).unwrap();
    }
    store.suspend();
    fs.image(Survival::Everything)
}

/// Page for page: what kind of a page of a tree it is, so that no row of it is to be found.
fn broken(fs: &CrashFs, from: &Image) -> Vec<Image> {
    let mut all = Vec::new();
    for page in 2..from.size(PROFILE).unwrap() / PAGE {
        let image = from.flipped(PROFILE, page * PAGE, 0xFF);
        fs.restore(&image);
        let store = open(fs);
        if store.check().is_err() {
            all.push(image);
        }
    }
    all
}

/// What an undisturbed mending comes to.
fn mended(fs: &CrashFs, image: &Image) -> Findings {
    fs.restore(image);
    let store = open(fs);
    let mended = store.mend().unwrap().unwrap();
    let found = store.check().unwrap();
    assert_eq!(found.structure, Vec::<String>::new());
    assert_eq!(found.rows.len(), mended.lost.len(), "{mended:?} {found:?}");
    assert_eq!(found.seen, ROWS, "each is there or named: {mended:?}");
    found
}

#[test]
fn fault_32_a_file_that_is_written_anew_survives_a_cut_or_an_error_at_every_operation() {
    let fs = disk();
    let from = filled(&fs);
    let images = broken(&fs, &from);
    assert!(images.len() > 10, "{} pages can be broken so that the walk ends", images.len());
    let all: Vec<(&Image, Findings)> = images.iter().map(|image| (image, mended(&fs, image))).collect();
    // A broken leaf costs its own rows, one page that leads to the others may cost them all.
    let leaf = |of: &Findings| (2..8).contains(&of.rows.len());
    assert!(all.iter().filter(|(_, of)| leaf(of)).count() > 8);
    let (image, whole) = all.into_iter().find(|(_, of)| leaf(of)).unwrap();
    let mut seen = [0, 0, 0];
    let survivals = [|_| Survival::Nothing, |_| Survival::Everything, Survival::Torn];
    for fault in [Fault::Power, Fault::Io, Fault::Full, Fault::SyncedAllTheSame, Fault::SyncForgotten] {
        for nth in 0..survivals.len() {
            // After an error nothing is cut, and how much survives matters little: each of them by turns.
            let (from, step) = if fault == Fault::Power { (0, 1) } else { (nth as u64, survivals.len()) };
            for at in (from..).step_by(step) {
                let survival = survivals[nth];
                fs.restore(image);
                let store = open(&fs);
                let before = fs.struck();
                fs.trip(Trip::any(at, fault));
                let done = store.mend();
                let (struck, dead) = (fs.struck() > before, fs.is_dead());
                let what = format!("{fault:?} at {at}, {:?}: {done:?}", survival(at));
                if !dead {
                    // The app goes on: as before, or with the fresh one.
                    fs.heal();
                    store.mend().unwrap_or_else(|error| panic!("{what}: again: {error}"));
                    assert_eq!(store.check().as_ref(), Ok(&whole), "{what}");
                    store.write(|tx| tx.set_setting("news", &1)).unwrap_or_else(|error| panic!("{what}: {error}"));
                    store.write(|tx| tx.execute("DELETE FROM setting WHERE id = 'news'", [])).unwrap();
                }
                drop(store);
                fs.power_cut(survival(at));
                let store = open(&fs);
                let is_done = store.check() == Ok(whole.clone());
                // What was said is true: with no error it is on the disk.
                assert!(is_done || done.is_err(), "{what}: said to be whole, and is not");
                store.mend().unwrap_or_else(|error| panic!("{what}: after the cut: {error}"));
                assert_eq!(store.check().as_ref(), Ok(&whole), "{what}: after the cut");
                seen[if dead { usize::from(is_done) } else { 2 }] += 1;
                if !struck && !dead {
                    assert!(at > 5, "{what}");
                    break;
                }
            }
        }
    }
    println!("cut before {}, after {}, errors {}", seen[0], seen[1], seen[2]);
    assert!(seen[0] > 100 && seen[1] > 0 && seen[2] > 100, "{seen:?}");
}

#[test]
fn fault_32_a_file_is_not_written_anew_while_nobody_can_tell_a_row_from_its_rotten_copy() {
    let fs = disk();
    let from = filled(&fs);
    let image = &broken(&fs, &from)[0];
    fs.restore(image);
    let store = Store::open(&location(&fs), &SystemRng::new()).unwrap();
    let before = fs.image(Survival::Everything);
    assert_eq!(store.mend(), Err(StoreError::Locked));
    assert!(fs.image(Survival::Everything) == before, "and nothing was touched");
}
