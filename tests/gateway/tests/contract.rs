//! The sandbox keeps the contract: every exchange of a story, and of every other test here, is held
//! against core/api/gateway.openapi.yaml; and a gateway that renamed one member would be found.

mod world;

use sandbox_gateway::api::http::Response;
use serde_json::{Value, json};
use world::{MOBILE, POWER, Phone, World, contract, payload, phone};

#[tokio::test]
async fn a_whole_story_keeps_the_contract() {
    let world = World::new("contract-story");
    let mut phone = Phone::active(&world, "+8613800000001").await;
    let account = phone.bind(&world, "mobile-cn", MOBILE).await;
    let bills = phone.post(&world, "/v1/bills/query", &json!({"account": account})).await;
    assert_eq!(bills.body["bills"][0]["kind"], "top_up");
    let order = phone.order_for(&world, &account, "M1", 1, 5_000).await;
    let receipt = phone.pay(&world, &order).await.text("outcome");
    let power = phone.bind(&world, "power-sh", POWER).await;
    let other = phone.order_for(&world, &power, "P1", 1, 12_345).await;
    world.billers.set_closed("power-sh", true, None).unwrap();
    let reversal = phone.pay(&world, &other).await.text("outcome");
    let mut again = other["order"].clone();
    again["payment_id"] = json!(phone::fresh());
    let refusal = phone.pay(&world, &phone.envelope(&again)).await.text("outcome");
    let feed = phone.get(&world, "/v1/sync").await;
    assert_eq!(feed.body["outcomes"], json!([receipt, reversal, refusal]), "in chain order");
    let trust = world.send(sandbox_gateway::api::http::Request {
        method: "GET".into(),
        url: format!("{}/v1/trust", world::HOST),
        ..Default::default()
    });
    assert_eq!(trust.await.status, 200);

    let mut faults = Vec::new();
    for compact in [&receipt, &reversal, &refusal] {
        let schema = json!({"$ref": "#/components/schemas/OutcomePayload"});
        contract::check(&schema, payload(compact), "outcome", &mut faults);
    }
    let schema = json!({"$ref": "#/components/schemas/CredentialPayload"});
    contract::check(&schema, payload(&phone.credential), "credential", &mut faults);
    assert_eq!(faults, Vec::<String>::new());
    // The chain: each names the one before it.
    let hash =
        |compact: &str| sandbox_gateway::encoding::base64url(&sandbox_gateway::encoding::sha256(compact.as_bytes()));
    assert_eq!(payload(&reversal)["previous"], json!(hash(&receipt)));
    assert_eq!(payload(&refusal)["previous"], json!(hash(&reversal)));
    assert_eq!(payload(&refusal)["sequence"], json!(3));
}

#[tokio::test]
async fn what_is_not_built_says_so_and_what_is_no_request_of_the_contract_is_not_found() {
    let world = World::new("contract-later");
    let phone = Phone::active(&world, "+8613800000001").await;
    for (path, body) in [
        ("/v1/limits", json!({})),
        ("/v1/tickets", json!({})),
        ("/v1/mandates", json!({})),
        ("/v1/methods", json!({"kind": "card"})),
        ("/v1/order-key", json!({})),
    ] {
        let answer = phone.post(&world, path, &body).await;
        assert_eq!((answer.status, answer.problem()), (501, "not-implemented"), "{path}");
    }
    assert_eq!(phone.get(&world, "/v1/statements/2026-11-22").await.status, 501);
    assert_eq!(phone.get(&world, "/v1/nothing").await.problem(), "not-found");
}

#[tokio::test]
async fn bodies_are_bounded_in_size_and_depth() {
    let world = World::new("contract-bounds");
    let phone = Phone::active(&world, "+8613800000001").await;
    let large = phone.request_at(world.now(), "POST", "/v1/evidence", vec![b' '; (1 << 20) + 1], Some("key-00000001"));
    let deep = "[".repeat(17).into_bytes();
    let deep = phone.request_at(world.now(), "POST", "/v1/evidence", deep, Some("key-00000002"));
    for request in [large, deep] {
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.problem()), (413, "too-large"));
    }
    let broken = phone.request_at(world.now(), "POST", "/v1/evidence", b"{".to_vec(), Some("key-00000003"));
    assert_eq!(world.send(broken).await.problem(), "bad-request");
}

/// Every member that the gateway writes, renamed or of another type: the check has to see it.
#[tokio::test]
async fn a_renamed_member_would_be_found() {
    let world = World::new("contract-renamed");
    let phone = Phone::active(&world, "+8613800000001").await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let ask = json!({
        "account": account, "bill_number": "P1", "bill_version": 1,
        "amount": {"minor": 12_345, "currency": "CNY"}, "method": phone.method()
    });
    let request = phone.request(&world, "POST", "/v1/quotes", Some(&ask), Some("key-00000001"));
    let response = world.gateway.handle(request.clone()).await;
    assert_eq!(contract::faults(&request, &response), Vec::<String>::new());
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let mut tried = 0;
    // A member that the contract leaves optional may be missing: the client then has none.
    for name in body.as_object().unwrap().keys().filter(|name| *name != "balance") {
        let mut renamed = body.clone();
        let value = renamed.as_object_mut().unwrap().remove(name).unwrap();
        renamed[format!("{name}_")] = value;
        let other = Response { body: renamed.to_string().into_bytes(), ..response.clone() };
        assert!(!contract::faults(&request, &other).is_empty(), "{name} renamed");
        tried += 1;
    }
    assert_eq!(tried, 14);
    for (name, value) in [
        ("valid_until", json!("tomorrow")),
        ("bill_version", json!(0)),
        ("echo_digest", json!("x")),
        ("step_up", json!(1)),
    ] {
        let mut changed = body.clone();
        changed[name] = value;
        let other = Response { body: changed.to_string().into_bytes(), ..response.clone() };
        assert!(!contract::faults(&request, &other).is_empty(), "{name} changed");
    }
    let silent = Response {
        headers: response.headers.iter().filter(|(name, _)| name != "bank-time").cloned().collect(),
        ..response
    };
    assert!(!contract::faults(&request, &silent).is_empty(), "no Bank-Time");
}
