//! How a payment has to have ended.

use std::time::Duration;

use billpay_core::{Client, Payment, PaymentState, Proof, events::EventKind};

use super::World;

/// The end of a payment; waits for it.
pub async fn end(client: &Client, payment: &str) -> PaymentState {
    for _ in 0..600 {
        let now = client.payment(payment).await.unwrap().state;
        if !matches!(now, PaymentState::Checking { .. }) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still in doubt; asked: {:?}", client.payment(payment).await)
}

/// Charged once, with its receipt and its event.
pub async fn is_settled_once(world: &World, client: &Client, payment: &Payment) {
    assert_eq!(end(client, &payment.id).await, PaymentState::Settled);
    assert_eq!(world.charged(), payment.amount.minor());
    let receipt = client.receipt(&payment.id).await.unwrap();
    assert_eq!((receipt.proof, receipt.kind.as_str()), (Proof::Verified, "receipt"));
    let event = client.next_event().await.unwrap().unwrap();
    assert_eq!((event.kind, event.payment()), (EventKind::Settled, payment.id.as_str()));
}
