//! Receipts stay readable when everything else fails: a test each, named after it.

use billpay_core::{
    Client, PaymentState, Proof,
    error::Fault,
    platform::{KeyRole, SecretError},
    store::Location,
};
use sandbox_gateway::outcomes::jws::SigningKey;

use crate::{
    papers::{EPOCH, chain, fed, receipt},
    world::{Fate, HOST, World, receipt_key, trust_document_of, world},
};

const KEPT: usize = 30;

/// A phone with so many receipts, and one of its own payment.
async fn with_receipts(world: &World) -> Client {
    let client = world.bound().await;
    let papers = chain((1..KEPT as i64).map(receipt));
    fed(world, &client, papers).await;
    let payment = world.pay(&client).await;
    assert_eq!(payment.state, PaymentState::Settled);
    client
}

/// Everything that a person does with receipts.
async fn readable(client: &Client, what: &str) {
    let all = client.receipts(500, 0).await.unwrap();
    assert_eq!((all.receipts.len(), all.damaged), (KEPT, 0), "{what}");
    assert!(all.receipts.iter().all(|view| view.proof == Proof::Verified), "{what}");
    let one = client.receipt(&all.receipts[0].id).await.unwrap();
    assert_eq!(one, all.receipts[0], "{what}");
    assert_eq!(client.documents(&one.payment).await.unwrap().len(), 1, "{what}");
    assert!(!client.search("电", 10, None).await.unwrap().receipts.is_empty(), "{what}");
    let paid: u32 = client.statistics().await.unwrap().months.iter().map(|month| month.sum.receipts).sum();
    assert_eq!(paid as usize, KEPT, "{what}");
    assert!(client.receipt_keys().await.unwrap().contains("receipt-1"), "{what}");
    client.chain_breaks().await.unwrap();
}

async fn reopened(world: &World, client: Client) -> Client {
    client.suspend().await.unwrap();
    drop(client);
    world.open().await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_receipts_are_readable_when_the_pins_have_expired() {
    let mut world = world();
    let client = with_receipts(&world).await;
    world.network.rule(|_| Fate::PinsExpired);
    assert!(client.refresh().await.is_err());
    readable(&client, "the transport refuses").await;
    // And so does the trust document that the app was shipped with.
    let key: SigningKey = receipt_key();
    let expiry = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
    world.trust = trust_document_of(&crate::world::offline(), 2, HOST, ['A', 'B'], &key, None, expiry);
    let client = reopened(&world, client).await;
    readable(&client, "after a new start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_receipts_are_readable_when_the_client_is_too_old() {
    let world = world();
    let client = with_receipts(&world).await;
    world.network.forge(|_, answer| {
        answer.status = 426;
        answer.body =
            br#"{"type":"urn:billpay:problem:client-too-old","status":426,"minimum_client":"9.0.0"}"#.to_vec();
    });
    let refused = client.refresh().await.unwrap_err();
    assert!(matches!(&refused, billpay_core::error::RefreshError::Fault(Fault::ClientTooOld { .. })), "{refused:?}");
    readable(&client, "the bank serves newer ones only").await;
    readable(&reopened(&world, client).await, "after a new start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_receipts_are_readable_when_the_device_is_revoked() {
    let world = world();
    let client = with_receipts(&world).await;
    world.network.forge(|_, answer| {
        answer.status = 401;
        answer.body = br#"{"type":"urn:billpay:problem:device-revoked","status":401}"#.to_vec();
    });
    let refused = client.refresh().await.unwrap_err();
    assert!(matches!(&refused, billpay_core::error::RefreshError::Fault(Fault::DeviceRevoked)), "{refused:?}");
    assert!(client.profile().await.unwrap().revoked);
    readable(&client, "another device took over").await;
    readable(&reopened(&world, client).await, "after a new start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_receipts_are_readable_when_the_gateway_is_gone() {
    let world = world();
    let client = with_receipts(&world).await;
    world.network.rule(|_| Fate::NoNetwork);
    readable(&client, "no network").await;
    let asked = world.network.log.lock().unwrap().len();
    readable(&reopened(&world, client).await, "after a new start").await;
    assert_eq!(world.network.log.lock().unwrap().len(), asked, "nobody is asked for them");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_receipts_are_readable_when_the_key_store_is_locked_for_the_order_key() {
    let world = world();
    let client = with_receipts(&world).await;
    world.bind(&client, 1).await;
    let bills = client.bills(billpay_core::model::Language::Zh).await.unwrap().bills;
    let open = bills.iter().find(|bill| bill.status == billpay_core::BillStatus::Open).unwrap();
    let quote = client.quote(&open.biller, &open.bill_number, None, None).await.unwrap();
    // The secrets' key is at hand since the open; everything that is asked from now on is refused.
    *world.keys.fails.lock().unwrap() = Some(SecretError::Locked);
    assert!(client.pay(&quote.id).await.is_err(), "nothing is signed");
    readable(&client, "the key store is locked").await;
    *world.keys.fails.lock().unwrap() = None;
    // The keys of orders are lost for good, as after a change of the lock screen.
    for role in [KeyRole::Order, KeyRole::SecondOrder] {
        world.keys.lose(role);
    }
    readable(&reopened(&world, client).await, "the order key is lost").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_when_one_page_of_the_file_is_damaged_the_receipts_of_the_others_are_readable() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    let client = world.bound().await;
    fed(&world, &client, chain((1..=200).map(receipt))).await;
    let all = client.receipts(500, 0).await.unwrap().receipts;
    client.suspend().await.unwrap();
    drop(client);
    let path = folder.path().join("profile.db");
    let page = leaf_of(&path, &all[100].id);
    let mut bytes = std::fs::read(&path).unwrap();
    let start = usize::try_from((page - 1) * 4096).unwrap();
    // The bodies of the rows, and not the head of the page: what the disk gave back is not what was written.
    for byte in &mut bytes[start + 1024..start + 4096] {
        *byte ^= 0x55;
    }
    std::fs::write(&path, bytes).unwrap();
    world.network.rule(|_| Fate::NoNetwork);
    let client = world.open().await;
    let (mut readable, mut damaged, mut after) = (0, 0, None);
    loop {
        let page = client.receipt_page(50, after).await.unwrap();
        assert!(page.receipts.iter().all(|view| view.proof == Proof::Verified));
        readable += page.receipts.len();
        damaged += page.damaged;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(damaged > 0 && readable + damaged >= 200 && readable > 180, "{readable} readable, {damaged} damaged");
    assert!(!client.chain_breaks().await.unwrap().is_empty(), "what is gone is named");
    assert_eq!(client.receipts(500, 0).await.unwrap().receipts.len(), readable, "by number, too");
    let paid: u32 = client.statistics().await.unwrap().months.iter().map(|month| month.sum.receipts).sum();
    assert_eq!(paid as usize, readable);
}

/// The page on which the document of that id stands.
fn leaf_of(path: &std::path::Path, id: &str) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    let has = |page: &[u8], text: &str| page.windows(text.len()).any(|here| here == text.as_bytes());
    // A leaf of a table begins with 13. The epoch stands in clear beside a document, and not in the rows of the search.
    let at = bytes.chunks(4096).position(|page| page[0] == 13 && has(page, id) && has(page, EPOCH));
    u64::try_from(at.unwrap() + 1).unwrap()
}
