//! Every error of the key-store ports, at each thing that a person does: what the client says, and how it goes on
//! when the store works again. docs/security/custody.md shows the table.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use billpay_core::{
    Client, PaymentState,
    error::{ActivationError, Fault, PayError, RefreshError},
    platform::SecretError,
};
use world::{Fate, PHONE, World, ends::end, ends::is_settled_once, world};

/// What the store says, and what the client makes of it.
fn errors() -> Vec<(SecretError, Fault)> {
    let failed = SecretError::Failed("no such store".to_owned());
    // What a store without randomness says: it cannot make a key.
    let poor = SecretError::Failed("the system gives no randomness".to_owned());
    vec![
        (SecretError::Locked, Fault::Locked),
        (SecretError::Lost, Fault::KeyLost),
        (SecretError::Ambiguous, Fault::KeyStore(SecretError::Ambiguous)),
        (SecretError::Cancelled, Fault::Cancelled),
        (failed.clone(), Fault::KeyStore(failed)),
        (poor.clone(), Fault::KeyStore(poor)),
    ]
}

fn says(world: &World, error: Option<&SecretError>) {
    *world.keys.fails.lock().unwrap() = error.cloned();
}

async fn reopened(world: &World, client: Client) -> Client {
    client.suspend().await.unwrap();
    drop(client);
    world.open().await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_opening_a_profile_says_the_error_and_leaves_everything_as_it_was() {
    for (error, fault) in errors() {
        let world = world();
        let client = world.bound().await;
        let payment = world.pay(&client).await;
        is_settled_once(&world, &client, &payment).await;
        let kept = world.keys.kept.lock().unwrap().clone();
        says(&world, Some(&error));
        let client = reopened(&world, client).await;
        assert_eq!(client.payments(10, 0).await, Err(fault.clone()), "{error:?}");
        assert_eq!(client.profile().await.map(drop), Err(fault.clone()), "{error:?}");
        assert_eq!(client.refresh().await.map(drop), Err(RefreshError::Fault(fault)), "{error:?}");
        says(&world, None);
        assert!(*world.keys.kept.lock().unwrap() == kept, "{error:?}: no key was made, none went");
        assert!(client.profile().await.unwrap().active, "{error:?}");
        assert_eq!(client.payments(10, 0).await.unwrap().payments[0].state, PaymentState::Settled, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_the_first_start_without_a_key_store_makes_no_profile_that_nobody_can_open() {
    for (error, fault) in errors() {
        let world = world();
        says(&world, Some(&error));
        let client = world.open().await;
        let started = client.start_activation(PHONE).await.map(drop);
        assert_eq!(started, Err(ActivationError::Fault(fault)), "{error:?}");
        assert_eq!(world.network.count("POST"), 0, "{error:?}: no message is sent for keys that are not there");
        assert!(world.keys.kept.lock().unwrap().is_empty(), "{error:?}");
        says(&world, None);
        world.activate(&client).await;
        assert!(client.profile().await.unwrap().active, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_a_signature_that_the_store_refuses_sends_no_order_and_holds_no_bill() {
    for (error, fault) in errors() {
        let world = world();
        let client = world.bound().await;
        let quote = world.quote(&client).await;
        says(&world, Some(&error));
        let refused = client.pay(&quote.id).await.map(drop);
        assert_eq!(refused, Err(PayError::Fault(fault)), "{error:?}");
        assert_eq!(world.network.count("POST /v1/payments"), 0, "{error:?}");
        assert_eq!(world.charged(), 0, "{error:?}");
        says(&world, None);
        // Nothing of it is left: the same bill is quoted and paid at once.
        let payment = world.pay(&client).await;
        is_settled_once(&world, &client, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_a_doubt_waits_while_the_store_refuses_and_ends_when_it_works() {
    for (error, fault) in errors() {
        let world = world();
        let client = world.bound().await;
        let quote = world.quote(&client).await;
        world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
        let payment = client.pay(&quote.id).await.unwrap();
        assert!(matches!(payment.state, PaymentState::Checking { .. }), "{error:?}");
        says(&world, Some(&error));
        // The network stays as it is: a question that was signed before may still be on its way.
        // Open, with the keys at hand: the doubt is shown, and nobody says anything else of it.
        let open = client.resolve().await;
        assert!(open == Ok(1) || open == Err(fault), "{error:?}: {open:?}");
        let shown = client.payments(1, 0).await.unwrap().payments.remove(0);
        assert!(matches!(shown.state, PaymentState::Checking { .. }), "{error:?}: {:?}", shown.state);
        world.network.heal();
        says(&world, None);
        client.network_returned();
        assert_eq!(end(&client, &payment.id).await, PaymentState::Settled, "{error:?}");
        assert_eq!(world.charged(), payment.amount.minor(), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_58_a_key_store_that_is_slow_holds_nobody_up_who_needs_no_key() {
    use std::{sync::atomic::Ordering, time::Duration};
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    is_settled_once(&world, &client, &payment).await;
    let client = std::sync::Arc::new(client);
    let account = world.bind(&client, 1).await;
    let bill = client.bills(billpay_core::model::Language::Zh).await.unwrap().bills;
    let bill = bill.into_iter().find(|bill| bill.account == account).unwrap();
    let quote = client.quote(world::POWER, &bill.bill_number, None, None).await.unwrap();
    // As long as a person looks for their thumb.
    world.keys.slow_ms.store(1_500, Ordering::SeqCst);
    let paying = tokio::spawn({
        let client = client.clone();
        async move { client.pay(&quote.id).await }
    });
    while world.keys.waiting.load(Ordering::SeqCst) == 0 {
        assert!(!paying.is_finished(), "paid without a key");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What is stored is read meanwhile, in far less than one look at the store takes.
    let read = tokio::time::timeout(Duration::from_millis(1_000), client.payments(10, 0)).await;
    assert_eq!(read.expect("held up by the key store").unwrap().payments[0].id, payment.id);
    world.keys.slow_ms.store(0, Ordering::SeqCst);
    let paid = paying.await.unwrap().unwrap();
    assert_eq!(end(&client, &paid.id).await, PaymentState::Settled);
}
