//! Money that comes back, as the phone shows it (row 27).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::time::Duration;

use billpay_core::{
    Client, PaymentState, Proof,
    error::ViewError,
    events::EventKind,
    model::{Currency, Language, Money},
    text::{Explain as _, MoneyMoved},
};
use sandbox_gateway::{clock::Clock as _, leg::bank::BankClient, moment, statements::LocalBank};
use world::{Fate, POWER, World, ends::end, world};

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// The biller is set back to before the payment and asks another amount: what was paid cannot be
/// charged again, so the bank gives it back (rule 11).
async fn give_back(world: &World, before: &[u8], bill: &str) {
    world.billers.restore(before).unwrap();
    world.billers.revise_bill(POWER, bill, 13_000).unwrap();
    let now = world.bank_clock.now().as_millisecond();
    let night = u64::try_from(moment::next_bank_day(now) - now).unwrap();
    world.bank_clock.advance(Duration::from_millis(night) + Duration::from_secs(3600));
    let bank = BankClient::new(std::sync::Arc::new(LocalBank::to(world.gateway.clone())), world.bank_clock.clone());
    world.billers.reconcile_daily(&bank, POWER, true).await.unwrap();
    for _ in 0..20 {
        world.bank_clock.advance(Duration::from_secs(61));
        world.gateway.tick().await;
    }
}

async fn heard(client: &Client) -> EventKind {
    let event = client.next_event().await.unwrap().unwrap();
    client.acknowledge_event(&event.id).await.unwrap();
    event.kind
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_a_later_repayment_stands_beside_the_receipt_and_the_person_hears_of_it_once() {
    let world = world();
    let client = world.bound().await;
    let before = world.billers.snapshot().unwrap();
    let payment = world.pay(&client).await;
    assert_eq!((payment.state.clone(), payment.repaid), (PaymentState::Settled, None));
    let receipt = client.receipt(&payment.id).await.unwrap();
    assert_eq!(heard(&client).await, EventKind::Settled);
    give_back(&world, &before, &payment.bill_number).await;
    for _ in 0..2 {
        client.refresh().await.unwrap();
    }
    let shown = client.payment(&payment.id).await.unwrap();
    assert_eq!((shown.state.clone(), shown.repaid), (PaymentState::Settled, Some(payment.total)));
    assert_eq!(heard(&client).await, EventKind::Repaid);
    assert_eq!(client.next_event().await.unwrap(), None, "once");
    let told = shown.explain(Language::En, &jiff::tz::TimeZone::UTC);
    assert_eq!(told.did_money_move, Some(MoneyMoved::Returned));
    assert!(told.what_happened.contains("gave CNY 123.45 back"), "{told:?}");
    // Two documents, in their places in the chain; the receipt is the one that it was.
    let documents = client.documents(&payment.id).await.unwrap();
    let kinds: Vec<_> = documents.iter().map(|one| (one.kind.as_str(), one.sequence, one.proof.clone())).collect();
    assert_eq!(kinds, [("receipt", 1, Proof::Verified), ("repayment", 2, Proof::Verified)]);
    assert_eq!(client.receipt(&payment.id).await.unwrap(), receipt);
    let repayment = &documents[1];
    assert_eq!((repayment.returned, repayment.reason.as_deref()), (Some(cny(12_345)), Some("not-charged-at-biller")));
    assert_eq!(repayment.repayment.as_ref().unwrap().receipt, receipt.id);
    assert_eq!(client.chain_breaks().await.unwrap(), []);
    assert_eq!(client.receipts(10, 0).await.unwrap().receipts.len(), 2);
    assert_eq!(client.documents("none").await, Err(ViewError::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_a_repayment_that_an_earlier_version_has_put_aside_is_shown_by_this_one() {
    let world = world();
    let client = world.bound().await;
    let before = world.billers.snapshot().unwrap();
    let payment = world.pay(&client).await;
    give_back(&world, &before, &payment.bill_number).await;
    // A document by a key that is not known waits, as did one of a kind that was not known.
    *world.network.trust.lock().unwrap() = Some(world.old_trust.clone());
    let other = world.open_as(|config| config.trust = world.old_trust.clone());
    drop(client);
    let other = other.await.unwrap();
    other.refresh().await.unwrap();
    assert!(other.payment(&payment.id).await.unwrap().repaid.is_none());
    *world.network.trust.lock().unwrap() = None;
    other.refresh().await.unwrap();
    assert_eq!(other.payment(&payment.id).await.unwrap().repaid, Some(payment.total));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_debited_and_refused_is_reversed_with_its_own_text_and_one_document() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.billers.set_closed(POWER, true, None).unwrap();
    let payment = client.pay(&quote.id).await.unwrap();
    assert_eq!(payment.state, PaymentState::Reversed { reason: "biller-closed".into() });
    let told = payment.explain(Language::Zh, &jiff::tz::TimeZone::UTC);
    assert_eq!((told.code, told.did_money_move), ("payment-reversed", Some(MoneyMoved::Returned)));
    assert!(told.what_happened.contains("已冲正"), "{told:?}");
    let documents = client.documents(&payment.id).await.unwrap();
    assert_eq!(documents.len(), 1);
    assert_eq!((documents[0].kind.as_str(), documents[0].returned), ("reversal", Some(payment.total)));
    assert_eq!((payment.repaid, world.charged()), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_27_silent_for_three_days_is_checking_until_it_is_reversed_and_never_anything_else() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    // The order never arrives, and for three days nobody answers the phone.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    for _ in 0..3 {
        assert!(matches!(client.payment(&payment.id).await.unwrap().state, PaymentState::Checking { .. }));
        world.bank_clock.advance(Duration::from_secs(24 * 3600));
        client.resolve().await.unwrap();
    }
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Reversed { reason: "not-charged".into() });
    assert_eq!(client.documents(&payment.id).await.unwrap().len(), 1);
    assert_eq!(heard(&client).await, EventKind::Reversed);
    assert_eq!(world.charged(), 0);
}
