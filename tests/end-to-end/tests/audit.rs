//! The comparison itself: three ledgers that agree are left in peace, and each thing that may not be
//! is found, under its invariant.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may fail there")]

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use end_to_end::{
    audit::{Device, Findings, Invariant, audit},
    documents::ReceiptKeys,
    ledgers::{Bill, Charge, Ledgers, Order, Place},
    phone::Told,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn signed(payload: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({ "alg": "Ed25519", "kid": "k" })), part(payload));
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(key().sign(text.as_bytes())))
}

fn receipt(payment: &str, digest: &str, amount: i64) -> String {
    let sums = json!({ "amount": { "minor": amount }, "fee": { "minor": 50 }, "total": { "minor": amount + 50 } });
    signed(&json!({ "payment_id": payment, "order_digest": digest, "receipt": sums }))
}

/// A settled payment of 10.00 and a fee of 0.50, and one that was reversed.
fn sound() -> (Ledgers, Ledgers, Vec<Device>) {
    let order = |payment: &str, state: &str| Order {
        payment: payment.to_owned(),
        digest: format!("digest-{payment}"),
        number: format!("0{payment}"),
        biller: "water".to_owned(),
        amount: 1_000,
        fee: 50,
        state: state.to_owned(),
        held: 0,
    };
    let charge = |payment: &str, stands: bool, version: i64| Charge {
        biller: "water".to_owned(),
        number: format!("0{payment}"),
        stands,
        bill: Some("W1".to_owned()),
        version,
        amount: 1_000,
        received: if stands { 1_000 } else { 0 },
    };
    let place = |name: &str, net: i64| Place { name: name.to_owned(), net };
    let before = Ledgers { balances: vec![("m".to_owned(), 5_000)], ..Ledgers::default() };
    let after = Ledgers {
        orders: vec![order("a", "settled"), order("b", "reversed")],
        outcomes: vec![
            ("a".to_owned(), "receipt".to_owned(), receipt("a", "digest-a", 1_000)),
            ("b".to_owned(), "reversal".to_owned(), signed(&json!({ "payment_id": "b", "order_digest": "digest-b" }))),
        ],
        places: vec![place("customer:m", -1_050), place("biller:water", 1_000), place("fees", 50), place("held:a", 0)],
        balances: vec![("m".to_owned(), 3_950)],
        charges: vec![charge("a", true, 2), charge("b", false, 1)],
        bills: vec![Bill {
            biller: "water".to_owned(),
            number: "W1".to_owned(),
            top_up: false,
            billed: 6_000,
            received: 1_000,
        }],
    };
    let money = |minor: i64| json!({ "minor": minor });
    let sums = json!({ "amount": money(1_000), "fee": money(50), "total": money(1_050) });
    let payment = |id: &str, state: &str| {
        let mut payment = sums.clone();
        payment["payment_id"] = json!(id);
        payment["state"] = json!(state);
        payment
    };
    let document = |id: &str, kind: &str, compact: &str, receipt| json!({ "payment_id": id, "kind": kind, "proof": "verified", "compact": compact, "receipt": receipt });
    let told = |id: &str, state: &str| Told { payment: id.to_owned(), state: state.to_owned() };
    let device = Device {
        payments: vec![payment("a", "settled"), payment("b", "reversed")],
        documents: vec![
            document("a", "receipt", &after.outcomes[0].2, sums.clone()),
            document("b", "reversal", &after.outcomes[1].2, json!(null)),
        ],
        chain_is_whole: true,
        told: vec![told("a", "checking"), told("a", "settled"), told("b", "reversed")],
        known: vec!["a".to_owned(), "b".to_owned()],
        events: vec![("a".to_owned(), "settled".to_owned()), ("b".to_owned(), "reversed".to_owned())],
    };
    (before, after, vec![device])
}

/// The invariants that do not hold once `spoil` has been at work.
fn found(spoil: impl Fn(&mut Ledgers, &mut Device)) -> Vec<Invariant> {
    let (before, mut after, mut devices) = sound();
    spoil(&mut after, &mut devices[0]);
    let mut findings = Findings::default();
    audit(&before, &after, &devices, &ReceiptKeys::one("k", key().public_key().as_ref()), &mut findings);
    let mut all: Vec<Invariant> = findings.violations.iter().map(|violation| violation.invariant).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn ledgers_that_agree_are_left_in_peace() {
    assert_eq!(found(|_, _| {}), []);
}

#[test]
fn i1_two_charges_that_stand_on_one_version_are_found() {
    assert!(
        found(|after, _| after.charges[1] = Charge { version: 2, stands: true, ..after.charges[1].clone() })
            .contains(&Invariant::I1)
    );
    assert!(found(|after, _| after.bills[0].billed = 900).contains(&Invariant::I1));
}

#[test]
fn i2_a_charge_that_no_journal_knows_is_found() {
    assert!(found(|_, device| drop(device.payments.remove(1))).contains(&Invariant::I2));
    assert!(found(|after, _| drop(after.orders.remove(1))).contains(&Invariant::I2));
}

#[test]
fn i3_what_was_told_and_did_not_stay_is_found() {
    assert_eq!(found(|_, device| device.told[0].state = "refused".to_owned()), [Invariant::I3]);
    assert!(found(|_, device| device.payments[1]["state"] = json!("settled")).contains(&Invariant::I3));
}

#[test]
fn i4_doubts_without_end_and_events_that_never_came_are_found() {
    assert!(found(|_, device| device.payments[1]["state"] = json!("checking")).contains(&Invariant::I4));
    assert_eq!(found(|_, device| drop(device.events.remove(0))), [Invariant::I4]);
    assert_eq!(found(|_, device| device.events.push(device.events[0].clone())), [Invariant::I4]);
}

#[test]
fn i5_a_cent_that_is_missing_anywhere_is_found() {
    for at in 0..4 {
        assert_eq!(found(|after, _| after.places[at].net += 1), [Invariant::I5], "place {at}");
    }
    assert_eq!(found(|after, _| after.balances[0].1 += 1), [Invariant::I5]);
    assert_eq!(found(|after, _| after.charges[1].received += 1), [Invariant::I5]);
    assert_eq!(found(|after, _| after.orders[1].held = 1), [Invariant::I5]);
    assert_eq!(found(|after, _| after.charges[0].amount = 999), [Invariant::I5]);
    assert_eq!(found(|after, _| after.charges[0].stands = false), [Invariant::I5]);
}

#[test]
fn i6_receipts_that_lack_or_do_not_verify_or_are_not_the_banks_are_found() {
    assert_eq!(found(|_, device| drop(device.documents.remove(0))), [Invariant::I6]);
    assert_eq!(found(|_, device| device.documents.push(device.documents[0].clone())), [Invariant::I6]);
    assert_eq!(found(|_, device| device.documents[0]["proof"] = json!("unverifiable")), [Invariant::I6]);
    assert_eq!(found(|_, device| device.documents[0]["compact"] = json!("C")), [Invariant::I6]);
    let both = |compact: String| {
        found(|after, device| {
            after.outcomes[0].2.clone_from(&compact);
            device.documents[0]["compact"] = json!(compact);
        })
    };
    assert_eq!(both(receipt("a", "digest-a", 1_000)), []);
    assert_eq!(both(receipt("a", "digest-b", 1_000)), [Invariant::I6]);
    assert_eq!(both(receipt("b", "digest-a", 1_000)), [Invariant::I6]);
    assert_eq!(both(receipt("a", "digest-a", 999)), [Invariant::I6]);
    assert_eq!(both(receipt("a", "digest-a", 1_000).replace('.', "A.")), [Invariant::I6]);
    assert_eq!(found(|after, _| drop(after.outcomes.remove(1))), [Invariant::I6]);
    assert_eq!(found(|_, device| device.documents[0]["receipt"]["total"]["minor"] = json!(1)), [Invariant::I6]);
    assert_eq!(found(|_, device| device.chain_is_whole = false), [Invariant::I6]);
}

#[test]
fn i9_a_payment_that_left_the_journal_is_found() {
    assert_eq!(found(|_, device| device.known.push("c".to_owned())), [Invariant::I9]);
}
