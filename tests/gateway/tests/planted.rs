//! The tests bite: with a defect planted in the very path that ships, a story that holds without it
//! breaks. `cargo test -p sandbox-gateway --features plants --test planted`.
#![cfg(feature = "plants")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story stops where it breaks")]

mod world;

use std::{collections::BTreeMap, fs, panic::AssertUnwindSafe, path::Path};

use futures_util::FutureExt as _;
use sandbox_gateway::{
    faults::Action,
    plant::{PLANTS, plant_here},
};
use serde_json::json;
use world::{POWER, POWER_TOO, Phone, World, payload, phone};

const WANG: &str = "+8613800000001";

#[test]
fn every_plant_in_the_source_is_listed_once_and_every_listed_one_is_in_the_source() {
    fn names(folder: &Path, found: &mut BTreeMap<String, usize>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for part in fs::read_to_string(&path).unwrap().split("plant::is(\"").skip(1) {
                    *found.entry(part.split('"').next().unwrap().to_owned()).or_default() += 1;
                }
            }
        }
    }
    let mut used = BTreeMap::new();
    names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
    let mut listed: Vec<&str> = PLANTS.iter().map(|plant| plant.name).collect();
    listed.sort_unstable();
    assert_eq!(listed, used.keys().map(String::as_str).collect::<Vec<_>>());
}

/// Activation, binding, a payment, a lost answer, a refusal, a restore: whatever goes wrong panics.
async fn story(name: &str) {
    let mut world = World::new(name);
    let mut phone = Phone::new(WANG);
    let id = phone::fresh();
    phone.start(&world, &id).await;
    let old = phone.code(&world);
    let wrong = if old == "000000" { "000001" } else { "000000" };
    let first = phone.verify(&world, &id, wrong).await;
    assert_eq!(first.body["activation"]["attempts_left"], 4);
    world.pass(60);
    phone.post(&world, &format!("/v1/activations/{id}/resend"), &json!({})).await;
    let code = phone.code(&world);
    if code != old {
        assert_eq!(phone.verify(&world, &id, &old).await.problem(), "code-superseded");
    }
    assert_eq!(phone.verify(&world, &id, &code).await.status, 200);

    let request = phone.request(&world, "GET", "/v1/sync", None, None);
    world.send(request.clone()).await;
    assert_eq!(world.send(request).await.problem(), "signature-replayed");
    let mut request =
        phone.request(&world, "POST", "/v1/bills/query", Some(&json!({"account": "A"})), Some("key-00000001"));
    request.body = json!({"account": "B"}).to_string().into_bytes();
    assert_eq!(world.send(request).await.problem(), "signature-invalid");
    let ask = |account: &str| json!({"account": account});
    for (account, problem) in [("A", "account-unknown"), ("B", "idempotency-key-reused")] {
        let request = phone.request(&world, "POST", "/v1/bills/query", Some(&ask(account)), Some("key-00000002"));
        assert_eq!(world.send(request).await.problem(), problem);
    }
    let look = json!({"biller": "power-sh", "customer_number": POWER});
    let echo = phone.post(&world, "/v1/bindings/lookup", &look).await;
    let other =
        json!({"biller": "power-sh", "customer_number": POWER_TOO, "echo_token": echo.body["echo_token"], "alias": ""});
    assert_eq!(phone.post(&world, "/v1/bindings", &other).await.problem(), "echo-token-invalid");
    for _ in 0..9 {
        phone.post(&world, "/v1/bindings/lookup", &look).await;
    }
    assert_eq!(phone.post(&world, "/v1/bindings/lookup", &look).await.problem(), "rate-limited");
    world.pass(61);

    let account = phone.bind(&world, "power-sh", POWER).await;
    let quote = phone.quote(&world, &account, "P2", 1, 700).await.body;
    let mut order = phone.order(&world, &quote);
    order["payee"] = json!("别人");
    let mismatch = phone.pay(&world, &phone.envelope(&order)).await;
    assert_eq!(payload(&mismatch.text("outcome"))["refusal"]["reason"], "link-mismatch");
    phone.sequence -= 1;
    let again = phone.order(&world, &quote);
    let again = phone.pay(&world, &phone.envelope(&again)).await;
    assert_eq!(payload(&again.text("outcome"))["refusal"]["reason"], "journal-rolled-back");
    assert_eq!(payload(&again.text("outcome"))["sequence"], 2);

    // Claimed, the answer lost twice; a second order of the bill meanwhile.
    let one = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let two = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    world.fault("charge", Some(2), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &one).await.status, 202);
    world.audit_held();
    let second = phone.pay(&world, &two).await;
    assert_eq!(payload(&second.text("outcome"))["refusal"]["reason"], "payment-in-progress-elsewhere");
    world.settle_down().await;
    world.audit();

    // Closed at the charge; the money comes back.
    let order = phone.order_for(&world, &account, "P2", 1, 700).await;
    world.billers.set_closed("power-sh", true, None).unwrap();
    assert!(payload(&phone.pay(&world, &order).await.text("outcome"))["reversal"].is_object());
    world.billers.set_closed("power-sh", false, None).unwrap();
    world.audit();

    // Funds that are gone between quote and order.
    let mut poor = Phone::active(&world, "+8613800000003").await;
    let mut people = sandbox_gateway::seeds::customers();
    people[2].methods[0].balance = 100_000;
    world.gateway.enrol(&people).unwrap();
    let theirs = poor.bind(&world, "power-sh", POWER_TOO).await;
    let order = poor.order_for(&world, &theirs, "P3", 1, 500).await;
    people[2].methods[0].balance = 1;
    world.gateway.enrol(&people).unwrap();
    assert!(payload(&poor.pay(&world, &order).await.text("outcome"))["refusal"].is_object());

    let epoch = world.gateway.epoch().to_owned();
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    world.restore(&snapshot);
    assert_ne!(world.gateway.epoch(), epoch);
    let _new = Phone::active(&world, WANG).await;
    assert_eq!(phone.get(&world, "/v1/sync").await.problem(), "device-revoked");
}

#[tokio::test]
async fn the_story_holds_as_it_is_and_breaks_with_each_defect() {
    std::panic::set_hook(Box::new(|_| {}));
    let bitten = async |name: &'static str, plants: &[&str]| {
        plant_here(plants);
        let broke = AssertUnwindSafe(story(name)).catch_unwind().await.is_err();
        plant_here(&[]);
        broke
    };
    assert!(!bitten("planted-none", &[]).await, "the story itself does not hold");
    let mut harmless = Vec::new();
    for name in [
        "payable-not-unique-at-gateway",
        "sequence-reuse-taken",
        "number-per-attempt",
        "claims-without-holding",
        "held-not-returned",
        "overdraft",
        "link-unchecked",
        "sequence-not-raised",
        "restore-keeps-epoch",
        "key-reuse-ignored",
        "replay-accepted",
        "body-not-covered",
        "revocation-forgotten",
        "old-device-stays",
        "old-code-accepted",
        "wrong-codes-uncounted",
        "echo-for-any-number",
        "look-ups-unbounded",
        "biller-refusal-not-fenced",
        "repeats-nothing",
    ] {
        if !bitten(name, &[name]).await {
            harmless.push(name);
        }
    }
    assert_eq!(harmless, Vec::<&str>::new(), "planted, and nothing broke");
}
