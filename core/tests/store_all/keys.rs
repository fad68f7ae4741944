//! Keys: locked, wrong, lost, and the record that tells them apart (feature 57, 58; faults 34, 35).

use billpay_core::{
    secret::Secret,
    store::{Store, StoreError, UnlockError},
};

use crate::{
    golden_rows::{Counted, Payment},
    world::{World, ok, root},
};

#[test]
fn a_locked_store_opens_counts_and_says_locked() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    world.store.suspend();
    let locked = Store::open(&world.location, &*Counted::new()).unwrap();
    assert!(!locked.is_unlocked());
    assert_eq!(locked.has_canary(), Ok(true));
    assert_eq!(locked.profile(), world.store.profile());
    assert_eq!(locked.read(|tx| tx.get::<Payment>("payment-1")), Err(StoreError::Locked));
    assert_eq!(locked.read(|tx| tx.get::<Payment>("none")), Err(StoreError::Locked));
    assert_eq!(locked.write(|tx| tx.insert(&Payment::new(2))), Err(StoreError::Locked));
    assert_eq!(locked.read(|tx| tx.setting::<u8>("none")), Err(StoreError::Locked));
    assert_eq!(locked.read(|tx| tx.lookup("bill", &[])), Err(StoreError::Locked));
    // What a reminder needs at fire time is in clear (features 46 to 48 need more).
    assert_eq!(locked.read(|tx| tx.count::<Payment>("WHERE state = 'settled'", [])), Ok(1));
    let times = locked.read(|tx| ok(tx.select("SELECT created_ms FROM payment", [], |row| row.get::<_, i64>(0))?));
    assert_eq!(times, Ok(vec![1_000]));
}

#[test]
fn a_wrong_key_is_said_to_be_wrong_and_harms_nothing() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    world.store.suspend();
    let again = Store::open(&world.location, &*Counted::new()).unwrap();
    assert_eq!(again.unlock(&root(2), Counted::new()), Err(UnlockError::WrongKey));
    assert!(!again.is_unlocked());
    assert_eq!(again.unlock(&Secret::new(vec![1; 31]), Counted::new()), Err(UnlockError::BadRoot));
    assert_eq!(again.unlock(&root(1), Counted::new()), Ok(()));
    assert_eq!(again.unlock(&root(2), Counted::new()), Err(UnlockError::WrongKey));
    assert_eq!(again.unlock(&root(1), Counted::new()), Ok(()));
    assert_eq!(again.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
}

#[test]
fn a_fresh_profile_takes_the_first_key_as_its_own() {
    let world = World::locked();
    assert_eq!(world.store.has_canary(), Ok(false));
    world.store.unlock(&root(7), Counted::new()).unwrap();
    assert_eq!(world.store.has_canary(), Ok(true));
    assert_eq!(world.store.unlock(&root(8), Counted::new()), Err(UnlockError::WrongKey));
}

#[test]
fn a_broken_canary_is_damage_and_not_a_wrong_key() {
    for flipped in [0, 1, 20, 33, 64] {
        let world = World::new();
        world.tamper(|file| {
            let mut canary: Vec<u8> = file.query_row("SELECT canary FROM profile", [], |row| row.get(0)).unwrap();
            canary[flipped] ^= 4;
            file.execute("UPDATE profile SET canary = ?1", [canary]).unwrap();
        });
        assert_eq!(world.store.unlock(&root(1), Counted::new()), Err(UnlockError::Damaged), "byte {flipped}");
    }
}

#[test]
fn a_canary_taken_away_from_sealed_rows_is_damage() {
    let world = World::new();
    world.store.write(|tx| tx.set_setting("x", &1)).unwrap();
    world.tamper(|file| {
        file.execute("UPDATE profile SET canary = NULL", []).unwrap();
    });
    assert_eq!(world.store.unlock(&root(2), Counted::new()), Err(UnlockError::Damaged));
    assert_eq!(world.store.unlock(&root(1), Counted::new()), Err(UnlockError::Damaged));
    assert_eq!(world.store.has_canary(), Ok(false));
}
