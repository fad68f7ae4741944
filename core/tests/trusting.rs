//! A newer trust document, through the real client and the real sandbox.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use billpay_core::{
    error::{Fault, OpenError, RefreshError},
    model::pins::PinSet,
    platform::{Route, TransportFault},
};
use world::{Fate, HOST, World, receipt_key, trust_document, world};

/// With other pins than the shipped one, whose version is 2.
fn newer(version: i64, host: &str) -> String {
    trust_document(version, host, ['C', 'D'], &receipt_key())
}

fn pinned(world: &World) -> Option<PinSet> {
    world.network.pins.lock().unwrap().clone()
}

fn holds(pins: Option<PinSet>, letter: char) -> bool {
    let pin = format!("sha256/{}A=", letter.to_string().repeat(42)).parse().unwrap();
    pins.is_some_and(|pins| pins.holds(pin))
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_expired_pins_are_replaced_by_a_look_at_trust_and_the_call_goes_out_after_all() {
    let world = world();
    let client = world.bound().await;
    let network = world.network.clone();
    world.network.rule(move |request| {
        let expired = network.pins.lock().unwrap().is_none() && request.route == Route::Pinned;
        if expired { Fate::PinsExpired } else { Fate::Pass }
    });
    // Nothing newer, or something that does not count: as before.
    let refused =
        [None, Some(newer(2, HOST)), Some(newer(3, "other.example")), Some(newer(3, HOST).replace('.', ".."))];
    for trust in refused {
        *world.network.trust.lock().unwrap() = trust;
        let expired = RefreshError::Fault(Fault::Network(TransportFault::PinsExpired));
        assert_eq!(client.refresh().await.unwrap_err(), expired);
        assert_eq!(pinned(&world), None);
    }
    *world.network.trust.lock().unwrap() = Some(newer(3, HOST));
    client.refresh().await.unwrap();
    assert!(holds(pinned(&world), 'C'));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_new_pins_are_in_place_again_after_the_profile_is_opened_again() {
    let world = world();
    let client = world.bound().await;
    *world.network.trust.lock().unwrap() = Some(newer(3, HOST));
    let network = world.network.clone();
    world.network.rule(move |request| {
        let expired = network.pins.lock().unwrap().is_none() && request.route == Route::Pinned;
        if expired { Fate::PinsExpired } else { Fate::Pass }
    });
    client.refresh().await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    *world.network.pins.lock().unwrap() = None;
    let client = world.open().await;
    client.profile().await.unwrap();
    assert!(holds(pinned(&world), 'C'));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_32_a_rotten_trust_document_locks_nobody_out_and_is_fetched_again() {
    let world = world();
    let client = world.bound().await;
    *world.network.trust.lock().unwrap() = Some(newer(3, HOST));
    let network = world.network.clone();
    world.network.rule(move |request| {
        let expired = network.pins.lock().unwrap().is_none() && request.route == Route::Pinned;
        if expired { Fate::PinsExpired } else { Fate::Pass }
    });
    client.refresh().await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    world.rot("setting", "trust");
    world.network.heal();
    // The app is opened with what it was shipped with, and shows what it has.
    *world.network.pins.lock().unwrap() = None;
    let client = world.open().await;
    assert!(client.profile().await.unwrap().active);
    assert_eq!(pinned(&world), None);
    client.refresh().await.unwrap();
    assert!(holds(pinned(&world), 'C'));
    // It is stored again.
    client.suspend().await.unwrap();
    drop(client);
    *world.network.pins.lock().unwrap() = None;
    let client = world.open().await;
    client.profile().await.unwrap();
    assert!(holds(pinned(&world), 'C'));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_what_another_process_has_stored_meanwhile_counts_after_waking() {
    let world = world();
    let first = world.bound().await;
    first.suspend().await.unwrap();
    *world.network.trust.lock().unwrap() = Some(newer(3, HOST));
    let network = world.network.clone();
    world.network.rule(move |request| {
        let expired = network.pins.lock().unwrap().is_none() && request.route == Route::Pinned;
        if expired { Fate::PinsExpired } else { Fate::Pass }
    });
    let second = world.open().await;
    second.refresh().await.unwrap();
    second.suspend().await.unwrap();
    drop(second);
    *world.network.pins.lock().unwrap() = None;
    first.resume().await.unwrap();
    first.profile().await.unwrap();
    assert!(holds(pinned(&world), 'C'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_does_not_fit_together_is_refused_at_open() {
    let world = world();
    for gateway in ["http://gateway.bank.example", "https://GATEWAY.bank.example", "https://gateway.bank.example:443"] {
        let error = world.open_as(|config| config.gateway = gateway.to_owned()).await.err();
        assert!(matches!(error, Some(OpenError::Config(_))), "{gateway}: {error:?}");
    }
    let error = world.open_as(|config| config.gateway = "https://other.example".to_owned()).await.err();
    assert_eq!(error, Some(OpenError::Config("the trust document is for another host than the gateway's")));
}
