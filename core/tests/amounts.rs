//! The amount rules (row 15), for every pair of a rule and a sum: exact, at least and at most, in part,
//! several bills, top-up. What the phone says is what the gateway says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use billpay_core::{
    Client,
    bills::amounts::{Unfit, fits, oldest_first, spread},
    error::QuoteError,
    model::{Bill, BillKind, BillState, Currency, Language, MAX_MINOR, Money},
};
use jiff::civil::Date;
use proptest::prelude::*;
use sandbox_gateway::{
    amounts::{Verdict, verdict},
    api::wire,
};
use world::{Fate, World, world};

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn bill(number: &str, kind: BillKind, minimum: i64, maximum: i64, due_date: Option<Date>) -> Bill {
    Bill {
        account: "A1".into(),
        biller: "b".into(),
        bill_number: number.into(),
        version: 1,
        kind,
        state: BillState::Open,
        amount: cny(if kind == BillKind::TopUp { 0 } else { maximum }),
        minimum: cny(minimum),
        maximum: cny(maximum),
        period: None,
        due_date,
        late_fee: None,
        items: Vec::new(),
        updated_at: jiff::Timestamp::UNIX_EPOCH,
        reminder: None,
    }
}

/// A rule: exact, from a minimum, any part, or a top-up within its bounds.
fn rule() -> impl Strategy<Value = (BillKind, i64, i64)> {
    let sum = prop_oneof![0_i64..200, 0_i64..10_000_000, Just(MAX_MINOR)];
    prop_oneof![
        sum.clone().prop_map(|asks| (BillKind::Bill, asks, asks)),
        (sum.clone(), sum.clone()).prop_map(|(a, b)| (BillKind::Bill, a.min(b), a.max(b))),
        sum.clone().prop_map(|asks| (BillKind::Bill, 1.min(asks), asks)),
        (sum.clone(), sum).prop_map(|(a, b)| (BillKind::TopUp, a.min(b), a.max(b))),
    ]
}

/// The sums at which a rule turns, and any other.
fn sums(minimum: i64, maximum: i64, other: i64) -> Vec<i64> {
    let near =
        [0, 1, minimum - 1, minimum, minimum + 1, i64::midpoint(minimum, maximum), maximum - 1, maximum, maximum + 1];
    let all = near.into_iter().chain([other, MAX_MINOR]);
    all.filter(|sum| (0..=MAX_MINOR).contains(sum)).collect()
}

fn due() -> impl Strategy<Value = Option<Date>> {
    prop::option::of((1_i8..=12, 1_i8..=28).prop_map(|(month, day)| jiff::civil::date(2026, month, day)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_15_phone_and_gateway_say_the_same_of_every_rule_and_sum(
        (kind, minimum, maximum) in rule(), other in 0..=MAX_MINOR,
    ) {
        let bill = bill("B1", kind, minimum, maximum, None);
        for sum in sums(minimum, maximum, other) {
            let here = fits(&bill, cny(sum));
            let there = verdict(&wire::Money::cny(minimum), &wire::Money::cny(maximum), &wire::Money::cny(sum));
            let same = match here {
                Ok(()) => Verdict::Good,
                Err(Unfit::BelowMinimum) => Verdict::BelowMinimum,
                Err(Unfit::AboveMaximum) => Verdict::AboveMaximum,
                Err(Unfit::NotAllowed) => Verdict::NotAllowed,
            };
            prop_assert_eq!(same, there, "{} of {} to {}", sum, minimum, maximum);
            // And it is what the rule means.
            prop_assert_eq!(here.is_ok(), sum > 0 && (minimum..=maximum).contains(&sum));
            let euro = Money::new(sum, Currency::try_from("EUR".to_owned()).unwrap()).unwrap();
            prop_assert_eq!(fits(&bill, euro), Err(Unfit::NotAllowed));
            let euro = wire::Money { currency: "EUR".into(), minor: sum };
            let bounds = (wire::Money::cny(minimum), wire::Money::cny(maximum));
            prop_assert_eq!(verdict(&bounds.0, &bounds.1, &euro), Verdict::NotAllowed);
        }
    }

    #[test]
    fn row_15_a_sum_goes_to_the_oldest_bill_first_and_nothing_of_it_is_lost(
        rules in prop::collection::vec((rule(), due()), 0..8), sum in prop_oneof![0_i64..30_000, 0_i64..50_000_000],
    ) {
        let bills: Vec<Bill> = rules
            .into_iter()
            .enumerate()
            .map(|(nth, ((kind, minimum, maximum), due))| bill(&format!("B{nth}"), kind, minimum, maximum, due))
            .collect();
        let spread = spread(&bills, Vec::new(), cny(sum));
        let given: i64 = spread.shares.iter().map(|(_, share)| share.minor()).sum();
        prop_assert_eq!(given + spread.left.minor(), sum, "to the cent");
        let mut open: Vec<&Bill> = bills.iter().filter(|bill| bill.kind == BillKind::Bill && bill.maximum.minor() > 0).collect();
        open.sort_by_key(|bill| oldest_first(bill));
        for (nth, (number, share)) in spread.shares.iter().enumerate() {
            // No bill is passed over, and none but the last gets less than all that it takes.
            prop_assert_eq!(number, &open[nth].bill_number);
            prop_assert_eq!(fits(open[nth], *share), Ok(()), "each share is one that its bill takes");
            prop_assert!(nth + 1 == spread.shares.len() || *share == open[nth].maximum);
        }
        for pair in open.windows(2) {
            let late = |bill: &Bill| bill.due_date.unwrap_or(jiff::civil::date(9999, 12, 31));
            prop_assert!(late(pair[0]) <= late(pair[1]));
        }
        // What is left is left because the next one does not take it.
        if let Some(next) = open.get(spread.shares.len()) {
            let whole = spread.shares.iter().zip(&open).all(|((_, share), bill)| *share == bill.maximum);
            let rest = if spread.left.minor() < next.maximum.minor() { spread.left } else { next.maximum };
            prop_assert!(!whole || fits(next, rest).is_err());
        }
    }
}

#[test]
fn row_15_a_bill_that_asks_for_nothing_keeps_no_newer_one_from_its_share() {
    let dated = |number, sum, day| bill(number, BillKind::Bill, sum, sum, Some(jiff::civil::date(2026, 1, day)));
    let spread = spread(&[dated("B1", 0, 1), dated("B2", 500, 2)], Vec::new(), cny(700));
    assert_eq!((spread.shares, spread.left), (vec![("B2".to_owned(), cny(500))], cny(200)));
}

/// A phone that has bound the first account of this biller; one that is `misled` believes that any sum will
/// do, so that it is the bank that has to say no.
async fn bound_at(world: &World, biller: &str, misled: bool) -> Client {
    world.network.forge(move |what, answer| {
        if misled && what == "POST /v1/bindings" {
            let mut bound: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            for bill in bound["bills"].as_array_mut().unwrap() {
                bill["minimum"]["minor"] = 1.into();
                bill["maximum"]["minor"] = 4_000_000.into();
            }
            answer.body = serde_json::to_vec(&bound).unwrap();
        }
    });
    let client = world.open().await;
    client.start_activation(world::PHONE).await.unwrap();
    client.finish_activation(&world.code()).await.unwrap();
    client.refresh().await.unwrap();
    let echo = client.lookup_binding(biller, &world.number(biller, 0)).await.unwrap();
    client.confirm_binding(&echo, "").await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_below_minimum_and_above_maximum_are_the_same_on_the_phone_and_at_the_bank() {
    for (biller, minimum, maximum) in
        [("power-sh", 12_345, 12_345), ("water-sh", 1_000, 6_000), ("mobile-cn", 1_000, 50_000)]
    {
        let (honest, misled) = (world(), world());
        let (here, there) = (bound_at(&honest, biller, false).await, bound_at(&misled, biller, true).await);
        let number = here.bills(Language::Zh).await.unwrap().bills[0].bill_number.clone();
        for sum in [1, minimum - 1, minimum, i64::midpoint(minimum, maximum), maximum, maximum + 1, 3_000_000] {
            let asked = honest.network.count("POST /v1/quotes");
            let local = here.quote(biller, &number, Some(cny(sum)), None).await.map(|quote| quote.amount);
            let sent = honest.network.count("POST /v1/quotes") - asked;
            let remote = there.quote(biller, &number, Some(cny(sum)), None).await.map(|quote| quote.amount);
            assert_eq!(local, remote, "{biller} {sum}");
            let expected = match sum {
                sum if sum < minimum => Err(QuoteError::BelowMinimum { minimum: Some(cny(minimum)) }),
                sum if sum > maximum => Err(QuoteError::AboveMaximum { maximum: Some(cny(maximum)) }),
                sum => Ok(cny(sum)),
            };
            assert_eq!(
                (&local, sent),
                (&expected, usize::from(expected.is_ok())),
                "{biller} {sum}: said before it is sent"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_several_bills_are_listed_and_covered_oldest_first() {
    let world = world();
    let client = world.open().await;
    client.start_activation(world::PHONE).await.unwrap();
    client.finish_activation(&world.code()).await.unwrap();
    client.refresh().await.unwrap();
    // Three bills: 102.35 overdue by 40 days, 99.50 by 9, 74.20 not yet due.
    let account = world.bind(&client, 2).await;
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let numbers: Vec<&str> = bills.iter().map(|bill| bill.bill_number.as_str()).collect();
    assert_eq!(numbers, ["E0003", "E0004", "E0005"]);
    let shares = |spread: &billpay_core::bills::Spread| -> Vec<(String, i64)> {
        spread.shares.iter().map(|(number, share)| (number.clone(), share.minor())).collect()
    };
    let [oldest, second, newest] = [0, 1, 2].map(|nth: usize| (numbers[nth].to_owned(), bills[nth].amount.minor()));
    let all = client.spread(&account, cny(oldest.1 + second.1 + newest.1 + 5)).await.unwrap();
    assert_eq!((shares(&all), all.left), (vec![oldest.clone(), second.clone(), newest], cny(5)));
    // Each asks exactly its amount: what is too little for the second goes to no newer one.
    let some = client.spread(&account, cny(oldest.1 + second.1 - 1)).await.unwrap();
    assert_eq!((shares(&some), some.left), (vec![oldest], cny(second.1 - 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_15_a_bill_in_doubt_gets_no_share_of_a_sum_and_is_named() {
    let world = world();
    let client = world.open().await;
    world.activate(&client).await;
    let account = world.bind(&client, 2).await;
    world.network.only("POST", "/v1/payments", Fate::LoseRequest);
    let doubt = world.pay_of(&client, &account).await;
    assert_eq!(doubt.bill_number, "E0003");
    let spread = client.spread(&account, cny(9_950)).await.unwrap();
    assert_eq!(spread.shares, [("E0004".to_owned(), cny(9_950))], "the next one, and not what may be paid already");
    assert_eq!((spread.waiting, spread.left), (vec!["E0003".to_owned()], cny(0)));
}
