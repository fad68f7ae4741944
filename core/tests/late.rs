//! Row 35: what the bank says late, twice or out of order, by an answer or by the feed, leads to the same
//! end, once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::sync::Arc;

use billpay_core::{
    BillStatus, Client, Payment, PaymentState,
    error::{PayError, QuoteError},
    model::Language,
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use world::{Fate, POWER, World, ends::is_settled_once, world};

/// A payment whose order was charged, and whose answer waits.
async fn answer_waits(world: &World) -> (Arc<Client>, JoinHandle<Result<Payment, PayError>>) {
    let client = Arc::new(world.bound().await);
    let quote = world.quote(&client).await;
    world.network.only("POST", "/v1/payments", Fate::Late);
    let payer = client.clone();
    let paying = tokio::spawn(async move { payer.pay(&quote.id).await });
    world.network.waits.notified().await;
    (client, paying)
}

/// Ended once, told once, asked about no more.
async fn ended_once(world: &World, client: &Client, payment: &Payment) {
    is_settled_once(world, client, payment).await;
    let event = client.next_event().await.unwrap().unwrap();
    client.acknowledge_event(&event.id).await.unwrap();
    assert_eq!(client.next_event().await.unwrap(), None, "told once");
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 1, "one document");
    assert_eq!(client.resolve().await, Ok(0));
    assert_eq!(world.network.count("POST /v1/payments"), 1, "sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_the_feed_brings_the_end_twice_and_then_the_answer_comes() {
    let world = world();
    let (client, paying) = answer_waits(&world).await;
    let kept = Arc::new(std::sync::Mutex::new(Value::Null));
    let seen = kept.clone();
    world.network.forge_feed(move |feed, _| {
        let mut kept = seen.lock().unwrap();
        if feed["outcomes"][0].is_string() {
            *kept = feed["outcomes"].clone();
        }
        // In each later feed, too, and twice.
        let again = kept.as_array().cloned().unwrap_or_default();
        feed["outcomes"].as_array_mut().unwrap().extend(again);
    });
    for _ in 0..3 {
        client.refresh().await.unwrap();
    }
    assert!(kept.lock().unwrap().is_array(), "the feed never brought it");
    let payment = client.payments(10, 0).await.unwrap().payments.remove(0);
    assert_eq!(payment.state, PaymentState::Settled, "by the feed alone");
    world.network.let_go.notify_one();
    assert_eq!(paying.await.unwrap().unwrap().state, PaymentState::Settled);
    client.refresh().await.unwrap();
    ended_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_an_answer_of_before_the_end_comes_after_it_and_changes_nothing() {
    for (status, body) in [
        (202, json!({ "state": "pending" })),
        (202, json!({ "state": "pending", "held_until": "2036-01-01T00:00:00Z" })),
        (404, json!({ "type": "urn:billpay:problem:payment-unknown", "title": "x", "status": 404 })),
        (409, json!({ "type": "urn:billpay:problem:idempotency-key-in-progress", "title": "x", "status": 409 })),
        (500, json!({})),
    ] {
        let world = world();
        let (client, paying) = answer_waits(&world).await;
        client.refresh().await.unwrap();
        let late = body.clone();
        world.network.forge(move |asked, answer| {
            if asked.contains("/v1/payments") {
                (answer.status, answer.body) = (status, late.to_string().into_bytes());
            }
        });
        world.network.let_go.notify_one();
        let payment = paying.await.unwrap().unwrap();
        assert_eq!(payment.state, PaymentState::Settled, "{status} {body}");
        ended_once(&world, &client, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_35_a_feed_of_before_the_payment_comes_after_it_and_does_not_offer_the_bill_again() {
    let world = world();
    let client = Arc::new(world.bound().await);
    let quote = world.quote(&client).await;
    world.network.only("GET", "/v1/sync", Fate::Late);
    let asking = client.clone();
    let refreshing = tokio::spawn(async move { asking.refresh().await });
    world.network.waits.notified().await;
    let payment = client.pay(&quote.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    world.network.heal();
    world.network.let_go.notify_one();
    refreshing.await.unwrap().unwrap();
    let bills = client.bills(Language::En).await.unwrap().bills;
    let status = bills.into_iter().find(|bill| bill.bill_number == quote.bill_number).unwrap().status;
    assert_eq!(status, BillStatus::Paid);
    let again = client.quote(POWER, &quote.bill_number, None, None).await;
    assert!(matches!(again, Err(QuoteError::AlreadySettled { .. })), "{again:?}");
    ended_once(&world, &client, &payment).await;
}
