//! Keys of receipts at the door: what a key signs outside of its time ends no order (row 47, I3).
#![allow(clippy::unwrap_used)]

mod world;

use billpay_core::PaymentState;
use world::world;

#[tokio::test(flavor = "multi_thread")]
async fn row_47_a_receipt_by_a_key_that_was_retired_before_settles_nothing() {
    let mut world = world();
    world.retire_receipt_key("2026-02-01T00:00:00Z");
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    assert!(world.charged() > 0, "the bank says that it is paid");
    assert!(matches!(payment.state, PaymentState::Checking { .. }), "{payment:?}");
    client.refresh().await.unwrap();
    assert!(client.receipts(10, 0).await.unwrap().receipts.is_empty());
    assert!(matches!(client.payment(&payment.id).await.unwrap().state, PaymentState::Checking { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_47_a_receipt_of_the_time_of_its_key_settles_though_the_key_is_to_retire() {
    let mut world = world();
    world.retire_receipt_key("2100-01-01T00:00:00Z");
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    assert_eq!(payment.state, PaymentState::Settled);
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 1);
}
