//! Transactions: all or nothing, and honest about what is not known (I9; faults 30, 31).

use billpay_core::{
    payments::Entry,
    store::{Location, Part, Store, StoreError},
};
use rusqlite::{Connection, OpenFlags};

use crate::{
    golden_rows::{Counted, Payment},
    world::{World, ok, root},
};

#[test]
fn an_error_undoes_the_whole_transaction() {
    let world = World::new();
    let failed: Result<(), StoreError> = world.store.write(|tx| {
        tx.insert(&Payment::new(1))?;
        tx.set_setting("x", &1)?;
        Err(StoreError::Other("the caller's reason"))
    });
    assert_eq!(failed, Err(StoreError::Other("the caller's reason")));
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(0));
    assert_eq!(world.store.read(|tx| tx.setting::<u8>("x")), Ok(None));
}

#[test]
fn a_panic_undoes_it_and_the_store_goes_on() {
    let world = World::new();
    let store = world.store.clone();
    let panicked = std::thread::spawn(move || {
        store.write(|tx| -> Result<(), StoreError> {
            tx.insert(&Payment::new(1))?;
            panic!("on purpose")
        })
    });
    assert!(panicked.join().is_err());
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(0));
    world.store.write(|tx| tx.insert(&Payment::new(2))).unwrap();
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(1));
}

fn all_of(parts: impl IntoIterator<Item = Part<(), StoreError>>) -> Vec<Part<(), StoreError>> {
    parts.into_iter().collect()
}

#[test]
fn of_changes_that_share_a_commit_one_that_fails_is_undone_alone() {
    let world = World::new();
    let said = world.store.write_each(all_of([1, 2, 3].map(|number| -> Part<(), StoreError> {
        Box::new(move |tx| {
            tx.insert(&Payment::new(number))?;
            if number == 2 { Err(StoreError::Other("the caller's reason")) } else { Ok(()) }
        })
    })));
    assert_eq!(said, [Ok(()), Err(StoreError::Other("the caller's reason")), Ok(())]);
    let kept = |number: i64| world.store.read(|tx| tx.get::<Payment>(&format!("payment-{number}"))).unwrap();
    assert_eq!([1, 2, 3].map(|number| kept(number).is_some()), [true, false, true]);
    // And each sees what those before it did: of two that are in each other's way the first is kept.
    let said = world.store.write_each(all_of(
        [4, 4].map(|number| -> Part<(), StoreError> { Box::new(move |tx| tx.insert(&Payment::new(number))) }),
    ));
    assert_eq!(said, [Ok(()), Err(StoreError::Conflict)]);
}

#[test]
fn a_commit_that_fails_is_the_error_of_every_change_that_shared_it() {
    let (store, mut keeper) = memory("every_change_that_shared_it");
    let in_the_way = keeper.transaction().unwrap();
    let _: i64 = in_the_way.query_row("SELECT count(*) FROM payment", [], |row| row.get(0)).unwrap();
    let said = store.write_each(all_of(
        [1, 2].map(|number| -> Part<(), StoreError> { Box::new(move |tx| tx.insert(&Payment::new(number))) }),
    ));
    let unknown = Err(StoreError::CommitUnknown { full: false });
    assert_eq!(said, [unknown.clone(), unknown]);
    in_the_way.rollback().unwrap();
    assert_eq!(store.read(|tx| tx.count::<Payment>("", [])), Ok(0));
}

#[test]
fn i1_an_open_order_that_one_index_has_lost_is_found_by_the_other() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment { state: "in_doubt".into(), ..Payment::new(1) })).unwrap();
    world.store.write(|tx| tx.insert(&Payment::new(2))).unwrap();
    for lost in ["payment_open", "payment_by_state"] {
        world.tamper(|file| {
            // As if its keys had rotted: the index is there, and none of the rows is in it.
            let sql = "SELECT sql FROM sqlite_schema WHERE name = ?1";
            let whole: String = file.query_row(sql, [lost], |row| row.get(0)).unwrap();
            let none = format!("{} WHERE id = ''", whole.split(" WHERE ").next().unwrap());
            file.execute_batch(&format!("DROP INDEX {lost}; {none}; PRAGMA writable_schema = ON;")).unwrap();
            file.execute("UPDATE sqlite_schema SET sql = ?1 WHERE name = ?2", [&whole, lost]).unwrap();
        });
        assert!(!world.store.check().unwrap().is_sound(), "{lost} has lost rows");
        let open_on = |payable: &[u8]| world.store.read(|tx| Entry::open_id(tx, payable));
        assert_eq!(open_on(b"payable-1"), Ok(Some("payment-1".to_owned())), "without {lost}");
        assert_eq!(open_on(b"payable-2"), Ok(None), "without {lost}");
        let open = world.store.read(Entry::open_ids).map(|open| open.ids);
        assert_eq!(open, Ok(vec!["payment-1".to_owned()]), "without {lost}");
        world.tamper(|file| file.execute_batch("REINDEX").unwrap());
    }
}

#[test]
fn a_read_cannot_write() {
    for world in [World::new().store, memory("a_read_cannot_write").0] {
        let tried = world.read(|tx| tx.insert(&Payment::new(1)));
        assert_eq!(tried, Err(StoreError::Other("a write inside a read")));
    }
}

#[test]
fn a_read_sees_one_moment_while_others_write() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let store = world.store.clone();
    world
        .store
        .read(|tx| {
            let before = tx.count::<Payment>("", [])?;
            // Another thread, so that its writer is not this one's reader.
            std::thread::spawn(move || store.write(|tx| tx.insert(&Payment::new(2))).unwrap()).join().unwrap();
            assert_eq!(tx.count::<Payment>("", [])?, before);
            ok(())
        })
        .unwrap();
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(2));
}

#[test]
fn many_threads_write_and_read_without_loss() {
    let world = World::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &world.store;
            scope.spawn(move || {
                for number in 0..25 {
                    store.write(|tx| tx.insert(&Payment::new(thread * 100 + number))).unwrap();
                    let id = format!("payment-{}", thread * 100 + number);
                    assert!(store.read(|tx| tx.get::<Payment>(&id)).unwrap().is_some());
                }
            });
        }
    });
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(100));
    assert!(world.store.check().unwrap().is_sound());
}

#[test]
fn a_full_disk_is_said_and_earlier_rows_stay() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let big = |number: i64| Payment { note: "x".repeat(100_000), ..Payment::new(number) };
    let limit = |tx: &billpay_core::store::Tx<'_>, sql| tx.select(sql, [], |row| row.get::<_, i64>(0));
    let full = world.store.write(|tx| {
        limit(tx, "PRAGMA max_page_count = 60")?;
        for number in 2..10 {
            tx.insert(&big(number))?;
        }
        ok(())
    });
    assert_eq!(full, Err(StoreError::Full));
    assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(1));
    // A caller who goes on after it keeps nothing either.
    let went_on = world.store.write(|tx| {
        assert_eq!((2..10).try_for_each(|number| tx.insert(&big(number))), Err(StoreError::Full));
        let _ = tx.insert(&Payment::new(20));
        ok(())
    });
    assert_ne!(went_on, Ok(()));
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(1));
    // Room again: the store goes on.
    world.store.write(|tx| limit(tx, "PRAGMA max_page_count = 100000")).unwrap();
    world.store.write(|tx| tx.insert(&big(2))).unwrap();
    assert!(world.store.check().unwrap().is_sound());
}

/// An unlocked store in memory, and a connection that keeps the memory alive.
fn memory(name: &str) -> (Store, Connection) {
    let location = Location::memory(name);
    let keeper = Connection::open_with_flags_and_vfs(&location.path, OpenFlags::default(), "memdb").unwrap();
    let store = Store::open(&location, &*Counted::new()).unwrap();
    store.unlock(&root(1), Counted::new()).unwrap();
    (store, keeper)
}

#[test]
fn a_commit_that_fails_is_unknown_and_the_next_look_is_true() {
    // Fault 31: a reader in the way makes COMMIT itself fail, after all statements went well.
    let (store, mut keeper) = memory("a_commit_that_fails");
    store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let in_the_way = keeper.transaction().unwrap();
    let _: i64 = in_the_way.query_row("SELECT count(*) FROM payment", [], |row| row.get(0)).unwrap();
    assert_eq!(store.write(|tx| tx.insert(&Payment::new(2))), Err(StoreError::CommitUnknown { full: false }));
    in_the_way.rollback().unwrap();
    assert_eq!(store.read(|tx| tx.get::<Payment>("payment-2")), Ok(None));
    assert_eq!(store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
    store.write(|tx| tx.insert(&Payment::new(2))).unwrap();
    assert_eq!(store.read(|tx| tx.count::<Payment>("", [])), Ok(2));
}

#[test]
fn memory_is_shared_by_name_and_gone_with_the_last() {
    let (store, keeper) = memory("shared");
    store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let again = Store::open(&Location::memory("shared"), &*Counted::new()).unwrap();
    again.unlock(&root(1), Counted::new()).unwrap();
    assert_eq!(again.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
    again.suspend();
    assert_eq!(again.read(|tx| tx.count::<Payment>("", [])), Err(StoreError::Suspended));
    store.suspend();
    store.resume().unwrap();
    assert_eq!(store.read(|tx| tx.count::<Payment>("", [])), Ok(1));
    store.suspend();
    drop(keeper);
    // The world ended: not an empty profile under the old name.
    assert_eq!(store.resume(), Err(billpay_core::store::OpenError::Replaced));
}

#[test]
fn row_75_nothing_is_stored_between_the_last_look_and_the_closing() {
    let world = World::new();
    let (say, hear) = std::sync::mpsc::channel();
    let mut writer = None;
    let closed: Result<(), StoreError> = world.store.suspend_unless(|tx| {
        assert_eq!(tx.count::<Payment>("", []), Ok(0));
        let (store, say) = (world.store.clone(), say.clone());
        writer = Some(std::thread::spawn(move || drop(say.send(store.write(|tx| tx.insert(&Payment::new(1)))))));
        // Whoever came while it was looked at waits.
        assert!(hear.recv_timeout(std::time::Duration::from_millis(300)).is_err(), "stored behind the look's back");
        Ok(())
    });
    assert_eq!(closed, Ok(()));
    writer.unwrap().join().unwrap();
    assert_eq!(hear.recv().unwrap(), Err(StoreError::Suspended));
    world.store.resume().unwrap();
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(0));
}

#[test]
fn row_75_where_the_look_finds_something_the_store_stays_open() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let found: Result<(), StoreError> = world.store.suspend_unless(|_| Err(StoreError::Other("one is open")));
    assert_eq!(found, Err(StoreError::Other("one is open")));
    world.store.write(|tx| tx.insert(&Payment::new(2))).unwrap();
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("", [])), Ok(2));
}
