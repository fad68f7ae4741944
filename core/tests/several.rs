//! Several bills in one go (row 73): one list, and of each bill an order and an outcome of its own, whatever
//! becomes of the others.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{sync::Arc, time::Duration};

use billpay_core::{
    Beyond, BillStatus, Client, MOST_AT_ONCE, Payment, PaymentState, QuoteView, Several, Wish,
    error::{PayError, QuoteError, SeveralError},
    model::{Currency, Language, Money},
};
use sandbox_gateway::seeds;
use tokio::runtime::{Builder, Runtime};
use world::{Fate, POWER, World, ends::end, world};

/// More steps than three payments have; the test ends with the first that they do not have.
const MOST: i64 = 400;
/// Fewer would mean that steps are not counted.
const LEAST: i64 = 45;
/// The bills of the account that has three, the oldest first, and what they ask.
const THREE: [(&str, i64); 3] = [("E0003", 10_235), ("E0004", 9_950), ("E0005", 7_420)];

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn wish(biller: &str, bill_number: &str) -> Wish {
    Wish { biller: biller.into(), bill_number: bill_number.into(), amount: None, method: None }
}

fn wishes(bills: &[&str]) -> Vec<Wish> {
    bills.iter().map(|bill| wish(POWER, bill)).collect()
}

fn ids(several: &Several) -> Vec<&str> {
    several.quotes.iter().flatten().map(|quote| quote.id.as_str()).collect()
}

async fn pay(client: &Client, several: &Several) -> Vec<Result<Payment, PayError>> {
    client.pay_all(&ids(several), |_, _| {}).await.unwrap()
}

fn states(outcomes: &[Result<Payment, PayError>]) -> Vec<PaymentState> {
    outcomes.iter().map(|outcome| outcome.as_ref().unwrap().state.clone()).collect()
}

/// A phone of this customer that has bound these power accounts.
async fn phone_of(world: &World, phone: &str, accounts: &[usize]) -> Client {
    let client = world.open().await;
    client.start_activation(phone).await.unwrap();
    client.finish_activation(&world.code_of(phone)).await.unwrap();
    client.refresh().await.unwrap();
    for nth in accounts {
        world.bind(&client, *nth).await;
    }
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_one_list_shows_every_payee_and_amount_and_one_refused_bill_stops_none_of_the_others() {
    let world = world();
    let client = world.bound().await;
    // The middle one is a bill whose biller refuses the charge.
    for nth in [4, 1] {
        world.bind(&client, nth).await;
    }
    let several = client.quote_all(&wishes(&["E0001", "E0007", "E0002"])).await.unwrap();
    let shown: Vec<&QuoteView> = several.quotes.iter().flatten().collect();
    let amounts: Vec<i64> = shown.iter().map(|quote| quote.amount.minor()).collect();
    assert_eq!(amounts, [12_345, 15_600, 8_800]);
    assert!(shown.iter().all(|quote| !quote.payee.is_empty() && quote.first_payment.is_none()));
    assert_eq!((several.totals.as_slice(), several.beyond.as_slice()), ([cny(36_745)].as_slice(), [].as_slice()));
    assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "nothing is signed for a list");

    let mut heard = Vec::new();
    let told = |quote: &str, outcome: &Result<Payment, PayError>| {
        heard.push((quote.to_owned(), outcome.as_ref().unwrap().id.clone()));
    };
    let outcomes = client.pay_all(&ids(&several), told).await.unwrap();
    let paid: Vec<&Payment> = outcomes.iter().flatten().collect();
    let ended: Vec<_> = paid.iter().map(|payment| payment.bill_number.as_str()).collect();
    assert_eq!(ended, ["E0001", "E0007", "E0002"]);
    let told: Vec<(String, String)> =
        ids(&several).into_iter().map(str::to_owned).zip(paid.iter().map(|payment| payment.id.clone())).collect();
    assert_eq!(heard, told, "each outcome is told as it comes, in the order of the list");
    assert_eq!(end(&client, &paid[0].id).await, PaymentState::Settled);
    let refused = end(&client, &paid[1].id).await;
    assert!(matches!(refused, PaymentState::Reversed { .. }), "{refused:?}");
    assert_eq!(end(&client, &paid[2].id).await, PaymentState::Settled);
    for (payment, kind) in paid.iter().zip(["receipt", "reversal", "receipt"]) {
        assert_eq!(client.receipt(&payment.id).await.unwrap().kind, kind);
    }
    assert_eq!(world.charged(), 12_345 + 8_800);
    assert_eq!(client.chain_breaks().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_a_bill_without_a_quote_stands_in_its_place_and_the_others_are_paid() {
    let world = world();
    let client = world.bound().await;
    for nth in [3, 1] {
        world.bind(&client, nth).await;
    }
    // The second is revised after it was first asked for, the third nobody knows.
    client.quote(POWER, "E0006", None, None).await.unwrap();
    let several = client.quote_all(&wishes(&["E0001", "E0006", "E9999", "E0002"])).await.unwrap();
    assert!(several.quotes[0].is_ok() && several.quotes[3].is_ok());
    assert!(matches!(several.quotes[1], Err(QuoteError::BillChanged { .. })), "{:?}", several.quotes[1]);
    assert_eq!(several.quotes[2], Err(QuoteError::UnknownBill));
    assert_eq!(several.totals, [cny(12_345 + 8_800)]);
    assert_eq!(states(&pay(&client, &several).await), [PaymentState::Settled, PaymentState::Settled]);
    assert_eq!(world.charged(), 12_345 + 8_800);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_a_list_with_a_bill_twice_or_too_many_is_refused_before_anything_is_asked_or_signed() {
    let world = world();
    let client = world.bound().await;
    let twice = SeveralError::ListedTwice { biller: POWER.into(), bill_number: "E0001".into() };
    assert_eq!(client.quote_all(&wishes(&["E0001", "E0002", "E0001"])).await, Err(twice.clone()));
    let names: Vec<String> = (0..=MOST_AT_ONCE).map(|nth| format!("X{nth}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(client.quote_all(&wishes(&names)).await, Err(SeveralError::TooMany { most: MOST_AT_ONCE }));
    assert_eq!(world.network.count("POST /v1/quotes"), 0);
    // Two quotes of one bill, asked for apart.
    let (one, other) = (world.quote(&client).await, world.quote(&client).await);
    let both = client.pay_all(&[&one.id, &other.id], |_, _| panic!("nothing is to be told")).await;
    assert_eq!(both, Err(twice));
    assert!(client.pay_all(&[&one.id, &one.id], |_, _| {}).await.is_err());
    assert_eq!(client.pay_all(&names, |_, _| {}).await, Err(SeveralError::TooMany { most: MOST_AT_ONCE }));
    assert_eq!(
        (client.payments(10, 0).await.unwrap().payments, world.network.count("POST /v1/payments")),
        (Vec::new(), 0)
    );
    // None at all is no error; a quote that is not known is refused in its place.
    assert_eq!(client.pay_all(&[], |_, _| {}).await, Ok(Vec::new()));
    let outcomes = client.pay_all(&["gone", &one.id], |_, _| {}).await.unwrap();
    assert_eq!(outcomes[0], Err(PayError::UnknownQuote));
    assert_eq!(outcomes[1].as_ref().unwrap().state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_a_sum_beyond_the_day_s_limit_is_said_in_advance_and_the_orders_that_fit_are_paid() {
    let world = world();
    let client = world.bound().await;
    let mut person = seeds::customers().remove(0);
    person.per_day = 20_000;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    world.bind(&client, 2).await;
    let several = client.quote_all(&wishes(&THREE.map(|(bill, _)| bill))).await.unwrap();
    assert_eq!(several.quotes.iter().flatten().count(), 3, "each fits alone");
    assert_eq!(several.beyond, [Beyond::Day { left: cny(20_000), asked: cny(27_605) }]);
    // The second would pass the limit, the third fits again.
    let ends = states(&pay(&client, &several).await);
    let over = PaymentState::Refused { reason: "limit-exceeded".into() };
    assert_eq!(ends, [PaymentState::Settled, over, PaymentState::Settled]);
    assert_eq!(world.charged(), 10_235 + 7_420);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_a_sum_beyond_the_balance_is_said_in_advance_for_each_way_to_pay() {
    let world = world();
    let mut person = seeds::customers().remove(0);
    person.methods[0].balance = 20_000;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let client = world.bound().await;
    world.bind(&client, 2).await;
    let [a, b, c] = THREE.map(|(bill, _)| wish(POWER, bill));
    let by_card = Wish { method: Some("m_C1001_card".into()), ..b.clone() };
    let apart = client.quote_all(&[a.clone(), by_card, c.clone()]).await.unwrap();
    assert_eq!(apart.beyond, [], "the card pays the second");
    let several = client.quote_all(&[a, b, c]).await.unwrap();
    let beyond = Beyond::Balance { method_label: "活期账户".into(), balance: cny(20_000), asked: cny(27_605) };
    assert_eq!(several.beyond, [beyond]);
    let ends = states(&pay(&client, &several).await);
    let short = PaymentState::Refused { reason: "insufficient-funds".into() };
    assert_eq!(ends, [PaymentState::Settled, short, PaymentState::Settled]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_what_needs_a_code_or_an_unmade_comparison_is_reported_for_that_one_and_the_others_are_paid() {
    let world = world();
    // Needs a second factor from 200.00 on.
    let client = phone_of(&world, "13800000006", &[0, 3, 1]).await;
    // Bound and not compared again.
    let echo = client.lookup_binding(POWER, &world.number(POWER, 2)).await.unwrap();
    client.confirm_binding(&echo, "").await.unwrap();
    // The biller revises it after the first quote, which the second one tells.
    for _ in 0..2 {
        let _ = client.quote(POWER, "E0006", None, None).await;
    }
    let several = client.quote_all(&wishes(&["E0001", "E0006", "E0003", "E0002"])).await.unwrap();
    let shown: Vec<&QuoteView> = several.quotes.iter().map(|quote| quote.as_ref().unwrap()).collect();
    assert_eq!(shown.iter().map(|quote| quote.step_up).collect::<Vec<_>>(), [false, true, false, false]);
    assert!(shown[2].first_payment.is_some());
    let outcomes = pay(&client, &several).await;
    assert_eq!(outcomes[0].as_ref().unwrap().state, PaymentState::Settled);
    assert_eq!(outcomes[1], Err(PayError::StepUpNeeded));
    assert_eq!(outcomes[2], Err(PayError::EchoNotAcknowledged));
    assert_eq!(outcomes[3].as_ref().unwrap().state, PaymentState::Settled);
    assert_eq!(client.payments(10, 0).await.unwrap().payments.len(), 2, "no order of the other two");
    // Their quotes are still good.
    client.ask_payment_code(&shown[1].id).await.unwrap();
    let coded = client.pay_with_code(&shown[1].id, &world.code_of("13800000006")).await.unwrap();
    assert_eq!(coded.state, PaymentState::Settled);
    let first = shown[2].first_payment.as_ref().unwrap();
    client.acknowledge_echo(&first.account, &first.echo_digest).await.unwrap();
    assert_eq!(client.pay(&shown[2].id).await.unwrap().state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_who_goes_away_half_way_leaves_what_was_signed_to_go_on_and_the_rest_unsigned() {
    let world = world();
    let client = Arc::new(world.bound().await);
    world.bind(&client, 2).await;
    let several = client.quote_all(&wishes(&THREE.map(|(bill, _)| bill))).await.unwrap();
    // The answer to the second order is held up.
    let mut orders = 0;
    world.network.rule(move |request| {
        orders += i32::from(request.url.ends_with("/v1/payments"));
        if request.url.ends_with("/v1/payments") && orders == 2 { Fate::Late } else { Fate::Pass }
    });
    let payer = client.clone();
    let list = several.clone();
    let paying = tokio::spawn(async move { pay(&payer, &list).await });
    world.network.waits.notified().await;
    paying.abort();
    assert!(paying.await.unwrap_err().is_cancelled());
    world.network.let_go.notify_one();
    let payments = client.payments(10, 0).await.unwrap().payments;
    assert_eq!(payments.iter().map(|payment| payment.bill_number.as_str()).collect::<Vec<_>>(), ["E0004", "E0003"]);
    for payment in payments {
        assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    }
    assert_eq!((world.network.count("POST /v1/payments"), world.charged()), (2, 10_235 + 9_950));
    // The third quote is as good as it was.
    assert_eq!(client.pay(ids(&several)[2]).await.unwrap().state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_an_order_without_an_answer_is_checking_and_holds_up_none_of_the_next() {
    let world = world();
    let client = world.bound().await;
    world.bind(&client, 2).await;
    let several = client.quote_all(&wishes(&THREE.map(|(bill, _)| bill))).await.unwrap();
    let mut orders = 0;
    world.network.rule(move |request| {
        orders += i32::from(request.url.ends_with("/v1/payments"));
        if request.url.ends_with("/v1/payments") && orders == 1 { Fate::Late } else { Fate::Pass }
    });
    let outcomes = pay(&client, &several).await;
    let checking = PaymentState::Checking { held_until: None };
    assert_eq!(states(&outcomes), [checking, PaymentState::Settled, PaymentState::Settled]);
    world.network.let_go.notify_one();
    assert_eq!(end(&client, &outcomes[0].as_ref().unwrap().id).await, PaymentState::Settled);
    assert_eq!((world.network.count("POST /v1/payments"), world.charged()), (3, 27_605));
}

/// A process of its own: when it ends, every task of the phone ends where it stands.
fn process() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// How the three bills stand at the billers, by what the phone hears from the bank.
async fn still_open(client: &Client) -> Vec<String> {
    let bills = client.bills(Language::En).await.unwrap().bills;
    let open = bills.into_iter().filter(|bill| THREE.iter().any(|(number, _)| *number == bill.bill_number));
    open.filter(|bill| bill.status == BillStatus::Open).map(|bill| bill.bill_number).collect()
}

#[test]
fn row_73_killed_before_any_step_of_three_payments_each_resolves_on_its_own_and_none_is_doubled() {
    let mut left_over = [0; 4];
    for nth in 1..MOST {
        let (world, life) = (world(), process());
        let (client, several) = life.block_on(async {
            let client = world.bound().await;
            world.bind(&client, 2).await;
            let several = client.quote_all(&wishes(&THREE.map(|(bill, _)| bill))).await.unwrap();
            (client, several)
        });
        world.network.steps.hold(nth);
        let mut paying = life.spawn(async move { pay(&client, &several).await });
        let killed = life.block_on(async {
            tokio::select! {
                biased;
                () = world.network.steps.is_held() => true,
                ended = &mut paying => {
                    ended.unwrap();
                    false
                }
            }
        });
        // Tasks are dropped at the point where they wait, and nothing of them goes on.
        life.shutdown_timeout(Duration::from_secs(10));
        if !killed {
            assert!(nth > LEAST, "three payments of {nth} steps");
            assert!(left_over.iter().all(|times| *times > 0), "killed with {left_over:?} orders made");
            return;
        }
        process().block_on(async {
            let client = world.open().await;
            let payments = client.payments(10, 0).await.unwrap().payments;
            left_over[payments.len()] += 1;
            let orders: Vec<&str> = payments.iter().rev().map(|payment| payment.bill_number.as_str()).collect();
            let made = THREE.map(|(bill, _)| bill);
            assert_eq!(orders, made[..payments.len()], "step {nth}: in the order of the list, one each");
            for payment in &payments {
                assert_eq!(end(&client, &payment.id).await, PaymentState::Settled, "step {nth}");
            }
            let paid: i64 = THREE[..payments.len()].iter().map(|(_, asks)| asks).sum();
            assert_eq!(world.charged(), paid, "step {nth}: what was signed is paid once, the rest not at all");
            // The person goes on with what is left.
            let open = still_open(&client).await;
            assert_eq!(open, made[payments.len()..], "step {nth}");
            let rest: Vec<&str> = open.iter().map(String::as_str).collect();
            let several = client.quote_all(&wishes(&rest)).await.unwrap();
            assert!(states(&pay(&client, &several).await).iter().all(|state| *state == PaymentState::Settled));
            assert_eq!(world.charged(), 27_605, "step {nth}");
        });
    }
    panic!("three payments have no end of steps");
}
