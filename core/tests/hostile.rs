//! A gateway that lies or is broken: an order ends by the bank's signature over that very order, and by
//! nothing else. What is not that leaves the doubt where it is, until the truth comes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use billpay_core::{
    Client, Payment, PaymentState,
    error::{Fault, QuoteError},
    model::Language,
    receipts::Break,
    text::Explain as _,
};
use sandbox_gateway::{
    outcomes::jws::{RECEIPT, REFUSAL, REPAYMENT, REVERSAL},
    suite::RingSuite,
};
use serde_json::{Value, json};
use world::{
    Fate, POWER, World,
    ends::is_settled_once,
    fields::{changed, fields},
    receipt_key, world,
};

/// What no document may say otherwise than the order.
const OF_THE_ORDER: [&str; 14] = [
    "/payment_id",
    "/order_digest",
    "/customer",
    "/device",
    "/receipt/biller",
    "/receipt/payee",
    "/receipt/bill_number",
    "/receipt/amount/minor",
    "/receipt/amount/currency",
    "/receipt/fee/minor",
    "/receipt/fee/currency",
    "/receipt/total/minor",
    "/receipt/total/currency",
    "/v",
];

fn payload(compact: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(compact.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn signed(kind: &str, payload: &Value) -> String {
    receipt_key().sign(&RingSuite, kind, payload.to_string().as_bytes()).unwrap()
}

/// From now on the bank answers questions about orders with what `lie` makes of its true document.
fn lies(world: &World, mut lie: impl FnMut(Value) -> (u16, String) + Send + 'static) {
    world.network.forge(move |asked, answer| {
        if asked.contains("/v1/payments") && answer.status == 200 {
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            let (status, body) = lie(payload(body["outcome"].as_str().unwrap()));
            (answer.status, answer.body) = (status, body.into_bytes());
        }
    });
}

/// The doubt is there, and ends as soon as the truth is told.
async fn in_doubt_until_the_truth(world: &World, client: &Client, payment: &Payment, what: &str) {
    assert!(matches!(payment.state, PaymentState::Checking { .. }), "{what}: {payment:?}");
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 0, "{what}");
    assert_eq!(client.next_event().await.unwrap(), None, "{what}");
    world.network.forge(|_, _| {});
    client.network_returned();
    is_settled_once(world, client, payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_document_that_the_bank_signed_for_anything_else_ends_nothing() {
    let document = {
        let world = world();
        let client = world.bound().await;
        let payment = world.pay(&client).await;
        payload(&client.receipt(&payment.id).await.unwrap().compact)
    };
    let mut taken = Vec::new();
    for field in fields(&document) {
        let world = world();
        let client = world.bound().await;
        let lie = field.clone();
        lies(&world, move |truth| (200, json!({ "outcome": signed(RECEIPT, &changed(&truth, &lie)) }).to_string()));
        let payment = world.pay(&client).await;
        if payment.state == PaymentState::Settled {
            taken.push(field);
        } else {
            in_doubt_until_the_truth(&world, &client, &payment, &field).await;
        }
    }
    for field in OF_THE_ORDER {
        assert!(document.pointer(field).is_some(), "{field} is not in the document");
        assert!(!taken.contains(&field.to_owned()), "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_the_end_of_an_earlier_payment_is_not_the_end_of_this_one() {
    let world = world();
    let client = world.bound().await;
    world.bind(&client, 1).await;
    let bills = client.bills(billpay_core::model::Language::Zh).await.unwrap().bills;
    let first = world.pay_of(&client, &bills[0].account).await;
    let old = client.receipt(&first.id).await.unwrap().compact;
    let event = client.next_event().await.unwrap().unwrap();
    client.acknowledge_event(&event.id).await.unwrap();
    world.network.forge(move |asked, answer| {
        if asked.contains("/v1/payments") {
            (answer.status, answer.body) = (200, json!({ "outcome": old }).to_string().into_bytes());
        }
    });
    let other = bills.iter().find(|bill| bill.account != bills[0].account).unwrap();
    let second = world.pay_of(&client, &other.account).await;
    assert!(matches!(second.state, PaymentState::Checking { .. }), "{second:?}");
    world.network.forge(|_, _| {});
    client.network_returned();
    assert_eq!(world::ends::end(&client, &second.id).await, PaymentState::Settled);
    assert_eq!(world.charged(), first.amount.minor() + second.amount.minor());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_receipt_that_names_another_one_before_it_settles_its_order_and_shows_in_the_chain() {
    let world = world();
    let client = world.bound().await;
    world.bind(&client, 1).await;
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let other = bills.iter().find(|bill| bill.account != bills[0].account).unwrap();
    world.pay_of(&client, &bills[0].account).await;
    assert_eq!(client.chain_breaks().await.unwrap(), []);
    lies(&world, |mut truth| {
        truth["previous"] = "A".repeat(43).into();
        (200, json!({ "outcome": signed(RECEIPT, &truth) }).to_string())
    });
    let payment = world.pay_of(&client, &other.account).await;
    assert_eq!(payment.state, PaymentState::Settled, "the bank has signed that it is paid");
    let breaks = client.chain_breaks().await.unwrap();
    assert!(matches!(breaks[..], [Break::Unlinked { sequence: 2, .. }]), "{breaks:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_refusal_or_a_reversal_of_another_order_or_of_part_of_the_money_ends_nothing() {
    let only = |truth: &Value, kind: &str, body: Value| {
        let mut document = truth.clone();
        document.as_object_mut().unwrap().remove("receipt");
        document[kind] = body;
        document
    };
    for what in [
        "refusal of another",
        "reversal of another",
        "part of it",
        "more than it",
        "another currency",
        "a refusal that is called a receipt",
    ] {
        let world = world();
        let client = world.bound().await;
        lies(&world, move |truth| {
            let total = truth["receipt"]["total"]["minor"].as_i64().unwrap();
            let reversal = |minor: i64, currency: &str| {
                let returned = json!({ "minor": minor, "currency": currency });
                only(&truth, "reversal", json!({ "reason": "biller-refused", "returned": returned }))
            };
            let refusal = only(&truth, "refusal", json!({ "reason": "insufficient-funds" }));
            let outcome = match what {
                "refusal of another" => signed(REFUSAL, &changed(&refusal, "/order_digest")),
                "reversal of another" => signed(REVERSAL, &changed(&reversal(total, "CNY"), "/payment_id")),
                "part of it" => signed(REVERSAL, &reversal(total - 1, "CNY")),
                "more than it" => signed(REVERSAL, &reversal(total + 1, "CNY")),
                "another currency" => signed(REVERSAL, &reversal(total, "USD")),
                _ => signed(RECEIPT, &refusal),
            };
            (200, json!({ "outcome": outcome }).to_string())
        });
        let payment = world.pay(&client).await;
        in_doubt_until_the_truth(&world, &client, &payment, what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_2_a_quote_that_would_leave_a_doubt_open_for_years_is_not_taken() {
    let world = world();
    let client = world.bound().await;
    let truth = world.quote(&client).await.valid_until;
    for (seconds, taken) in [(0, true), (-86_400, false), (3_200, true), (3_700, false), (86_400 * 365 * 100, false)] {
        let until = truth + jiff::SignedDuration::from_secs(seconds);
        world.network.forge(move |asked, answer| {
            if asked.contains("/v1/quotes") {
                let mut quote: Value = serde_json::from_slice(&answer.body).unwrap();
                quote["valid_until"] = json!(until.to_string());
                answer.body = serde_json::to_vec(&quote).unwrap();
            }
        });
        let quote = client.quote(POWER, "E0001", None, None).await;
        let refused = matches!(quote, Err(QuoteError::Fault(Fault::BadAnswer(_))));
        assert_eq!((quote.is_ok(), refused), (taken, !taken), "{seconds} s: {quote:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_whatever_else_comes_back_leaves_the_doubt() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!(r#"{{"outcome":"{}"}}"#, "A".repeat(900_000));
    let bodies = [
        String::new(),
        "{}".to_owned(),
        "null".to_owned(),
        "<html>200 OK</html>".to_owned(),
        r#"{"outcome":null}"#.to_owned(),
        r#"{"outcome":9007199254740993}"#.to_owned(),
        r#"{"outcome":"a.b.c"}"#.to_owned(),
        r#"{"outcome":"..", "settled":true}"#.to_owned(),
        r#"{"state":"settled","held_until":"9999-12-31T23:59:59Z"}"#.to_owned(),
        r#"{"held_until":"99999-01-01T00:00:00Z"}"#.to_owned(),
        r#"{"held_until":-9223372036854775808}"#.to_owned(),
        r#"{"type":"payment-unknown","title":"x","status":1e400}"#.to_owned(),
        "\u{feff}{}".to_owned(),
        deep,
        wide,
    ];
    for status in [200, 201, 202, 204, 301, 400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 502, 503, 599, 999] {
        let world = world();
        let client = world.bound().await;
        let bodies = bodies.clone();
        let mut nth = 0;
        let quote = world.quote(&client).await;
        world.network.forge(move |asked, answer| {
            if asked.contains("/v1/payments") {
                (answer.status, answer.body) = (status, bodies[nth % bodies.len()].clone().into_bytes());
                nth += 1;
            }
        });
        let payment = client.pay(&quote.id).await.unwrap();
        for _ in 0..16 {
            client.resolve().await.unwrap();
        }
        let payment = client.payment(&payment.id).await.unwrap();
        in_doubt_until_the_truth(&world, &client, &payment, &status.to_string()).await;
    }
}

/// From now on each outcome in the feed is what `lie` makes of it, signed by the bank.
fn lies_in_the_feed(world: &World, mut lie: impl FnMut(&mut Value) + Send + 'static) {
    world.network.forge_feed(move |feed, _| {
        for outcome in feed["outcomes"].as_array_mut().unwrap() {
            let mut document = payload(outcome.as_str().unwrap());
            lie(&mut document);
            *outcome = signed(RECEIPT, &document).into();
        }
    });
}

/// A phone in doubt about a payment that has settled, and may hear of it by the feed alone.
async fn in_doubt(world: &World) -> (Client, Payment) {
    let client = world.bound().await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = world.pay(&client).await;
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    (client, payment)
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_receipt_in_the_feed_that_is_not_over_the_order_ends_nothing() {
    for field in ["/order_digest", "/receipt/amount/minor", "/receipt/payee", "/receipt/bill_number"] {
        let world = world();
        let (client, payment) = in_doubt(&world).await;
        lies_in_the_feed(&world, move |document| *document = changed(document, field));
        client.refresh().await.unwrap();
        let now = client.payment(&payment.id).await.unwrap();
        assert!(matches!(now.state, PaymentState::Checking { .. }), "{field}: {now:?}");
        assert_eq!(client.next_event().await.unwrap(), None, "{field}");
        world.network.forge_feed(|_, _| {});
        world.network.heal();
        client.network_returned();
        assert_eq!(world::ends::end(&client, &payment.id).await, PaymentState::Settled, "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_anothers_receipt_in_the_feed_is_not_this_customers() {
    let world = world();
    let (client, payment) = in_doubt(&world).await;
    lies_in_the_feed(&world, |document| document["customer"] = "C1002".into());
    client.refresh().await.unwrap();
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 0);
    let now = client.payment(&payment.id).await.unwrap();
    assert!(matches!(now.state, PaymentState::Checking { .. }), "{now:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_anothers_receipt_does_not_end_an_order_whose_row_is_broken() {
    let world = world();
    let (client, payment) = in_doubt(&world).await;
    world.rot("payment", &payment.id);
    world.network.heal();
    lies(&world, |mut truth| {
        truth["customer"] = "C1002".into();
        (200, json!({ "outcome": signed(RECEIPT, &truth) }).to_string())
    });
    let asked = world.network.count("GET /v1/payments");
    // The recovery may have the order in its hands at this moment: then its question counts.
    while world.network.count("GET /v1/payments") < asked + 2 {
        assert_eq!(client.resolve().await, Ok(1));
    }
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 0);
    world.network.forge(|_, _| {});
    while client.resolve().await.unwrap() > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 1);
}

/// A repayment of this order, as the bank would sign it.
fn repayment(truth: &Value, minor: i64, serial: &str) -> Value {
    let mut document = truth.clone();
    document.as_object_mut().unwrap().remove("receipt");
    document["sequence"] = json!(2);
    document["repayment"] = json!({
        "reason": "complaint", "returned": {"minor": minor, "currency": "CNY"}, "receipt": "r".repeat(43),
        "repaid_at": "2026-11-24T01:59:58Z", "bank_serial": serial
    });
    document
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_repayment_is_no_end_of_an_order_whatever_the_bank_signs() {
    let world = world();
    let client = world.bound().await;
    lies(&world, |truth| (200, json!({ "outcome": signed(REPAYMENT, &repayment(&truth, 12_345, "R1")) }).to_string()));
    let payment = world.pay(&client).await;
    in_doubt_until_the_truth(&world, &client, &payment, "a repayment").await;
    assert_eq!(client.payment(&payment.id).await.unwrap().repaid, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_repayment_of_an_order_in_doubt_does_not_say_that_it_was_paid() {
    let world = world();
    let (client, payment) = in_doubt(&world).await;
    world.network.forge_feed(|feed, _| {
        for outcome in feed["outcomes"].as_array_mut().unwrap() {
            let truth = payload(outcome.as_str().unwrap());
            *outcome = signed(REPAYMENT, &repayment(&truth, 12_345, "R1")).into();
        }
    });
    client.refresh().await.unwrap();
    let now = client.payment(&payment.id).await.unwrap();
    assert!(matches!(now.state, PaymentState::Checking { .. }), "{now:?}");
    let told = now.explain(Language::En, &jiff::tz::TimeZone::UTC);
    assert_eq!((told.code, now.repaid), ("payment-checking", None), "{told:?}");
    assert_eq!(client.next_event().await.unwrap(), None);
    // It is not forgotten: with the receipt both are shown.
    world.network.forge_feed(|_, _| {});
    world.network.heal();
    client.network_returned();
    assert_eq!(world::ends::end(&client, &payment.id).await, PaymentState::Settled);
    assert_eq!(client.payment(&payment.id).await.unwrap().repaid, Some(payment.total));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_only_repayments_of_this_very_payment_count_each_once_and_never_above_what_was_paid() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    let truth = payload(&client.receipt(&payment.id).await.unwrap().compact);
    let other = {
        let mut other = repayment(&truth, 100, "R2");
        other["order_digest"] = json!("A".repeat(43));
        other
    };
    let mut foreign = repayment(&truth, 100, "R3");
    foreign["repayment"]["returned"]["currency"] = json!("EUR");
    // A part; the same again; of another order; of another currency; one that is too much; another part.
    let sent = [
        repayment(&truth, 5_000, "R1"),
        repayment(&truth, 5_000, "R1"),
        other,
        foreign,
        repayment(&truth, 12_000, "R4"),
        repayment(&truth, 345, "R5"),
    ];
    let compacts: Vec<String> = sent.iter().map(|document| signed(REPAYMENT, document)).collect();
    for _ in 0..2 {
        let more = compacts.clone();
        world.network.forge_feed(move |feed, _| {
            feed["outcomes"].as_array_mut().unwrap().extend(more.iter().map(|it| json!(it)))
        });
        client.refresh().await.unwrap();
    }
    let shown = client.payment(&payment.id).await.unwrap();
    assert_eq!((shown.state, shown.repaid.map(|sum| sum.minor())), (PaymentState::Settled, Some(5_345)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_or_a_page_that_the_contract_does_not_allow_is_no_answer() {
    let world = world();
    let client = world.bound().await;
    let lie = |asked: &'static str, body: Value| {
        world.network.forge(move |what, answer| {
            if what == asked {
                (answer.status, answer.body) = (200, body.to_string().into_bytes());
            }
        });
    };
    let change = billpay_core::model::LimitsChange {
        per_day: Some(billpay_core::model::Money::new(1, billpay_core::model::Currency::CNY).unwrap()),
        ..Default::default()
    };
    for id in ["", "a.b", "su 1", &"s".repeat(65)] {
        lie(
            "POST /v1/step-ups",
            json!({
                "id": id, "kind": "sms_code", "sent_to_masked": "+86", "attempts_left": 5, "expires_at": "2026-11-22T05:05:00Z"
            }),
        );
        let told = client.ask_limits_code(&change).await;
        assert!(matches!(told, Err(billpay_core::error::CodeError::Fault(_))), "{id:?}: {told:?}");
    }
    for url in ["http://bank.example/link", "javascript:alert(1)", "", "https"] {
        lie("POST /v1/methods", json!({"url": url, "expires_at": "2026-11-22T05:05:00Z"}));
        let told = client.add_method(billpay_core::model::MethodKind::Card).await;
        assert!(matches!(told, Err(billpay_core::error::MethodError::Fault(_))), "{url}");
    }
    lie("POST /v1/limits", json!({"per_day": 1}));
    let told = client.set_limits(&change).await;
    assert!(matches!(told, Err(billpay_core::error::LimitsError::Fault(_))), "{told:?}");
}
