//! Row 17: whatever the order in which a feed comes, however often, and in however many pages, what is left of it is
//! the same; against a look at everything at once that knows nothing of merging.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use billpay_core::{
    bills::merge::{Heard, merge},
    model::Bill,
};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

fn bill((number, version, amount, state): (u8, i64, i64, u8)) -> Bill {
    let state = ["open", "paid", "cancelled", "of-a-later-version"][usize::from(state)];
    let money = |minor: i64| json!({ "minor": minor, "currency": "CNY" });
    serde_json::from_value(json!({
        "account": "a", "biller": if number < 3 { "power" } else { "water" }, "bill_number": format!("E{}", number % 3),
        "version": version, "kind": "bill", "state": state,
        "amount": money(amount), "minimum": money(0), "maximum": money(amount), "updated_at": "2026-11-22T04:00:00Z",
    }))
    .unwrap()
}

/// Words about six bills: revisions, withdrawals, repetitions, contradictions, in whatever order.
fn feed() -> impl Strategy<Value = Vec<Heard>> {
    let word = (0_u8..6, 1_i64..5, 1_i64..4, 0_u8..4).prop_map(bill);
    let heard = (word, 0_i64..4).prop_map(|(bill, at)| (bill, Timestamp::from_second(1_795_000_000 + at).unwrap()));
    proptest::collection::vec(heard, 0..30)
}

fn state(feed: &[Heard]) -> BTreeMap<(String, String), Heard> {
    let mut state = BTreeMap::new();
    merge(&mut state, feed.iter().cloned());
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_17_any_order_repetition_and_splitting_of_the_feed_gives_the_same_state(
        (feed, mixed) in feed().prop_flat_map(|feed| (Just(feed.clone()), Just(feed).prop_shuffle())),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
        cut in any::<prop::sample::Index>(),
    ) {
        let once = state(&feed);
        // Repeated, mixed, and in two pages of which the second comes first.
        let mut other = mixed;
        for index in again {
            if !feed.is_empty() {
                other.push(index.get(&feed).clone());
            }
        }
        let at = if other.is_empty() { 0 } else { cut.index(other.len()) };
        let mut pages = BTreeMap::new();
        merge(&mut pages, other[at..].iter().cloned());
        merge(&mut pages, other[..at].iter().cloned());
        prop_assert_eq!(&pages, &once);
        // The oracle: of all words about a bill, none has a higher version, nor the same one heard later.
        for (bill, as_of) in &feed {
            let kept = &once[&(bill.biller.clone(), bill.bill_number.clone())];
            prop_assert!(kept.0.version > bill.version || kept.0.version == bill.version && kept.1 >= *as_of);
            prop_assert!(feed.contains(kept));
        }
        let numbers: std::collections::BTreeSet<_> = feed.iter().map(|it| (&it.0.biller, &it.0.bill_number)).collect();
        prop_assert_eq!(once.len(), numbers.len());
    }
}
