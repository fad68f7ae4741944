//! Row 24: what a person has seen is what is signed, sent, charged and receipted. Each field is changed
//! in turn, at each place where somebody could.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use billpay_core::{
    Payment, PaymentState, QuoteView,
    error::{Fault, PayError},
    platform::{DeviceSigner as _, KeyRole},
};
use serde_json::Value;
use world::{
    Fate, PHONE, POWER, World,
    ends::is_settled_once,
    fields::{changed, fields},
    world,
};

/// An answer of the bank to such a request.
async fn answer(world: &World, what: &'static str) -> Value {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Value::Null));
    let kept = seen.clone();
    world.network.forge(move |asked, answer| {
        if asked.starts_with(what) {
            *kept.lock().unwrap() = serde_json::from_slice(&answer.body).unwrap();
        }
    });
    let client = world.bound().await;
    world.pay(&client).await;
    world.network.forge(|_, _| {});
    let seen = seen.lock().unwrap().clone();
    assert!(seen.is_object(), "{what} was not asked");
    seen
}

/// What was shown is what was paid.
fn as_shown(quote: &QuoteView, payment: &Payment) {
    assert_eq!(
        (&payment.payee, &payment.bill_number, payment.amount, payment.fee, payment.total, payment.valid_until),
        (&quote.payee, &quote.bill_number, quote.amount, quote.fee, quote.total, quote.valid_until),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_a_quote_changed_on_its_way_is_refused_or_charges_nothing_that_was_not_shown() {
    let quote = answer(&world(), "POST /v1/quotes").await;
    let all = fields(&quote);
    assert!(all.len() >= 20, "{all:?}");
    let (mut not_signed, mut not_taken) = (Vec::new(), Vec::new());
    for field in &all {
        let world = world();
        let client = world.bound().await;
        let lie = field.clone();
        world.network.forge(move |asked, answer| {
            if asked.starts_with("POST /v1/quotes") {
                let whole = serde_json::from_slice(&answer.body).unwrap();
                answer.body = serde_json::to_vec(&changed(&whole, &lie)).unwrap();
            }
        });
        let bills = client.bills(billpay_core::model::Language::Zh).await.unwrap().bills;
        let bill = bills.iter().find(|bill| bill.biller == POWER).unwrap();
        let Ok(shown) = client.quote(POWER, &bill.bill_number, None, None).await else {
            not_signed.push(field.as_str());
            continue;
        };
        world.network.forge(|_, _| {});
        let Ok(payment) = client.pay(&shown.id).await else {
            not_signed.push(field.as_str());
            assert_eq!(world.network.count("POST /v1/payments"), 0);
            continue;
        };
        as_shown(&shown, &payment);
        if payment.state == PaymentState::Settled {
            // Only what is shown and not signed: it binds nobody.
            let informs = ["/balance", "/limits", "/step_up"].iter().any(|it| field.starts_with(it));
            assert!(informs, "{field} was changed and the order charged");
            is_settled_once(&world, &client, &payment).await;
        } else {
            not_taken.push(field.as_str());
            assert!(matches!(payment.state, PaymentState::Refused { .. }), "{field}: {payment:?}");
            assert_eq!(world.charged(), 0, "{field}");
        }
    }
    for field in ["/amount/minor", "/total/minor", "/customer_number", "/bill_number", "/biller", "/echo_digest"] {
        assert!(not_signed.contains(&field), "{field} was signed");
    }
    for field in ["/payee", "/quote", "/valid_until"] {
        assert!(not_taken.contains(&field), "{field}: not signed {not_signed:?}, not taken {not_taken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_an_order_changed_on_its_way_charges_nothing_and_the_true_one_is_paid_afterwards() {
    let order = {
        let world = world();
        let client = world.bound().await;
        world.pay(&client).await;
        world.network.sent("POST /v1/payments")
    };
    let all = fields(&order);
    assert!(all.iter().any(|field| field.contains("amount")), "{all:?}");
    for field in all {
        let world = world();
        let client = world.bound().await;
        let quote = world.quote(&client).await;
        let lie = field.clone();
        world.network.tamper(move |request| {
            if request.url.ends_with("/v1/payments") {
                let whole = serde_json::from_slice(&request.body).unwrap();
                request.body = serde_json::to_vec(&changed(&whole, &lie)).unwrap();
            }
        });
        let payment = client.pay(&quote.id).await.unwrap();
        assert!(matches!(payment.state, PaymentState::Checking { .. }), "{field}: {payment:?}");
        as_shown(&quote, &payment);
        assert_eq!(world.charged(), 0, "{field}");
        world.network.tamper(|_| {});
        client.network_returned();
        is_settled_once(&world, &client, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_an_order_changed_in_memory_before_it_is_signed_is_not_made() {
    let order = {
        let world = world();
        let client = world.bound().await;
        world.pay(&client).await;
        world.network.sent("POST /v1/payments")["order"].clone()
    };
    let all = fields(&order);
    assert!(all.len() >= 19, "{all:?}");
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    for field in all {
        *world.keys.instead.lock().unwrap() = Some(changed(&order, &field));
        let refused = client.pay(&quote.id).await;
        assert!(matches!(refused, Err(PayError::Fault(Fault::BadAnswer(_)))), "{field}: {refused:?}");
        assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "{field}");
        assert_eq!(world.network.count("POST /v1/payments"), 0, "{field}");
    }
    // The quote is as good as it was.
    *world.keys.instead.lock().unwrap() = None;
    let payment = client.pay(&quote.id).await.unwrap();
    as_shown(&quote, &payment);
    is_settled_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_34_an_order_that_another_key_than_the_activated_one_signs_is_not_made() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    // As after a change of the lock screen, with a new key under the old name.
    world.keys.create(KeyRole::Order).unwrap();
    assert_eq!(client.pay(&quote.id).await, Err(PayError::Fault(Fault::NotActivated)));
    assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
    assert_eq!(world.network.count("POST /v1/payments"), 0);
    world.bank_clock.advance(std::time::Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
    client.refresh().await.unwrap();
    let payment = world.pay(&client).await;
    is_settled_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_an_outcome_changed_on_its_way_ends_nothing() {
    let compact = answer(&world(), "POST /v1/payments").await["outcome"].as_str().unwrap().to_owned();
    let payload = |compact: &str| -> Value {
        let middle = compact.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).unwrap()).unwrap()
    };
    let all = fields(&payload(&compact));
    assert!(all.len() >= 20, "{all:?}");
    for field in all {
        let world = world();
        let client = world.bound().await;
        let lie = field.clone();
        world.network.forge(move |asked, answer| {
            if !asked.contains("/v1/payments") || answer.status != 200 {
                return;
            }
            let body: Value = serde_json::from_slice(&answer.body).unwrap();
            let mut parts: Vec<String> = body["outcome"].as_str().unwrap().split('.').map(str::to_owned).collect();
            let other = changed(&payload(&parts.join(".")), &lie);
            parts[1] = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&other).unwrap());
            answer.body = serde_json::json!({ "outcome": parts.join(".") }).to_string().into_bytes();
        });
        let payment = world.pay(&client).await;
        assert!(matches!(payment.state, PaymentState::Checking { .. }), "{field}: {payment:?}");
        assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 0, "{field}");
        world.network.forge(|_, _| {});
        client.network_returned();
        is_settled_once(&world, &client, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_an_order_whose_clear_columns_are_edited_is_never_sent_and_its_bill_never_paid_twice() {
    for edit in [
        "payable = x'00'",
        "state = 'authorized'",
        "state = 'cancelled'",
        "state = 'reversed'",
        "state = 'settled'",
        "journal_sequence = 77",
        "created_ms = created_ms - 86400000",
        "valid_until_ms = valid_until_ms + 86400000",
    ] {
        for arrived in [true, false] {
            let world = world();
            let client = world.bound().await;
            let lost = if arrived { Fate::LoseAnswer } else { Fate::LoseRequest };
            world.network.rule(move |request| if request.url.contains("/v1/payments") { lost } else { Fate::Pass });
            let payment = world.pay(&client).await;
            client.suspend().await.unwrap();
            drop(client);
            assert_eq!(world.on_phone(&format!("UPDATE payment SET {edit}")), 1);
            world.network.heal();
            let before = world.network.count("POST /v1/payments");
            let client = world.open().await;
            let _ = client.resolve().await;
            assert_eq!(world.network.count("POST /v1/payments"), before, "{edit}");
            // Nobody is told an end that stands in clear and under no seal.
            let shown = client.payment(&payment.id).await;
            assert!(shown.is_err() || shown.is_ok_and(|it| it.state == PaymentState::Settled), "{edit}");
            // Whoever gets as far as a second order finds the bank in the way, if the first one arrived.
            if let Ok(quote) = client.quote(POWER, &payment.bill_number, None, None).await {
                let _ = client.pay(&quote.id).await;
            }
            assert!(world.charged() <= payment.amount.minor(), "{edit}: {}", world.charged());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_32_while_an_open_order_of_which_nobody_knows_the_bill_may_be_charged_no_other_is_signed() {
    let world = world();
    let client = world.bound().await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let first = world.pay(&client).await;
    client.suspend().await.unwrap();
    drop(client);
    assert_eq!(world.on_phone("UPDATE payment SET payable = x'00'"), 1);
    world.network.heal();
    let before = world.network.count("POST /v1/payments");
    let client = world.open().await;
    let quote = client.quote(POWER, &first.bill_number, None, None).await.unwrap();
    assert_eq!(client.pay(&quote.id).await, Err(PayError::PaymentInDoubt { payment: first.id }));
    assert_eq!(world.network.count("POST /v1/payments"), before);
    // The bank takes that one no more: nobody is kept from paying for ever.
    world.bank_clock.advance(Duration::from_secs(1_800));
    let quote = client.quote(POWER, &first.bill_number, None, None).await.unwrap();
    assert_eq!(client.pay(&quote.id).await.unwrap().state, PaymentState::Settled);
    assert_eq!(world.charged(), first.amount.minor());
    // A time that stands there in clear and that no quote is good for keeps nobody from it either.
    client.suspend().await.unwrap();
    assert_eq!(world.on_phone("UPDATE payment SET valid_until_ms = 9000000000000000 WHERE payable = x'00'"), 1);
    client.resume().await.unwrap();
    let account = world.bind(&client, 1).await;
    assert_eq!(world.pay_of(&client, &account).await.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_24_an_order_changed_in_the_file_is_never_sent_as_it_is() {
    // The row is sealed: whoever has no key changes bytes, and every byte is one that shows.
    for at in 0..24 {
        let world = world();
        let client = world.bound().await;
        world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
        let payment = world.pay(&client).await;
        client.suspend().await.unwrap();
        drop(client);
        world.rot_at("payment", &payment.id, at * 37);
        world.network.heal();
        let before = world.network.count("POST /v1/payments");
        let client = world.open().await;
        client.resolve().await.unwrap();
        assert_eq!(world.network.count("POST /v1/payments"), before, "byte {at}");
        assert_eq!(world.charged(), 0, "byte {at}");
    }
}
