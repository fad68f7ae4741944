//! Another root key (MASVS CRYPTO-2; row 57): all of the one or all of the other, and told from damage.

use std::sync::Arc;

use billpay_core::{
    secret::Secret,
    store::{Resealed, Store, StoreError, UnlockError},
};
use rusqlite::Connection;

use crate::{
    golden_rows::{Counted, Payment, Search},
    world::{World, root},
};

fn filled() -> World {
    let world = World::new();
    world
        .store
        .write(|tx| {
            (1..=3).try_for_each(|number| tx.insert(&Payment::new(number)))?;
            tx.insert(&Search { id: "s".to_owned(), issued_ms: 1, text: "t".to_owned() })?;
            tx.set_setting("language", &"zh")
        })
        .unwrap();
    world
}

fn reopened(world: &World, key: u8) -> Result<Store, UnlockError> {
    world.store.suspend();
    let store = Store::open(&world.location, &*Counted::new()).unwrap();
    store.unlock(&root(key), Counted::new())?;
    Ok(store)
}

#[test]
fn crypto_2_after_a_change_of_the_root_key_everything_opens_by_the_new_one_and_nothing_by_the_old() {
    let world = filled();
    let lookup = |store: &Store| store.read(|tx| tx.lookup("bill", &["power", "12"])).unwrap();
    let before = lookup(&world.store);
    assert_eq!(world.store.reseal(&root(2), Counted::new()), Ok(Resealed { rows: 5, damaged: 0 }));
    // The store goes on by it, and so does the next one.
    assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
    world.store.write(|tx| tx.insert(&Payment::new(4))).unwrap();
    assert_eq!(reopened(&world, 1).err(), Some(UnlockError::WrongKey));
    let store = reopened(&world, 2).unwrap();
    for number in 1..=4 {
        assert_eq!(store.read(|tx| tx.get(&format!("payment-{number}"))), Ok(Some(Payment::new(number))));
    }
    assert_eq!(store.read(|tx| tx.setting::<String>("language")), Ok(Some("zh".to_owned())));
    assert!(store.check().unwrap().is_sound());
    assert_eq!(lookup(&store), before, "what is looked up is found: an order is not made twice for it");
    // And once more.
    assert_eq!(store.reseal(&root(3), Counted::new()), Ok(Resealed { rows: 8, damaged: 0 }));
    assert_eq!(lookup(&store), before);
    drop(store);
    assert!(reopened(&world, 3).unwrap().check().unwrap().is_sound());
}

#[test]
fn crypto_2_who_was_suspended_while_another_program_changed_the_root_key_asks_for_the_new_one() {
    let world = filled();
    for (before, after) in [(1, 2), (2, 3)] {
        world.store.suspend();
        let other = Store::open(&world.location, &*Counted::new()).unwrap();
        other.unlock(&root(before), Counted::new()).unwrap();
        other.reseal(&root(after), Counted::new()).unwrap();
        other.suspend();
        world.store.resume().unwrap();
        assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-1")), Err(StoreError::Locked));
        assert!(!world.store.is_unlocked());
        assert_eq!(world.store.unlock(&root(before), Counted::new()), Err(UnlockError::WrongKey));
        world.store.unlock(&root(after), Counted::new()).unwrap();
        assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
    }
    // Where nobody did, it goes on, though the key store may be locked by now.
    world.store.suspend();
    world.store.resume().unwrap();
    assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
}

#[test]
fn crypto_2_a_row_that_does_not_open_stays_as_it_is_and_keeps_no_other_from_the_new_key() {
    let world = filled();
    world.tamper(|file| {
        file.execute("UPDATE payment SET sealed = x'01' WHERE id = 'payment-2'", []).unwrap();
    });
    assert_eq!(world.store.reseal(&root(2), Counted::new()), Ok(Resealed { rows: 4, damaged: 1 }));
    assert_eq!(world.store.check().unwrap().rows, [("payment", "payment-2".to_owned())]);
    let file = Connection::open(world.path()).unwrap();
    let sealed: Vec<u8> =
        file.query_row("SELECT sealed FROM payment WHERE id = 'payment-2'", [], |row| row.get(0)).unwrap();
    assert_eq!(sealed, [1]);
}

#[test]
fn crypto_2_an_old_row_put_back_from_before_the_change_does_not_open() {
    let world = filled();
    let old: Vec<u8> = {
        world.store.suspend();
        let file = Connection::open(world.path()).unwrap();
        let old = file.query_row("SELECT sealed FROM payment WHERE id = 'payment-1'", [], |row| row.get(0)).unwrap();
        drop(file);
        world.store.resume().unwrap();
        old
    };
    world.store.reseal(&root(2), Counted::new()).unwrap();
    world.tamper(|file| {
        file.execute("UPDATE payment SET sealed = ?1 WHERE id = 'payment-1'", [old]).unwrap();
    });
    let damaged = StoreError::Damaged { table: "payment", id: "payment-1".to_owned() };
    assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-1")), Err(damaged));
}

#[test]
fn crypto_2_a_locked_store_and_a_key_that_is_none_change_nothing() {
    let locked = World::locked();
    assert_eq!(locked.store.reseal(&root(2), Counted::new()), Err(UnlockError::Store(StoreError::Locked)));
    let world = filled();
    assert_eq!(world.store.reseal(&Secret::new(vec![2; 31]), Counted::new()), Err(UnlockError::BadRoot));
    assert!(reopened(&world, 1).unwrap().check().unwrap().is_sound());
}

#[test]
fn crypto_2_one_rotten_copy_of_the_look_up_key_locks_nobody_out_and_without_both_it_is_damage() {
    let world = filled();
    world.store.reseal(&root(2), Counted::new()).unwrap();
    let wanted = world.store.read(|tx| tx.lookup("bill", &["x"])).unwrap();
    let damage = |sql: &str| {
        world.store.suspend();
        Connection::open(world.path()).unwrap().execute(sql, []).unwrap();
        Store::open(&world.location, &*Counted::new()).unwrap()
    };
    let store = damage("UPDATE setting SET sealed = x'01' WHERE id = 'look-up key'");
    store.unlock(&root(2), Counted::new()).unwrap();
    assert_eq!(store.read(|tx| tx.lookup("bill", &["x"])).unwrap(), wanted);
    drop(store);
    let store = damage("DELETE FROM setting WHERE id LIKE 'look-up key%'");
    assert_eq!(store.unlock(&root(2), Counted::new()), Err(UnlockError::Damaged));
    drop(store);
    // Nor does an edited canary make it a profile of one root.
    let store = damage("UPDATE profile SET canary = CAST(x'01' || substr(canary, 2) AS BLOB)");
    assert_eq!(store.unlock(&root(2), Counted::new()), Err(UnlockError::Damaged));
}

#[test]
fn crypto_2_readers_on_other_threads_never_meet_rows_of_two_keys() {
    let world = filled();
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (store, done) = (&world.store, done.clone());
            scope.spawn(move || {
                while !done.load(std::sync::atomic::Ordering::SeqCst) {
                    assert_eq!(store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
                }
            });
        }
        for key in 2..20 {
            world.store.reseal(&root(key), Counted::new()).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}
