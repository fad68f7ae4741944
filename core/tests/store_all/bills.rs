//! Row 17 in the file: what is left of a feed there is what the pure merge leaves, and a bill that does not open gives way.

use std::collections::BTreeMap;

use billpay_core::{
    bills::{
        Known,
        merge::{Heard, merge},
    },
    model::Bill,
    store::StoreError,
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use crate::world::World;

fn bill(number: u8, version: i64, amount: i64, state: u8) -> Bill {
    let money = |minor: i64| json!({ "minor": minor, "currency": "CNY" });
    let state = ["open", "paid", "cancelled"][usize::from(state)];
    serde_json::from_value(json!({
        "account": format!("a{}", amount % 2), "biller": "power", "bill_number": format!("E{number}"), "version": version,
        "kind": "bill", "state": state, "amount": money(amount),
        "minimum": money(0), "maximum": money(amount), "updated_at": "2026-11-22T04:00:00Z",
    }))
    .unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

/// What the file has.
fn kept(world: &World) -> BTreeMap<(String, String), Heard> {
    let (all, damaged) = world.store.read(Known::all).unwrap();
    assert_eq!(damaged, 0);
    let key = |bill: &Bill| (bill.biller.clone(), bill.bill_number.clone());
    all.into_iter().map(|known| (key(&known.bill), (known.bill.clone(), known.as_of))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_17_the_file_keeps_what_the_pure_merge_keeps(
        words in proptest::collection::vec((0_u8..3, 1_i64..4, 1_i64..4, 0_u8..3, 0_i64..3), 0..25),
    ) {
        let world = World::new();
        let mut pure = BTreeMap::new();
        for (number, version, amount, state, second) in words {
            let heard = (bill(number, version, amount, state), at(second));
            world.store.write(|tx| Known::merge(tx, heard.0.clone(), heard.1)).unwrap();
            merge(&mut pure, [heard]);
            prop_assert_eq!(kept(&world), pure.clone());
        }
        prop_assert!(world.store.check().unwrap().rows.is_empty());
    }
}

#[test]
fn row_17_a_bill_that_does_not_open_gives_way_to_whatever_is_heard_next() {
    for edit in ["sealed = x'01'", "version = 9", "record_version = record_version + 1"] {
        for (version, second) in [(3, 1), (2, 0), (1, 0)] {
            let world = World::new();
            world.store.write(|tx| Known::merge(tx, bill(0, 2, 5, 0), at(0))).unwrap();
            world.tamper(|file| {
                file.execute(&format!("UPDATE bill SET {edit}"), []).unwrap();
            });
            let heard = bill(0, version, 6, 0);
            world.store.write(|tx| Known::merge(tx, heard.clone(), at(second))).unwrap();
            let here = world.store.read(|tx| Known::load(tx, "power", "E0")).unwrap().map(|known| known.bill);
            assert_eq!(here, Some(heard), "{edit}");
        }
    }
}

#[test]
fn row_17_what_is_left_of_a_part_that_was_paid_stays_until_another_version() {
    let world = World::new();
    let asked = || world.store.read(|tx| Ok::<_, StoreError>(Known::load(tx, "power", "E0")?.unwrap().asked().minor()));
    let heard = |version, second| world.store.write(|tx| Known::merge(tx, bill(0, version, 9, 0), at(second))).unwrap();
    heard(1, 0);
    let paid = bill(0, 1, 4, 0).amount;
    world.store.write(|tx| Known::was_paid(tx, "power", "E0", 1, paid)).unwrap();
    heard(1, 1);
    assert_eq!(asked(), Ok(5), "a later word of the same version does not know of it");
    heard(2, 2);
    assert_eq!(asked(), Ok(9));
}

#[test]
fn row_15_of_what_is_left_no_more_is_taken_than_is_left_and_a_last_part_may_be_small() {
    // What a bill of 9 takes, and what it takes once 4 of it are paid.
    for (taken, then) in
        [((0, 9), (0, 5)), ((9, 9), (5, 5)), ((6, 9), (5, 5)), ((2, 9), (2, 5)), ((0, 12), (0, 8)), ((0, 4), (0, 4))]
    {
        let world = World::new();
        let money = |minor: i64| bill(0, 1, minor, 0).amount;
        let open = Bill { minimum: money(taken.0), maximum: money(taken.1), ..bill(0, 1, 9, 0) };
        world.store.write(|tx| Known::merge(tx, open.clone(), at(0))).unwrap();
        let known = || world.store.read(|tx| Known::load(tx, "power", "E0")).unwrap().unwrap();
        assert_eq!(known().remaining(), open);
        world.store.write(|tx| Known::was_paid(tx, "power", "E0", 1, money(4))).unwrap();
        let left = Bill { amount: money(5), minimum: money(then.0), maximum: money(then.1), ..open };
        assert_eq!(known().remaining(), left, "{taken:?}");
    }
}
