//! Ways to pay (row 26), through the real client and the real sandbox; and no card number anywhere
//! but on the bank's page.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use billpay_core::{
    Client, Payment, PaymentState,
    error::{MethodError, PayError, QuoteError},
    model::{Language, Method, MethodKind, MethodState},
};
use sandbox_gateway::{api::http::Request, seeds};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use world::{Fate, POWER, World, ends::end, world};

/// With the right check digit, and nobody's.
const CARD: &str = "6222021234567890128";

/// What the person does in the browser.
async fn enter(world: &World, url: &str, entered: &str) -> u16 {
    let body = format!("entered={entered}").into_bytes();
    let request = Request { method: "POST".into(), url: url.into(), headers: Vec::new(), body };
    world.gateway.handle(request).await.status
}

fn of_kind(methods: &[Method], kind: MethodKind) -> &Method {
    methods.iter().rev().find(|method| method.kind == kind).unwrap()
}

async fn bill(client: &Client) -> String {
    client.bills(Language::Zh).await.unwrap().bills.remove(0).bill_number
}

async fn pay_by(client: &Client, method: &str) -> Result<Payment, PayError> {
    let quote = client.quote(POWER, &bill(client).await, None, Some(method)).await.unwrap();
    client.pay(&quote.id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_own_accounts_are_there_from_the_start_and_a_card_comes_back_as_a_token_after_a_kill() {
    let world = world();
    let client = world.bound().await;
    assert_eq!(of_kind(&client.methods().await.unwrap(), MethodKind::Account).last4, "6001");
    let step = client.add_method(MethodKind::Card).await.unwrap();
    assert!(!format!("{step:?}").contains("hosted"), "the way to the page is not for logs");
    // The app is killed while the person is in the browser.
    client.suspend().await.unwrap();
    drop(client);
    assert_eq!(enter(&world, &step.url, CARD).await, 200);
    let client = world.open().await;
    client.refresh().await.unwrap();
    let card = of_kind(&client.methods().await.unwrap(), MethodKind::Card).clone();
    assert_eq!((card.last4.as_str(), card.state, card.default), ("0128", MethodState::Active, false));
    assert_eq!(pay_by(&client, &card.id).await.unwrap().state, PaymentState::Settled);
    assert_eq!(client.add_method(MethodKind::Account).await, Err(MethodError::NotOffered));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_the_default_is_kept_and_a_removed_or_expired_method_is_refused_before_anything_is_sent() {
    let world = world();
    let client = world.bound().await;
    let card = of_kind(&client.methods().await.unwrap(), MethodKind::Card).id.clone();
    let account = of_kind(&client.methods().await.unwrap(), MethodKind::Account).id.clone();
    client.prefer_method(&card).await.unwrap();
    client.refresh().await.unwrap();
    assert!(of_kind(&client.methods().await.unwrap(), MethodKind::Card).default);
    let by_default = world.quote(&client).await;
    assert_eq!(by_default.method_label, "储蓄卡");
    let left = client.remove_method(&card).await.unwrap();
    assert_eq!((left.len(), left[0].default), (1, true), "another one is the default now");
    let asked = world.network.log.lock().unwrap().len();
    // Not at the quote, and not by a quote of before.
    let number = bill(&client).await;
    assert_eq!(client.quote(POWER, &number, None, Some(&card)).await, Err(QuoteError::MethodUnusable));
    assert_eq!(client.pay(&by_default.id).await, Err(PayError::MethodUnusable));
    assert_eq!(client.remove_method("m/../x").await, Err(MethodError::UnknownMethod));
    assert_eq!(world.network.log.lock().unwrap().len(), asked, "nothing was sent");
    assert_eq!(client.remove_method(&card).await.unwrap(), left, "twice is once");
    let mut person = seeds::customers().remove(0);
    person.methods[0].state = "expired".into();
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    client.refresh().await.unwrap();
    assert_eq!(client.quote(POWER, &number, None, Some(&account)).await, Err(QuoteError::MethodUnusable));
    assert_eq!(client.prefer_method(&account).await, Err(MethodError::UnknownMethod));
    assert_eq!(world.charged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_a_method_that_another_device_removed_is_a_recorded_refusal_with_its_text() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    let mut person = seeds::customers().remove(0);
    person.methods[0].state = "removed".into();
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let refused = client.pay(&quote.id).await.unwrap();
    assert_eq!(refused.state, PaymentState::Refused { reason: "method-unknown".into() });
    assert_eq!(client.receipt(&refused.id).await.unwrap().kind, "refusal");
    assert_eq!(world.charged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_killed_on_the_way_back_from_a_wallet_the_payment_is_resolved_by_asking() {
    let world = world();
    let client = world.bound().await;
    let step = client.add_method(MethodKind::Wallet).await.unwrap();
    assert_eq!(enter(&world, &step.url, "mywallet").await, 200);
    client.refresh().await.unwrap();
    let wallet = of_kind(&client.methods().await.unwrap(), MethodKind::Wallet).id.clone();
    world.network.only("POST", "/v1/payments", Fate::LoseAnswer);
    let payment = pay_by(&client, &wallet).await.unwrap();
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    client.suspend().await.unwrap();
    drop(client);
    // Confirm alone gets through: it is not paid once more.
    let client = world.open().await;
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    assert_eq!(world.network.count("POST /v1/payments"), 1);
    assert_eq!(world.charged(), payment.amount.minor());
    let receipt = client.receipt(&payment.id).await.unwrap().receipt.unwrap();
    assert_eq!((receipt.method.kind.as_str(), receipt.method.last4.as_str()), ("wallet", ""));
}

/// Keeps every word that is traced, in text.
#[derive(Default)]
struct Traces(Arc<Mutex<String>>);

impl Visit for Traces {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Traces {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut Self(self.0.clone()));
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Self(self.0.clone()));
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Self(self.0.clone()));
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// What may be a card number: 13 to 19 digits that stand alone, in one piece or in groups of four, with
/// the check digit of ISO/IEC 7812-1 (Luhn). Moments in milliseconds have 13 digits, too: they are none.
fn card_numbers(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric() && letter != ' ' && letter != '-') {
        let groups: Vec<&str> = word.split([' ', '-']).collect();
        let last = groups.len() - 1;
        let in_fours = groups.iter().enumerate().all(|(at, group)| group.len() == 4 || at == last && group.len() < 4);
        let digits = groups.concat();
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        let a_moment = last == 0 && digits.len() == 13 && digits.starts_with('1');
        if (last == 0 || in_fours) && all_digits && !a_moment && (13..=19).contains(&digits.len()) && luhn(&digits) {
            found.push(digits);
        }
    }
    found
}

fn luhn(digits: &str) -> bool {
    let digit = |(place, byte): (usize, u8)| match (place % 2, u32::from(byte - b'0') * 2) {
        (0, double) => double / 2,
        (_, double) => double / 10 + double % 10,
    };
    digits.bytes().rev().enumerate().map(digit).sum::<u32>().is_multiple_of(10)
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_no_card_number_is_in_any_database_log_or_trace() {
    let traces = Arc::new(Mutex::new(String::new()));
    // Of the whole process: the client works on threads of its own.
    drop(tracing::subscriber::set_global_default(Traces(traces.clone())));
    let world = world();
    let client = world.bound().await;
    let step = client.add_method(MethodKind::Card).await.unwrap();
    assert_eq!(enter(&world, &step.url, "6222021234567890127").await, 422);
    assert_eq!(enter(&world, &step.url, CARD).await, 200);
    client.refresh().await.unwrap();
    let card = of_kind(&client.methods().await.unwrap(), MethodKind::Card).id.clone();
    world.network.only("POST", "/v1/payments", Fate::LoseAnswer);
    let payment = pay_by(&client, &card).await.unwrap();
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    client.refresh().await.unwrap();
    tracing::info!("the traces are heard");
    let mut places: Vec<(&str, Vec<u8>)> = Vec::new();
    for (name, values, file) in world.databases() {
        assert!(!file.windows(CARD.len()).any(|window| window == CARD.as_bytes()), "{name}, byte for byte");
        places.push((name, values));
    }
    places.push(("what the phone sent", world.network.everything_sent()));
    places.push(("the bank's list of requests", format!("{:?}", world.gateway.requests()).into_bytes()));
    places.push(("the traces", traces.lock().unwrap().clone().into_bytes()));
    for (place, bytes) in &places {
        assert!(!bytes.is_empty(), "{place}");
        assert_eq!(card_numbers(bytes), Vec::<String>::new(), "{place}");
        assert!(!bytes.windows(CARD.len()).any(|window| window == CARD.as_bytes()), "{place}");
        // The look is one that would find it: there, and in groups.
        for planted in [CARD, "6222 0212 3456 7890 128", "6222-0212-3456-7890-128"] {
            let with = [bytes.as_slice(), b"\"", planted.as_bytes(), b"\"", bytes].concat();
            assert_eq!(card_numbers(&with), [CARD], "{place}");
        }
    }
    assert_eq!(places.len(), 7);
    assert!(world.sms.all().iter().all(|sms| card_numbers(sms.text.as_bytes()).is_empty()));
}
