//! A doubt has a way to its end whatever else has gone wrong meanwhile: an app that is too old, a device
//! that was revoked, a key or a pin that is gone, a bank that came back on a backup (I4).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::time::Duration;

use billpay_core::{
    Client, Payment, PaymentState,
    error::{Fault, QuoteError},
    model::Language,
    platform::{KeyRole, Route, TransportFault},
};
use world::{
    Fate, HOST, PHONE, POWER, World,
    ends::{end, is_settled_once},
    receipt_key, trust_document, world,
};

/// Messages of before a restore are too old for the billers after this.
const WINDOW: Duration = Duration::from_secs(7 * 60 + 1);
/// No order may be charged any more after this.
const VALID: Duration = Duration::from_secs(301);

/// A payment in doubt: its order has arrived and was charged, or it never arrived.
async fn in_doubt(world: &World, arrived: bool) -> (Client, Payment) {
    let client = world.bound().await;
    let payment = doubt_of(world, &client, arrived).await;
    (client, payment)
}

async fn doubt_of(world: &World, client: &Client, arrived: bool) -> Payment {
    let quote = world.quote(client).await;
    world.network.rule(move |request| match request.url.contains("/v1/payments") {
        true if arrived => Fate::LoseAnswer,
        true => Fate::LoseRequest,
        false => Fate::Pass,
    });
    let payment = client.pay(&quote.id).await.unwrap();
    assert!(matches!(payment.state, PaymentState::Checking { .. }), "{payment:?}");
    assert_eq!(world.charged() > 0, arrived);
    payment
}

/// Undone, or rather never done: no money is anywhere but where it was.
async fn is_reversed(world: &World, client: &Client, payment: &Payment) {
    let state = end(client, &payment.id).await;
    assert!(matches!(state, PaymentState::Reversed { .. }), "{state:?}");
    assert_eq!(world.charged(), 0);
    assert_eq!(client.receipt(&payment.id).await.unwrap().kind, "reversal");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_61_an_app_that_is_too_old_for_anything_else_still_ends_its_doubts() {
    for arrived in [true, false] {
        let mut world = world();
        let (client, payment) = in_doubt(&world, arrived).await;
        world.restart_bank(|config| config.minimum_client = "2.0.0".into());
        let refused = client.refresh().await.unwrap_err();
        assert_eq!(refused, Fault::ClientTooOld { minimum: "2.0.0".into() }.into());
        world.network.heal();
        if arrived {
            client.network_returned();
            is_settled_once(&world, &client, &payment).await;
        } else {
            // A new order it would be, to this bank: not taken from so old an app, and no end either.
            assert_eq!(client.resolve().await, Ok(1));
            world.bank_clock.advance(VALID);
            client.network_returned();
            is_reversed(&world, &client, &payment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_revoked_device_ends_its_doubts_itself_and_the_new_one_sees_and_hears_of_it() {
    for arrived in [true, false] {
        let world = world();
        let (client, payment) = in_doubt(&world, arrived).await;
        client.suspend().await.unwrap();
        drop(client);
        // Another phone of the same customer at the same bank, with keys and a file of its own.
        let mut other = world::world();
        other.network = world.network.clone();
        world.network.heal();
        world.bank_clock.advance(Duration::from_secs(61));
        let new = other.open().await;
        new.start_activation(PHONE).await.unwrap();
        new.finish_activation(&world.code()).await.unwrap();
        new.refresh().await.unwrap();
        let old = world.open().await;
        if arrived {
            // Settled at the bank: the new phone has the receipt with its first feed.
            assert_eq!(new.receipt(&payment.id).await.unwrap().kind, "receipt");
            is_settled_once(&world, &old, &payment).await;
        } else {
            // Not known to the bank: neither refused nor charged, whoever asks.
            assert_eq!(old.resolve().await, Ok(1));
            assert_eq!(world.charged(), 0);
            world.bank_clock.advance(VALID);
            old.network_returned();
            is_reversed(&world, &old, &payment).await;
            new.refresh().await.unwrap();
            assert_eq!(new.receipt(&payment.id).await.unwrap().kind, "reversal");
        }
        assert_eq!(old.refresh().await, Err(Fault::DeviceRevoked.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_34_a_lost_order_key_keeps_no_doubt_from_its_end() {
    for arrived in [true, false] {
        let world = world();
        let (client, payment) = in_doubt(&world, arrived).await;
        world.keys.lose(KeyRole::Order);
        world.network.heal();
        if !arrived {
            world.bank_clock.advance(VALID);
        }
        client.network_returned();
        match arrived {
            true => is_settled_once(&world, &client, &payment).await,
            false => is_reversed(&world, &client, &payment).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_34_a_doubt_whose_device_key_is_lost_ends_once_the_phone_is_activated_again() {
    for arrived in [true, false] {
        let world = world();
        let (client, payment) = in_doubt(&world, arrived).await;
        world.keys.lose(KeyRole::Device);
        world.network.heal();
        // Without a key nothing can be asked, and nothing is said of the payment.
        let _ = client.resolve().await;
        let now = client.payment(&payment.id).await.unwrap().state;
        assert!(matches!(now, PaymentState::Checking { .. }), "{now:?}");
        world.bank_clock.advance(Duration::from_secs(61));
        client.start_activation(PHONE).await.unwrap();
        assert!(client.finish_activation(&world.code()).await.unwrap().active);
        match arrived {
            true => is_settled_once(&world, &client, &payment).await,
            false => {
                world.bank_clock.advance(VALID);
                client.network_returned();
                is_reversed(&world, &client, &payment).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_a_doubt_ends_though_the_pins_have_expired_with_a_look_at_trust_alone() {
    for arrived in [true, false] {
        let world = world();
        let (client, payment) = in_doubt(&world, arrived).await;
        let network = world.network.clone();
        world.network.rule(move |request| {
            let expired = network.pins.lock().unwrap().is_none() && request.route == Route::Pinned;
            if expired { Fate::PinsExpired } else { Fate::Pass }
        });
        // Provably nothing was sent, and still it is a doubt: an earlier attempt may have arrived.
        assert_eq!(client.resolve().await, Ok(1));
        let expired = client.refresh().await.unwrap_err();
        assert_eq!(expired, Fault::Network(TransportFault::PinsExpired).into());
        *world.network.trust.lock().unwrap() = Some(trust_document(3, HOST, ['C', 'D'], &receipt_key()));
        if !arrived {
            world.bank_clock.advance(VALID);
        }
        client.network_returned();
        match arrived {
            true => is_settled_once(&world, &client, &payment).await,
            false => is_reversed(&world, &client, &payment).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_7_a_doubt_at_a_bank_that_came_back_on_an_older_backup_ends_as_the_biller_has_it() {
    for arrived in [true, false] {
        let mut world = world();
        let client = world.bound().await;
        let before = world.gateway.ledger().snapshot().unwrap();
        let payment = doubt_of(&world, &client, arrived).await;
        let charged = world.charged();
        world.restore_bank(&before);
        world.network.heal();
        client.network_returned();
        // Not known, sent again, answered with neither an end nor a charge.
        assert_eq!(client.resolve().await, Ok(1));
        assert_eq!(world.charged(), charged);
        world.bank_clock.advance(VALID);
        assert_eq!(client.resolve().await, Ok(1), "messages of before the restore may still act");
        world.bank_clock.advance(WINDOW);
        client.network_returned();
        match arrived {
            true => is_settled_once(&world, &client, &payment).await,
            false => is_reversed(&world, &client, &payment).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_a_doubt_ends_on_demand_and_until_then_the_bill_is_blocked() {
    let world = world();
    let (client, payment) = in_doubt(&world, true).await;
    let blocked = client.quote(POWER, &payment.bill_number, None, None).await;
    assert_eq!(blocked, Err(QuoteError::PaymentInDoubt { payment: payment.id.clone() }));
    world.network.heal();
    // The recovery may have it in its hands just now.
    for _ in 0..100 {
        if client.resolve().await.unwrap() == 0 {
            break;
        }
    }
    is_settled_once(&world, &client, &payment).await;
    let bills = client.bills(Language::En).await.unwrap().bills;
    assert!(bills.iter().all(|bill| !matches!(bill.status, billpay_core::BillStatus::Checking { .. })));
}
