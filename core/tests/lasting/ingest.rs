//! What is refused at the door, with what is wrong, and that nothing else is lost by it (row 49).

use std::{collections::BTreeMap, sync::Arc};

use billpay_core::{
    Proof,
    crypto::{jwk::PublicJwk, suite::RingSuite},
    gateway::trust::ReceiptKey,
    model::Illegible,
    receipts::{Break, Outcome, OutcomeError},
    store::Store,
    system::SystemRng,
};
use jiff::Timestamp;
use sandbox_gateway::{outcomes::jws::RECEIPT, suite::RingSuite as BankSuite};
use serde_json::{Value, json};

use crate::{
    papers::{EPOCH, chain, fed, payload, receipt, signed},
    world::{Fate, fields::fields, receipt_key, world},
};

fn keys() -> BTreeMap<String, ReceiptKey> {
    let jwk = serde_json::to_value(receipt_key().public_jwk(&BankSuite).unwrap()).unwrap();
    let (name, key) = serde_json::from_value::<PublicJwk>(jwk).unwrap().verification_key().unwrap();
    BTreeMap::from([(name, ReceiptKey { key, not_before: Timestamp::MIN, not_after: None })])
}

fn refused(payload: &Value) -> (OutcomeError, Option<String>) {
    let compact = signed(RECEIPT, payload);
    let error = Outcome::verify(&compact, &keys(), &RingSuite).expect_err(&payload.to_string());
    (error, Outcome::lacks(&compact))
}

fn with(pointer: &str, value: Value) -> Value {
    let mut payload = receipt(1);
    *payload.pointer_mut(pointer).unwrap() = value;
    payload
}

fn without(pointer: &str) -> Value {
    let mut payload = receipt(1);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    payload.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    payload
}

/// Every field, and every group of fields.
fn all_fields() -> Vec<String> {
    let mut all = fields(&receipt(1));
    all.push("/previous".into());
    all.extend(["/receipt", "/receipt/amount", "/receipt/fee", "/receipt/total", "/receipt/method"].map(Into::into));
    all.sort();
    all.dedup();
    all
}

#[test]
fn row_49_each_field_missing_in_turn_is_refused_by_its_name() {
    assert!(all_fields().len() > 28, "{:?}", all_fields());
    for field in all_fields() {
        let (error, lacks) = refused(&without(&field));
        assert_eq!(error, OutcomeError::Incomplete, "{field}");
        let name = field.rsplit('/').next().unwrap();
        // Without the whole body nothing is broken that a reader of JSON would name.
        if field != "/receipt" {
            assert_eq!(lacks, Some(format!("missing field `{name}`")), "{field}");
        }
    }
}

#[test]
fn row_49_each_field_of_each_wrong_type_is_refused() {
    for field in all_fields() {
        let right = receipt(1).pointer(&field).unwrap().clone();
        let others =
            [json!(null), json!(true), json!(1.5), json!(-1), json!("x"), json!([]), json!({}), json!(u64::MAX)];
        for other in others {
            let any_text = right.is_string() && other == "x";
            // The first of a chain names none; any text is a name, and is found to be none in the chain.
            let may_be = field == "/previous" && (other.is_null() || other.is_string());
            let of_time = field.ends_with("_at");
            if may_be || any_text && !of_time && !field.ends_with("currency") {
                continue;
            }
            assert_eq!(refused(&with(&field, other.clone())).0, OutcomeError::Incomplete, "{field}: {other}");
        }
    }
}

#[test]
fn row_49_dates_that_do_not_exist_are_refused() {
    for date in [
        "2026-02-29T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-11-22T24:00:01Z",
        "2026-11-22T12:60:00Z",
        "2026-11-22",
        "2026-11-22T05:00:00",
        "0000-00-00T00:00:00Z",
        "22/11/2026",
        "",
        "+99999-01-01T00:00:00Z",
        "1763787600",
    ] {
        for field in ["/issued_at", "/receipt/paid_at"] {
            assert_eq!(refused(&with(field, json!(date))).0, OutcomeError::Incomplete, "{field} {date}");
        }
    }
    // One that does exist.
    let leap = signed(RECEIPT, &with("/receipt/paid_at", json!("2028-02-29T15:59:59Z")));
    assert!(Outcome::verify(&leap, &keys(), &RingSuite).is_ok());
}

#[test]
fn row_49_texts_that_are_not_seen_as_what_they_are_are_named_by_their_field() {
    let texts = [
        "payer_masked",
        "biller",
        "payee",
        "customer_number_masked",
        "bill_number",
        "zone",
        "channel",
        "bank_serial",
        "biller_reference",
        "method.kind",
        "method.last4",
    ];
    let flood = format!("电{}", "\u{301}".repeat(500));
    for field in texts {
        let pointer = format!("/receipt/{}", field.replace('.', "/"));
        for (text, why) in [
            ("上海\u{202e}力电", Illegible::Invisible),
            ("上海\u{2067}电力\u{2069}", Illegible::Invisible),
            ("上海\u{200b}电力", Illegible::Invisible),
            ("\u{feff}上海电力", Illegible::Invisible),
            ("上海电力\u{7}", Illegible::Control),
            ("上海\n电力", Illegible::Control),
            (flood.as_str(), Illegible::Marks),
        ] {
            let taken = Outcome::verify(&signed(RECEIPT, &with(&pointer, json!(text))), &keys(), &RingSuite).unwrap();
            assert_eq!(taken.illegible(), Some((field, why)), "{text:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_49_what_is_not_seen_as_what_it_is_is_named_to_whoever_shows_it() {
    let world = world();
    let client = world.bound().await;
    let mut odd = receipt(2);
    odd["receipt"]["payee"] = json!("上海\u{202e}力电");
    fed(&world, &client, chain([receipt(1), odd])).await;
    let kept = client.receipts(10, 0).await.unwrap().receipts;
    assert_eq!(kept.iter().map(|view| view.illegible).collect::<Vec<_>>(), [Some("payee"), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_49_a_document_that_waited_and_lacks_something_is_asked_for_again_by_a_later_version() {
    let mut world = world();
    world.trust = world.old_trust.clone();
    world.network.rule(|request| if request.url.ends_with("/v1/trust") { Fate::NoNetwork } else { Fate::Pass });
    let client = world.bound().await;
    let mut lacking = receipt(1);
    lacking["receipt"].as_object_mut().unwrap().remove("zone");
    fed(&world, &client, chain([lacking])).await;
    assert_eq!(client.waiting_documents().await.unwrap().len(), 1);
    world.network.heal();
    assert_eq!(client.refresh().await.unwrap().invalid, 1);
    assert_eq!(client.waiting_documents().await.unwrap(), Vec::<String>::new());
    // Where the feed stands says by which version it could not be read.
    let store = Store::open(&world.profile, &SystemRng::new()).unwrap();
    let root = world.keys.kept.lock().unwrap().values().next().unwrap().clone();
    store.unlock(&root, Arc::new(SystemRng::new())).unwrap();
    let feed = store.read(|tx| tx.setting::<Value>("feed")).unwrap().unwrap();
    assert!(feed["dropped_by"].is_string(), "{feed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_49_what_is_refused_costs_itself_alone_and_the_gap_is_named() {
    let world = world();
    let client = world.bound().await;
    let mut papers = chain((1..=6).map(receipt));
    let mut lacking = payload(&papers[3]);
    lacking["receipt"].as_object_mut().unwrap().remove("zone");
    papers[3] = signed(RECEIPT, &lacking);
    papers.push("not a receipt at all".into());
    let refreshed = fed(&world, &client, papers).await;
    assert_eq!((refreshed.receipts, refreshed.invalid), (5, 2), "{refreshed:?}");
    let kept = client.receipts(10, 0).await.unwrap().receipts;
    assert_eq!(kept.iter().map(|view| view.sequence).collect::<Vec<_>>(), [6, 5, 3, 2, 1]);
    assert!(kept.iter().all(|view| view.proof == Proof::Verified));
    let gap = Break::Missing { epoch: EPOCH.into(), from: 4, to: 4, awaiting: true };
    assert_eq!(client.chain_breaks().await.unwrap(), [gap], "gap at 4");
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_biller_s_odd_reference_on_the_receipt_keeps_no_order_from_its_end() {
    let world = world();
    let client = world.bound().await;
    world.network.forge(|asked, answer| {
        if asked == "POST /v1/payments" && answer.status < 300 {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap();
            let compact = body["outcome"].as_str().unwrap();
            let mut odd = payload(compact);
            odd["receipt"]["biller_reference"] = json!("B1\u{200b}");
            body["outcome"] = signed(RECEIPT, &odd).into();
            answer.body = body.to_string().into_bytes();
        }
    });
    let bills = client.bills(billpay_core::model::Language::Zh).await.unwrap().bills;
    let quote = client.quote(&bills[0].biller, &bills[0].bill_number, None, None).await.unwrap();
    let paid = client.pay(&quote.id).await.unwrap();
    assert_eq!(paid.state, billpay_core::PaymentState::Settled);
    let kept = client.receipts(10, 0).await.unwrap().receipts;
    assert!(kept.len() == 1 && kept[0].proof == Proof::Verified, "{kept:?}");
    assert_eq!(client.chain_breaks().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_49_no_order_is_signed_over_a_name_that_is_not_seen_as_what_it_is() {
    for (field, text) in [("payee", "上海\u{202e}力电"), ("payee", "上海电力\u{200b}")] {
        let world = world();
        let client = world.bound().await;
        world.network.forge(move |asked, answer| {
            if asked == "POST /v1/quotes" && answer.status < 300 {
                let mut quote: Value = serde_json::from_slice(&answer.body).unwrap();
                quote[field] = text.into();
                answer.body = quote.to_string().into_bytes();
            }
        });
        let bills = client.bills(billpay_core::model::Language::Zh).await.unwrap().bills;
        let quoted = client.quote(&bills[0].biller, &bills[0].bill_number, None, None).await;
        assert!(quoted.is_err(), "{text:?}: {quoted:?}");
        world.network.rule(|_| Fate::NoNetwork);
        assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
    }
}
