//! A client that shows the bank what is not so: evidence that is forged or somebody else's, and a payment's
//! id used for another order. Nothing is taken up, nothing moves, and no biller is asked.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a story stops where it breaks")]

mod world;

use std::slice::from_ref as one;

use sandbox_gateway::{
    encoding::{base64url, from_base64url},
    outcomes::jws::{RECEIPT, REFUSAL, REVERSAL, SigningKey},
    suite::RingSuite,
};
use serde_json::{Value, json};
use world::{POWER, POWER_TOO, Phone, World, payload, phone};

const WANG: &str = "+8613800000001";
const LI: &str = "+8613800000002";

/// Messages of before a restore are too old for the billers after this.
const WINDOW: u64 = 7 * 60 + 1;

/// The paths to all values inside.
fn fields(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(name, inner)| fields(inner, &format!("{at}/{name}"))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => vec![at.to_owned()],
    }
}

/// The whole with another value of the same kind there.
fn changed(whole: &Value, field: &str) -> Value {
    let mut other = whole.clone();
    let value = other.pointer_mut(field).unwrap();
    *value = match &*value {
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::String(text) => {
            let last = text.chars().last().unwrap();
            let kept = &text[..text.len() - last.len_utf8()];
            json!(format!("{kept}{}", if last == 'A' { 'B' } else { 'A' }))
        }
        Value::Null => json!(1),
        Value::Bool(it) => json!(!it),
        other @ (Value::Array(_) | Value::Object(_)) => panic!("{other}"),
    };
    other
}

/// What the ledger and the billers know, to be compared.
fn everything(world: &World) -> (String, usize, String) {
    let books = world.gateway.books().unwrap();
    let asked = world.billers.listed().iter().filter(|listed| listed.number.is_some()).count();
    (format!("{books:?}"), asked, format!("{:?}", world.gateway.for_a_person().unwrap()))
}

async fn shown(phone: &Phone, world: &World, orders: &[Value], outcomes: &[String]) -> (i64, i64) {
    let body = json!({"orders": orders, "outcomes": outcomes});
    let request = phone.request(world, "POST", "/v1/evidence", Some(&body), Some(&phone::fresh()));
    // Not held against the contract: what is forged need not be of it.
    let answer = world.gateway.handle(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    (body["orders"].as_i64().unwrap(), body["outcomes"].as_i64().unwrap())
}

#[tokio::test]
async fn rule_9_evidence_that_is_forged_is_not_taken_up_before_or_after_a_restore() {
    let mut world = World::new("forged-evidence");
    let (mut wang, li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
    let account = wang.bind(&world, "power-sh", POWER).await;
    li.bind(&world, "power-sh", POWER_TOO).await;
    let before = world.gateway.ledger().snapshot().unwrap();
    let paid = wang.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = wang.pay(&world, &paid).await.text("outcome");
    let open = wang.order_for(&world, &account, "P2", 1, 700).await;

    let mut orders = Vec::new();
    // Each signed field, after it was signed.
    for field in fields(&open["order"], "") {
        let mut forged = open.clone();
        forged["order"] = changed(&open["order"], &field);
        orders.push(forged);
    }
    // Signed by a key that is not the device's, or that is somebody else's device's.
    let stranger = phone::key();
    let signed_by_nobody = phone::sign(&stranger, open["order"].to_string().as_bytes());
    orders.push(json!({"order": open["order"], "signature": base64url(&signed_by_nobody), "key": open["key"]}));
    orders.push(li.envelope(&open["order"]));
    let mut as_li = open["order"].clone();
    as_li["customer"] = json!(li.customer);
    as_li["device"] = json!(li.device);
    let as_li = li.envelope(&as_li);
    orders.push(json!({"order": open["order"], "signature": "", "key": open["key"]}));

    let document = payload(&receipt);
    let ours = SigningKey { kid: "receipt-2026".into(), seed: [66; 32] };
    let other = SigningKey { kid: "receipt-1999".into(), seed: [66; 32] };
    let mut receipts: Vec<String> = fields(&document, "")
        .iter()
        .map(|field| {
            let body = base64url(changed(&document, field).to_string().as_bytes());
            let parts: Vec<&str> = receipt.split('.').collect();
            format!("{}.{body}.{}", parts[0], parts[2])
        })
        .collect();
    for key in [&ours, &other] {
        receipts.push(key.sign(&RingSuite, RECEIPT, document.to_string().as_bytes()).unwrap());
    }
    let [header, body, signature] = receipt.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    let mut none: Value = serde_json::from_slice(&from_base64url(header).unwrap()).unwrap();
    none["alg"] = json!("none");
    receipts.push(format!("{}.{body}.", base64url(none.to_string().as_bytes())));
    for kind in [REFUSAL, REVERSAL] {
        none["alg"] = json!("EdDSA");
        none["typ"] = json!(kind);
        receipts.push(format!("{}.{body}.{signature}", base64url(none.to_string().as_bytes())));
    }
    receipts.extend([String::new(), "a.b.c".to_owned(), "A".repeat(50_000)]);

    for restored in [false, true] {
        if restored {
            world.restore(&before);
            world.pass(WINDOW);
        }
        let was = everything(&world);
        for phone in [&wang, &li] {
            for (nth, order) in orders.iter().enumerate() {
                let taken = shown(phone, &world, one(order), &[]).await;
                assert_eq!(taken, (0, 0), "restored: {restored}, of {}: {nth}: {order}", phone.number);
            }
            assert_eq!(shown(phone, &world, &orders, &receipts).await, (0, 0), "restored: {restored}");
        }
        // What is true is nothing to somebody else.
        assert_eq!(shown(&li, &world, one(&paid), one(&receipt)).await.1, 0, "restored: {restored}");
        assert_eq!(everything(&world), was, "restored: {restored}");
    }
    // Li's own signature over what nobody quoted him, on an account that is not his: after a restore it is
    // looked into, as the bank cannot know; the biller has no such charge, and no money moves.
    assert_eq!(shown(&li, &world, one(&as_li), &[]).await, (1, 0));
    let ended = payload(&li.confirm(&world, &as_li).await.text("outcome"));
    assert_eq!(ended["reversal"]["returned"]["minor"], 0);
    assert_eq!(world.gateway.books().unwrap().postings, []);
    assert_eq!(wang.quote(&world, &account, "P2", 1, 700).await.status, 200, "it stands in nobody's way");
    // The true ones are taken up after all of that.
    assert_eq!(shown(&wang, &world, &[], one(&receipt)).await, (0, 1));
    assert_eq!(wang.confirm(&world, &paid).await.text("outcome"), receipt);
    world.audit();
}

#[tokio::test]
async fn row_21_the_id_of_a_payment_belongs_to_one_order_and_to_one_customer() {
    let world = World::new("forged-id");
    let (mut wang, mut li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
    let account = wang.bind(&world, "power-sh", POWER).await;
    let theirs = li.bind(&world, "power-sh", POWER_TOO).await;
    let order = wang.order_for(&world, &account, "P1", 1, 12_345).await;
    let receipt = wang.pay(&world, &order).await.text("outcome");
    let id = order["order"]["payment_id"].clone();
    // FINERACT-2485 with orders: another bill and sum, another customer, under an id that was used.
    let mut second = wang.order_for(&world, &account, "P2", 1, 700).await["order"].clone();
    second["payment_id"] = id.clone();
    let second = wang.envelope(&second);
    let answer = wang.pay(&world, &second).await;
    assert_eq!((answer.status, answer.problem()), (422, "idempotency-key-reused"));
    let mut foreign = li.order_for(&world, &theirs, "P3", 1, 500).await["order"].clone();
    foreign["payment_id"] = id;
    let foreign = li.envelope(&foreign);
    let was = everything(&world);
    for answer in [li.pay(&world, &foreign).await, li.reverse(&world, &foreign).await] {
        assert!(answer.status >= 400 && answer.body.get("outcome").is_none(), "{answer:?}");
    }
    assert_eq!(li.confirm(&world, &foreign).await.problem(), "payment-unknown", "whose it is, nobody else hears");
    assert_eq!(everything(&world), was);
    assert_eq!(wang.confirm(&world, &order).await.text("outcome"), receipt);
    world.audit();
}
