//! Asking too often (row 13): the bank says when, and nobody loops until then.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{sync::atomic::Ordering, time::Duration};

use billpay_core::{
    Client,
    error::{BindingError, Fault, RefreshError},
    text::Explain as _,
};
use jiff::Timestamp;
use sandbox_gateway::clock::Clock as _;
use world::{POWER, World, world};

fn passes(world: &World, seconds: u64) {
    world.bank_clock.advance(Duration::from_secs(seconds));
    world.phone_clock.passed_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
}

async fn look_up(world: &World, client: &Client) -> Result<(), BindingError> {
    client.lookup_binding(POWER, &world.number(POWER, 1)).await.map(drop)
}

fn rate_limited(error: BindingError) -> Timestamp {
    let BindingError::Fault(Fault::RateLimited { retry_at: Some(at) }) = error else { panic!("{error:?}") };
    at
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_the_eleventh_look_up_in_a_minute_is_refused_with_its_time_and_is_not_asked_before_it() {
    let world = world();
    let client = world.bound().await;
    // Binding was the first.
    for nth in 2..=10 {
        look_up(&world, &client).await.unwrap_or_else(|error| panic!("{nth}: {error}"));
    }
    let error = look_up(&world, &client).await.unwrap_err();
    let told = error.explain(billpay_core::model::Language::En, &jiff::tz::TimeZone::UTC);
    let at = rate_limited(error);
    let left = at.as_second() - world.bank_clock.now().as_second();
    assert!((1..=60).contains(&left), "{left}");
    assert_eq!((told.code, told.retry_at), ("rate-limited", Some(at)));
    assert!(told.what_to_do.starts_with("Come back after"), "{told:?}");
    let asked = world.network.count("POST /v1/bindings/lookup");
    // Whoever taps on and on costs the bank nothing.
    for _ in 0..100 {
        assert_eq!(rate_limited(look_up(&world, &client).await.unwrap_err()), at);
    }
    assert_eq!(world.network.count("POST /v1/bindings/lookup"), asked);
    // The rest goes on meanwhile.
    client.refresh().await.unwrap();
    passes(&world, 61);
    look_up(&world, &client).await.unwrap();
    assert_eq!(world.network.count("POST /v1/bindings/lookup"), asked + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_a_bank_that_names_no_time_is_asked_less_and_less_often() {
    let world = world();
    let client = world.bound().await;
    world.network.forge(|what, answer| {
        if what.starts_with("GET /v1/sync") {
            let problem = r#"{"type": "urn:billpay:problem:rate-limited", "title": "Asked too often", "status": 429}"#;
            (answer.status, answer.body) = (429, problem.as_bytes().to_vec());
        }
    });
    let before = world.network.count("GET /v1/sync");
    // Somebody pulls the list down every second for five minutes.
    for _ in 0..300 {
        let refused = client.refresh().await.unwrap_err();
        assert_eq!(refused, RefreshError::Fault(Fault::RateLimited { retry_at: None }));
        passes(&world, 1);
    }
    let asked = world.network.count("GET /v1/sync") - before;
    assert!((2..=9).contains(&asked), "{asked} times");
    world.network.forge(|_, _| {});
    passes(&world, 300);
    client.refresh().await.unwrap();
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_13_a_biller_that_is_asked_too_often_keeps_nobody_from_another_one() {
    let world = world();
    let client = world.bound().await;
    world.network.forge(|what, answer| {
        if what == "POST /v1/bindings/lookup" {
            let problem = r#"{"type": "urn:billpay:problem:rate-limited", "title": "Asked too often", "status": 429}"#;
            (answer.status, answer.body) = (429, problem.as_bytes().to_vec());
        }
    });
    assert!(look_up(&world, &client).await.is_err());
    world.network.forge(|_, _| {});
    let asked = world.network.count("POST /v1/bindings/lookup");
    assert!(look_up(&world, &client).await.is_err(), "this one rests");
    assert_eq!(world.network.count("POST /v1/bindings/lookup"), asked);
    client.lookup_binding("mobile-cn", &world.number("mobile-cn", 0)).await.unwrap();
}
