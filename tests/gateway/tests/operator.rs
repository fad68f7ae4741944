//! I4: what no rule can end is on a person's list, with a date; and leaves it when it ends after all.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story stops where it breaks")]

mod world;

use sandbox_gateway::{faults::Action, ledger::customers::Method, payments::transition::State};
use serde_json::{Value, json};
use world::{GAS, POWER, Phone, World, payload};

const WANG: &str = "+8613800000001";
const WINDOW: u64 = 7 * 60 + 1;

/// The list: payment id, reason, since.
fn list(world: &World) -> Vec<(String, String, i64)> {
    let books = world.gateway.books().unwrap();
    books.for_a_person.into_iter().map(|line| (line.payment_id, line.reason, line.since)).collect()
}

fn id(envelope: &Value) -> String {
    envelope["order"]["payment_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn i5_a_charge_of_another_amount_is_never_adopted_and_a_person_is_told() {
    let world = World::new("operator-amount");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world::by_hand("operator-amount-billers", "UPDATE charge SET amount = 12346");
    // Before valid_until the charge is repeated, after it the biller is asked: neither is believed.
    world.pass(2);
    world.gateway.tick().await;
    let since = world.now() * 1000;
    world.pass(301);
    assert_eq!(phone.reverse(&world, &order).await.status, 202);
    world.settle_down().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 202, "open, with the money held");
    assert_eq!(list(&world), [(id(&order), "other-amount".to_owned(), since)]);
    assert_eq!(world.gateway.books().unwrap().orders[0].held, 12_345);
    // The biller puts its books right.
    world::by_hand("operator-amount-billers", "UPDATE charge SET amount = 12345");
    world.settle_down().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 200);
    assert_eq!(list(&world), []);
    world.audit();
}

#[tokio::test]
async fn rule_4_an_older_order_at_a_biller_without_tombstones_is_listed_known_here_or_not() {
    let mut world = World::new("operator-gas");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
    world.fault("charge", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let claimed = world.gateway.ledger().snapshot().unwrap();
    world.restore(&claimed);
    world.faults.clear();
    world.pass(WINDOW);
    world.gateway.tick().await;
    let since = world.now() * 1000;
    assert_eq!(list(&world), [(id(&order), "no-tombstone-after-restore".to_owned(), since)]);
    // From a backup that does not know it, it is the client's evidence that tells of it.
    world.restore(&snapshot);
    assert_eq!(list(&world), []);
    world.pass(WINDOW);
    phone.post(&world, "/v1/evidence", &json!({"orders": [order], "outcomes": []})).await;
    let since = world.now() * 1000;
    world.pass(10);
    assert_eq!(phone.reverse(&world, &order).await.status, 202);
    assert_eq!(list(&world), [(id(&order), "no-tombstone-after-restore".to_owned(), since)]);
}

#[tokio::test]
async fn i5_a_receipt_of_a_method_that_the_restored_ledger_does_not_know_debits_no_other_one() {
    let mut world = World::new("operator-method");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let mut people = sandbox_gateway::seeds::customers();
    let new = Method { id: "m_new".into(), last4: "7777".into(), ..people[0].methods[0].clone() };
    people[0].methods.push(new);
    world.gateway.enrol(&people).unwrap();
    let ask = json!({
        "account": account, "bill_number": "P1", "bill_version": 1,
        "amount": {"minor": 12_345, "currency": "CNY"}, "method": "m_new"
    });
    let quote = phone.post(&world, "/v1/quotes", &ask).await;
    let order = phone.order(&world, &quote.body);
    let order = phone.envelope(&order);
    let receipt = phone.pay(&world, &order).await.text("outcome");
    assert_eq!(payload(&receipt)["receipt"]["method"]["last4"], "7777");
    world.restore(&snapshot);
    let before = phone.get(&world, "/v1/sync").await;
    let taken = phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": [receipt]})).await;
    assert_eq!((taken.status, &taken.body["outcomes"]), (200, &json!(1)));
    let books = world.gateway.books().unwrap();
    assert_eq!((books.balance("suspense"), books.balance("biller:power-sh")), (-12_345, 12_345));
    assert_eq!(list(&world), [(id(&order), "method-unknown".to_owned(), world.now() * 1000)]);
    // The feed shows the bill as paid, without another question to the biller: in the version that the biller gave.
    let cursor = before.text("cursor");
    let feed = phone.get(&world, &format!("/v1/sync?cursor={cursor}")).await;
    let bill = feed.body["bills"].as_array().unwrap().iter().find(|bill| bill["bill_number"] == "P1").unwrap();
    assert_eq!((&bill["state"], &bill["version"]), (&json!("paid"), &json!(1)));
    world.audit();
}

#[tokio::test]
async fn an_adopted_charge_of_a_method_that_is_gone_is_booked_and_given_back_from_the_same_place() {
    let mut world = World::new("operator-adopted");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let mut people = sandbox_gateway::seeds::customers();
    let new = Method { id: "m_new".into(), last4: "7777".into(), ..people[0].methods[0].clone() };
    people[0].methods.push(new);
    world.gateway.enrol(&people).unwrap();
    let ask = json!({
        "account": account, "bill_number": "P1", "bill_version": 1,
        "amount": {"minor": 12_345, "currency": "CNY"}, "method": "m_new"
    });
    let quote = phone.post(&world, "/v1/quotes", &ask).await;
    let order = phone.order(&world, &quote.body);
    let order = phone.envelope(&order);
    world.fault("charge", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.faults.clear();
    world.restore(&snapshot);
    world.pass(WINDOW);
    phone.post(&world, "/v1/evidence", &json!({"orders": [order], "outcomes": []})).await;
    let ended = phone.confirm(&world, &order).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    assert_eq!(world.gateway.books().unwrap().balance("suspense"), -12_345);
    assert_eq!(world.gateway.books().unwrap().orders[0].state, State::Settled);
    assert_eq!(list(&world)[0].1, "method-unknown");
    world.audit();
}

#[tokio::test]
async fn an_order_of_a_customer_whom_the_restored_ledger_does_not_know_is_listed_and_no_error() {
    let mut world = World::new("operator-customer");
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let person = sandbox_gateway::seeds::Enrolment::new(77, "吕*", 1_000_000, "enrolled after the backup");
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let mut phone = Phone::active(&world, &person.phone).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = phone.pay(&world, &order).await.text("outcome");
    world.restore(&snapshot);
    world.pass(WINDOW);
    phone.show_credential = true;
    let shown = json!({"orders": [order], "outcomes": [receipt]});
    let taken = phone.post(&world, "/v1/evidence", &shown).await;
    assert_eq!((taken.status, &taken.body["outcomes"]), (200, &json!(0)), "{taken:?}");
    assert_eq!(phone.reverse(&world, &order).await.status, 202);
    assert_eq!(list(&world)[0].1, "customer-unknown");
    assert!(world.gateway.books().unwrap().orders.is_empty());
    // Enrolled again, it is booked.
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    phone.post(&world, "/v1/evidence", &shown).await;
    assert_eq!(phone.confirm(&world, &order).await.text("outcome"), receipt);
    assert_eq!(list(&world), []);
    world.audit();
}
