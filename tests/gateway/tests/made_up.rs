//! Orders that somebody made up and signed: they take nothing, ask nobody, and stand in nobody's way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story stops where it breaks")]

mod world;

use sandbox_gateway::faults::Action;
use serde_json::{Value, json};
use world::{GAS, POWER, POWER_TOO, Phone, WATER, World, payload, phone::fresh};

const WANG: &str = "+8613800000001";
const LI: &str = "+8613800000002";

/// An order that nobody quoted, past its time.
fn made_up(phone: &mut Phone, world: &World, epoch: &str, number: &str, bill: &str) -> Value {
    let money = json!({"minor": 1, "currency": "CNY"});
    let order = json!({
        "quote": "q", "biller": "power-sh", "payee": "x", "customer_number": number, "bill_number": bill,
        "bill_version": 1, "amount": money, "fee": {"minor": 0, "currency": "CNY"}, "total": money,
        "method": "m", "valid_until": "2026-11-22T00:00:00Z", "echo_digest": "A".repeat(43)
    });
    let mut order = phone.order(world, &order);
    order.as_object_mut().and_then(|order| order.insert("epoch".to_owned(), json!(epoch)));
    phone.envelope(&order)
}

/// How often the billers were asked about a number.
fn asked(world: &World) -> usize {
    world.billers.listed().iter().filter(|listed| listed.number.is_some()).count()
}

#[tokio::test]
async fn rule_3_a_reversal_of_an_order_that_somebody_made_up_keeps_nobody_from_paying() {
    let mut world = World::new("made-up-blocks");
    let (mut wang, mut li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
    let account = wang.bind(&world, "power-sh", POWER).await;
    // Li has no account and no business with this bill.
    let epoch = world.gateway.epoch().to_owned();
    let theirs = made_up(&mut li, &world, &epoch, POWER, "P1");
    assert_eq!(li.reverse(&world, &theirs).await.problem(), "account-unknown");
    // Then he has the account, and never had a quote. The biller hears of it and its word is lost: the
    // order stays on its way back.
    li.bind(&world, "power-sh", POWER).await;
    world.fault("refund", None, Action::LoseRequest);
    assert_eq!(li.reverse(&world, &theirs).await.status, 202);
    let order = wang.order_for(&world, &account, "P1", 1, 12_345).await;
    let paid = wang.pay(&world, &order).await;
    assert!(payload(&paid.text("outcome"))["receipt"].is_object(), "{paid:?}");
    // One of a biller that is none is not even looked at.
    let mut nowhere = theirs.clone();
    nowhere["order"]["biller"] = json!("nobody");
    let nowhere = li.envelope(&nowhere["order"]);
    assert_eq!(li.reverse(&world, &nowhere).await.problem(), "biller-unknown");
    world.faults.clear();
    world.settle_down().await;
    // Of an earlier life it stays in the way: a backup may have forgotten that it was claimed.
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    world.restore(&snapshot);
    world.pass(7 * 60 + 1);
    world.fault("refund", None, Action::LoseRequest);
    let older = made_up(&mut li, &world, &epoch, POWER, "P2");
    assert_eq!(li.reverse(&world, &older).await.status, 202);
    let quote = wang.quote(&world, &account, "P2", 1, 700).await;
    assert_eq!(quote.problem(), "payment-in-progress-elsewhere");
    world.faults.clear();
    world.settle_down().await;
    world.audit();
}

#[tokio::test]
async fn an_order_of_an_epoch_that_never_was_has_no_effect_and_asks_no_biller() {
    let mut world = World::new("made-up-epoch");
    let (wang, mut li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
    let account = wang.bind(&world, "power-sh", POWER).await;
    li.bind(&world, "power-sh", POWER).await;
    li.bind(&world, "gas-sh", GAS).await;
    for restored in [false, true] {
        if restored {
            let snapshot = world.gateway.ledger().snapshot().unwrap();
            world.restore(&snapshot);
            world.pass(7 * 60 + 1);
        }
        world.fault("refund", None, Action::LoseRequest);
        let order = made_up(&mut li, &world, &fresh(), POWER, "P2");
        for answer in [li.pay(&world, &order).await, li.reverse(&world, &order).await] {
            assert_eq!((answer.status, answer.problem()), (422, "order-malformed"));
        }
        let many: Vec<_> = (0..100)
            .map(|nth| {
                let mut gas = made_up(&mut li, &world, &fresh(), GAS, &format!("X{nth}"));
                gas["order"]["biller"] = json!("gas-sh");
                li.envelope(&gas["order"])
            })
            .collect();
        let shown = li.post(&world, "/v1/evidence", &json!({"orders": many, "outcomes": []})).await;
        assert_eq!((shown.status, &shown.body["orders"]), (200, &json!(0)));
        assert_eq!(asked(&world), 0, "no biller is asked");
        assert_eq!(world.gateway.books().unwrap().orders, []);
        assert_eq!(world.gateway.for_a_person().unwrap(), []);
        assert_eq!(wang.quote(&world, &account, "P2", 1, 700).await.status, 200);
        world.faults.clear();
    }
    world.audit();
}

#[tokio::test]
async fn an_order_of_an_earlier_epoch_on_a_bill_that_is_known_as_another_number_s_is_none() {
    let mut world = World::new("made-up-number");
    let (wang, mut li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
    let account = wang.bind(&world, "power-sh", POWER).await;
    li.bind(&world, "power-sh", POWER_TOO).await;
    let epoch = world.gateway.epoch().to_owned();
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    world.restore(&snapshot);
    world.pass(7 * 60 + 1);
    let theirs = made_up(&mut li, &world, &epoch, POWER_TOO, "P2");
    assert_eq!(li.reverse(&world, &theirs).await.problem(), "bill-unknown");
    assert_eq!(li.pay(&world, &theirs).await.problem(), "bill-unknown");
    assert_eq!(asked(&world), 0);
    assert_eq!(wang.quote(&world, &account, "P2", 1, 700).await.status, 200);
}

#[tokio::test]
async fn rule_9_every_epoch_that_ever_was_is_known_whatever_was_put_back() {
    let mut world = World::new("made-up-known");
    let mut phone = Phone::active(&world, WANG).await;
    phone.bind(&world, "power-sh", POWER).await;
    let first = world.gateway.ledger().snapshot().unwrap();
    let mut epochs = vec![world.gateway.epoch().to_owned()];
    for by_hand in [false, false, true, false] {
        if by_hand {
            phone.bind(&world, "water-sh", WATER).await;
            world.by_hand_restore(&first);
        } else {
            world.restore(&first);
        }
        epochs.push(world.gateway.epoch().to_owned());
    }
    world.pass(7 * 60 + 1);
    for epoch in &epochs {
        let order = made_up(&mut phone, &world, epoch, POWER, "P2");
        let ended = phone.reverse(&world, &order).await;
        assert!(payload(&ended.text("outcome"))["reversal"].is_object(), "{epoch} {ended:?}");
    }
    epochs.sort();
    epochs.dedup();
    assert_eq!(epochs.len(), 5);
}

#[tokio::test]
async fn rule_9_epochs_from_before_they_were_kept_aside_are_those_of_orders_and_receipts() {
    let mut world = World::new("made-up-old");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let before = world.gateway.ledger().snapshot().unwrap();
    let epoch = world.gateway.epoch().to_owned();
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = phone.pay(&world, &order).await.text("outcome");
    let after = world.gateway.ledger().snapshot().unwrap();
    let forget = "DROP TABLE epoch";
    world.restore(&before);
    let without = world.gateway.ledger().snapshot().unwrap();
    // In the ledger it stands in an order.
    world.restore(&after);
    world::by_hand("made-up-old-ledger.aside", forget);
    world.restart();
    world.pass(7 * 60 + 1);
    let other = made_up(&mut phone, &world, &epoch, POWER, "P2");
    assert_eq!(phone.reverse(&world, &other).await.status, 200);
    // So it does where that ledger is replaced before any new version opened it.
    world::by_hand("made-up-old-ledger.aside", "DROP TABLE epoch; DELETE FROM life");
    world.restore(&without);
    world.pass(7 * 60 + 1);
    let later = made_up(&mut phone, &world, &epoch, POWER, "P2");
    assert_eq!(phone.reverse(&world, &later).await.status, 200);
    // And where it does not, the bank's own receipt tells of it.
    world.restore(&before);
    world.pass(7 * 60 + 1);
    world::by_hand("made-up-old-ledger.aside", forget);
    world.restart();
    let third = made_up(&mut phone, &world, &epoch, POWER, "P2");
    assert_eq!(phone.reverse(&world, &third).await.problem(), "order-malformed");
    let shown = phone.post(&world, "/v1/evidence", &json!({"orders": [third], "outcomes": [receipt]})).await;
    assert_eq!((&shown.body["orders"], &shown.body["outcomes"]), (&json!(1), &json!(1)));
    assert_eq!(phone.reverse(&world, &third).await.status, 200);
}
