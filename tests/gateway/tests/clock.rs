//! A bank's clock that was ahead for a moment, and is right again: nothing that was noted meanwhile may
//! outlast it.

mod world;

use sandbox_gateway::faults::Action;
use world::{POWER, Phone, World, payload};

const WANG: &str = "+8613800000001";
const YEAR_MS: i64 = 365 * 86_400_000;

#[tokio::test]
async fn i4_a_clock_that_was_a_year_ahead_does_not_keep_the_worker_from_an_order() {
    let world = World::new("clock-worker");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P2", 1, 700).await;
    for scene in ["charge", "confirm", "refund"] {
        world.fault(scene, None, Action::LoseRequest);
    }
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.clock.set_offset_ms(YEAR_MS);
    assert_eq!(world.gateway.tick().await, 1);
    world.clock.set_offset_ms(2_000);
    world.faults.clear();
    assert_eq!(world.gateway.tick().await, 1, "its next turn is not in a year");
    assert_eq!(world.gateway.tick().await, 0);
    world.settle_down().await;
    let ended = phone.confirm(&world, &order).await;
    assert!(payload(&ended.text("outcome"))["receipt"].is_object(), "{ended:?}");
    world.audit();
}

#[tokio::test]
async fn row_5_a_clock_that_was_ahead_lets_no_signature_in_twice() {
    let mut world = World::new("clock-nonce");
    let phone = Phone::active(&world, WANG).await;
    let request = phone.request(&world, "GET", "/v1/sync", None, None);
    assert_eq!(world.send(request.clone()).await.status, 200);
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    assert_eq!(world.send(request.clone()).await.problem(), "signature-replayed");
    world.clock.set_offset_ms(700_000);
    world.gateway.tick().await;
    assert_eq!(world::count("clock-nonce-ledger", "nonce"), 0, "all too old by that clock");
    world.clock.set_offset_ms(2_000);
    assert_eq!(world.send(request.clone()).await.problem(), "clock-skew");
    assert_eq!(phone.get(&world, "/v1/sync").await.status, 200, "a new signature is taken");
    world.restart();
    assert_eq!(world.send(request.clone()).await.problem(), "clock-skew", "and it is not forgotten");
    world.by_hand_restore(&snapshot);
    assert_eq!(world.send(request).await.problem(), "clock-skew");
}

#[tokio::test]
async fn row_5_tidying_up_goes_on_after_a_clock_that_was_ahead() {
    let world = World::new("clock-tidy");
    let phone = Phone::active(&world, WANG).await;
    world.clock.set_offset_ms(YEAR_MS);
    world.gateway.tick().await;
    world.clock.set_offset_ms(2_000);
    assert_eq!(phone.get(&world, "/v1/sync").await.status, 200);
    world.pass(700);
    world.gateway.tick().await;
    assert_eq!(world::count("clock-tidy-ledger", "nonce"), 0);
}
