//! What a restore of the ledger from a backup forgets, and how it comes back: rules 7 to 10.
#![allow(clippy::unwrap_used, reason = "a story stops where it breaks")]

mod world;

use sandbox_gateway::faults::Action;
use serde_json::{Value, json};
use world::{GAS, POWER, Phone, WATER, World, payload};

const WANG: &str = "+8613800000001";

/// The messages of before the restore are too old for the billers from here on.
const WINDOW: u64 = 7 * 60 + 1;

fn evidence(orders: &[&Value], outcomes: &[&str]) -> Value {
    json!({"orders": orders, "outcomes": outcomes})
}

#[tokio::test]
async fn row_19_a_restore_draws_a_new_epoch_and_every_answer_carries_it() {
    let mut world = World::new("restore-epoch");
    let phone = Phone::active(&world, WANG).await;
    let before = phone.get(&world, "/v1/sync").await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    world.restore(&snapshot);
    let cursor = before.text("cursor");
    let after = phone.get(&world, &format!("/v1/sync?cursor={cursor}")).await;
    assert_ne!(after.epoch, before.epoch);
    assert_eq!(after.body["full"], json!(true), "a cursor of another epoch starts from nothing");
    let cursor = after.text("cursor");
    assert_eq!(phone.get(&world, &format!("/v1/sync?cursor={cursor}")).await.body["full"], json!(false));
}

#[tokio::test]
async fn a_receipt_in_evidence_is_taken_up_as_it_is_and_the_customer_pays_once() {
    let mut world = World::new("restore-receipt");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = phone.pay(&world, &order).await.text("outcome");
    world.restore(&snapshot);
    assert_eq!(phone.confirm(&world, &order).await.problem(), "payment-unknown");
    let taken = phone.post(&world, "/v1/evidence", &evidence(&[], &[&receipt])).await;
    assert_eq!((taken.status, &taken.body["outcomes"]), (200, &json!(1)));
    assert_eq!(phone.confirm(&world, &order).await.text("outcome"), receipt);
    phone.post(&world, "/v1/evidence", &evidence(&[], &[&receipt])).await;
    assert_eq!(world.gateway.books().unwrap().balance("biller:power-sh"), 12_345);
    // Not somebody else's, and not one that we never signed.
    let mut forged = receipt.clone();
    forged.replace_range(receipt.len() - 8.., "AAAAAAAA");
    let taken = phone.post(&world, "/v1/evidence", &evidence(&[], &[&forged])).await;
    assert_eq!(taken.body["outcomes"], json!(0));
    world.audit();
}

#[tokio::test]
async fn a_charge_that_a_receipt_alone_tells_of_shows_its_bill_in_no_version_that_the_biller_has_not_given() {
    let mut world = World::new("restore-version");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    phone.post(&world, "/v1/bills/query", &json!({"account": account})).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = phone.pay(&world, &order).await.text("outcome");
    let shown = async |world: &World, phone: &Phone| {
        let feed = phone.get(world, "/v1/sync").await;
        let bills = feed.body["bills"].as_array().unwrap().clone();
        let bill = bills.into_iter().find(|bill| bill["bill_number"] == "P1").unwrap();
        (bill["version"].clone(), bill["state"].clone(), bill["amount"]["minor"].clone())
    };
    let paid = |version: i64| (json!(version), json!("paid"), json!(0));
    assert_eq!(shown(&world, &phone).await, paid(2));
    // A bank that has forgotten it, and has not asked the biller since.
    world.restore(&snapshot);
    assert_eq!(shown(&world, &phone).await, (json!(1), json!("open"), json!(12_345)));
    phone.post(&world, "/v1/evidence", &evidence(&[], &[&receipt])).await;
    assert_eq!(shown(&world, &phone).await, paid(1), "paid, in the version that the biller has given");
    phone.post(&world, "/v1/bills/query", &json!({"account": account})).await;
    assert_eq!(shown(&world, &phone).await, paid(2));
    // One that has asked the biller before it saw the receipt.
    world.restore(&snapshot);
    phone.post(&world, "/v1/bills/query", &json!({"account": account})).await;
    phone.post(&world, "/v1/evidence", &evidence(&[], &[&receipt])).await;
    assert_eq!(shown(&world, &phone).await, paid(2), "there is no third version");
    world.audit();
}

#[tokio::test]
async fn rule_7_an_older_order_that_is_not_known_is_neither_refused_nor_charged_and_then_adopted() {
    let mut world = World::new("restore-unknown");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.faults.clear();
    world.restore(&snapshot);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.pass(301);
    assert_eq!(phone.reverse(&world, &order).await.status, 202, "messages from before may still act");
    let taken = phone.post(&world, "/v1/evidence", &evidence(&[&order], &[])).await;
    assert_eq!(taken.body["orders"], json!(1));
    assert_eq!(phone.confirm(&world, &order).await.status, 404);
    world.pass(WINDOW);
    phone.post(&world, "/v1/evidence", &evidence(&[&order], &[])).await;
    let ended = phone.confirm(&world, &order).await;
    let receipt = payload(&ended.text("outcome"));
    assert!(receipt["receipt"].is_object());
    assert_eq!(receipt["epoch"], json!(world.gateway.epoch()));
    world.audit();
}

#[tokio::test]
async fn rule_10_a_claimed_order_in_the_backup_is_confirmed_not_charged_again() {
    let mut world = World::new("restore-claimed");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseRequest);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    world.restore(&snapshot);
    world.faults.clear();
    world.pass(2);
    world.gateway.tick().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 202);
    assert!(world.billers.charges().unwrap().is_empty(), "a charge of an earlier epoch is not repeated");
    world.pass(WINDOW);
    world.settle_down().await;
    let ended = payload(&phone.confirm(&world, &order).await.text("outcome"));
    assert_eq!(ended["reversal"]["reason"], "restored");
    assert_eq!(ended["reversal"]["returned"]["minor"], 12_345);
    world.audit();
}

/// Two orders on one bill that have no end yet: one is being reversed that never arrived, and another
/// that is claimed, or is being reversed in the same way.
async fn two_open_on_one_bill(world: &World, phone: &mut Phone, claimed: bool) -> [Value; 2] {
    let account = phone.bind(world, "power-sh", POWER).await;
    for scene in ["charge", "refund"] {
        world.fault(scene, None, Action::LoseRequest);
    }
    let first = phone.order_for(world, &account, "P2", 1, 700).await;
    world.pass(301);
    assert_eq!(phone.reverse(world, &first).await.status, 202);
    let second = phone.order_for(world, &account, "P2", 1, 700).await;
    if claimed {
        assert_eq!(phone.pay(world, &second).await.status, 202);
    } else {
        world.pass(301);
        assert_eq!(phone.reverse(world, &second).await.status, 202);
    }
    [first, second]
}

#[tokio::test]
async fn a_backup_with_two_open_orders_on_one_bill_comes_back_and_both_end() {
    // The index that earlier versions made, and their backups hold.
    let earlier = "CREATE UNIQUE INDEX one_claimed ON orders(biller, bill_number) WHERE state = 1";
    for (claimed, by_hand, older) in [
        (true, false, false),
        (false, false, false),
        (true, true, false),
        (false, true, false),
        (true, false, true),
        (false, true, true),
    ] {
        let name = format!("restore-two-{claimed}-{by_hand}-{older}");
        let mut world = World::new(&name);
        let mut phone = Phone::active(&world, WANG).await;
        let orders = two_open_on_one_bill(&world, &mut phone, claimed).await;
        assert_eq!(world.gateway.books().unwrap().orders.len(), 2);
        if older {
            world::by_hand(&format!("{name}-ledger"), earlier);
        }
        let snapshot = world.gateway.ledger().snapshot().unwrap();
        if by_hand {
            // So that the ledger is not where it was left.
            phone.bind(&world, "water-sh", WATER).await;
            world.by_hand_restore(&snapshot);
        } else {
            world.restore(&snapshot);
        }
        world.faults.clear();
        world.pass(WINDOW);
        world.settle_down().await;
        for order in &orders {
            let ended = phone.confirm(&world, order).await;
            assert_eq!(ended.status, 200, "{name} {ended:?}");
            assert!(payload(&ended.text("outcome"))["reversal"].is_object(), "{name}");
        }
        world.audit();
    }
}

#[tokio::test]
async fn i1_two_claims_with_money_on_one_bill_are_impossible_in_the_ledger_itself() {
    let world = World::new("restore-index");
    let mut phone = Phone::active(&world, WANG).await;
    two_open_on_one_bill(&world, &mut phone, true).await;
    let two = "UPDATE orders SET state = 1, held = 700";
    let ledger = world::connect("restore-index-ledger");
    assert!(ledger.execute_batch(two).is_err());
    ledger.execute_batch("UPDATE orders SET state = 1 WHERE held = 0").unwrap();
}

#[tokio::test]
async fn rule_4_without_tombstones_nothing_is_decided_after_a_restore() {
    let mut world = World::new("restore-gas");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
    world.fault("charge", None, Action::LoseRequest);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    world.restore(&snapshot);
    world.faults.clear();
    world.pass(24 * 3600);
    world.settle_down().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 202, "for a person to decide");
}

#[tokio::test]
async fn a_device_that_the_ledger_forgot_ends_its_orders_by_its_credential() {
    let mut world = World::new("restore-credential");
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = phone.pay(&world, &order).await.text("outcome");
    world.restore(&snapshot);
    assert_eq!(phone.get(&world, "/v1/sync").await.problem(), "device-unknown");
    phone.show_credential = true;
    assert_eq!(phone.get(&world, "/v1/sync").await.problem(), "device-unknown", "re-activation for the rest");
    let taken = phone.post(&world, "/v1/evidence", &evidence(&[], &[&receipt])).await;
    assert_eq!(taken.body["outcomes"], json!(1), "{taken:?}");
    assert_eq!(phone.confirm(&world, &order).await.text("outcome"), receipt);
    let stranger = Phone::new(WANG);
    let borrowed = Phone { credential: phone.credential.clone(), show_credential: true, ..stranger };
    assert_eq!(borrowed.confirm(&world, &order).await.problem(), "device-unknown", "the key has to fit");
    world.audit();
}

#[tokio::test]
async fn a_revocation_survives_a_restore() {
    let mut world = World::new("restore-revoked");
    let old = Phone::active(&world, WANG).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let _new = Phone::active(&world, WANG).await;
    world.restore(&snapshot);
    assert_eq!(old.get(&world, "/v1/sync").await.problem(), "device-revoked");
}

#[tokio::test]
async fn i4_a_doubt_of_a_device_that_the_ledger_forgot_is_ended_by_the_customer_s_next_device() {
    let mut world = World::new("restore-other");
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let mut old = Phone::active(&world, WANG).await;
    let account = old.bind(&world, "power-sh", POWER).await;
    let order = old.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseAnswer);
    assert_eq!(old.pay(&world, &order).await.status, 202);
    world.faults.clear();
    world.restore(&snapshot);
    world.pass(WINDOW);
    // The old phone is gone; the new one was shown the order before the restore.
    let new = Phone::active(&world, WANG).await;
    let ended = new.reverse(&world, &order).await;
    assert!(payload(&ended.text("outcome"))["receipt"].is_object(), "{ended:?}");
    // It is known, and not active: the rest needs an activation.
    assert_eq!(old.get(&world, "/v1/sync").await.problem(), "device-unknown");
    let stranger = Phone::active(&world, "+8613800000002").await;
    assert_eq!(stranger.reverse(&world, &order).await.problem(), "order-signature-invalid");
    world.audit();
}

#[tokio::test]
async fn rule_9_a_silent_biller_does_not_keep_the_other_orders_from_being_looked_into() {
    let mut world = World::new("restore-silent");
    let mut phone = Phone::active(&world, WANG).await;
    let (power, water) = (phone.bind(&world, "power-sh", POWER).await, phone.bind(&world, "water-sh", WATER).await);
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let silent = phone.order_for(&world, &power, "P1", 1, 12_345).await;
    let other = phone.order_for(&world, &water, "W1", 1, 4_000).await;
    world.fault("charge", None, Action::LoseAnswer);
    for order in [&silent, &other] {
        assert_eq!(phone.pay(&world, order).await.status, 202);
    }
    world.faults.clear();
    world.restore(&snapshot);
    world.pass(WINDOW);
    // The first that is asked never answers.
    world.fault("confirm", Some(1), Action::DelayMs(world::NEVER_MS));
    let taken = phone.post(&world, "/v1/evidence", &evidence(&[&silent, &other], &[])).await;
    assert_eq!((taken.status, &taken.body["orders"]), (200, &json!(1)), "{taken:?}");
    assert_eq!(phone.confirm(&world, &other).await.status, 200);
    assert!(payload(&phone.reverse(&world, &silent).await.text("outcome"))["receipt"].is_object());
    world.audit();
}

#[tokio::test]
async fn row_5_what_was_signed_before_a_restore_is_not_taken_after_it_and_a_new_signature_is() {
    let mut world = World::new("restore-replay");
    let phone = Phone::active(&world, WANG).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let ask = json!({"biller": "power-sh", "customer_number": POWER});
    let seen = phone.request(&world, "POST", "/v1/bindings/lookup", Some(&ask), Some("key-00000001"));
    let ahead = phone.request_at(world.now() + 30, "GET", "/v1/sync", Vec::new(), None);
    assert_eq!(world.send(seen.clone()).await.status, 200);
    assert_eq!(world.send(ahead.clone()).await.status, 200);
    world.restore(&snapshot);
    assert_eq!(world.send(seen).await.problem(), "clock-skew");
    assert_eq!(world.send(ahead).await.problem(), "signature-replayed", "its nonce outlives the restore");
    let anew = phone.request(&world, "POST", "/v1/bindings/lookup", Some(&ask), Some("key-00000001"));
    assert_eq!(world.send(anew).await.status, 200);
}

#[tokio::test]
async fn rule_7_a_ledger_that_somebody_put_back_by_hand_gets_an_epoch_of_its_own() {
    let mut world = World::new("restore-by-hand");
    let phone = Phone::active(&world, WANG).await;
    let epoch = world.gateway.epoch().to_owned();
    world.restart();
    assert_eq!(world.gateway.epoch(), epoch, "a crash is no restore");
    let before = world.gateway.ledger().snapshot().unwrap();
    phone.bind(&world, "power-sh", POWER).await;
    world.by_hand_restore(&before);
    assert_ne!(world.gateway.epoch(), epoch);
    world.pass(1);
    assert_eq!(phone.get(&world, "/v1/sync").await.status, 200);
    let epoch = world.gateway.epoch().to_owned();
    world.restart();
    assert_eq!(world.gateway.epoch(), epoch);
}

#[tokio::test]
async fn rule_7_a_ledger_put_back_by_hand_to_before_a_repeated_charge_gets_an_epoch_of_its_own() {
    let mut world = World::new("restore-repeated");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
    world.fault("charge", None, Action::LoseRequest);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let before = world.gateway.ledger().snapshot().unwrap();
    let epoch = world.gateway.epoch().to_owned();
    // Repeated later: of that message the old ledger does not know how young it is.
    world.pass(270);
    assert_eq!(world.gateway.tick().await, 1);
    world.restart();
    assert_eq!(world.gateway.epoch(), epoch);
    world.by_hand_restore(&before);
    assert_ne!(world.gateway.epoch(), epoch);
}

#[tokio::test]
async fn a_crash_at_any_step_of_a_payment_loses_nothing() {
    for at in 0..6 {
        let mut world = World::new(&format!("crash-{at}"));
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "power-sh", POWER).await;
        let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
        // The request is dropped while the biller is asked, before or after it had its effect.
        let never = world::NEVER_MS;
        let action = if at % 2 == 0 { Action::DelayMs(never) } else { Action::DelayAnswerMs(never) };
        world.fault("charge", Some(1), action);
        let gateway = world.gateway.clone();
        let id = order["order"]["payment_id"].as_str().unwrap();
        let request = phone.request(&world, "POST", "/v1/payments", Some(&order), Some(id));
        let mut running = Box::pin(gateway.handle(request));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(running.as_mut().poll(&mut context).is_pending());
        drop(running);
        drop(gateway);
        world.restart();
        world.faults.clear();
        if at > 2 {
            world.pass(301);
        }
        world.settle_down().await;
        let ended = phone.confirm(&world, &order).await;
        assert_eq!(ended.status, 200, "{at}");
        world.audit();
    }
}
