//! Limits, the permission to pay, the second factor and the balance (rows 25 and 96), through the
//! real client and the real sandbox.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{sync::atomic::Ordering, time::Duration};

use billpay_core::{
    Client, PaymentState, QuoteView, SentCode,
    error::{CodeError, LimitsError, PayError, QuoteError},
    model::{Currency, Language, LimitsChange, Money},
    text::Explain as _,
};
use sandbox_gateway::{clock::Clock as _, seeds};
use world::{Fate, PHONE, POWER, World, ends::end, world};

const MOBILE: &str = "mobile-cn";
/// Needs a second factor from 200.00 on.
const YANG: &str = "13800000006";
/// May pay 100.00 at a time and 150.00 a day.
const CHEN: &str = "13800000005";

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// A phone of this customer that can top up a mobile number.
async fn topping_up(world: &World, phone: &str) -> (Client, String) {
    let client = world.open().await;
    client.start_activation(phone).await.unwrap();
    client.finish_activation(&world.code_of(phone)).await.unwrap();
    client.refresh().await.unwrap();
    let echo = client.lookup_binding(MOBILE, &world.number(MOBILE, 0)).await.unwrap();
    let account = client.confirm_binding(&echo, "").await.unwrap();
    client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
    let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0).bill_number;
    (client, bill)
}

async fn quote(client: &Client, bill: &str, minor: i64) -> Result<QuoteView, QuoteError> {
    client.quote(MOBILE, bill, Some(cny(minor)), None).await
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn code_for(world: &World, client: &Client, quote: &QuoteView) -> (SentCode, String) {
    let sent = client.ask_payment_code(&quote.id).await.unwrap();
    assert_eq!(sent.sent_to_masked, "+86138****0006");
    (sent, world.code_of(YANG))
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_code_goes_out_with_the_very_order_that_it_was_sent_for() {
    let world = world();
    let (client, bill) = topping_up(&world, YANG).await;
    let small = quote(&client, &bill, 10_000).await.unwrap();
    assert!(!small.step_up && small.limits.step_up_from == cny(20_000), "the threshold is shown in advance");
    let large = quote(&client, &bill, 20_000).await.unwrap();
    assert!(large.step_up);
    assert_eq!(client.pay(&large.id).await, Err(PayError::StepUpNeeded));
    assert_eq!(client.pay_with_code(&large.id, "123456").await, Err(PayError::StepUpNeeded), "none was sent");
    let (sent, code) = code_for(&world, &client, &large).await;
    assert_eq!(world.network.count("POST /v1/payments"), 0, "no byte of the order before it is paid");
    assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
    assert_eq!(client.pay_with_code(&large.id, "the code").await, Err(PayError::NotACode));
    let soon = client.ask_payment_code(&large.id).await;
    assert!(matches!(soon, Err(CodeError::TooSoon { retry_at: Some(_) })), "{soon:?}");
    // As a person types it.
    let payment = client.pay_with_code(&large.id, &format!("{} {}", &code[..3], &code[3..])).await.unwrap();
    assert_eq!(payment.state, PaymentState::Settled);
    assert_eq!(world.network.sent("POST /v1/payments")["step_up"], format!("{}.{code}", sent.id));
    assert_eq!(client.receipt(&payment.id).await.unwrap().kind, "receipt");
    assert_eq!(client.pay_with_code(&large.id, &code).await, Err(PayError::UnknownQuote));
    assert_eq!(world.charged(), 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_wrong_code_ends_the_order_as_refused_with_a_text_and_the_next_one_has_its_own() {
    let world = world();
    let (client, bill) = topping_up(&world, YANG).await;
    let large = quote(&client, &bill, 20_000).await.unwrap();
    let (_, code) = code_for(&world, &client, &large).await;
    let refused = client.pay_with_code(&large.id, wrong(&code)).await.unwrap();
    assert_eq!(refused.state, PaymentState::Refused { reason: "step-up-missing".into() });
    let told = refused.state.explain(Language::En, &jiff::tz::TimeZone::UTC);
    assert!(told.what_happened.contains("the code was wrong"), "{told:?}");
    let next = quote(&client, &bill, 20_000).await.unwrap();
    let (_, other) = code_for(&world, &client, &next).await;
    assert_eq!(client.pay_with_code(&next.id, &other).await.unwrap().state, PaymentState::Settled);
    assert_eq!(world.charged(), 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_an_order_with_a_code_whose_answer_is_lost_is_found_and_repeated_with_its_code() {
    for fate in [Fate::LoseAnswer, Fate::LoseRequest] {
        let world = world();
        let (client, bill) = topping_up(&world, YANG).await;
        let large = quote(&client, &bill, 20_000).await.unwrap();
        let (_, code) = code_for(&world, &client, &large).await;
        world.network.only("POST", "/v1/payments", fate);
        let payment = client.pay_with_code(&large.id, &code).await.unwrap();
        let first = world.network.sent("POST /v1/payments");
        // Another process: the code is in the journal, sealed, with the order.
        client.suspend().await.unwrap();
        drop(client);
        assert!(!world.on_disk(code.as_bytes()), "the code lies open in the file");
        world.network.heal();
        let client = world.open().await;
        assert_eq!(end(&client, &payment.id).await, PaymentState::Settled, "{fate:?}");
        assert_eq!(world.network.sent("POST /v1/payments"), first, "the same bytes each time");
        assert_eq!(world.charged(), 20_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_limits_are_shown_with_their_age_lowered_at_once_and_raised_with_a_code() {
    let world = world();
    let client = world.bound().await;
    let shown = client.limits().await.unwrap();
    let limits = shown.limits.unwrap();
    assert!(shown.may_pay && shown.as_of.is_some());
    assert_eq!((limits.per_payment, limits.per_day), (cny(500_000), cny(2_000_000)));
    let lower = LimitsChange { per_payment: Some(cny(10_000)), ..LimitsChange::default() };
    assert_eq!(client.set_limits(&lower).await.unwrap().per_payment, cny(10_000));
    assert_eq!(client.limits().await.unwrap().limits.unwrap().per_payment, cny(10_000));
    let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0);
    let over = client.quote(POWER, &bill.bill_number, None, None).await;
    assert_eq!(over, Err(QuoteError::LimitExceeded { limit: Some(cny(10_000)) }));
    let raise = LimitsChange { per_payment: Some(cny(20_000)), ..LimitsChange::default() };
    let asked = world.network.count("POST /v1/limits");
    assert_eq!(client.set_limits(&raise).await, Err(LimitsError::StepUpNeeded));
    assert_eq!(world.network.count("POST /v1/limits"), asked, "nothing was sent for it");
    let sent = client.ask_limits_code(&raise).await.unwrap();
    let code = world.code_of(PHONE);
    assert_eq!(client.raise_limits(&raise, &sent.id, "no").await, Err(LimitsError::NotACode));
    assert_eq!(client.raise_limits(&raise, &sent.id, wrong(&code)).await, Err(LimitsError::CodeWrong));
    let more = LimitsChange { per_payment: Some(cny(30_000)), ..LimitsChange::default() };
    assert_eq!(client.raise_limits(&more, &sent.id, &code).await, Err(LimitsError::CodeWrong), "for another change");
    assert_eq!(client.raise_limits(&raise, &sent.id, &code).await.unwrap().per_payment, cny(20_000));
    assert!(client.quote(POWER, &bill.bill_number, None, None).await.is_ok());
    let nothing = LimitsChange::default();
    assert_eq!(client.set_limits(&nothing).await, Err(LimitsError::NothingToChange));
    assert_eq!(client.ask_limits_code(&nothing).await, Err(CodeError::NothingToChange));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_a_raise_above_the_bank_s_ceiling_costs_no_code_and_names_it_and_0_stops_payments() {
    let world = world();
    let client = world.bound().await;
    let ceiling = client.limits().await.unwrap().limits.unwrap().ceiling.unwrap();
    let above = LimitsChange { per_payment: Some(cny(ceiling.per_payment.minor() + 1)), ..LimitsChange::default() };
    let messages = world.sms.all().len();
    let most = Some(ceiling.per_payment);
    assert_eq!(client.set_limits(&above).await, Err(LimitsError::AboveCeiling { ceiling: most }));
    let code = client.ask_limits_code(&above).await;
    assert_eq!(code, Err(CodeError::AboveCeiling { ceiling: most }));
    assert_eq!((world.sms.all().len(), world.network.count("POST /v1/limits")), (messages, 0));
    let told = code.unwrap_err().explain(Language::En, &jiff::tz::TimeZone::UTC);
    assert!(told.what_happened.contains("CNY 20,000.00") && told.what_to_do.contains("at a branch"), "{told:?}");
    let stop = LimitsChange { per_day: Some(cny(0)), ..LimitsChange::default() };
    assert!(client.set_limits(&stop).await.unwrap().stop_payments());
    let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0);
    let none = client.quote(POWER, &bill.bill_number, None, None).await.unwrap_err();
    assert_eq!(none, QuoteError::LimitExceeded { limit: Some(cny(0)) });
    let told = none.explain(Language::En, &jiff::tz::TimeZone::UTC);
    assert!(told.what_happened.contains("your limit is 0"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_what_another_device_has_lowered_is_a_raise_here_too() {
    let world = world();
    let client = world.bound().await;
    let mut person = seeds::customers().remove(0);
    person.per_payment = 5_000;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let change = LimitsChange { per_payment: Some(cny(10_000)), ..LimitsChange::default() };
    // By what the phone last heard it is none; the bank knows better.
    assert_eq!(client.set_limits(&change).await, Err(LimitsError::StepUpNeeded));
    client.refresh().await.unwrap();
    assert_eq!(client.limits().await.unwrap().limits.unwrap().per_payment, cny(5_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_the_day_of_the_limit_is_the_bank_s_whatever_the_phone_s_clock_says() {
    let world = world();
    let (client, bill) = topping_up(&world, CHEN).await;
    // A minute before the bank's midnight, 16:00 UTC.
    let day = 24 * 3600;
    let left = (16 * 3600 - world.bank_clock.now().as_second().rem_euclid(day)).rem_euclid(day);
    world.bank_clock.advance(Duration::from_secs(u64::try_from(left + day - 60).unwrap()));
    let first = quote(&client, &bill, 9_000).await.unwrap();
    assert_eq!(client.pay(&first.id).await.unwrap().state, PaymentState::Settled);
    client.refresh().await.unwrap();
    assert_eq!(client.limits().await.unwrap().limits.unwrap().used_today, cny(9_000));
    let a_day = 24 * 3_600_000;
    for moved in [0, a_day, -a_day] {
        world.phone_clock.offset_ms.store(moved, Ordering::SeqCst);
        let over = quote(&client, &bill, 9_000).await;
        assert_eq!(over, Err(QuoteError::LimitExceeded { limit: Some(cny(15_000)) }), "phone moved by {moved} ms");
    }
    world.bank_clock.advance(Duration::from_secs(61));
    for moved in [0, a_day, -a_day] {
        world.phone_clock.offset_ms.store(moved, Ordering::SeqCst);
        let new_day = quote(&client, &bill, 9_000).await.unwrap();
        assert_eq!(new_day.limits.used_today, cny(0), "phone moved by {moved} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_without_the_permission_the_person_hears_it_with_where_to_go_and_before_signing() {
    let world = world();
    let client = world.bound().await;
    let taken = world.quote(&client).await;
    let mut person = seeds::customers().remove(0);
    person.may_pay = false;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0).bill_number;
    let none = client.quote(POWER, &bill, None, None).await.unwrap_err();
    assert_eq!(none, QuoteError::PaymentNotEnabled);
    let told = none.explain(Language::En, &jiff::tz::TimeZone::UTC);
    assert!(told.what_to_do.contains("at a branch or in online banking"), "{told:?}");
    // It went between quote and payment: a recorded refusal.
    let refused = client.pay(&taken.id).await.unwrap();
    assert_eq!(refused.state, PaymentState::Refused { reason: "payment-not-enabled".into() });
    assert_eq!(client.receipt(&refused.id).await.unwrap().kind, "refusal");
    client.refresh().await.unwrap();
    assert!(!client.limits().await.unwrap().may_pay);
    assert_eq!(world.charged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_96_the_balance_is_in_the_quote_with_its_age_and_nowhere_else() {
    let world = world();
    let mut person = seeds::customers().remove(0);
    person.methods[0].balance = 987_654_321;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let client = world.bound().await;
    let quoted = world.quote(&client).await;
    assert_eq!(quoted.balance, Some(cny(987_654_321)));
    let age = world.bank_clock.now().as_second() - quoted.as_of.as_second();
    assert!((0..60).contains(&age), "{age} s");
    let paid = client.pay(&quoted.id).await.unwrap();
    assert_eq!(paid.state, PaymentState::Settled);
    assert!(world.on_disk(paid.id.as_bytes()), "ids stand there in clear");
    // Not in the file, whatever is stored of the payment; not in the event that a lock screen may show.
    assert!(!world.on_disk(b"987654321"));
    let event = client.next_event().await.unwrap().unwrap();
    assert!(!format!("{event:?}").contains("98765"));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_96_too_little_is_said_before_signing_and_money_that_went_meanwhile_is_a_recorded_refusal() {
    let world = world();
    let client = world.bound().await;
    let quoted = world.quote(&client).await;
    let mut person = seeds::customers().remove(0);
    person.methods[0].balance = quoted.total.minor() - 1;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0).bill_number;
    assert_eq!(client.quote(POWER, &bill, None, None).await, Err(QuoteError::InsufficientFunds));
    assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "nothing was signed");
    let refused = client.pay(&quoted.id).await.unwrap();
    assert_eq!(refused.state, PaymentState::Refused { reason: "insufficient-funds".into() });
    let told = refused.state.explain(Language::Zh, &jiff::tz::TimeZone::UTC);
    assert!(told.what_happened.contains("余额不足"), "{told:?}");
    // The money comes, and changes nothing about that order (rule 1).
    person.methods[0].balance = 1_000_000;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    client.resolve().await.unwrap();
    assert_eq!(client.payment(&refused.id).await.unwrap().state, refused.state);
    assert_eq!(world.charged(), 0);
    assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_26_a_method_removed_after_the_code_was_sent_is_refused_before_the_order_is() {
    let world = world();
    let (client, bill) = topping_up(&world, YANG).await;
    let large = quote(&client, &bill, 20_000).await.unwrap();
    let (_, code) = code_for(&world, &client, &large).await;
    for method in client.methods().await.unwrap() {
        client.remove_method(&method.id).await.unwrap();
    }
    assert_eq!(client.pay_with_code(&large.id, &code).await, Err(PayError::MethodUnusable));
    assert_eq!(world.network.count("POST /v1/payments"), 0);
    assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_25_two_taps_for_a_code_send_one_and_it_is_for_the_order_that_is_paid() {
    let world = world();
    let (client, bill) = topping_up(&world, YANG).await;
    let large = quote(&client, &bill, 20_000).await.unwrap();
    let before = world.sms.all().len();
    let taps = tokio::join!(client.ask_payment_code(&large.id), client.ask_payment_code(&large.id));
    let taps = [taps.0, taps.1];
    assert_eq!(taps.iter().filter(|tap| tap.is_ok()).count(), 1, "{taps:?}");
    assert!(taps.iter().any(|tap| matches!(tap, Err(CodeError::TooSoon { .. }))), "{taps:?}");
    assert_eq!(world.sms.all().len(), before + 1);
    let paid = client.pay_with_code(&large.id, &world.code_of(YANG)).await.unwrap();
    assert_eq!(paid.state, PaymentState::Settled);
}
