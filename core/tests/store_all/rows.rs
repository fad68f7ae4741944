//! Rows and named values.

use billpay_core::store::{Row as _, StoreError};

use crate::{
    golden_rows::Payment,
    world::{World, contains},
};

#[test]
fn a_row_reads_back_as_it_was_written() {
    let world = World::new();
    let row = Payment::new(1);
    world.store.write(|tx| tx.insert(&row)).unwrap();
    assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-1")), Ok(Some(row.clone())));
    assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-2")), Ok(None));
    world.store.suspend();
    world.store.resume().unwrap();
    assert_eq!(world.store.read(|tx| tx.get::<Payment>("payment-1")), Ok(Some(row)));
}

#[test]
fn a_second_insert_of_an_id_is_a_conflict_and_changes_nothing() {
    let world = World::new();
    world.store.write(|tx| tx.insert(&Payment::new(1))).unwrap();
    let other = Payment { note: "other".to_owned(), sequence: 9, ..Payment::new(1) };
    assert_eq!(world.store.write(|tx| tx.insert(&other)), Err(StoreError::Conflict));
    assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(Payment::new(1))));
}

#[test]
fn put_adds_replaces_and_counts_the_versions() {
    let world = World::new();
    for round in 0..3 {
        let row = Payment { note: format!("round {round}"), created_ms: round, ..Payment::new(1) };
        world.store.write(|tx| tx.put(&row)).unwrap();
        assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(row)));
    }
    let versions: Vec<i64> = world
        .store
        .read(|tx| tx.select("SELECT record_version FROM payment", [], |row| row.get(0)))
        .unwrap_or_else(|error: StoreError| panic!("{error}"));
    assert_eq!(versions, [3]);
}

#[test]
fn a_row_put_over_another_is_the_row_and_nothing_of_the_one_before() {
    let world = World::new();
    let of = |number: i64| Payment { valid_until_ms: Some(number), ..Payment::new(number) };
    world.store.write(|tx| (1..=2).try_for_each(|number| tx.insert(&of(number)))).unwrap();
    assert!(world.store.read(|tx| tx.here::<Payment>("payment-3")).unwrap().is_none());
    // With each column changed, with none, and with one that becomes NULL.
    let other = Payment { id: "payment-1".to_owned(), valid_until_ms: None, note: "other".to_owned(), ..of(7) };
    for row in [other.clone(), other, of(1), Payment { valid_until_ms: None, ..of(1) }] {
        let before = world.store.write(|tx| {
            let here = tx.here::<Payment>("payment-1")?.unwrap();
            assert_eq!(here.clear(), tx.get::<Payment>("payment-1")?.unwrap().clear());
            tx.put_over(&row, &here)
        });
        assert_eq!(before, Ok(()));
        assert_eq!(world.store.read(|tx| tx.get("payment-1")), Ok(Some(row)));
        assert_eq!(world.store.read(|tx| tx.get("payment-2")), Ok(Some(of(2))));
    }
    // What must be unique is, and what is no more there is not written to.
    let taken = Payment { id: "payment-1".to_owned(), ..of(2) };
    let written = world.store.write(|tx| {
        let here = tx.here::<Payment>("payment-1")?.unwrap();
        tx.put_over(&taken, &here)
    });
    assert_eq!(written, Err(StoreError::Conflict));
    let written = world.store.write(|tx| {
        let here = tx.here::<Payment>("payment-1")?.unwrap();
        tx.delete::<Payment>("payment-1")?;
        tx.put_over(&of(1), &here)
    });
    assert!(matches!(written, Err(StoreError::Other(_))), "{written:?}");
    assert!(world.store.check().unwrap().rows.is_empty());
}

#[test]
fn find_selects_by_clear_columns_and_wants_a_limit() {
    let world = World::new();
    world.store.write(|tx| (1..=9).try_for_each(|number| tx.insert(&Payment::new(number)))).unwrap();
    let found = world
        .store
        .read(|tx| tx.find::<Payment>("WHERE created_ms > ?1 ORDER BY created_ms DESC LIMIT ?2", [3_000, 2]))
        .unwrap();
    assert_eq!(found, [Payment::new(9), Payment::new(8)]);
    assert!(matches!(world.store.read(|tx| tx.find::<Payment>("ORDER BY created_ms", [])), Err(StoreError::Other(_))));
    assert_eq!(world.store.read(|tx| tx.count::<Payment>("WHERE created_ms > 3000", [])), Ok(6));
    assert_eq!(world.store.write(|tx| tx.delete::<Payment>("payment-9")), Ok(true));
    assert_eq!(world.store.write(|tx| tx.delete::<Payment>("payment-9")), Ok(false));
}

#[test]
fn one_open_order_per_payable_is_held_by_the_database() {
    // I1, features 46: whatever the code above forgets to look at.
    let world = World::new();
    let order = |number: i64, state: &str| Payment {
        payable: b"the same bill".to_vec(),
        state: state.to_owned(),
        ..Payment::new(number)
    };
    world.store.write(|tx| tx.insert(&order(1, "in_doubt"))).unwrap();
    for state in ["authorized", "in_doubt"] {
        assert_eq!(world.store.write(|tx| tx.insert(&order(2, state))), Err(StoreError::Conflict));
    }
    world.store.write(|tx| tx.put(&order(1, "refused"))).unwrap();
    world.store.write(|tx| tx.insert(&order(2, "authorized"))).unwrap();
    // Nor can an old one be opened again beside it, nor a journal sequence be used twice.
    assert_eq!(world.store.write(|tx| tx.put(&order(1, "in_doubt"))), Err(StoreError::Conflict));
    let twice = Payment { sequence: 2, ..Payment::new(3) };
    assert_eq!(world.store.write(|tx| tx.insert(&twice)), Err(StoreError::Conflict));
}

#[test]
fn a_setting_is_set_replaced_and_cleared() {
    let world = World::new();
    let get = || world.store.read(|tx| tx.setting::<Vec<u32>>("caps"));
    assert_eq!(get(), Ok(None));
    world.store.write(|tx| tx.set_setting("caps", &vec![64, 500])).unwrap();
    world.store.write(|tx| tx.set_setting("caps", &vec![1])).unwrap();
    assert_eq!(get(), Ok(Some(vec![1])));
    // Of another type: there, and not readable as this one.
    assert!(matches!(
        world.store.read(|tx| tx.setting::<String>("caps")),
        Err(StoreError::Damaged { table: "setting", .. })
    ));
    assert_eq!(world.store.write(|tx| tx.clear_setting("caps")), Ok(true));
    assert_eq!(get(), Ok(None));
}

#[test]
fn look_ups_keep_purposes_and_parts_apart() {
    let world = World::new();
    let look = |purpose: &str, parts: &[&str]| world.store.read(|tx| tx.lookup(purpose, parts)).unwrap();
    let one = look("bill", &["power", "12"]);
    assert_eq!(one.len(), 32);
    assert_eq!(one, look("bill", &["power", "12"]));
    for other in [
        look("account", &["power", "12"]),
        look("bill", &["power1", "2"]),
        look("bill", &["power", "12", ""]),
        look("bill", &["power12"]),
        look("billpower", &["12"]),
        World::new().store.read(|tx| tx.lookup("bill", &["power", "12"])).unwrap(),
    ] {
        assert_ne!(one, other);
    }
}

#[test]
fn no_canary_is_in_the_bytes_of_any_file() {
    // I8, feature 57: 20 of them, in rows, settings and look-ups, before and after a checkpoint.
    let world = World::new();
    let canaries: Vec<String> = (0..20).map(|number| format!("canary-{number:02}-13800138000")).collect();
    for (number, canary) in (1..).zip(&canaries) {
        world
            .store
            .write(|tx| {
                tx.insert(&Payment {
                    note: canary.clone(),
                    payable: tx.lookup("bill", &[canary])?,
                    ..Payment::new(number)
                })?;
                tx.put(&Payment { note: format!("again {canary}"), payable: vec![], ..Payment::new(number) })?;
                tx.set_setting(&format!("name {number}"), canary)
            })
            .unwrap();
    }
    let running = world.bytes();
    world.store.suspend();
    let resting = world.bytes();
    assert!(contains(&running, b"payment-3") && contains(&resting, b"payment-3"), "the scan sees nothing");
    for bytes in [running, resting] {
        for canary in &canaries {
            assert!(!contains(&bytes, canary.as_bytes()));
            assert!(!contains(&bytes, &canary.as_bytes()[10..]));
        }
        assert!(!contains(&bytes, &[1; 32]), "the root key");
    }
}
