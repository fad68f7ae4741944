//! A gateway that answers with numbers and moments at the edges of what can be written: an error that says
//! so, or what was shown is what is paid; never a panic, never another sum.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use billpay_core::{
    Client, PaymentState,
    model::{Language, Money},
    text::Explain as _,
};
use serde_json::{Value, json};
use world::{
    POWER, World,
    ends::{end, is_settled_once},
    fields::fields,
    world,
};

/// In whatever thread.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |told| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            usual(told);
        }));
    });
}

/// What a field of this kind could be in its place.
fn edges(now: &Value) -> Vec<Value> {
    match now {
        Value::Number(_) => vec![
            json!((1_i64 << 53) - 1),
            json!(1_i64 << 53),
            json!(i64::MAX),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(-1),
            json!(0),
            json!(0.5),
            json!(1e308),
        ],
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => [
            "9999-12-31T23:59:59Z",
            "9999-12-30T22:00:00.999999999Z",
            "10000-01-01T00:00:00Z",
            "-009999-01-02T01:59:59Z",
            "0000-01-01T00:00:00Z",
            "2026-02-30T24:61:61Z",
            "",
        ]
        .map(Value::from)
        .to_vec(),
        Value::String(text) if text.parse::<jiff::civil::Date>().is_ok() => {
            ["9999-12-31", "-009999-01-01", "0000-01-01", "2026-02-30"].map(Value::from).to_vec()
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

/// Each lie of this kind about an answer.
fn lies(truth: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for field in fields(truth) {
        for edge in edges(truth.pointer(&field).unwrap()) {
            let mut lie = truth.clone();
            *lie.pointer_mut(&field).unwrap() = edge.clone();
            all.push((format!("{field} = {edge}"), lie));
        }
    }
    all
}

/// The bank's true answer to such a request, while a phone does `what`.
async fn truth_of(world: &World, asked: &'static str, what: impl AsyncFnOnce()) -> Value {
    let seen = Arc::new(Mutex::new(Value::Null));
    let kept = seen.clone();
    world.network.forge(move |this, answer| {
        if this.starts_with(asked) {
            *kept.lock().unwrap() = serde_json::from_slice(&answer.body).unwrap();
        }
    });
    what().await;
    world.network.forge(|_, _| {});
    let seen = seen.lock().unwrap().clone();
    assert!(seen.is_object(), "{asked} was not asked");
    seen
}

fn answer_with(world: &World, asked: &'static str, lie: Value) {
    world.network.forge(move |this, answer| {
        if this.starts_with(asked) {
            answer.body = lie.to_string().into_bytes();
        }
    });
}

/// Everything that a person looks at.
async fn look_at_all(client: &Client) {
    let zone = jiff::tz::TimeZone::UTC;
    for language in [Language::Zh, Language::En] {
        for bill in client.bills(language).await.map(|list| list.bills).unwrap_or_default() {
            let _ = client.spread(&bill.account, bill.amount).await;
        }
        for payment in client.payments(10, 0).await.map(|page| page.payments).unwrap_or_default() {
            let _ = payment.explain(language, &zone);
        }
    }
    let _ = (client.receipts(10, 0).await, client.chain_breaks().await, client.limits().await, client.methods().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_quote_with_numbers_and_moments_at_the_edges_is_refused_or_paid_as_it_was_shown() {
    count_panics();
    let mut seat = (world(), None);
    let truth = {
        let client = seat.0.bound().await;
        let truth = truth_of(&seat.0, "POST /v1/quotes", async || drop(seat.0.quote(&client).await)).await;
        seat.1 = Some(client);
        truth
    };
    let all = lies(&truth);
    assert!(all.len() >= 60, "{}", all.len());
    let mut shown_of_them = 0;
    for (what, lie) in all {
        let (world, Some(client)) = &seat else { panic!("no phone") };
        let bill =
            client.bills(Language::Zh).await.unwrap().bills.into_iter().find(|bill| bill.biller == POWER).unwrap();
        answer_with(world, "POST /v1/quotes", lie);
        let quoted = client.quote(POWER, &bill.bill_number, None, None).await;
        world.network.forge(|_, _| {});
        let Ok(shown) = quoted else { continue };
        shown_of_them += 1;
        assert_eq!(shown.amount, bill.amount, "{what}");
        assert_eq!(shown.amount.plus(shown.fee), Ok(shown.total), "{what}");
        if let Ok(payment) = client.pay(&shown.id).await {
            assert_eq!((payment.amount, payment.total), (shown.amount, shown.total), "{what}");
            match end(client, &payment.id).await {
                PaymentState::Settled => is_settled_once(world, client, &payment).await,
                PaymentState::Refused { .. } => assert_eq!(world.charged(), 0, "{what}"),
                other @ (PaymentState::Checking { .. } | PaymentState::Reversed { .. } | PaymentState::Cancelled) => {
                    panic!("{what}: {other:?}")
                }
            }
            look_at_all(client).await;
            let fresh = crate::world();
            let client = fresh.bound().await;
            seat = (fresh, Some(client));
        }
    }
    assert!(shown_of_them > 0, "nothing was ever shown");
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_17_a_feed_with_numbers_and_moments_at_the_edges_breaks_nothing_and_the_next_true_one_is_taken() {
    count_panics();
    let world = world();
    let client = world.bound().await;
    world.pay(&client).await;
    world.bind(&client, 1).await;
    // Of a phone that has nothing: the whole feed.
    client.suspend().await.unwrap();
    drop(client);
    let mut other = crate::world();
    other.network = world.network.clone();
    world.bank_clock.advance(std::time::Duration::from_secs(61));
    let truth = truth_of(&world, "GET /v1/sync", async || {
        let client = other.open().await;
        client.start_activation(world::PHONE).await.unwrap();
        client.finish_activation(&world.code()).await.unwrap();
        client.refresh().await.unwrap();
        client.suspend().await.unwrap();
    })
    .await;
    let all = lies(&truth);
    assert!(all.len() >= 100, "{}", all.len());
    let client = other.open().await;
    for (_, lie) in all {
        answer_with(&world, "GET /v1/sync", lie);
        let _ = client.refresh().await;
        look_at_all(&client).await;
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
    // The bank tells the truth again, and is believed.
    world.network.forge(|_, _| {});
    client.refresh().await.unwrap();
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_answers_about_an_order_at_the_edges_and_from_the_far_future_end_nothing_early() {
    count_panics();
    for time in ["9999-12-31T23:59:59Z", "10000-01-01T00:00:00Z", "-009999-01-02T01:59:59Z", "0", "", "\u{0}"] {
        for held in ["9999-12-31T23:59:59Z", "-009999-01-02T01:59:59Z", "x"] {
            let world = world();
            let client = world.bound().await;
            let quote = world.quote(&client).await;
            world.network.forge(move |asked, answer| {
                if asked.contains("/v1/payments") {
                    answer.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("bank-time"));
                    answer.headers.push(("bank-time".to_owned(), time.to_owned()));
                    answer.status = 202;
                    answer.body = json!({ "state": "pending", "held_until": held }).to_string().into_bytes();
                }
            });
            let payment = client.pay(&quote.id).await.unwrap();
            for _ in 0..8 {
                client.resolve().await.unwrap();
                look_at_all(&client).await;
            }
            let now = client.payment(&payment.id).await.unwrap();
            assert!(matches!(now.state, PaymentState::Checking { .. }), "{time:?} {held}: {now:?}");
            world.network.forge(|_, _| {});
            client.network_returned();
            is_settled_once(&world, &client, &payment).await;
        }
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

#[test]
fn no_sum_at_the_edges_overflows() {
    let most = Money::new((1 << 53) - 1, billpay_core::model::Currency::CNY).unwrap();
    assert!(most.plus(most).is_err());
    assert!(Money::new(1 << 53, billpay_core::model::Currency::CNY).is_err());
    assert!(Money::new(-1, billpay_core::model::Currency::CNY).is_err());
}
