//! Refreshing over what breaks: a file that has lost something, a bank that was restored, a bank that
//! is newer than the phone. Through the real client and the real sandbox.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::sync::{Arc, Mutex};

use billpay_core::{
    BillStatus, Client, Payment, PaymentState,
    error::{PayError, QuoteError},
    model::Language,
    receipts::Break,
};
use serde_json::{Value, json};
use world::{Fate, POWER, World, ends::end, world};

/// A phone with two power accounts, each with an open bill.
async fn bound_twice(world: &World) -> (Client, String, String) {
    let client = world.bound().await;
    let first = client.accounts().await.unwrap().accounts[0].id.clone();
    let second = world.bind(&client, 1).await;
    (client, first, second)
}

async fn reopened(world: &World, client: Client) -> Client {
    client.suspend().await.unwrap();
    drop(client);
    world.open().await
}

/// A phone with an order that never reached the bank, and the envelope of that order.
async fn lost_on_the_way(world: &World) -> (Client, Payment, Value) {
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    let seen = Arc::new(Mutex::new(Value::Null));
    let envelope = seen.clone();
    world.network.rule(move |request| {
        if request.method.as_str() == "POST" && request.url.ends_with("/v1/payments") {
            *seen.lock().unwrap() = serde_json::from_slice(&request.body).unwrap();
        }
        if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass }
    });
    let payment = client.pay(&quote.id).await.unwrap();
    let envelope = envelope.lock().unwrap().clone();
    (client, payment, envelope)
}

/// An order as the bank lists it.
fn known(envelope: &Value, digest: &str, state: &str) -> Value {
    let order = &envelope["order"];
    json!({
        "payment_id": order["payment_id"], "order_digest": digest, "state": state, "device": order["device"],
        "biller": order["biller"], "bill_number": order["bill_number"], "total": order["total"],
        "valid_until": order["valid_until"], "envelope": envelope,
    })
}

fn digest_of(envelope: &Value) -> String {
    use billpay_core::crypto::{canonical, digest};
    digest::sha256_base64url(&canonical::canonical_of(&envelope["order"]).unwrap())
}

fn fulls(world: &World) -> usize {
    world.network.log.lock().unwrap().iter().filter(|line| *line == "GET /v1/sync").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_damaged_bill_or_binding_costs_itself_until_the_next_refresh_brings_it_again() {
    for table in ["account", "bill"] {
        let world = world();
        let client = world.bound().await;
        world.bind(&client, 1).await;
        let whole = client.bills(Language::Zh).await.unwrap();
        assert_eq!(whole.damaged, 0);
        world.rot(table, &world.ids(table)[0]);
        let rest = client.bills(Language::Zh).await.unwrap();
        assert!(rest.damaged > 0 && !rest.bills.is_empty(), "{table}: {rest:?}");
        let accounts = client.accounts().await.unwrap();
        assert_eq!(accounts.accounts.len() + accounts.damaged, 2);
        client.refresh().await.unwrap();
        let mended = client.bills(Language::Zh).await.unwrap();
        assert_eq!((mended.bills.len(), mended.damaged), (whole.bills.len(), 0), "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_damaged_bill_that_is_open_at_this_moment_gives_way_to_the_billers_word() {
    let world = world();
    let client = world.bound().await;
    for id in world.ids("bill") {
        world.rot("bill", &id);
    }
    let account = client.accounts().await.unwrap().accounts[0].id.clone();
    client.query_bills(&account).await.unwrap();
    assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_damaged_feed_or_catalogue_is_fetched_anew() {
    for name in ["feed", "catalogue"] {
        let world = world();
        let client = world.bound().await;
        client.refresh().await.unwrap();
        let whole = client.biller_catalog(Language::Zh).await.unwrap();
        world.rot("setting", name);
        client.bills(Language::Zh).await.unwrap();
        let client = reopened(&world, client).await;
        client.refresh().await.unwrap();
        assert_eq!(client.biller_catalog(Language::Zh).await.unwrap(), whole, "{name}");
        assert!(client.bills(Language::Zh).await.unwrap().as_of.is_some());
        assert_eq!(world.pay(&client).await.state, PaymentState::Settled, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_damaged_order_does_not_hold_back_the_feed_with_its_receipt() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    world.rot("payment", &payment.id);
    assert_eq!(client.refresh().await.unwrap().receipts, 1);
    assert_eq!(client.receipt(&payment.id).await.unwrap().payment, payment.id);
    // What cannot be read is never taken for absent.
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let status = &bills.iter().find(|bill| bill.biller == POWER).unwrap().status;
    assert_eq!(*status, BillStatus::Checking { payment: payment.id });
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restore_an_older_version_is_the_banks_word_and_what_it_has_not_is_unbound() {
    let world = world();
    let client = world.bound().await;
    let second = world.bind(&client, 1).await;
    let payment = world.pay_of(&client, &second).await;
    client.refresh().await.unwrap();
    // The same life: versions only rise.
    let older = |feed: &mut Value| {
        for account in feed["accounts"].as_array_mut().unwrap() {
            account["version"] = json!(0);
            account["alias"] = json!("of the backup");
        }
    };
    world.network.forge_feed(move |feed, _| older(feed));
    world.rot("setting", "catalogue");
    let client = reopened(&world, client).await;
    client.refresh().await.unwrap();
    let accounts = client.accounts().await.unwrap().accounts;
    assert!(accounts.iter().all(|account| account.alias != "of the backup"), "{accounts:?}");
    // Another life.
    let gone = second.clone();
    world.network.forge_feed(move |feed, headers| {
        older(feed);
        feed["accounts"].as_array_mut().unwrap().retain(|account| account["id"] != json!(gone));
        for biller in feed["billers"].as_array_mut().unwrap() {
            biller["version"] = json!(0);
            biller["name"]["zh"] = json!("of the backup");
        }
        let epoch = headers.iter_mut().find(|(name, _)| name == "billpay-epoch").unwrap();
        epoch.1 = "019a9d3e-7c00-7000-8000-00000000e002".into();
    });
    world.rot("setting", "feed");
    client.refresh().await.unwrap();
    let accounts = client.accounts().await.unwrap().accounts;
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    assert_eq!(accounts[0].alias, "of the backup");
    let billers = client.biller_catalog(Language::Zh).await.unwrap();
    assert!(billers.iter().all(|biller| biller.name == "of the backup"));
    assert_eq!(client.receipt(&payment.id).await.unwrap().payment, payment.id, "receipts stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_an_order_of_another_device_blocks_until_the_last_page_says_otherwise() {
    let world = world();
    let client = world.bound().await;
    let number = world.quote(&client).await.bill_number;
    let order = json!({
        "payment_id": "019a9d3e-7c00-7000-8000-000000000001", "order_digest": "d", "state": "under-inspection",
        "device": "another", "biller": POWER, "bill_number": number, "total": { "minor": 1, "currency": "CNY" },
        "valid_until": "2026-11-22T05:05:00Z",
    });
    let open = order.clone();
    world.network.forge_feed(move |feed, _| feed["orders"] = json!([open]));
    client.refresh().await.unwrap();
    let blocked = Err(QuoteError::PaymentInProgressElsewhere);
    assert_eq!(client.quote(POWER, &number, None, None).await, blocked, "a state of a later version is open");
    // A page that is not the last says nothing of what it does not name.
    let mut page = 0;
    world.network.forge_feed(move |feed, _| {
        page += 1;
        feed["orders"] = json!([]);
        feed["more"] = json!(page == 1);
        if page == 2 {
            feed["journal"] = json!({ "highest_sequence": -1 });
        }
    });
    assert!(client.refresh().await.is_err(), "the second page is none");
    assert_eq!(client.quote(POWER, &number, None, None).await, blocked);
    client.refresh().await.unwrap();
    client.quote(POWER, &number, None, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_an_order_that_a_rolled_back_file_has_lost_comes_back_as_a_doubt_and_is_ended() {
    let world = world();
    let (client, payment, envelope) = lost_on_the_way(&world).await;
    client.suspend().await.unwrap();
    drop(client);
    assert_eq!(world.on_phone("DELETE FROM payment"), 1);
    let client = world.open().await;
    assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
    let order = known(&envelope, &digest_of(&envelope), "open");
    world.network.forge_feed(move |feed, _| {
        feed["orders"] = json!([order]);
        feed["journal"] = json!({ "highest_sequence": 1 });
    });
    assert!(client.refresh().await.unwrap().rolled_back);
    let found = client.payment(&payment.id).await.unwrap();
    assert_eq!(PaymentState::Checking { held_until: None }, found.state);
    assert_eq!((found.total, found.payee), (payment.total, payment.payee));
    let again = client.quote(POWER, &payment.bill_number, None, None).await;
    assert_eq!(again, Err(QuoteError::PaymentInDoubt { payment: payment.id.clone() }));
    assert!(client.profile().await.unwrap().rolled_back);
    // The very bytes that were signed once are taken by the bank.
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    assert_eq!(world.charged(), payment.amount.minor());
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_an_order_that_this_device_has_not_signed_is_not_taken_into_its_journal_and_still_blocks() {
    for forged in ["version", "signature", "digest"] {
        let world = world();
        let (client, payment, mut envelope) = lost_on_the_way(&world).await;
        client.suspend().await.unwrap();
        drop(client);
        world.on_phone("DELETE FROM payment");
        let client = world.open().await;
        let mut digest = digest_of(&envelope);
        match forged {
            "version" => {
                envelope["order"]["bill_version"] = json!(99);
                digest = digest_of(&envelope);
            }
            "signature" => envelope["signature"] = json!("A".repeat(86)),
            _ => digest = "x".repeat(43),
        }
        let order = known(&envelope, &digest, "open");
        world.network.forge_feed(move |feed, _| feed["orders"] = json!([order]));
        client.refresh().await.unwrap();
        assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "{forged}");
        let again = client.quote(POWER, &payment.bill_number, None, None).await;
        assert_eq!(again, Err(QuoteError::PaymentInProgressElsewhere), "{forged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequence_that_was_used_before_is_refused_told_and_risen_above() {
    let world = world();
    let (client, first, second) = bound_twice(&world).await;
    assert_eq!(world.pay_of(&client, &first).await.state, PaymentState::Settled);
    client.suspend().await.unwrap();
    drop(client);
    world.on_phone("DELETE FROM payment");
    let client = world.open().await;
    let refused = world.pay_of(&client, &second).await;
    assert_eq!(end(&client, &refused.id).await, PaymentState::Refused { reason: "journal-rolled-back".into() });
    assert!(client.profile().await.unwrap().rolled_back);
    client.refresh().await.unwrap();
    assert_eq!(world.pay_of(&client, &second).await.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_47_a_document_by_a_key_that_is_not_known_waits_for_it() {
    let mut world = world();
    world.trust = world.old_trust.clone();
    let without = |request: &billpay_core::platform::Request| {
        if request.url.ends_with("/v1/trust") { Fate::NoNetwork } else { Fate::Pass }
    };
    world.network.rule(without);
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    assert_eq!(client.refresh().await.unwrap().unverifiable, 1);
    let client = reopened(&world, client).await;
    let again = client.refresh().await.unwrap();
    assert_eq!((again.unverifiable, again.receipts), (1, 0), "it is not sent twice, and not forgotten");
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts, []);
    // Not by asking: the recovery gets no answer.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::NoNetwork } else { Fate::Pass });
    let known = client.refresh().await.unwrap();
    assert_eq!((known.unverifiable, known.receipts), (0, 1));
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_47_a_key_that_came_while_nothing_could_be_stored_settles_nothing_yet() {
    let mut world = world();
    world.trust = world.old_trust.clone();
    world.network.rule(|request| if request.url.ends_with("/v1/trust") { Fate::NoNetwork } else { Fate::Pass });
    let client = Arc::new(world.bound().await);
    world.network.log.lock().unwrap().clear();
    world.network.rule(|request| if request.url.ends_with("/v1/trust") { Fate::Late } else { Fate::Pass });
    let quote = world.quote(&client).await;
    let paying = tokio::spawn({
        let client = client.clone();
        async move { client.pay(&quote.id).await }
    });
    let asked_for =
        |world: &world::World| world.network.log.lock().unwrap().iter().any(|line| line.ends_with("/v1/trust"));
    while !asked_for(&world) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // The answer with the key comes to a phone that is asleep.
    client.suspend().await.unwrap();
    world.network.rule(|request| if request.url.ends_with("/v1/trust") { Fate::NoNetwork } else { Fate::Pass });
    world.network.let_go.notify_one();
    let _ = paying.await.unwrap();
    client.resume().await.unwrap();
    client.resolve().await.unwrap();
    let payment = client.payments(1, 0).await.unwrap().payments.remove(0);
    assert!(matches!(payment.state, PaymentState::Checking { .. }), "by a key that the next start does not know");
    world.network.heal();
    client.refresh().await.unwrap();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    let client = reopened(&world, Arc::into_inner(client).unwrap()).await;
    world.network.rule(|_| Fate::NoNetwork);
    assert_eq!(client.receipt(&payment.id).await.unwrap().proof, billpay_core::Proof::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_receipt_that_the_file_has_lost_comes_back_with_the_next_refresh() {
    for (lost, newest) in [("rotten", false), ("gone", false), ("gone", true)] {
        let world = world();
        let (client, first, second) = bound_twice(&world).await;
        let mut lost_one = world.pay_of(&client, &first).await;
        let second = world.pay_of(&client, &second).await;
        let at = if newest { 2 } else { 1 };
        if newest {
            lost_one = second;
        }
        client.refresh().await.unwrap();
        client.refresh().await.unwrap();
        assert_eq!(client.chain_breaks().await.unwrap(), []);
        let id = client.receipt(&lost_one.id).await.unwrap().id;
        if lost == "rotten" {
            world.rot("outcome", &id);
            assert_eq!(client.receipts(10, 0).await.unwrap().damaged, 1);
        } else {
            world.on_phone(&format!("DELETE FROM outcome WHERE id = '{id}'"));
        }
        let breaks = client.chain_breaks().await.unwrap();
        let missing = matches!(breaks[..], [Break::Missing { from, to, awaiting: true, .. }] if (from, to) == (at, at));
        assert!(missing, "{lost}: {breaks:?}");
        client.refresh().await.unwrap();
        assert_eq!(client.chain_breaks().await.unwrap(), [], "{lost}");
        assert_eq!(client.receipts(10, 0).await.unwrap().damaged, 0);
        assert_eq!(client.receipt(&lost_one.id).await.unwrap().id, id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_48_a_receipt_that_a_full_feed_does_not_bring_is_an_alarm_and_asked_for_once() {
    let world = world();
    let (client, first, second) = bound_twice(&world).await;
    let first = world.pay_of(&client, &first).await;
    world.pay_of(&client, &second).await;
    client.refresh().await.unwrap();
    let id = client.receipt(&first.id).await.unwrap().id;
    world.on_phone(&format!("DELETE FROM outcome WHERE id = '{id}'"));
    world.network.forge_feed(|feed, _| {
        let outcomes = feed["outcomes"].as_array_mut().unwrap();
        if !outcomes.is_empty() {
            outcomes.remove(0);
        }
    });
    client.chain_breaks().await.unwrap();
    let before = fulls(&world);
    for _ in 0..3 {
        client.refresh().await.unwrap();
        let breaks = client.chain_breaks().await.unwrap();
        assert!(matches!(breaks[..], [Break::Missing { awaiting: false, .. }]), "{breaks:?}");
    }
    assert_eq!(fulls(&world), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_quotes_the_oldest_goes_whatever_the_phones_clock_does() {
    let world = world();
    let client = world.bound().await;
    let first = world.quote(&client).await;
    let day = 86_400_000;
    world.phone_clock.offset_ms.store(-day, std::sync::atomic::Ordering::SeqCst);
    let mut last = world.quote(&client).await;
    for _ in 0..32 {
        last = world.quote(&client).await;
    }
    assert_eq!(client.pay(&first.id).await, Err(PayError::UnknownQuote));
    assert_eq!(client.pay(&last.id).await.unwrap().state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_needs_a_second_factor_is_shown_as_that_and_not_begun() {
    let world = world();
    let client = world.bound().await;
    world.network.forge(|what, answer| {
        if what == "POST /v1/quotes" {
            let mut quote: Value = serde_json::from_slice(&answer.body).unwrap();
            quote["step_up"] = json!(true);
            answer.body = serde_json::to_vec(&quote).unwrap();
        }
    });
    let quote = world.quote(&client).await;
    assert!(quote.step_up);
    assert_eq!(client.pay(&quote.id).await, Err(PayError::StepUpNeeded));
    assert_eq!(world.network.count("POST /v1/payments"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_with_a_cursor_that_no_url_can_carry_is_no_feed() {
    let world = world();
    let client = world.bound().await;
    world.network.forge_feed(|feed, _| feed["cursor"] = "x".repeat(200_000).into());
    assert!(client.refresh().await.is_err());
    world.network.forge_feed(|_, _| {});
    let longest = Arc::new(Mutex::new(0));
    let seen = longest.clone();
    world.network.rule(move |request| {
        let mut longest = seen.lock().unwrap();
        *longest = request.url.len().max(*longest);
        Fate::Pass
    });
    client.refresh().await.unwrap();
    assert!(*longest.lock().unwrap() < 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sequence_that_no_device_counts_to_does_not_end_paying() {
    let world = world();
    let (client, first, second) = bound_twice(&world).await;
    world.network.forge_feed(|feed, _| feed["journal"]["highest_sequence"] = ((1_i64 << 53) - 2).into());
    client.refresh().await.unwrap();
    world.network.forge_feed(|_, _| {});
    for account in [first, second] {
        assert_eq!(world.pay_of(&client, &account).await.state, PaymentState::Settled);
    }
}
