//! Paying, through the real client and the real sandbox, with the network broken at each point.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::time::Duration;

use billpay_core::{
    BillStatus, Client, Payment, PaymentState, Proof,
    error::{Fault, PayError, QuoteError},
    events::EventKind,
    model::{Currency, Language, Money},
    platform::SecretError,
};
use world::{
    Fate, POWER,
    ends::{end, is_settled_once},
    world,
};

async fn status(client: &Client) -> BillStatus {
    let bills = client.bills(Language::En).await.unwrap().bills;
    bills.into_iter().find(|bill| bill.biller == POWER).unwrap().status
}

fn checking(payment: &Payment) -> bool {
    matches!(payment.state, PaymentState::Checking { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_a_paid_bill_leaves_its_receipt_on_the_phone() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    assert_eq!(payment.state, PaymentState::Settled);
    world.network.rule(|_| Fate::NoNetwork);
    is_settled_once(&world, &client, &payment).await;
    assert_eq!(status(&client).await, BillStatus::Paid);
    assert_eq!(client.chain_breaks().await.unwrap(), []);
    assert_eq!(world.network.count("POST /v1/payments"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_a_lost_answer_is_recovered_by_asking() {
    for fate in [Fate::LoseAnswer, Fate::Html, Fate::Truncated, Fate::LoseRequest, Fate::Status(500), Fate::Status(429)]
    {
        let world = world();
        let client = world.bound().await;
        let quote = world.quote(&client).await;
        world.network.rule(move |request| if request.url.contains("/v1/payments") { fate } else { Fate::Pass });
        let payment = client.pay(&quote.id).await.unwrap();
        assert!(checking(&payment), "{fate:?}: {payment:?}");
        assert_eq!(status(&client).await, BillStatus::Checking { payment: payment.id.clone() });
        let again = client.quote(POWER, &payment.bill_number, None, None).await;
        assert_eq!(again, Err(QuoteError::PaymentInDoubt { payment: payment.id.clone() }));
        world.network.heal();
        client.network_returned();
        is_settled_once(&world, &client, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_where_provably_nothing_left_the_phone_it_is_cancelled() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|_| Fate::NoNetwork);
    let payment = client.pay(&quote.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Cancelled);
    assert_eq!(client.next_event().await.unwrap().unwrap().kind, EventKind::Cancelled);
    world.network.heal();
    // The id is burnt; the person may pay again.
    let second = world.pay(&client).await;
    assert_ne!(second.id, payment.id);
    assert_eq!(second.state, PaymentState::Settled);
    assert_eq!(world.charged(), second.amount.minor());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_23_a_later_attempt_without_network_proves_nothing() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    world.network.rule(|_| Fate::NoNetwork);
    assert_eq!(client.resolve().await, Ok(1));
    assert!(checking(&client.payment(&payment.id).await.unwrap()));
    world.network.heal();
    client.network_returned();
    is_settled_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_payment_found_on_open_is_finished() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    world.network.heal();
    let client = world.open().await;
    is_settled_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_30_an_order_that_never_arrived_ends_reversed_after_its_time() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.only("POST", "/v1/payments", Fate::LoseRequest);
    let payment = client.pay(&quote.id).await.unwrap();
    assert!(checking(&payment));
    // Not found is open: it is sent again, and lost again.
    for _ in 0..500 {
        client.resolve().await.unwrap();
        if world.network.count("POST /v1/payments") >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(world.network.count("POST /v1/payments") >= 3);
    assert!(checking(&client.payment(&payment.id).await.unwrap()));
    world.bank_clock.advance(Duration::from_secs(400));
    client.network_returned();
    let state = end(&client, &payment.id).await;
    assert!(matches!(state, PaymentState::Reversed { .. }), "{state:?}");
    assert_eq!(world.charged(), 0);
    assert_eq!(client.receipt(&payment.id).await.unwrap().kind, "reversal");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_32_a_doubt_is_asked_about_after_400_days() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    world.bank_clock.advance(Duration::from_secs(400 * 86_400));
    let days = 400 * 86_400_000;
    world.phone_clock.offset_ms.store(days, std::sync::atomic::Ordering::SeqCst);
    world.network.heal();
    client.network_returned();
    is_settled_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_37_of_twenty_taps_one_pays() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    let mut quotes = vec![quote.id.clone(); 10];
    for _ in 0..10 {
        quotes.push(world.quote(&client).await.id);
    }
    let taps = quotes.iter().map(|quote| client.pay(quote));
    let results = futures_util::future::join_all(taps).await;
    let made = results.iter().filter(|result| result.is_ok()).count();
    assert!(made >= 1, "{results:?}");
    for result in &results {
        match result {
            Ok(payment) => assert!(!checking(payment), "{payment:?}"),
            Err(PayError::PaymentInDoubt { .. } | PayError::UnknownQuote) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    let settled = results.iter().flatten().filter(|payment| payment.state == PaymentState::Settled);
    assert_eq!(settled.count(), 1);
    assert_eq!(world.charged(), quote.amount.minor());
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_one_wish_to_top_up_that_is_tried_again_after_a_crash_is_charged_once() {
    let world = world();
    let client = world.bound().await;
    let echo = client.lookup_binding("mobile-cn", &world.number("mobile-cn", 0)).await.unwrap();
    let account = client.confirm_binding(&echo, "").await.unwrap();
    client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
    let amount = Money::new(5_000, Currency::CNY).unwrap();
    let quote = client.quote("mobile-cn", "M0001", Some(amount), None).await.unwrap();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    assert!(checking(&payment));
    client.suspend().await.unwrap();
    drop(client);
    world.network.heal();
    let client = world.open().await;
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    // Nobody has told the person of the end: the account looks as it did, and its version does not.
    let again = client.quote("mobile-cn", "M0001", Some(amount), None).await;
    assert!(matches!(again, Err(QuoteError::BillChanged { .. })), "{again:?}");
    assert_eq!(world.charged(), 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_caller_cancels_only_the_waiting() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    // Whoever signs takes his time: the caller is gone before there is an order.
    world.keys.slow_ms.store(100, std::sync::atomic::Ordering::SeqCst);
    let mut waiting = Box::pin(client.pay(&quote.id));
    assert!(futures_util::FutureExt::now_or_never(&mut waiting).is_none());
    drop(waiting);
    world.keys.slow_ms.store(0, std::sync::atomic::Ordering::SeqCst);
    for _ in 0..500 {
        if client.next_event().await.unwrap().is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let payments = client.payments(10, 0).await.unwrap().payments;
    assert_eq!(payments.len(), 1);
    is_settled_once(&world, &client, &payments[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_22_a_bill_that_changed_is_refused_before_any_money_moves() {
    let world = world();
    let client = world.bound().await;
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let bill = bills.iter().find(|bill| bill.biller == POWER).unwrap();
    world.billers.revise_bill(POWER, &bill.bill_number, bill.amount.minor() + 100).unwrap();
    let refused = client.quote(POWER, &bill.bill_number, None, None).await;
    let Err(QuoteError::BillChanged { now: Some(now) }) = refused else { panic!("{refused:?}") };
    assert_eq!(now.amount.minor(), bill.amount.minor() + 100);
    assert_eq!(world.charged(), 0);
    // What is on the screen next is the new bill.
    assert_eq!(world.pay(&client).await.amount, now.amount);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_6_a_bill_that_changes_after_the_quote_ends_reversed_with_the_money_back() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.billers.revise_bill(POWER, &quote.bill_number, quote.amount.minor() + 100).unwrap();
    let payment = client.pay(&quote.id).await.unwrap();
    let state = end(&client, &payment.id).await;
    assert!(matches!(state, PaymentState::Reversed { .. } | PaymentState::Refused { .. }), "{state:?}");
    assert_eq!(world.charged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_33_an_event_comes_again_until_it_is_acknowledged() {
    let world = world();
    let client = world.bound().await;
    world.pay(&client).await;
    let first = client.next_event().await.unwrap().unwrap();
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    assert_eq!(client.next_event().await.unwrap(), Some(first.clone()));
    client.acknowledge_event(&first.id).await.unwrap();
    assert_eq!(client.next_event().await.unwrap(), None);
    client.acknowledge_event(&first.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_33_an_event_that_nobody_could_acknowledge_a_thousand_times_is_there_the_next_time() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    drop(client);
    // By its id the shell does once what it does about it.
    let mut handled = std::collections::BTreeMap::new();
    for _ in 0..1_000 {
        let client = world.open().await;
        let event = client.next_event().await.unwrap().unwrap();
        assert_eq!((event.kind, event.payment()), (EventKind::Settled, payment.id.as_str()));
        *handled.entry(event.id).or_insert(0) += 1;
        client.suspend().await.unwrap();
    }
    assert_eq!(handled.into_values().collect::<Vec<_>>(), [1_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_suspended_nothing_is_sent_and_resumed_the_doubt_is_ended() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    client.suspend().await.unwrap();
    let asked = world.network.log.lock().unwrap().len();
    assert_eq!(client.pay("any").await, Err(PayError::UnknownQuote));
    assert_eq!(client.profile().await, Err(Fault::Suspended));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.network.log.lock().unwrap().len(), asked);
    world.network.heal();
    client.resume().await.unwrap();
    is_settled_once(&world, &client, &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_35_a_locked_key_store_opens_and_says_so() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    client.suspend().await.unwrap();
    drop(client);
    *world.keys.fails.lock().unwrap() = Some(SecretError::Locked);
    let client = world.open().await;
    assert_eq!(client.payments(10, 0).await, Err(Fault::Locked));
    *world.keys.fails.lock().unwrap() = None;
    assert_eq!(client.payments(10, 0).await.unwrap().payments[0].id, payment.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_34_a_lost_root_key_is_told_and_nothing_is_made_in_its_place() {
    let world = world();
    let client = world.bound().await;
    client.suspend().await.unwrap();
    drop(client);
    world.keys.kept.lock().unwrap().clear();
    let client = world.open().await;
    assert_eq!(client.payments(10, 0).await, Err(Fault::KeyLost));
    assert!(world.keys.kept.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_one_rotten_order_does_not_keep_the_others_in_doubt() {
    let world = world();
    let client = world.bound().await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let quote = world.quote(&client).await;
    let first = client.pay(&quote.id).await.unwrap();
    let account = world.bind(&client, 1).await;
    let payment = world.pay_of(&client, &account).await;
    world.rot("payment", &first.id);
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_rotten_order_blocks_its_bill_until_the_bank_has_signed_an_end_for_it() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    world.rot("payment", &payment.id);
    let asked = world.network.count("GET /v1/payments");
    // Nothing can be proved of it: it stays open, and is asked about at the usual pace.
    assert_eq!(client.resolve().await, Ok(1));
    let blocked = client.quote(POWER, &payment.bill_number, None, None).await;
    // "Checking, do not pay again", although its row cannot be read.
    assert_eq!(blocked.map(drop), Err(QuoteError::PaymentInDoubt { payment: payment.id.clone() }));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(world.network.count("GET /v1/payments") < asked + 10);
    world.network.heal();
    // The recovery may have the order in its hands at this moment.
    while client.resolve().await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let event = client.next_event().await.unwrap().unwrap();
    assert_eq!((event.kind, event.payment()), (EventKind::Settled, payment.id.as_str()));
    assert_eq!(client.receipt(&payment.id).await.unwrap().proof, Proof::Verified);
    let again = client.quote(POWER, &payment.bill_number, None, None).await;
    let blocks = QuoteError::PaymentInDoubt { payment: payment.id.clone() };
    assert!(again.as_ref().is_err_and(|error| *error != blocks), "{again:?}");
    assert!(!matches!(again, Err(QuoteError::Fault(Fault::Store(_)))), "{again:?}");
    assert_eq!(world.charged(), payment.amount.minor());
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_an_order_ends_although_the_bank_cannot_answer_what_became_of_it() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| match request.method.as_str() {
        "POST" if request.url.ends_with("/v1/payments") => Fate::LoseRequest,
        "GET" if request.url.contains("/v1/payments/") => Fate::Status(500),
        _ => Fate::Pass,
    });
    let payment = client.pay(&quote.id).await.unwrap();
    // Before the order's time is up a broken answer leads to nothing.
    assert_eq!(client.resolve().await, Ok(1));
    assert_eq!(world.network.count("POST /v1/payments/"), 0);
    world.bank_clock.advance(Duration::from_secs(3600));
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    assert_eq!(world.charged(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_nobody_holds_any_more_lets_its_profile_go_though_an_order_is_open() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    drop(client);
    world.network.heal();
    let mut opened = world.try_open().await;
    for _ in 0..100 {
        if opened.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        opened = world.try_open().await;
    }
    is_settled_once(&world, &opened.unwrap(), &payment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_resumed_right_after_suspending_the_recovery_goes_on() {
    for _ in 0..20 {
        let world = world();
        let client = world.bound().await;
        let quote = world.quote(&client).await;
        world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
        let payment = client.pay(&quote.id).await.unwrap();
        world.network.heal();
        client.suspend().await.unwrap();
        client.resume().await.unwrap();
        is_settled_once(&world, &client, &payment).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_first_call_makes_no_second_root_key() {
    let world = world();
    world.keys.slow_ms.store(30, std::sync::atomic::Ordering::SeqCst);
    let client = world.open().await;
    let abandoned = tokio::time::timeout(Duration::from_millis(5), client.profile()).await;
    assert!(abandoned.is_err());
    client.profile().await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    world.keys.slow_ms.store(0, std::sync::atomic::Ordering::SeqCst);
    let client = world.open().await;
    client.profile().await.unwrap();
    assert_eq!(world.keys.kept.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_payments_that_cannot_be_read_are_counted_and_no_page_tells_another_twice() {
    let world = world();
    let client = world.bound().await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::NoNetwork } else { Fate::Pass });
    let mut made = Vec::new();
    for _ in 0..4 {
        made.push(world.pay(&client).await.id);
    }
    made.reverse();
    assert_eq!(world.on_phone(&format!("UPDATE payment SET valid_until_ms = 1 WHERE id = '{}'", made[1])), 1);
    let (mut told, mut damaged, mut rows) = (Vec::new(), 0, 0);
    loop {
        let page = client.payments(2, rows).await.unwrap();
        if page.rows() == 0 {
            break;
        }
        rows += u32::try_from(page.rows()).unwrap();
        damaged += page.damaged;
        told.extend(page.payments.into_iter().map(|payment| payment.id));
    }
    assert_eq!((told, damaged), (vec![made[0].clone(), made[2].clone(), made[3].clone()], 1));
}
