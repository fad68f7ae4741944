//! A newer trust document, through the real client and the real sandbox.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use billpay_core::{
    Proof, TrustState,
    error::{Fault, OpenError, RefreshError},
    model::pins::PinSet,
    platform::{Route, TransportFault},
};
use jiff::{SignedDuration, Timestamp};
use sandbox_gateway::outcomes::jws::SigningKey;
use world::{Fate, HOST, World, ends::is_settled_once, offline, receipt_key, trust_document, trust_document_of, world};

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

/// The pins in place let out nothing but the question for trust: none, or none that are still good.
fn closed(world: &World) -> bool {
    pinned(world).is_none_or(|pins| pins.expired(Timestamp::now()))
}

/// A network that heeds the pins of the phone.
fn heed_pins(world: &World) {
    let network = world.network.clone();
    world.network.rule(move |request| {
        let expired = network.pins.lock().unwrap().as_ref().is_none_or(|pins| pins.expired(Timestamp::now()));
        if expired && request.route == Route::Pinned { Fate::PinsExpired } else { Fate::Pass }
    });
}

fn ago(hours: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(hours)).to_string()
}

/// By the bank's offline key; expired so many hours ago.
fn expired(version: i64, soft: i64, hard: i64) -> String {
    trust_document_of(&offline(), version, HOST, ['A', 'B'], &receipt_key(), None, [&ago(soft), &ago(hard)])
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
    heed_pins(&world);
    // The app is opened with what it was shipped with, and shows what it has. What came since is known by its
    // version alone: the shipped pins are older, and let nothing out but the question for trust.
    *world.network.pins.lock().unwrap() = None;
    let client = world.open().await;
    let profile = client.profile().await.unwrap();
    assert!(profile.active);
    assert_eq!(profile.trust, TrustState::Expired);
    assert!(holds(pinned(&world), 'A') && closed(&world));
    let expired = RefreshError::Fault(Fault::Network(TransportFault::PinsExpired));
    *world.network.trust.lock().unwrap() = None;
    assert_eq!(client.refresh().await.unwrap_err(), expired, "the bank has nothing newer than what was shipped");
    *world.network.trust.lock().unwrap() = Some(newer(3, HOST));
    client.refresh().await.unwrap();
    assert!(matches!(client.profile().await.unwrap().trust, TrustState::Good { .. }));
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

#[tokio::test(flavor = "multi_thread")]
async fn pin_rule_8_the_version_only_rises_also_where_the_newest_document_has_rotted() {
    let world = world();
    let client = world.bound().await;
    *world.network.trust.lock().unwrap() = Some(newer(5, HOST));
    heed_pins(&world);
    client.refresh().await.unwrap();
    // Signed by the bank, and older than what is here.
    *world.network.trust.lock().unwrap() = Some(trust_document(4, HOST, ['A', 'E'], &receipt_key()));
    world.network.rule(|request| if request.route == Route::Pinned { Fate::PinsExpired } else { Fate::Pass });
    client.refresh().await.unwrap_err();
    assert!(holds(pinned(&world), 'C') && !holds(pinned(&world), 'E'));
    heed_pins(&world);
    // The row of the document rots, or somebody sees to it: its version stands in another.
    client.suspend().await.unwrap();
    drop(client);
    world.rot("setting", "trust");
    *world.network.pins.lock().unwrap() = None;
    let client = world.open().await;
    let expired = RefreshError::Fault(Fault::Network(TransportFault::PinsExpired));
    assert_eq!(client.refresh().await.unwrap_err(), expired, "4 is newer than what was shipped, older than 5");
    assert!(!holds(pinned(&world), 'E') && closed(&world));
    *world.network.trust.lock().unwrap() = Some(newer(5, HOST));
    client.refresh().await.unwrap();
    assert!(holds(pinned(&world), 'C') && !closed(&world));
}

#[tokio::test(flavor = "multi_thread")]
async fn pin_rule_8_a_document_by_another_key_than_the_offline_one_is_not_taken() {
    let world = world();
    let client = world.bound().await;
    let years = ["2036-01-01T00:00:00Z", "2037-01-01T00:00:00Z"];
    let strangers = [
        SigningKey { kid: "offline-2".into(), seed: [7; 32] },
        // By the name of ours, and the bank's own key for receipts: online, so not for this.
        SigningKey { kid: offline().kid, seed: [7; 32] },
        receipt_key(),
        SigningKey { kid: offline().kid, seed: receipt_key().seed },
    ];
    world.network.rule(|request| if request.route == Route::Pinned { Fate::PinsExpired } else { Fate::Pass });
    for signer in strangers {
        let document = trust_document_of(&signer, 9, HOST, ['C', 'D'], &receipt_key(), None, years);
        *world.network.trust.lock().unwrap() = Some(document);
        assert!(client.refresh().await.is_err());
        assert_eq!(pinned(&world), None, "{}", signer.kid);
    }
    *world.network.trust.lock().unwrap() = Some(newer(9, HOST));
    assert!(client.refresh().await.is_err(), "the network still says no");
    assert!(holds(pinned(&world), 'C'), "or the rest of this test would show nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn pin_rule_7_past_the_soft_date_everything_works_and_the_shell_can_see_it() {
    let mut world = world();
    world.trust =
        trust_document_of(&offline(), 2, HOST, ['A', 'B'], &receipt_key(), None, [&ago(1), "2037-01-01T00:00:00Z"]);
    let client = world.bound().await;
    let until = "2037-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(client.profile().await.unwrap().trust, TrustState::RenewalDue { until });
    let payment = world.pay(&client).await;
    is_settled_once(&world, &client, &payment).await;
    // It is asked for by itself with each refresh, over the pins that are still good.
    assert!(world.network.count("GET /v1/trust") > 0);
    *world.network.trust.lock().unwrap() = Some(newer(3, HOST));
    client.refresh().await.unwrap();
    assert_eq!(client.profile().await.unwrap().trust, TrustState::Good { until });
}

#[tokio::test(flavor = "multi_thread")]
async fn pin_rule_7_past_the_hard_date_nothing_goes_out_but_the_question_and_receipts_verify_still() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    is_settled_once(&world, &client, &payment).await;
    *world.network.trust.lock().unwrap() = Some(expired(3, 2, 1));
    world.network.rule(|request| if request.route == Route::Pinned { Fate::PinsExpired } else { Fate::Pass });
    client.refresh().await.unwrap_err();
    // The bank gave one that has ended already: it is newer, and it lets nothing out.
    heed_pins(&world);
    assert!(holds(pinned(&world), 'A') && closed(&world));
    assert_eq!(client.profile().await.unwrap().trust, TrustState::Expired);
    world.network.log.lock().unwrap().clear();
    let expired = RefreshError::Fault(Fault::Network(TransportFault::PinsExpired));
    assert_eq!(client.refresh().await.unwrap_err(), expired);
    assert_eq!(client.receipt(&payment.id).await.unwrap().proof, Proof::Verified);
    *world.network.trust.lock().unwrap() = Some(newer(4, HOST));
    client.refresh().await.unwrap();
    assert!(matches!(client.profile().await.unwrap().trust, TrustState::Good { .. }));
}
