//! The usual bill by the usual method (row 74): one tap gives an ordinary quote, for which every rule holds.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use billpay_core::{
    Client, PaymentState,
    error::{PayError, QuoteError, UsualError},
    model::{Currency, Language, Money},
};
use sandbox_gateway::seeds;
use world::{Fate, POWER, World, ends::end, world};

const MOBILE: &str = "mobile-cn";
const CARD: &str = "m_C1001_card";

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// A mobile number that is bound, and the number of its top-up account.
async fn mobile(world: &World, client: &Client) -> (String, String) {
    let echo = client.lookup_binding(MOBILE, &world.number(MOBILE, 0)).await.unwrap();
    let account = client.confirm_binding(&echo, "手机").await.unwrap();
    client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let bill = bills.into_iter().find(|bill| bill.account == account.id).unwrap();
    (account.id, bill.bill_number)
}

async fn pay(client: &Client, biller: &str, bill: &str, minor: Option<i64>, method: Option<&str>) {
    let quote = client.quote(biller, bill, minor.map(cny), method).await.unwrap();
    assert_eq!(client.pay(&quote.id).await.unwrap().state, PaymentState::Settled);
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_74_a_top_up_is_repeated_with_its_sum_and_method_as_an_order_like_any_other() {
    let world = world();
    let client = world.bound().await;
    let (account, bill) = mobile(&world, &client).await;
    assert_eq!(client.usual(&account).await, Err(UsualError::NothingUsual));
    assert_eq!(client.usual("nobody").await, Err(UsualError::UnknownAccount));
    pay(&client, MOBILE, &bill, Some(3_000), None).await;
    pay(&client, MOBILE, &bill, Some(5_000), Some(CARD)).await;
    let signed = |order: &serde_json::Value| {
        ["amount", "method", "biller", "bill_number", "customer_number", "echo_digest"].map(|of| order[of].clone())
    };
    let before = world.network.sent("POST /v1/payments");
    let asked = world.network.count("POST /v1/payments");
    let usual = client.usual(&account).await.unwrap();
    assert_eq!((usual.amount, usual.method.as_str()), (cny(5_000), CARD));
    assert_eq!(usual.first_payment, None);
    assert_eq!(world.network.count("POST /v1/payments"), asked, "a quote moves nothing");
    let paid = client.pay(&usual.id).await.unwrap();
    assert_eq!(paid.state, PaymentState::Settled);
    let after = world.network.sent("POST /v1/payments");
    assert_eq!(signed(&after["order"]), signed(&before["order"]));
    assert_eq!(after["key"], before["key"]);
    assert_ne!(after["signature"], before["signature"], "a signature of its own");
    assert_eq!(client.receipt(&paid.id).await.unwrap().kind, "receipt");
    assert_eq!(world.charged(), 13_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_74_of_several_bills_the_oldest_that_is_owed_is_next_and_a_second_tap_pays_no_newer_one() {
    let world = world();
    let client = world.bound().await;
    let account = world.bind(&client, 2).await;
    pay(&client, POWER, "E0004", None, Some(CARD)).await;
    let usual = client.usual(&account).await.unwrap();
    assert_eq!((usual.bill_number.as_str(), usual.method.as_str()), ("E0003", CARD));
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let doubt = client.pay(&usual.id).await.unwrap();
    assert!(matches!(doubt.state, PaymentState::Checking { .. }));
    let again = client.usual(&account).await;
    assert_eq!(again, Err(QuoteError::PaymentInDoubt { payment: doubt.id.clone() }.into()));
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &doubt.id).await, PaymentState::Settled);
    let next = client.usual(&account).await.unwrap();
    assert_eq!(next.bill_number, "E0005");
    assert_eq!(client.pay(&next.id).await.unwrap().state, PaymentState::Settled);
    assert_eq!(client.usual(&account).await, Err(UsualError::NothingOpen));
    // Of the other binding nothing was paid.
    for other in client.accounts().await.unwrap().accounts.into_iter().filter(|other| other.id != account) {
        assert_eq!(client.usual(&other.id).await, Err(UsualError::NothingUsual));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_74_limits_codes_and_a_removed_method_hold_for_the_usual_payment_too() {
    let world = world();
    let client = world.bound().await;
    let (account, bill) = mobile(&world, &client).await;
    pay(&client, MOBILE, &bill, Some(5_000), Some(CARD)).await;
    let mut person = seeds::customers().remove(0);
    // A code from now on.
    person.step_up_from = 5_000;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let usual = client.usual(&account).await.unwrap();
    assert!(usual.step_up);
    assert_eq!(client.pay(&usual.id).await, Err(PayError::StepUpNeeded));
    // Above the limit.
    person.per_payment = 4_999;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let over = client.usual(&account).await;
    assert_eq!(over, Err(QuoteError::LimitExceeded { limit: Some(cny(4_999)) }.into()));
    person = seeds::customers().remove(0);
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    // The usual method is gone: no other one is taken in its place.
    client.remove_method(CARD).await.unwrap();
    assert_eq!(client.usual(&account).await, Err(QuoteError::MethodUnusable.into()));
    client.unbind(&account).await.unwrap();
    assert_eq!(client.usual(&account).await, Err(UsualError::UnknownAccount));
    assert_eq!(world.charged(), 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_74_where_the_biller_names_another_holder_the_usual_payment_waits_for_a_look_too() {
    let world = world();
    let client = world.bound().await;
    let (account, bill) = mobile(&world, &client).await;
    pay(&client, MOBILE, &bill, Some(5_000), None).await;
    let accounts = client.accounts().await.unwrap().accounts;
    let here = accounts.into_iter().find(|here| here.id == account).unwrap();
    let digest = "w5HZrX1yzL6fB2mJ0c8gq1JkZ3u9Qe7yVtR4sXoPaBc";
    world.network.forge(move |what, answer| {
        let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return };
        if what.starts_with("GET /v1/sync") {
            let mut changed = serde_json::to_value(&here).unwrap();
            changed["version"] = (here.version + 1).into();
            changed["holder_masked"] = "**别人".into();
            changed["echo_digest"] = digest.into();
            body["accounts"] = serde_json::json!([changed]);
        } else if what == "POST /v1/quotes" {
            body["echo_digest"] = digest.into();
        }
        answer.body = serde_json::to_vec(&body).unwrap();
    });
    client.refresh().await.unwrap();
    let asked = world.network.count("POST /v1/payments");
    let usual = client.usual(&account).await.unwrap();
    assert_eq!(usual.first_payment.unwrap().holder_masked, "**别人");
    assert_eq!(client.pay(&usual.id).await, Err(PayError::EchoNotAcknowledged));
    assert_eq!(world.network.count("POST /v1/payments"), asked);
}
