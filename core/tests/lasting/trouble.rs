//! Receipts stay readable when everything else fails: a test each, named after it.

use billpay_core::{
    Client, PaymentState, Proof,
    error::{Fault, RefreshError},
    model::Place,
    platform::{KeyRole, SecretError},
    store::Location,
};
use sandbox_gateway::outcomes::jws::SigningKey;

use crate::{
    papers::{EPOCH, chain, fed, receipt},
    world::{Fate, HOST, World, ends::end, receipt_key, trust_document_of, world},
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
    assert!(matches!(&refused, RefreshError::Fault(Fault::ClientTooOld { .. })), "{refused:?}");
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
    assert!(matches!(&refused, RefreshError::Fault(Fault::DeviceRevoked)), "{refused:?}");
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

/// A phone with receipts and payments in a file, not running.
async fn filed(folder: &std::path::Path) -> (World, std::path::PathBuf, Vec<String>) {
    let mut world = world();
    let path = folder.join("profile.db");
    world.profile = Location::file(&path);
    let client = world.bound().await;
    fed(&world, &client, chain((1..=200).map(receipt))).await;
    world.network.only("POST", "/v1/payments", Fate::NoNetwork);
    for _ in 0..20 {
        world.pay(&client).await;
    }
    world.network.rule(|_| Fate::NoNetwork);
    let all = client.receipts(500, 0).await.unwrap().receipts;
    client.suspend().await.unwrap();
    (world, path, all.into_iter().map(|view| view.id).collect())
}

const PAGE: usize = 4096;

/// The file with one page whose rows are not what was written; its head is, so that it is taken for what it was.
fn broken(bytes: &[u8], page: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for byte in &mut bytes[page * PAGE + 1024..(page + 1) * PAGE] {
        *byte ^= 0x55;
    }
    bytes
}

/// What all pages of a list come to: how many are in it, and how many are said to be missing.
async fn pages<T>(mut page: impl AsyncFnMut(Option<Place>) -> (Vec<T>, usize, Option<Place>)) -> (Vec<T>, usize) {
    let (mut all, mut damaged, mut after) = (Vec::new(), 0, None);
    loop {
        let (rows, lost, next) = page(after).await;
        all.extend(rows);
        damaged += lost;
        after = next;
        if after.is_none() {
            return (all, damaged);
        }
        assert!(all.len() + damaged < 1_000, "a list without an end");
    }
}

async fn receipts(client: &Client) -> (Vec<billpay_core::ReceiptView>, usize) {
    pages(async |after| {
        let page = client.receipt_page(50, after).await.unwrap();
        (page.receipts, page.damaged, page.next)
    })
    .await
}

async fn found(client: &Client) -> (Vec<billpay_core::ReceiptView>, usize) {
    looked_for(client, "电力").await
}

async fn looked_for(client: &Client, what: &str) -> (Vec<billpay_core::ReceiptView>, usize) {
    pages(async |after| {
        let page = client.search(what, 50, after).await.unwrap();
        (page.receipts, page.damaged, page.next)
    })
    .await
}

async fn payments(client: &Client) -> (Vec<billpay_core::Payment>, usize) {
    pages(async |after| {
        let page = client.payment_page(7, after).await.unwrap();
        (page.payments, page.damaged, page.next)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_when_one_page_of_the_file_is_damaged_what_the_others_hold_is_readable_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (world, path, all) = filed(folder.path()).await;
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, broken(&whole, leaves_of(&whole, &[&all[100], EPOCH])[0])).unwrap();
    let client = world.open().await;
    let (here, damaged) = receipts(&client).await;
    assert!(here.iter().all(|view| view.proof == Proof::Verified));
    assert!(damaged > 0 && here.len() > 180, "{} readable, {damaged} damaged", here.len());
    assert_eq!(here.len() + damaged, 200);
    assert!(!client.chain_breaks().await.unwrap().is_empty(), "what is gone is named");
    let by_number = client.receipts(500, 0).await.unwrap();
    assert_eq!((by_number.receipts.len(), by_number.damaged), (here.len(), damaged));
    let (found, unseen) = found(&client).await;
    assert_eq!((found, unseen), (here.clone(), damaged), "what is looked for");
    let statistics = client.statistics().await.unwrap();
    let paid: u32 = statistics.months.iter().map(|month| month.sum.receipts).sum();
    assert_eq!((paid as usize, statistics.damaged), (here.len(), damaged));
    assert_eq!(payments(&client).await.0.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_when_a_page_of_the_payments_is_damaged_those_of_the_others_are_readable_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (world, path, _) = filed(folder.path()).await;
    let client = world.open().await;
    let all = payments(&client).await.0;
    client.suspend().await.unwrap();
    drop(client);
    let whole = std::fs::read(&path).unwrap();
    let mut lost = 0;
    // Among them may be pages that were given up, and still hold what they held.
    for page in leaves_of(&whole, &[&all[10].id, "cancelled"]) {
        std::fs::write(&path, broken(&whole, page)).unwrap();
        let client = world.open().await;
        let (here, damaged) = payments(&client).await;
        assert_eq!(here.len() + damaged, 20, "{} readable, {damaged} damaged", here.len());
        let left: Vec<_> = all.iter().filter(|payment| here.contains(payment)).cloned().collect();
        assert_eq!(here, left, "in their order, and as they were");
        let by_number = client.payments(500, 0).await.unwrap();
        assert_eq!((by_number.payments, by_number.damaged), (here, damaged));
        assert_eq!(receipts(&client).await.0.len(), 200);
        lost += damaged;
    }
    assert!(lost > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_whichever_page_of_the_file_is_damaged_every_list_gives_what_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (world, path, all) = filed(folder.path()).await;
    let whole = std::fs::read(&path).unwrap();
    let (mut opened, mut refused, mut strange, mut lost, mut remade, mut unsaid) = (0, 0, 0, 0, 0, Vec::new());
    // Page 1 is the file's own.
    for page in 1..whole.len() / PAGE {
        std::fs::write(&path, broken(&whole, page)).unwrap();
        // What a person is shown first; the file or its key may be what is broken.
        let Ok(client) = world.try_open().await else {
            refused += 1;
            continue;
        };
        if client.receipt_keys().await.is_err() {
            refused += 1;
            continue;
        }
        opened += 1;
        let what = format!("page {}", page + 1);
        let (here, damaged) = receipts(&client).await;
        assert!(here.iter().all(|view| view.proof == Proof::Verified && all.contains(&view.id)), "{what}");
        let (seen, unseen) = found(&client).await;
        assert!(seen.iter().all(|view| view.proof == Proof::Verified), "{what}");
        let (paid, unpaid) = payments(&client).await;
        assert!(paid.len() + unpaid >= 20, "{what}: {} payments and {unpaid}", paid.len());
        // An index is not sealed: what one has lost can vanish unsaid, until the next refresh makes it anew.
        if here.len() + damaged < 200 || seen.len() + unseen < 200 {
            unsaid.push((page + 1, here.len() + damaged, seen.len() + unseen));
        }
        // What a list shows can be opened, though an index of it is broken.
        for view in here.iter().step_by(9) {
            assert_eq!(client.receipt(&view.id).await.as_ref(), Ok(view), "{what}");
            assert_eq!(client.documents(&view.payment).await.unwrap().last(), Some(view), "{what}");
        }
        client.statistics().await.expect(&what);
        client.chain_breaks().await.expect(&what);
        client.owed().await.expect(&what);
        client.accounts().await.expect(&what);
        client.bills(billpay_core::model::Language::Zh).await.expect(&what);
        lost += usize::from(damaged > 0);
        // The rest takes long, and no kind of page comes but once.
        if page % 2 == 0 {
            continue;
        }
        // With that page the phone may have lost whose it is.
        if client.refresh().await == Err(RefreshError::Fault(Fault::NotActivated)) {
            strange += 1;
            continue;
        }
        // The file is written anew, and what comes is stored beside what was left.
        let news = chain([receipt(1_000 + page as i64)]);
        let id = billpay_core::crypto::digest::sha256_base64url(news[0].as_bytes());
        world.network.heal();
        fed(&world, &client, news).await;
        world.network.rule(|_| Fate::NoNetwork);
        let (after, damaged) = receipts(&client).await;
        assert!(after.iter().any(|view| view.id == id), "{what}");
        assert_eq!(after.len() + damaged, 201, "{what}: nothing vanishes unsaid");
        assert!(after.len() > here.len(), "{what}: {} and {}", after.len(), here.len());
        let (seen, unseen) = found(&client).await;
        assert_eq!((&seen, unseen), (&after, damaged), "{what}");
        let (paid, unpaid) = payments(&client).await;
        assert_eq!(paid.len() + unpaid, 20, "{what}");
        client.suspend().await.unwrap();
        remade += usize::from(std::fs::exists(folder.path().join("profile.db.aside-1")).unwrap());
        for number in 1..=3 {
            let _ = std::fs::remove_file(folder.path().join(format!("profile.db.aside-{number}")));
        }
    }
    println!(
        "{opened} opened, {refused} refused, {strange} not activated, receipts lost in {lost}, put aside {remade}, vanished in {unsaid:?}"
    );
    assert!(
        opened > 50 && lost > 10 && remade > 50 && refused < 5 && strange < 3,
        "{opened} {refused} {lost} {remade}"
    );
    assert!(unsaid.len() <= 5, "{unsaid:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_a_payment_that_settles_over_a_broken_page_of_the_search_is_told_after_a_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let (world, path, _) = filed(folder.path()).await;
    let root = rusqlite::Connection::open(&path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'drawer'";
    let page: i64 = root.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(root);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, broken(&whole, usize::try_from(page - 1).unwrap())).unwrap();
    world.network.heal();
    let client = world.open().await;
    let account = world.bind(&client, 1).await;
    let payment = world.pay_of(&client, &account).await;
    // What has met the page cannot be stored; the next try leaves the catalogue alone.
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    assert!(receipts(&client).await.0.iter().any(|view| view.payment == payment.id), "before any refresh");
    client.refresh().await.unwrap();
    assert_eq!(client.payment(&payment.id).await.unwrap().state, PaymentState::Settled);
    let (here, damaged) = receipts(&client).await;
    assert_eq!((here.len(), damaged), (201, 0));
    let receipt = here.iter().find(|view| view.payment == payment.id).unwrap();
    let payee = receipt.receipt.as_ref().unwrap().payee.clone();
    let (found, unseen) = looked_for(&client, &payee).await;
    assert!(unseen == 0 && found.contains(receipt), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_51_whatever_bit_of_the_index_of_times_has_rotted_no_document_comes_twice_and_every_list_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (world, path, all) = filed(folder.path()).await;
    let whole = std::fs::read(&path).unwrap();
    // A leaf of an index begins with 10.
    let leaf = |page: &[u8]| page[0] == 10 && page.windows(all[100].len()).any(|here| here == all[100].as_bytes());
    let leaves: Vec<usize> = whole.chunks(PAGE).enumerate().filter(|(_, page)| leaf(page)).map(|(at, _)| at).collect();
    let (mut opened, mut unsaid) = (0, 0);
    for at in leaves.iter().flat_map(|page| (page * PAGE + 64..(page + 1) * PAGE).step_by(41)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&path, bytes).unwrap();
        let client = world.open().await;
        let (here, damaged) = receipts(&client).await;
        let ids: std::collections::BTreeSet<&String> = here.iter().map(|view| &view.id).collect();
        assert_eq!(ids.len(), here.len(), "byte {at}");
        assert!(here.len() + damaged <= 201, "byte {at}: {} and {damaged}", here.len());
        opened += 1;
        unsaid += usize::from(here.len() + damaged < 200);
        client.suspend().await.unwrap();
    }
    println!("{opened} opened, in {unsaid} something is missing unsaid until a refresh");
    assert!(opened > 100 && unsaid < 10, "{opened} {unsaid}");
}

/// The pages of a table that hold all of these words, counted from 0.
fn leaves_of(bytes: &[u8], words: &[&str]) -> Vec<usize> {
    let has = |page: &[u8], text: &str| page.windows(text.len()).any(|here| here == text.as_bytes());
    // A leaf of a table begins with 13. Words that stand in clear beside a row tell its table from another.
    let leaf = |page: &[u8]| page[0] == 13 && words.iter().all(|word| has(page, word));
    bytes.chunks(PAGE).enumerate().filter(|(_, page)| leaf(page)).map(|(at, _)| at).collect()
}
