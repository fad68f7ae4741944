//! A payment interrupted at each of its steps: by a caller who goes away, by an app that is put to sleep.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::sync::Arc;

use billpay_core::{Client, Payment, error::PayError};
use world::{World, ends::is_settled_once, world};

/// More than a payment has; the tests end with the first step that it does not have.
const MOST: i64 = 200;
/// Fewer would mean that steps are not counted.
const LEAST: i64 = 15;

/// A payment that is under way, and held up at its nth step; `None` where it has ended before.
async fn held_at(nth: i64) -> Option<(World, Arc<Client>, tokio::task::JoinHandle<Result<Payment, PayError>>)> {
    let world = world();
    let client = Arc::new(world.bound().await);
    let quote = world.quote(&client).await;
    world.network.steps.hold(nth);
    let payer = client.clone();
    let mut paying = tokio::spawn(async move { payer.pay(&quote.id).await });
    tokio::select! {
        biased;
        () = world.network.steps.is_held() => Some((world, client, paying)),
        ended = &mut paying => {
            ended.unwrap().unwrap();
            assert!(nth > LEAST, "a payment of {nth} steps");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_put_to_sleep_before_each_step_of_a_payment_it_ends_once_after_waking() {
    for nth in 1..MOST {
        let Some((world, client, paying)) = held_at(nth).await else { return };
        client.suspend().await.unwrap();
        world.network.steps.go_on();
        let said = paying.await.unwrap();
        let asked = world.network.log.lock().unwrap().len();
        client.resume().await.unwrap();
        match said {
            Ok(payment) => is_settled_once(&world, &client, &payment).await,
            // Said that there is no order: then there is none, and there will be none.
            Err(error) => {
                assert_eq!(client.payments(10, 0).await.unwrap(), [], "step {nth}: {error:?}");
                assert_eq!(world.charged(), 0, "step {nth}: {error:?}");
                assert_eq!(world.network.count("POST /v1/payments"), 0, "step {nth}, {asked} requests: {error:?}");
                let payment = world.pay(&client).await;
                is_settled_once(&world, &client, &payment).await;
            }
        }
    }
    panic!("a payment has no end of steps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_before_any_step_cancels_only_the_waiting() {
    for nth in 1..MOST {
        let Some((world, client, paying)) = held_at(nth).await else { return };
        paying.abort();
        assert!(paying.await.unwrap_err().is_cancelled());
        world.network.steps.go_on();
        let mut payments = Vec::new();
        while payments.is_empty() {
            payments = client.payments(10, 0).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        assert_eq!(payments.len(), 1, "step {nth}");
        is_settled_once(&world, &client, &payments[0]).await;
    }
    panic!("a payment has no end of steps");
}
