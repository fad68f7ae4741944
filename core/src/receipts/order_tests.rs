//! The order of the shelf: what a page of documents and their places say is one list, and the drawers of the catalogue lie by
//! the newest document in each.

use std::sync::Arc;

use jiff::Timestamp;

use super::{cards, shelf::Stored};
use crate::{
    crypto::digest::base64url,
    secret::Secret,
    store::{Location, Store, StoreError},
    system::SystemRng,
};

/// A store with so many documents, filed in no order and often at one moment.
fn shelf(many: i64) -> Store {
    let location = Location::memory(&format!("order-{many}"));
    let store = Store::open(&location, &SystemRng::new()).unwrap();
    store.unlock(&Secret::new(vec![7; 32]), Arc::new(SystemRng::new())).unwrap();
    let file = |tx: &crate::store::Tx<'_>, nth: i64| {
        let receipt = serde_json::json!({ "receipt": {
            "payer_masked": "*", "biller": "water-sh", "payee": "上海城投水务", "customer_number_masked": "***1017",
            "bill_number": format!("B{nth}"), "amount": { "minor": nth, "currency": "CNY" },
            "fee": { "minor": 0, "currency": "CNY" }, "total": { "minor": nth, "currency": "CNY" },
            "paid_at": "2026-11-22T05:00:00Z", "zone": "Asia/Shanghai", "channel": "app", "bank_serial": "1",
            "biller_reference": "1", "method": { "kind": "account", "last4": "1" },
        }});
        let stored = Stored {
            id: format!("{:04}", nth * 7919 % 10_007),
            payment: nth.to_string(),
            kind: "receipt".to_owned(),
            epoch: "e".to_owned(),
            sequence: nth,
            // Before 1970, too: moments are compared as they are, and not as they are written.
            issued: Timestamp::from_second(nth * 617 % 401 - 100).unwrap(),
            compact: format!("h.{}.s", base64url(receipt.to_string().as_bytes())),
        };
        tx.insert(&stored)?;
        cards::file(tx, &stored)
    };
    store.write(|tx| (0..many).try_for_each(|nth| file(tx, nth))).unwrap();
    store
}

#[test]
fn row_52_the_pages_of_documents_and_their_places_are_one_list() {
    let store = shelf(300);
    let all = store.read(|tx| Stored::places(tx, None, 1000)).unwrap();
    assert_eq!(all.len(), 300);
    assert!(all.windows(2).all(|two| (-two[0].at_ms, &two[0].id) < (-two[1].at_ms, &two[1].id)), "newest first");
    for limit in [1, 7, 100, 300, 301] {
        let (mut listed, mut placed, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let of = |tx: &crate::store::Tx<'_>| {
                Ok::<_, StoreError>((
                    Stored::page(tx, after.as_ref(), limit)?,
                    Stored::places(tx, after.as_ref(), limit)?,
                ))
            };
            let ((page, damaged, next), places) = store.read(of).unwrap();
            assert_eq!(damaged, 0);
            listed.extend(page.into_iter().map(|stored| stored.id));
            placed.extend(places);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(placed, all, "pages of {limit}");
        assert_eq!(listed, all.iter().map(|place| place.id.clone()).collect::<Vec<_>>(), "pages of {limit}");
    }
    let offset = store.read(|tx| Stored::newest(tx, 10, 20)).unwrap().0;
    assert!(offset.iter().zip(&all[20..]).all(|(stored, place)| stored.id == place.id));
}

#[test]
fn row_51_drawers_lie_by_the_newest_document_in_each_whatever_order_they_were_filed_in() {
    let store = shelf(301);
    let walked = |store: &Store| {
        let mut cards = Vec::new();
        let whole = store.read(|tx| {
            cards::walk(
                tx,
                None,
                |_, _| true,
                |card| {
                    cards.push(card.place());
                    Ok(i64::MIN)
                },
            )
        });
        assert_eq!(whole, Ok(true));
        cards
    };
    for step in ["as they came", "written anew"] {
        let drawers = store.read(cards::drawers).unwrap();
        assert!(drawers.len() > 9, "{step}: {}", drawers.len());
        assert!(drawers.windows(2).all(|two| two[0] >= two[1]), "{step}: the newest first: {drawers:?}");
        let mut cards = walked(&store);
        cards.sort_by_key(|place| (-place.at_ms, place.id.clone()));
        assert_eq!(cards, store.read(|tx| Stored::places(tx, None, 1000)).unwrap(), "{step}");
        assert_eq!(store.read(cards::is_complete), Ok(true), "{step}");
        store.write(cards::complete).unwrap();
    }
}

#[test]
fn row_51_a_catalogue_of_an_earlier_version_is_relied_on_by_nobody_and_written_anew() {
    let store = shelf(40);
    store.write(cards::age).unwrap();
    assert_eq!(store.read(cards::is_complete), Ok(false));
    let walked = store.read(|tx| cards::walk(tx, None, |_, _| true, |_| Ok(i64::MIN)));
    assert_eq!(walked, Ok(false), "documents are looked at");
    store.write(cards::complete).unwrap();
    assert_eq!(store.read(cards::is_complete), Ok(true));
}
