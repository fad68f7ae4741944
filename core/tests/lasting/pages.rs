//! Pages while rows arrive (row 52), and ten thousand receipts without a network (row 46).

use std::collections::BTreeSet;

use billpay_core::{
    Client, Proof,
    error::ViewError,
    model::{Language, Place},
    receipts::compacts,
};

use crate::{
    papers::{chain, fed, receipt},
    world::{Fate, world},
};

/// Sequences of all pages of this size from a place on.
async fn rest(client: &Client, size: u32, mut after: Option<Place>) -> Vec<i64> {
    let mut all = Vec::new();
    loop {
        let page = client.receipt_page(size, after).await.unwrap();
        assert!(page.receipts.len() <= size as usize);
        all.extend(page.receipts.iter().map(|view| view.sequence));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_while_rows_arrive_no_page_repeats_one_and_none_is_left_out() {
    let world = world();
    let client = world.bound().await;
    // Several of one moment: the ids decide.
    let mut papers: Vec<_> = (1..=60).map(receipt).collect();
    for paper in &mut papers[20..40] {
        paper["issued_at"] = "2026-01-02T00:30:00Z".into();
    }
    let all = chain(papers);
    for size in [1, 3, 7, 20, 60, 500] {
        let first = client.receipt_page(size, None).await.unwrap();
        let before = rest(&client, 500, None).await;
        let arrived = fed(&world, &client, all[..].iter().skip(before.len()).take(10).cloned().collect()).await;
        assert_eq!(arrived.receipts, 10);
        let mut seen: Vec<i64> = first.receipts.iter().map(|view| view.sequence).collect();
        if first.next.is_some() {
            seen.extend(rest(&client, size, first.next).await);
        }
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{size}: one came twice");
        let late: BTreeSet<i64> = seen.iter().copied().filter(|nth| !before.contains(nth)).collect();
        assert!(before.iter().all(|nth| seen.contains(nth)), "{size}: one was left out");
        // Those that are older by the bank's clock than where the page stood may come, the others not.
        assert!(late.len() <= 10, "{size}");
    }
    let (one, all) = (rest(&client, 1, None).await, rest(&client, 500, None).await);
    assert_eq!((one.len(), one), (60, all), "the size of a page changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_a_place_survives_as_text_and_a_row_that_rots_ends_no_list() {
    let world = world();
    let client = world.bound().await;
    fed(&world, &client, chain((1..=9).map(receipt))).await;
    let first = client.receipt_page(3, None).await.unwrap();
    let next: Place = first.next.unwrap().to_string().parse().unwrap();
    // The last of the second page, and one in the third.
    let all = client.receipts(10, 0).await.unwrap().receipts;
    for rotten in [5, 7] {
        world.rot("outcome", &all[rotten].id);
    }
    let second = client.receipt_page(3, Some(next)).await.unwrap();
    assert_eq!((second.receipts.len(), second.damaged), (2, 1));
    let third = client.receipt_page(3, second.next).await.unwrap();
    assert_eq!((third.receipts.len(), third.damaged), (2, 1));
    assert!(third.next.is_some(), "it cannot know that nothing follows");
    assert_eq!(client.receipt_page(3, third.next).await.unwrap(), billpay_core::ReceiptPage::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_52_payments_come_in_the_same_pages() {
    let world = world();
    let client = world.bound().await;
    world.network.only("POST", "/v1/payments", Fate::NoNetwork);
    for _ in 0..5 {
        world.pay(&client).await;
    }
    let all: Vec<String> = client.payments(10, 0).await.unwrap().payments.into_iter().map(|it| it.id).collect();
    let first = client.payment_page(2, None).await.unwrap();
    world.pay(&client).await;
    let second = client.payment_page(2, first.next.clone()).await.unwrap();
    let third = client.payment_page(2, second.next.clone()).await.unwrap();
    let pages = [&first, &second, &third].map(|page| page.payments.iter().map(|it| it.id.clone()).collect::<Vec<_>>());
    assert_eq!(pages.concat(), all);
    assert_eq!(third.next, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_46_ten_thousand_receipts_open_without_a_network_each_verified_and_the_chain_is_whole() {
    let world = world();
    let client = world.bound().await;
    fed(&world, &client, chain((1..=10_000).map(receipt))).await;
    client.suspend().await.unwrap();
    drop(client);
    world.network.rule(|_| Fate::NoNetwork);
    let asked = world.network.log.lock().unwrap().len();
    let client = world.open().await;
    let mut after = None;
    let mut next = 10_000;
    loop {
        let page = client.receipt_page(500, after).await.unwrap();
        for view in &page.receipts {
            assert_eq!((view.sequence, &view.proof), (next, &Proof::Verified));
            next -= 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((next, client.chain_breaks().await.unwrap()), (0, vec![]));
    assert_eq!(world.network.log.lock().unwrap().len(), asked, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_50_a_receipt_is_given_away_as_a_text_that_proves_itself_and_hides_nothing() {
    let world = world();
    let client = world.bound().await;
    let mut odd = receipt(1);
    odd["receipt"]["biller_reference"] = "R\u{202e}1\u{7}".into();
    odd["receipt"]["zone"] = "Europe/Berlin".into();
    fed(&world, &client, chain([odd])).await;
    let view = client.receipts(1, 0).await.unwrap().receipts.remove(0);
    let whole = format!("\n{}", view.compact);
    for (language, words) in [
        (Language::Zh, ["收款方：上海电力", "合计：¥123.56", "付款时间：2026年1月2日 01:01（Europe/Berlin）"]),
        (Language::En, ["payee: 上海电力", "total: CNY 123.56", "paid: 2 Jan 2026, 01:01 (Europe/Berlin)"]),
    ] {
        let text = client.export_text(&view.id, language).await.unwrap();
        for word in words {
            assert!(text.lines().any(|line| line == word), "{word}: {text}");
        }
        assert!(text.contains("R\u{FFFD}1\u{FFFD}") && text.ends_with(&whole), "{text}");
        assert_eq!(text, client.export_text(&view.payment, language).await.unwrap(), "by its payment, too");
        assert_eq!(
            compacts(&text).collect::<Vec<_>>(),
            [view.compact.as_str()],
            "whoever gets it finds the document in it"
        );
    }
    assert_eq!(client.export_text("nothing", Language::Zh).await, Err(ViewError::NotFound));
}
