//! No bearer token anywhere: what a phone sends is worth nothing to whoever reads it, but for the signature over
//! that one request.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use billpay_core::{gateway::caller::Caller, platform::Route};
use world::{ends::is_settled_once, world};

/// All that a request may carry beside its body.
const CARRIED: [&str; 11] = [
    "accept",
    "accept-language",
    "billpay-attestation",
    "billpay-client",
    "billpay-core",
    "billpay-credential",
    "content-digest",
    "content-type",
    "idempotency-key",
    "signature",
    "signature-input",
];

#[tokio::test(flavor = "multi_thread")]
async fn auth_1_no_request_carries_a_token_and_no_answer_gives_one() {
    let world = world();
    let sent = Arc::new(Mutex::new(BTreeSet::new()));
    let given = Arc::new(Mutex::new(BTreeSet::new()));
    let (names, answers) = (sent.clone(), given.clone());
    world.network.tamper(move |request| {
        names.lock().unwrap().extend(request.headers.iter().map(|(name, _)| (*name).to_owned()));
        assert!(!request.url.contains('@') && !request.url.to_lowercase().contains("token"), "{}", request.url);
    });
    world.network.forge(move |_, answer| {
        answers.lock().unwrap().extend(answer.headers.iter().map(|(name, _)| name.to_lowercase()));
    });
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    is_settled_once(&world, &client, &payment).await;
    client.refresh().await.unwrap();
    let sent = sent.lock().unwrap();
    let more: Vec<_> = sent.iter().filter(|name| !CARRIED.contains(&name.as_str())).collect();
    assert!(more.is_empty(), "a request carries {more:?}");
    assert!(sent.contains("signature") && sent.contains("signature-input"), "nothing was looked at");
    let given = given.lock().unwrap();
    assert!(given.contains("bank-time"), "nothing was looked at");
    for token in ["set-cookie", "www-authenticate", "authorization"] {
        assert!(!given.contains(token), "an answer carries {token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resilience_1_what_the_platform_vouches_for_goes_with_every_signed_request_and_with_no_other() {
    let world = world();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    world.network.tamper(move |request| {
        let of =
            |wanted: &str| request.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        into.lock().unwrap().push((of("signature").is_some(), of("billpay-attestation")));
    });
    let taken = || std::mem::take(&mut *seen.lock().unwrap());
    let client = world.bound().await;
    assert!(taken().iter().all(|(_, token)| token.is_none()), "nobody has given one");
    client.set_attestation(Some("one.two-three")).unwrap();
    let payment = world.pay(&client).await;
    is_settled_once(&world, &client, &payment).await;
    client.refresh().await.unwrap();
    let sent = taken();
    assert!(sent.len() >= 2, "nothing was looked at");
    for (signed, token) in &sent {
        assert_eq!(token.as_deref(), signed.then_some("one.two-three"));
    }
    // The question that may go out without pins, and is not signed, tells nobody.
    let config = world.config();
    let caller = Caller::new(world.platform(), &config.gateway, &config.client_version, config.language);
    caller.attest(Some("one.two-three".to_owned()));
    assert!(caller.trust(Route::Pinned).await.is_ok());
    assert_eq!(taken(), [(false, None)]);
    // What no field can carry is refused, and the one of before stays.
    for no_token in ["", "two words", "line\nbreak", "\u{7f}", "é", &"x".repeat(8193)] {
        assert!(client.set_attestation(Some(no_token)).is_err(), "{no_token:?}");
    }
    client.refresh().await.unwrap();
    assert!(taken().iter().any(|(_, token)| token.as_deref() == Some("one.two-three")));
    client.set_attestation(None).unwrap();
    client.refresh().await.unwrap();
    assert!(taken().iter().all(|(_, token)| token.is_none()));
}

#[test]
fn auth_1_the_contract_knows_no_bearer_token_no_cookie_and_no_api_key() {
    let contract = include_str!("../api/gateway.openapi.yaml").to_lowercase();
    for word in ["scheme: bearer", "type: apikey", "oauth", "openidconnect", "in: cookie", "cookie", "authorization:"] {
        assert!(!contract.contains(word), "the contract says {word}");
    }
    assert!(contract.contains("no bearer tokens") && contract.contains("signature-input"));
}
