//! Who paid in vain is told so, and nobody else (row 44; "A payment that came to nothing" in docs/reminders.md): as the phone
//! knows it from its own payments, the bank's documents and the biller's later word.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use billpay_core::{
    Client, Config, PaymentState,
    model::{Language, Money},
    platform::Platform,
    reminders::{Caps, Kind, Reminder},
    store::Location,
};
use serde_json::json;
use world::{Fate, KeyStore, POWER, World, ends::end, world};

/// At noon of 22 November 2026 in Shanghai, by the clocks of phone and bank.
fn at_noon() -> World {
    let (world, noon) = (world(), "2026-11-22T04:00:00Z".parse::<jiff::Timestamp>().unwrap());
    let ahead = noon.as_millisecond() - jiff::Timestamp::now().as_millisecond();
    world.phone_clock.offset_ms.store(ahead, Ordering::SeqCst);
    world.bank_clock.set(noon);
    world
}

/// A phone with one bill, due on 2 December.
async fn phone() -> (World, Client) {
    let world = at_noon();
    let client = world.bound().await;
    (world, client)
}

/// What is planned of bills.
async fn planned(client: &Client) -> Vec<Reminder> {
    let planned = client.reminders("Asia/Shanghai", Caps::IOS).await.unwrap().reminders;
    planned.into_iter().filter(|it| it.kind != Kind::Tail).collect()
}

/// Whether it is planned to say that the last payment did not go through.
async fn says_that_it_failed(client: &Client) -> bool {
    planned(client).await.iter().any(|it| it.body.starts_with("上次缴费未成功。"))
}

/// A payment that is lost on its way, and reversed.
async fn pay_in_vain(world: &World, client: &Client) {
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = world.pay(client).await;
    world.network.heal();
    world.bank_clock.advance(Duration::from_secs(3_600));
    client.network_returned();
    assert!(matches!(end(client, &payment.id).await, PaymentState::Reversed { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_who_made_way_for_anothers_payment_did_not_pay_in_vain_and_hears_soon_that_the_bill_is_paid() {
    for heard in [false, true] {
        let (world, client) = phone().await;
        // Of one household: another customer has bound the same number.
        let keys = Arc::<KeyStore>::default();
        let platform = Platform { secrets: keys.clone(), signer: keys, ..world.platform() };
        let config = Config { profile: Location::memory(&format!("another-{heard}")), ..world.config() };
        let other = Client::open(config, platform).await.unwrap();
        other.start_activation("13800000002").await.unwrap();
        other.finish_activation(&world.code_of("13800000002")).await.unwrap();
        other.refresh().await.unwrap();
        world.bind(&other, 0).await;
        let (mine, theirs) = (world.quote(&client).await, world.quote(&other).await);
        assert_eq!(mine.bill_number, theirs.bill_number);
        assert_eq!(other.pay(&theirs.id).await.unwrap().state, PaymentState::Settled);
        if !heard {
            world.network.rule(|request| if request.url.contains("/v1/sync") { Fate::LoseRequest } else { Fate::Pass });
        }
        let refused = client.pay(&mine.id).await.unwrap();
        assert_eq!(refused.state, PaymentState::Refused { reason: "already-settled".into() });
        if !heard {
            assert!(!planned(&client).await.is_empty(), "nobody has said here that it is paid");
            assert!(!says_that_it_failed(&client).await, "it did not fail: another one was first");
            continue;
        }
        // Nobody refreshes: the refusal is reason enough.
        for _ in 0..500 {
            if planned(&client).await.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(planned(&client).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_once_less_is_asked_the_last_payment_was_another_one() {
    let (world, client) = phone().await;
    pay_in_vain(&world, &client).await;
    let known = client.bills(Language::En).await.unwrap().bills.remove(0);
    let ended = client.payments(1, 0).await.unwrap().payments.remove(0).id;
    let ended = client.documents(&ended).await.unwrap()[0].issued;
    let heard = async |version: i64, minor: i64, changed: jiff::Timestamp| {
        let known = known.clone();
        world.network.forge_feed(move |feed, _| {
            feed["bills"] = json!([{
                "account": known.account, "biller": known.biller, "bill_number": known.bill_number,
                "version": known.version + version, "kind": "bill", "state": "open", "due_date": "2026-12-02",
                "amount": { "minor": minor, "currency": "CNY" }, "minimum": { "minor": minor, "currency": "CNY" },
                "maximum": { "minor": minor, "currency": "CNY" }, "items": [], "updated_at": changed.to_string(),
            }]);
        });
        client.refresh().await.unwrap();
        says_that_it_failed(&client).await
    };
    let asked = known.amount.minor();
    let [before, after] = [-1, 1].map(|seconds| ended + jiff::SignedDuration::from_secs(seconds));
    assert!(says_that_it_failed(&client).await);
    // The biller charged and undid it, or raised it: it is how the last one went.
    assert!(heard(2, asked, after).await && heard(3, asked + 500, after).await);
    // A part had been paid before this one came to nothing.
    assert!(heard(4, asked - 2_000, before).await);
    // At another device, another bank or a counter, since.
    assert!(!heard(5, asked - 2_000, after).await);
    assert!(!planned(&client).await.is_empty(), "the rest is due as ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_of_a_part_that_failed_it_is_known_what_the_whole_bill_asked() {
    let (world, client) = phone().await;
    let known = client.bills(Language::En).await.unwrap().bills.remove(0);
    let forge = async |version: i64, minor: i64, changed: &str| {
        let (known, changed) = (known.clone(), changed.to_owned());
        world.network.forge_feed(move |feed, _| {
            feed["bills"] = json!([{
                "account": known.account, "biller": known.biller, "bill_number": known.bill_number,
                "version": version, "kind": "bill", "state": "open", "due_date": "2026-12-02",
                "amount": { "minor": minor, "currency": "CNY" }, "minimum": { "minor": 1, "currency": "CNY" },
                "maximum": { "minor": minor, "currency": "CNY" }, "items": [], "updated_at": changed,
            }]);
        });
        client.refresh().await.unwrap();
    };
    // It asks for three times as much as is paid of it.
    forge(known.version, known.amount.minor() * 3, "2026-11-22T04:30:00Z").await;
    let quote = client.quote(POWER, &known.bill_number, Some(known.amount), None).await.unwrap();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    world.network.heal();
    world.bank_clock.advance(Duration::from_secs(3_600));
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    assert!(says_that_it_failed(&client).await);
    // Somebody else has paid one of the two other parts.
    forge(known.version + 1, known.amount.minor() * 2, "2026-11-22T06:00:00Z").await;
    assert!(!says_that_it_failed(&client).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_a_receipt_that_a_restored_bank_issues_anew_settles_nothing_a_second_time() {
    let world = at_noon();
    let client = world.open().await;
    world.activate(&client).await;
    let echo = client.lookup_binding("water-sh", &world.number("water-sh", 0)).await.unwrap();
    let water = client.confirm_binding(&echo, "").await.unwrap();
    client.acknowledge_echo(&water.id, &water.echo_digest).await.unwrap();
    let part = async || {
        let bills = client.bills(Language::En).await.unwrap().bills;
        let bill = bills.into_iter().find(|bill| bill.biller == "water-sh").unwrap();
        let sum = Money::new(2_000, bill.amount.currency()).unwrap();
        let quote = client.quote("water-sh", &bill.bill_number, Some(sum), None).await.unwrap();
        client.pay(&quote.id).await.unwrap()
    };
    // A part settles, and the next one comes to nothing.
    assert_eq!(part().await.state, PaymentState::Settled);
    client.refresh().await.unwrap();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let second = part().await;
    world.network.heal();
    world.bank_clock.advance(Duration::from_secs(3_600));
    client.network_returned();
    assert!(matches!(end(&client, &second.id).await, PaymentState::Reversed { .. }));
    assert!(says_that_it_failed(&client).await);
    // The receipt once more, as of later.
    let anew = world.on_phone(
        "INSERT INTO outcome SELECT 'anew', payment, kind, epoch, sequence + 100, issued_ms + 100000000, record_version,
                sealed FROM outcome WHERE kind = 'receipt'",
    );
    assert_eq!(anew, 1);
    assert!(says_that_it_failed(&client).await);
}
