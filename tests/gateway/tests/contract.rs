//! The sandbox keeps the contract: every exchange of a story, and of every other test here, is held
//! against core/api/gateway.openapi.yaml; and a gateway that renamed one member would be found.

mod world;

use sandbox_gateway::api::http::{Request, Response};
use serde_json::{Value, json};
use world::{MOBILE, POWER, Phone, World, contract, payload, phone::fresh};

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
    again["payment_id"] = json!(fresh());
    let refusal = phone.pay(&world, &phone.envelope(&again)).await.text("outcome");
    let feed = phone.get(&world, "/v1/sync").await;
    assert_eq!(feed.body["outcomes"], json!([receipt, reversal, refusal]), "in chain order");
    let trust = sandbox_gateway::api::http::Request {
        method: "GET".into(),
        url: format!("{}/v1/trust", world::HOST),
        headers: ["billpay-client", "billpay-core", "accept-language"].map(|name| (name.into(), "zh".into())).into(),
        ..Default::default()
    };
    assert_eq!(world.send(trust).await.status, 200);
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
    let mut asked = 0;
    for (path, item) in contract::CONTRACT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["tags"][0] != "later" {
                continue;
            }
            let path =
                path.replace("{day}", "2026-11-22").replace("{method_id}", "m").replace("{mandate_id}", &fresh());
            let examples = &operation["requestBody"]["content"]["application/json"]["examples"];
            // Each with the examples that the contract gives for it.
            let mut bodies: Vec<Option<&Value>> =
                examples.as_object().into_iter().flat_map(|all| all.values()).map(Some).collect();
            if bodies.is_empty() {
                bodies.push(None);
            }
            for example in bodies {
                let body = example.map(|example| &contract::resolve(example)["value"]);
                let key = (method == "post").then(fresh);
                let request = phone.request(&world, &method.to_uppercase(), &path, body, key.as_deref());
                let answer = world.send(request).await;
                assert_eq!((answer.status, answer.problem()), (501, "not-implemented"), "{method} {path}");
                asked += 1;
            }
        }
    }
    assert_eq!(asked, 5);
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

/// Every member that either side writes, renamed or of another type, optional ones too: the check has
/// to see it.
#[tokio::test]
async fn a_renamed_member_would_be_found_on_either_side() {
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
    assert!(body.get("balance").is_some(), "an optional member is among them");
    let (mut answered, mut asked) = (Vec::new(), Vec::new());
    contract::members(&body, "", &mut answered);
    contract::members(&ask, "", &mut asked);
    assert_eq!((answered.len(), asked.len()), (15 + 4 * 2 + 5 + 4 * 2 + 3 + 3 * 2, 5 + 2));
    for name in answered {
        let other = Response { body: contract::renamed(&body, &name).to_string().into_bytes(), ..response.clone() };
        assert!(!contract::faults(&request, &other).is_empty(), "{name} of the answer renamed");
    }
    for name in asked {
        let other = Request { body: contract::renamed(&ask, &name).to_string().into_bytes(), ..request.clone() };
        assert!(!contract::faults(&other, &response).is_empty(), "{name} of the request renamed");
    }
    for at in 0..request.headers.len() {
        let mut other = request.clone();
        other.headers[at].0.push('_');
        assert!(!contract::faults(&other, &response).is_empty(), "{:?} renamed", request.headers[at]);
    }
    let feed = phone.request(&world, "GET", "/v1/sync?cursor=x", None, None);
    let fed = world.gateway.handle(feed.clone()).await;
    assert_eq!(contract::faults(&feed, &fed), Vec::<String>::new());
    let other = Request { url: feed.url.replace("cursor", "Cursor"), ..feed };
    assert!(!contract::faults(&other, &fed).is_empty(), "the cursor renamed");
    for (name, value) in [
        ("valid_until", json!("tomorrow")),
        ("bill_version", json!(0)),
        ("echo_digest", json!("x")),
        ("step_up", json!(1)),
        ("balance", json!({"minor": 1, "currency": "CNY", "note": ""})),
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
