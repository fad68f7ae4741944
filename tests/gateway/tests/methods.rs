//! Ways to pay as opaque tokens (row 26), at the bank.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod world;

use sandbox_gateway::api::http::{Request, Response};
use serde_json::{Value, json};
use world::{MOBILE, Phone, World, payload};

const WANG: &str = "+8613800000001";
const CARD: &str = "6222021234567890128";

/// What a browser does: no key, no signature.
async fn browse(world: &World, method: &str, url: &str, entered: &str) -> Response {
    let body = format!("entered={entered}").into_bytes();
    let body = if method == "POST" { body } else { Vec::new() };
    world.gateway.handle(Request { method: method.into(), url: url.into(), headers: Vec::new(), body }).await
}

async fn methods(world: &World, phone: &Phone) -> Vec<Value> {
    phone.get(world, "/v1/sync").await.body["methods"].as_array().unwrap().clone()
}

async fn begin(world: &World, phone: &Phone, kind: &str) -> String {
    let begun = phone.post(world, "/v1/methods", &json!({"kind": kind})).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    begun.text("url")
}

#[tokio::test]
async fn row_26_a_card_is_added_on_a_page_of_the_bank_and_comes_as_a_token_with_four_digits() {
    let world = World::new("methods-add");
    let phone = Phone::active(&world, WANG).await;
    assert_eq!(methods(&world, &phone).await.len(), 2, "the bank's own account is there from the start");
    let url = begin(&world, &phone, "card").await;
    assert_eq!(browse(&world, "GET", &url, "").await.status, 200);
    assert_eq!(browse(&world, "POST", &url, "6222021234567890127").await.status, 422, "the check digit");
    let grouped = CARD.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap());
    let grouped = grouped.collect::<Vec<_>>().join("+");
    assert_eq!(browse(&world, "POST", &url, &grouped).await.status, 200);
    // Once.
    assert_eq!(browse(&world, "POST", &url, CARD).await.status, 404);
    assert_eq!(browse(&world, "GET", &url, "").await.status, 404);
    let all = methods(&world, &phone).await;
    let card = all.last().unwrap();
    assert_eq!((&card["kind"], &card["last4"], &card["state"]), (&json!("card"), &json!("0128"), &json!("active")));
    assert_eq!(card["default"], json!(false), "the default stays");
    assert!(!card.to_string().contains(CARD));
    // In no log either, and neither is the way to the page.
    let seen = format!("{:?}", world.gateway.requests());
    assert!(!seen.contains(CARD) && !seen.contains(url.rsplit('/').next().unwrap()), "{seen}");
    let late = begin(&world, &phone, "wallet").await;
    world.pass(601);
    assert_eq!(browse(&world, "POST", &late, "me").await.status, 404);
    let account = phone.request(&world, "POST", "/v1/methods", Some(&json!({"kind": "account"})), Some("key-00000001"));
    assert_eq!(world.gateway.handle(account).await.status, 400, "own accounts are not added");
}

#[tokio::test]
async fn row_26_a_removed_method_is_no_default_pays_nothing_and_money_still_comes_back_to_it() {
    let world = World::new("methods-remove");
    let mut phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let order = phone.order_for(&world, &mobile, "M1", 1, 5_000).await;
    let open = phone.order_for(&world, &mobile, "M1", 1, 6_000).await;
    world.fault("charge", Some(1), sandbox_gateway::faults::Action::LoseRequest);
    world.fault("confirm", None, sandbox_gateway::faults::Action::LoseRequest);
    assert_eq!(phone.pay(&world, &open).await.status, 202);
    let path = format!("/v1/methods/{}", phone.method());
    for _ in 0..2 {
        let left = phone.delete(&world, &path).await;
        assert_eq!(left.status, 200, "{left:?}");
        let of =
            |kind: &str| left.body["methods"].as_array().unwrap().iter().find(|it| it["kind"] == kind).unwrap().clone();
        assert_eq!((&of("account")["state"], &of("account")["default"]), (&json!("removed"), &json!(false)));
        assert_eq!((&of("card")["state"], &of("card")["default"]), (&json!("active"), &json!(true)));
    }
    let quote = phone.quote(&world, &mobile, "M1", 1, 5_000).await;
    assert_eq!((quote.status, quote.problem()), (409, "payment-in-progress-elsewhere"));
    // The order of before ends with its money back where it came from.
    world.faults.set(Vec::new());
    world.billers.set_closed("mobile-cn", true, None).unwrap();
    world.pass(301);
    world.settle_down().await;
    let ended = phone.reverse(&world, &open).await;
    assert!(payload(&ended.text("outcome"))["reversal"].is_object(), "{ended:?}");
    assert_eq!(world.gateway.books().unwrap().balance(&format!("customer:{}", phone.method())), 0);
    world.billers.set_closed("mobile-cn", false, None).unwrap();
    let quote = phone.quote(&world, &mobile, "M1", 3, 5_000).await;
    assert!(["method-unknown", "bill-changed"].contains(&quote.problem()), "{quote:?}");
    drop(order);
    assert_eq!(phone.post(&world, &format!("{path}/default"), &json!({})).await.problem(), "method-unknown");
    assert_eq!(phone.delete(&world, "/v1/methods/m_none").await.problem(), "method-unknown");
    world.audit();
}

#[tokio::test]
async fn row_26_a_method_removed_between_quote_and_payment_is_a_recorded_refusal() {
    let world = World::new("methods-between");
    let mut phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let order = phone.order_for(&world, &mobile, "M1", 1, 5_000).await;
    assert_eq!(phone.delete(&world, &format!("/v1/methods/{}", phone.method())).await.status, 200);
    let refused = phone.pay(&world, &order).await;
    assert_eq!(payload(&refused.text("outcome"))["refusal"]["reason"], "method-unknown");
    let card = "m_C1001_card";
    let chosen = phone.post(&world, &format!("/v1/methods/{card}/default"), &json!({})).await;
    let default: Vec<_> =
        chosen.body["methods"].as_array().unwrap().iter().filter(|it| it["default"] == json!(true)).collect();
    assert_eq!((default.len(), &default[0]["id"]), (1, &json!(card)));
    // Somebody else's is none.
    let other = Phone::active(&world, "+8613800000002").await;
    assert_eq!(other.delete(&world, &format!("/v1/methods/{card}")).await.problem(), "method-unknown");
    world.audit();
}

#[tokio::test]
async fn row_26_pages_that_wait_are_bounded_by_the_minute() {
    let world = World::new("methods-bounded");
    let phone = Phone::active(&world, WANG).await;
    for _ in 0..60 {
        begin(&world, &phone, "card").await;
    }
    let over = phone.post(&world, "/v1/methods", &json!({"kind": "card"})).await;
    assert_eq!((over.status, over.problem()), (429, "rate-limited"), "{over:?}");
    world.pass(61);
    begin(&world, &phone, "card").await;
}

#[tokio::test]
async fn row_26_however_many_methods_were_removed_those_that_are_left_are_told_and_one_is_the_default() {
    let world = World::new("methods-many");
    let phone = Phone::active(&world, WANG).await;
    world.in_ledger(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
         INSERT INTO method(id, customer, kind, label, last4, preferred, state, balance, changed)
         SELECT 'm_old' || i, 'C1001', 'card', 'x', '0000', 0, 'removed', 0, 0 FROM n",
    );
    let url = begin(&world, &phone, "card").await;
    assert_eq!(browse(&world, "POST", &url, CARD).await.status, 200);
    let chosen = phone.post(&world, "/v1/methods/m_C1001_card/default", &json!({})).await;
    let told = chosen.body["methods"].as_array().unwrap();
    let left: Vec<&Value> = told.iter().filter(|method| method["state"] == "active").collect();
    assert_eq!((left.len(), told.len()), (3, 53));
    assert_eq!(left.iter().filter(|method| method["default"] == true).count(), 1);
    assert_eq!(told.iter().filter(|method| method["default"] == true).count(), 1);
}
