//! Sums: what was paid (rows 19 and 77), and what is owed (row 52).

use std::time::Duration;

use billpay_core::{
    BillStatus, PaymentState,
    error::QuoteError,
    model::{Language, Money},
};
use jiff::Timestamp;
use serde_json::json;

use crate::{
    papers::{chain, cny, fed, receipt},
    world::{Fate, POWER, world},
};

#[tokio::test(flavor = "multi_thread")]
async fn row_19_the_statistics_are_the_sums_of_the_receipts_to_the_smallest_unit_at_every_boundary() {
    let world = world();
    let client = world.bound().await;
    let mut papers: Vec<_> = (1..=1_200).map(receipt).collect();
    for (nth, paper) in (0_i64..).zip(&mut papers) {
        // A second before and at the bank's midnight of each first of a month: 16:00 UTC of the day before.
        let (month, before) = (nth / 2 % 12 + 1, nth % 2 == 0);
        let first: Timestamp = format!("2026-{month:02}-01T00:00:00+08:00").parse().unwrap();
        let at = if before { first.as_second() - 1 } else { first.as_second() };
        paper["receipt"]["paid_at"] = json!(Timestamp::from_second(at).unwrap().to_string());
        paper["receipt"]["biller"] = json!(["power-sh", "water-sh", "gas-sh"][usize::try_from(nth % 3).unwrap()]);
        let amount = 1 + nth * 7_919 % 100_003;
        (paper["receipt"]["amount"], paper["receipt"]["total"]) = (cny(amount), cny(amount + 55));
    }
    let mut want = std::collections::BTreeMap::<(i64, i64, String), (u32, i64)>::new();
    for (nth, paper) in (0_i64..).zip(&papers) {
        // By counting, and by no calendar.
        let months = 2026 * 12 + nth / 2 % 12 - i64::from(nth % 2 == 0);
        let key = (months / 12, months % 12 + 1, paper["receipt"]["biller"].as_str().unwrap().to_owned());
        let row = want.entry(key).or_default();
        row.0 += 1;
        row.1 += paper["receipt"]["total"]["minor"].as_i64().unwrap();
    }
    let all: i64 = papers.iter().map(|paper| paper["receipt"]["total"]["minor"].as_i64().unwrap()).sum();
    fed(&world, &client, chain(papers)).await;
    let statistics = client.statistics().await.unwrap();
    assert_eq!((statistics.unverified, statistics.damaged), (0, 0));
    let mut seen = std::collections::BTreeMap::new();
    let mut sum = 0;
    for month in &statistics.months {
        let total = month.sum.total.unwrap().minor();
        assert_eq!(month.billers.iter().map(|of| of.figures.total.unwrap().minor()).sum::<i64>(), total);
        sum += total;
        for of in &month.billers {
            let key = (i64::from(month.year), i64::from(month.month), of.biller.clone());
            seen.insert(key, (of.figures.receipts, of.figures.total.unwrap().minor()));
        }
    }
    assert_eq!((seen, sum), (want, all));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_what_does_not_open_is_not_counted_and_said_to_be_missing() {
    let world = world();
    let client = world.bound().await;
    fed(&world, &client, chain((1..=3).map(receipt))).await;
    let middle = client.receipts(10, 0).await.unwrap().receipts[1].id.clone();
    world.rot("outcome", &middle);
    let statistics = client.statistics().await.unwrap();
    assert_eq!((statistics.months[0].sum.receipts, statistics.damaged), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_what_is_owed_over_all_bindings_leaves_doubts_out_and_names_them() {
    let world = world();
    let client = world.bound().await;
    world.bind(&client, 1).await;
    world.bind(&client, 2).await;
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let sum: i64 = bills.iter().filter(|bill| bill.status == BillStatus::Open).map(|bill| bill.amount.minor()).sum();
    let owed = client.owed().await.unwrap();
    assert_eq!(owed.totals.iter().map(|total| total.minor()).collect::<Vec<_>>(), [sum]);
    assert_eq!(owed.oldest, bills.iter().filter(|bill| bill.status == BillStatus::Open).map(|bill| bill.as_of).min());
    assert_eq!((owed.doubts.len(), owed.damaged, owed.unknown), (0, 0, 0));
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = world.pay(&client).await;
    let owed = client.owed().await.unwrap();
    let doubts: Vec<_> = owed.doubts.iter().map(|doubt| (doubt.bill_number.clone(), doubt.payment.clone())).collect();
    assert_eq!(doubts, [(payment.bill_number.clone(), Some(payment.id.clone()))]);
    assert_eq!(owed.totals[0].minor(), sum - payment.amount.minor());
    world.network.heal();
    client.network_returned();
    crate::world::ends::end(&client, &payment.id).await;
    let owed = client.owed().await.unwrap();
    assert_eq!((owed.doubts.len(), owed.totals[0].minor()), (0, sum - payment.amount.minor()));
    world.rot("bill", &world.ids("bill")[0]);
    assert_eq!(client.owed().await.unwrap().damaged, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_of_a_bill_that_was_paid_in_part_the_rest_is_owed_before_any_refresh() {
    let world = world();
    let client = world.open().await;
    world.activate(&client).await;
    let echo = client.lookup_binding("water-sh", &world.number("water-sh", 0)).await.unwrap();
    let water = client.confirm_binding(&echo, "").await.unwrap();
    client.acknowledge_echo(&water.id, &water.echo_digest).await.unwrap();
    let bills = async || client.bills(Language::En).await.unwrap().bills;
    let listed = async || bills().await.into_iter().find(|bill| bill.biller == "water-sh").unwrap();
    let others: i64 = bills().await.iter().map(|bill| bill.amount.minor()).sum();
    let bill = listed().await;
    let (asked, others) = (bill.amount.minor(), others - bill.amount.minor());
    let total = async || client.owed().await.unwrap().totals[0].minor() - others;
    assert_eq!(total().await, asked);
    let cny = |minor: i64| Money::new(minor, bill.amount.currency()).unwrap();
    let quote = async |minor| client.quote("water-sh", &bill.bill_number, Some(cny(minor)), None).await;
    let part = quote(2_500).await.unwrap();
    assert_eq!(client.pay(&part.id).await.unwrap().state, PaymentState::Settled);

    // Nothing was heard of the bill since.
    let rest = listed().await;
    assert_eq!((rest.version, rest.status.clone()), (bill.version, BillStatus::Open));
    assert_eq!((rest.amount, rest.maximum), (cny(asked - 2_500), cny(asked - 2_500)));
    assert!(rest.minimum == bill.minimum && bill.minimum.minor() < asked - 2_500, "{rest:?}");
    assert_eq!(total().await, asked - 2_500);
    // What is shown is what holds: no more can be paid, nor given out by a sum.
    assert_eq!(quote(asked).await, Err(QuoteError::AboveMaximum { maximum: Some(cny(asked - 2_500)) }));
    let spread = client.spread(&water.id, cny(asked)).await.unwrap();
    assert_eq!((spread.shares, spread.left), (vec![(bill.bill_number.clone(), cny(asked - 2_500))], cny(2_500)));
    // The bank has another version of it, which asks for the very rest that is shown: nothing has changed for the person.
    let again = quote(asked - 2_500).await.unwrap();
    assert_eq!((again.amount, again.total), (cny(asked - 2_500), cny(asked - 2_500)));
    assert_eq!((listed().await.amount, total().await), (cny(asked - 2_500), asked - 2_500));

    // A second part is under way: it is what is in doubt, and what it leaves is owed.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let part = quote(2_000).await.unwrap();
    let payment = client.pay(&part.id).await.unwrap();
    let doubts = client.owed().await.unwrap().doubts;
    assert_eq!(doubts.iter().map(|doubt| doubt.amount).collect::<Vec<_>>(), [cny(2_000)]);
    assert_eq!(total().await, asked - 4_500);
    world.network.heal();
    client.network_returned();
    crate::world::ends::end(&client, &payment.id).await;
    assert_eq!((listed().await.amount, total().await), (cny(asked - 4_500), asked - 4_500));
    // The biller asks for another sum than is shown: that is a change.
    world.billers.revise_bill("water-sh", &bill.bill_number, asked - 4_400).unwrap();
    let changed = quote(1_000).await;
    let asks = |now: &Option<Box<billpay_core::model::Bill>>| now.as_ref().map(|now| now.amount);
    assert!(
        matches!(&changed, Err(QuoteError::BillChanged { now }) if asks(now) == Some(cny(asked - 4_400))),
        "{changed:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn row_14_a_bill_of_which_the_bank_says_that_it_is_paid_is_not_listed_as_owed_any_more() {
    for with_bill in [true, false] {
        let world = world();
        let client = world.bound().await;
        let open = client.bills(Language::En).await.unwrap().bills.remove(0);
        assert_eq!(open.status, BillStatus::Open);
        world.billers.revise_bill(POWER, &open.bill_number, 0).unwrap();
        world.network.forge(move |what, answer| {
            if what == "POST /v1/quotes" && !with_bill {
                let mut problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                problem.as_object_mut().unwrap().remove("bill");
                answer.body = problem.to_string().into_bytes();
            }
        });
        let refused = client.quote(POWER, &open.bill_number, None, None).await;
        assert!(matches!(refused, Err(QuoteError::AlreadySettled { .. })), "{refused:?}");
        // Nobody refreshes.
        let paid = async || {
            let bill = client.bills(Language::En).await.unwrap().bills.remove(0);
            bill.status == BillStatus::Paid && client.owed().await.unwrap().bills == 0
        };
        for _ in 0..500 {
            if with_bill || paid().await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(paid().await, "with the bill in the answer: {with_bill}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_an_account_in_a_state_of_a_later_version_may_owe_and_is_counted_as_it_is_listed() {
    let world = world();
    let client = world.bound().await;
    world.network.forge(|what, answer| {
        if what == "POST /v1/bindings" {
            let mut bound: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            bound["account"]["state"] = "frozen-by-its-biller".into();
            answer.body = bound.to_string().into_bytes();
        }
    });
    let account = world.bind(&client, 1).await;
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let sum = |of: &dyn Fn(&str) -> bool| {
        let open = bills.iter().filter(|bill| bill.status == BillStatus::Open && of(&bill.account));
        open.map(|bill| bill.amount.minor()).sum::<i64>()
    };
    assert!(sum(&|of| of == account) > 0, "it is shown as owed");
    assert_eq!(client.owed().await.unwrap().totals[0].minor(), sum(&|_| true));
    assert!(client.accounts().await.unwrap().accounts.iter().any(|bound| bound.id == account), "and is no stranger");
    client.unbind(&account).await.unwrap();
    assert_eq!(client.owed().await.unwrap().totals[0].minor(), sum(&|of| of != account));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_a_bill_whose_binding_does_not_open_is_not_summed_and_said_to_be_missing() {
    let world = world();
    let client = world.bound().await;
    let account = world.bind(&client, 1).await;
    let lost = client.bills(Language::Zh).await.unwrap().bills.iter().filter(|bill| bill.account == account).count();
    let before = client.owed().await.unwrap();
    world.rot("account", &account);
    let owed = client.owed().await.unwrap();
    assert_eq!((owed.damaged, owed.bills), (lost, before.bills - lost), "as many as the list of bills misses");
    assert_eq!(client.bills(Language::Zh).await.unwrap().damaged, lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_what_waits_for_its_key_is_told_by_number_and_is_in_no_sum() {
    let mut world = world();
    world.trust = world.old_trust.clone();
    world.network.rule(|request| if request.url.ends_with("/v1/trust") { Fate::NoNetwork } else { Fate::Pass });
    let client = world.bound().await;
    let papers = chain((1..=3).map(receipt));
    fed(&world, &client, papers.clone()).await;
    let statistics = client.statistics().await.unwrap();
    assert_eq!((statistics.months, statistics.waiting, statistics.unverified), (vec![], 3, 0));
    assert_eq!(client.waiting_documents().await.unwrap(), papers, "whoever exports everything has them");
    world.network.heal();
    client.refresh().await.unwrap();
    let statistics = client.statistics().await.unwrap();
    assert_eq!((statistics.months[0].sum.receipts, statistics.waiting), (3, 0), "their key has come");
    assert_eq!(client.waiting_documents().await.unwrap(), Vec::<String>::new());
}
