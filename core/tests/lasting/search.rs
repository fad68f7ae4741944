//! Searching ten thousand receipts (row 51): every query of one, two and three characters finds what a program in
//! another language finds by looking at everything.

use std::{collections::BTreeMap, sync::Arc};

use billpay_core::{
    Client,
    crypto::{digest, jwk::PublicJwk, suite::RingSuite},
    gateway::trust::ReceiptKey,
    receipts::{Outcome, Query, Stored, aliases, scan, search},
    secret::Secret,
    store::{Location, Store, StoreError, Tx},
    system::SystemRng,
};
use jiff::Timestamp;
use sandbox_gateway::{outcomes::jws::RECEIPT, suite::RingSuite as BankSuite};
use serde_json::{Value, json};

use crate::{
    oracle,
    papers::{chain, cny, fed, receipt, signed},
    world::{POWER, World, receipt_key, world},
};

const PAYEES: [(&str, &str); 16] = [
    ("power-sh", "上海电力"),
    ("power-sh", "国网上海市电力公司"),
    ("water-sh", "上海城投水务"),
    ("water-bj", "北京市自来水集团有限责任公司"),
    ("gas-sh", "上海燃气"),
    ("gas-bj", "北京燃气集团 Beijing Gas"),
    ("mobile-cn", "中国移动通信集团上海有限公司"),
    ("mobile-cn", "中国移动"),
    ("property", "万科物业·城市花园"),
    ("property", "Vanke Property (Pudong) Ltd"),
    ("heat", "热力"),
    ("heat", "Ä-Wärme AG"),
    ("tv", "东方有线"),
    ("tel", "T C 10086"),
    ("edge", "二十四字节的名称啊"),
    ("edge", "八个汉字正好二四"),
];

/// The same numbers each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

const ACCOUNTS: [(&str, &str, &str); 4] = [
    ("power-sh", "3110001017", "爸妈家"),
    ("water-sh", "770012", "Home 家"),
    ("gas-sh", "99", "小店"),
    ("power-sh", "3110001025", ""),
];

/// Ten years of receipts of many billers.
fn papers() -> Vec<Value> {
    let mut dice = Dice(7);
    let start = "2016-12-31T15:50:00Z".parse::<Timestamp>().unwrap().as_second();
    let paper = |nth: i64| {
        let mut paper = receipt(nth);
        let (biller, payee) = PAYEES[usize::try_from(dice.roll(16)).unwrap()];
        // Near a month's end as often as not.
        let at = start + i64::try_from(dice.roll(10 * 365 * 86_400)).unwrap();
        let amount =
            i64::try_from([dice.roll(100), dice.roll(30_000), dice.roll(2_000_000)][nth as usize % 3]).unwrap();
        let number = match dice.roll(5) {
            0 => "******1017".to_owned(),
            1 => "**0012".to_owned(),
            2 => "*9".to_owned(),
            3 => "*".to_owned(),
            _ => format!("***{:05}", dice.roll(100_000)),
        };
        let time = Timestamp::from_second(at).unwrap().to_string();
        paper["issued_at"] = time.clone().into();
        let body = &mut paper["receipt"];
        (body["biller"], body["payee"], body["customer_number_masked"]) = (json!(biller), json!(payee), json!(number));
        (body["amount"], body["fee"], body["total"], body["paid_at"]) =
            (cny(amount), cny(55), cny(amount + 55), json!(time));
        paper
    };
    (1..=10_000).map(paper).collect()
}

fn keys() -> BTreeMap<String, ReceiptKey> {
    let jwk = serde_json::to_value(receipt_key().public_jwk(&BankSuite).unwrap()).unwrap();
    let (name, key) = serde_json::from_value::<PublicJwk>(jwk).unwrap().verification_key().unwrap();
    BTreeMap::from([(name, ReceiptKey { key, not_before: Timestamp::MIN, not_after: None })])
}

fn mark(hits: &[usize]) -> String {
    let text = hits.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    digest::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read<T>(store: &Store, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> T {
    store.read(work).unwrap()
}

#[test]
fn row_51_every_query_of_one_to_three_characters_over_ten_thousand_receipts_finds_what_the_oracle_finds() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::file(folder.path().join("profile.db")), &SystemRng::new()).unwrap();
    store.unlock(&Secret::new(vec![7; 32]), Arc::new(SystemRng::new())).unwrap();
    let (papers, keys) = (papers(), keys());
    let ids: BTreeMap<String, usize> = store
        .write(|tx| {
            let mut ids = BTreeMap::new();
            for (nth, paper) in papers.iter().enumerate() {
                let outcome = Outcome::verify(&signed(RECEIPT, paper), &keys, &RingSuite).unwrap();
                Stored::keep(tx, &outcome)?;
                ids.insert(outcome.id(), nth);
            }
            Ok::<_, StoreError>(ids)
        })
        .unwrap();
    let of_oracle = |paper: &Value| {
        let body = &paper["receipt"];
        let at: Timestamp = body["paid_at"].as_str().unwrap().parse().unwrap();
        json!({ "payee": body["payee"], "biller": body["biller"], "number": body["customer_number_masked"],
            "bill": body["bill_number"], "total": body["total"]["minor"], "paid_at": at.as_second() })
    };
    let accounts: Vec<_> = ACCOUNTS
        .iter()
        .filter(|(_, _, alias)| !alias.is_empty())
        .map(|(biller, number, alias)| json!({ "biller": biller, "number": number, "alias": alias }))
        .collect();
    let answers =
        oracle::ask(&json!({ "receipts": papers.iter().map(of_oracle).collect::<Vec<_>>(), "accounts": accounts }));
    assert!(answers.len() > 2000, "{}", answers.len());
    let names = read(&store, |tx| aliases(tx, ACCOUNTS.into_iter()));
    let queries: Vec<Query> = answers.iter().map(|(query, _, _)| Query::new(query).unwrap()).collect();
    let wanted: Vec<_> = queries.iter().map(|query| query.by(&names)).collect();
    let mut hits: Vec<Vec<usize>> = vec![Vec::new(); queries.len()];
    let scanned = read(&store, |tx| {
        scan(tx, None, None, |_, id, words| {
            for (wanted, hits) in wanted.iter().zip(&mut hits) {
                if wanted.is_in(words) {
                    hits.push(ids[id]);
                }
            }
            i64::MIN
        })
    });
    assert!(scanned.damaged.is_empty() && scanned.whole);
    // They came in no order, and lie thirty to a row nearly all the same.
    let rows = read(&store, |tx| tx.select("SELECT count(*) FROM drawer", [], |row| row.get::<_, i64>(0)));
    assert!(rows[0] < 600, "{rows:?}");
    for ((query, count, theirs), hits) in answers.iter().zip(&mut hits) {
        hits.sort_unstable();
        assert_eq!((hits.len(), &mark(hits)), (*count, theirs), "{query:?}");
    }
    // And as a person asks, in pages.
    for (nth, query) in queries.iter().enumerate().step_by(97) {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = read(&store, |tx| search(tx, query, &names, after.as_ref(), 400));
            found.extend(page.stored.iter().map(|stored| ids[&stored.id]));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        found.sort_unstable();
        assert_eq!(&found, &hits[nth], "{:?}", answers[nth].0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_51_a_person_finds_a_receipt_by_their_own_name_for_the_account_and_the_newest_comes_first() {
    let world = world();
    let client = world.bound().await;
    let tail = world.number(POWER, 0);
    let tail = &tail[tail.len() - 4..];
    let mut papers: Vec<Value> = (1..=5).map(receipt).collect();
    for (nth, paper) in papers.iter_mut().enumerate() {
        let number = if nth < 3 { format!("******{tail}") } else { "******9999".to_owned() };
        paper["receipt"]["customer_number_masked"] = number.into();
    }
    papers[4]["receipt"]["payee"] = "北京市自来水集团有限责任公司".into();
    papers[4]["receipt"]["biller"] = "water-bj".into();
    fed(&world, &client, chain(papers)).await;
    let found = async |query: &str| {
        let page = client.search(query, 500, None).await.unwrap();
        page.receipts.iter().map(|view| view.sequence).collect::<Vec<_>>()
    };
    assert_eq!(found("家").await, [3, 2, 1], "alias of the binding");
    assert_eq!(found("电力").await, [4, 3, 2, 1]);
    assert_eq!(found("任公").await, [5], "in a long name");
    assert_eq!((found("E00004").await, found("e0000").await), (vec![4], vec![5, 4, 3, 2, 1]), "bill numbers");
    assert_eq!((found("power-sh").await, found("R-B").await), (vec![4, 3, 2, 1], vec![5]), "the biller's id");
    assert_eq!(found("Shanghai Power").await, [4, 3, 2, 1], "the biller's name in the other language");
    assert_eq!(found("Shanghai Gas").await, Vec::<i64>::new());
    assert_eq!(found("123.").await, [5, 4, 3, 2, 1]);
    assert_eq!(found("123.5").await, [4, 3, 2, 1], "the fifth is 123.60");
    assert_eq!(found("9999").await, [5, 4]);
    assert_eq!(found("2026-01").await, [5, 4, 3, 2, 1]);
    assert_eq!((found("").await, found("\u{3000}").await, found("没有").await), (vec![], vec![], vec![]));
    let page = client.search("电力", 2, None).await.unwrap();
    let next = client.search("电力", 2, page.next).await.unwrap();
    assert_eq!(next.receipts.iter().map(|view| view.sequence).collect::<Vec<_>>(), [2, 1]);
}

/// A phone with five receipts, all of them in the first drawer, and what it finds.
async fn five() -> (World, Client) {
    let world = world();
    let client = world.bound().await;
    fed(&world, &client, chain((1..=5).map(receipt))).await;
    (world, client)
}

async fn found(client: &Client, query: &str, limit: u32) -> Vec<i64> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = client.search(query, limit, after).await.unwrap();
        assert_eq!(page.damaged, 0);
        found.extend(page.receipts.iter().map(|view| view.sequence));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_51_whatever_becomes_of_the_cards_every_receipt_is_found_and_the_next_refresh_makes_them_whole() {
    let spoilt = [
        "DELETE FROM drawer",
        "UPDATE drawer SET sealed = x'00'",
        "UPDATE drawer SET cards = 7",
        "UPDATE drawer SET cards = 4",
        "UPDATE drawer SET id = 'x'",
        "UPDATE drawer SET id = CAST(x'80' AS TEXT)",
        "INSERT INTO drawer SELECT 'again', 0, record_version, sealed FROM drawer",
        "DROP TABLE drawer",
        // An earlier version's file, and one in which both were written.
        "INSERT INTO outcome_search VALUES ('old', 1, 1, x'00')",
        "DELETE FROM drawer; INSERT INTO outcome_search VALUES ('old', 1, 1, x'00')",
    ];
    for sql in spoilt {
        let (world, mut client) = five().await;
        for statement in sql.split("; ") {
            world.on_phone(statement);
        }
        assert_eq!(found(&client, "电力", 2).await, [5, 4, 3, 2, 1], "{sql}");
        if sql.starts_with("INSERT INTO outcome_search") {
            // Nobody misses anything.
            client.suspend().await.unwrap();
            drop(client);
            client = world.open().await;
        }
        client.refresh().await.unwrap();
        assert_eq!(found(&client, "电力", 2).await, [5, 4, 3, 2, 1], "{sql}");
        assert_eq!(
            (world.number_of("SELECT sum(cards) FROM drawer"), world.ids("outcome_search").len()),
            (5, 0),
            "{sql}"
        );
    }
}
