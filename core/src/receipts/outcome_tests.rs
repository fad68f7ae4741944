//! Features rows 47 and 49, on documents that this file signs: what is verified, what is not, and
//! that every mandatory field is one. The published documents are in tests/vectors.

use std::collections::BTreeMap;

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;
use crate::{
    crypto::{digest::base64url, jws::VerificationKey, suite::RingSuite},
    platform::Algorithm,
};

const RECEIPT: &str = "billpay-receipt+jws";
const REFUSAL: &str = "billpay-refusal+jws";
const REVERSAL: &str = "billpay-reversal+jws";
const REPAYMENT: &str = "billpay-repayment+jws";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

/// The keys of today and of last year, each with the time in which it signed.
fn keys() -> BTreeMap<String, ReceiptKey> {
    let key = |seed, from: &str, until: Option<&str>| ReceiptKey {
        key: VerificationKey { algorithm: Algorithm::Ed25519, bytes: pair(seed).public_key().as_ref().to_vec() },
        not_before: from.parse().unwrap(),
        not_after: until.map(|until| until.parse().unwrap()),
    };
    BTreeMap::from([
        ("today".to_owned(), key(1, "2026-01-01T00:00:00Z", None)),
        ("last-year".to_owned(), key(2, "2025-01-01T00:00:00Z", Some("2026-01-31T00:00:00Z"))),
    ])
}

fn issued(payload: &Value, at: &str) -> Value {
    let mut payload = payload.clone();
    payload["issued_at"] = json!(at);
    payload
}

fn sign(seed: u8, kid: &str, typ: &str, payload: &Value) -> String {
    let header = format!(r#"{{"alg":"Ed25519","kid":"{kid}","typ":"{typ}"}}"#);
    let text = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.to_string().as_bytes()));
    let signature = base64url(pair(seed).sign(text.as_bytes()).as_ref());
    format!("{text}.{signature}")
}

fn verify(compact: &str) -> Result<Outcome, OutcomeError> {
    Outcome::verify(compact, &keys(), &RingSuite)
}

fn today(typ: &str, payload: &Value) -> Result<Outcome, OutcomeError> {
    verify(&sign(1, "today", typ, payload))
}

fn cny(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "CNY" })
}

fn subject() -> Value {
    json!({
        "v": 1, "payment_id": "019a9d3e-7c00-7000-8000-000000000001",
        "order_digest": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0", "customer": "C1001", "device": "D1",
        "epoch": "E1", "sequence": 1, "previous": null, "issued_at": "2026-11-22T05:00:00Z"
    })
}

fn with(member: &str, body: Value) -> Value {
    let mut payload = subject();
    payload[member] = body;
    payload
}

fn receipt() -> Value {
    let body = json!({
        "payer_masked": "王*", "biller": "power-sh", "payee": "上海电力", "customer_number_masked": "******1017",
        "bill_number": "E0001", "amount": cny(12_345), "fee": cny(55), "total": cny(12_400),
        "paid_at": "2026-11-22T04:59:58Z", "zone": "Asia/Shanghai", "channel": "mobile", "bank_serial": "S1",
        "biller_reference": "B1", "method": {"kind": "account", "last4": "6001"}
    });
    with("receipt", body)
}

fn without(payload: &Value, pointer: &str) -> Value {
    let mut payload = payload.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    payload.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    payload
}

#[test]
fn row_47_each_kind_of_outcome_verifies_and_says_how_the_order_ended() {
    let settled = today(RECEIPT, &receipt()).unwrap();
    assert_eq!((settled.end(), settled.reason()), (Some(End::Settled), None));
    let refused = today(REFUSAL, &with("refusal", json!({"reason": "limit-exceeded"}))).unwrap();
    assert_eq!((refused.end(), refused.reason()), (Some(End::Refused), Some("limit-exceeded")));
    let body = json!({"reason": "biller-refused", "biller_code": "closed", "returned": cny(12_400)});
    let reversed = today(REVERSAL, &with("reversal", body)).unwrap();
    assert_eq!((reversed.end(), reversed.reason()), (Some(End::Reversed), Some("biller-refused")));
    assert_ne!(settled.id(), refused.id());
}

#[test]
fn row_27_a_repayment_ends_nothing_and_has_all_its_fields() {
    let body = json!({
        "reason": "charged-twice", "returned": cny(12_400), "receipt": "r", "repaid_at": "2026-11-24T01:59:58Z",
        "bank_serial": "R1"
    });
    let repaid = today(REPAYMENT, &with("repayment", body.clone())).unwrap();
    assert_eq!((repaid.end(), repaid.reason(), repaid.body.kind()), (None, Some("charged-twice"), "repayment"));
    for field in ["reason", "returned", "receipt", "repaid_at", "bank_serial"] {
        let mut lacking = body.clone();
        lacking.as_object_mut().unwrap().remove(field);
        assert_eq!(today(REPAYMENT, &with("repayment", lacking)), Err(OutcomeError::Incomplete), "{field}");
    }
    let mut nothing = body;
    nothing["returned"] = cny(0);
    assert_eq!(today(REPAYMENT, &with("repayment", nothing)), Err(OutcomeError::Incomplete));
    assert_eq!(today(REPAYMENT, &receipt()), Err(OutcomeError::Incomplete), "a receipt under its name");
}

#[test]
fn row_47_a_key_vouches_for_the_time_in_which_it_signed_and_for_no_other() {
    for (seed, kid, at, good) in [
        (2, "last-year", "2024-12-31T23:59:59Z", false),
        (2, "last-year", "2025-01-01T00:00:00Z", true),
        (2, "last-year", "2026-01-31T00:00:00Z", true),
        (2, "last-year", "2026-01-31T00:00:01Z", false),
        (1, "today", "2025-12-31T23:59:59Z", false),
        (1, "today", "2099-01-01T00:00:00Z", true),
    ] {
        let verified = verify(&sign(seed, kid, RECEIPT, &issued(&receipt(), at)));
        assert_eq!(verified.map(drop), if good { Ok(()) } else { Err(OutcomeError::Invalid) }, "{kid} {at}");
        let other = verify(&sign(seed, kid, "billpay-notice+jws", &issued(&receipt(), at)));
        assert_eq!(matches!(other, Err(OutcomeError::UnknownKind(_))), good, "{kid} {at}, of a kind to come");
    }
}

#[test]
fn row_48_a_kind_to_come_keeps_its_place_in_the_chain_once_its_signature_holds() {
    let notice = with("notice", json!({"text": "hello"}));
    let typ = "billpay-notice+jws";
    let Err(OutcomeError::UnknownKind(unknown)) = today(typ, &notice) else { panic!("a kind to come") };
    assert_eq!((unknown.typ.as_str(), unknown.kid.as_str()), (typ, "today"));
    assert_eq!((unknown.subject.sequence, unknown.subject.epoch.as_str()), (1, "E1"));
    assert_eq!(verify(&sign(3, "today", typ, &notice)), Err(OutcomeError::Invalid));
    let by_nobody = verify(&sign(3, "next-year", typ, &notice));
    assert_eq!(by_nobody, Err(OutcomeError::Unverifiable { kid: "next-year".into() }));
    for field in ["sequence", "previous", "epoch", "order_digest", "issued_at"] {
        assert_eq!(today(typ, &without(&notice, &format!("/{field}"))), Err(OutcomeError::Incomplete), "{field}");
    }
    for other in ["billpay-credential+jws", "billpay-trust+jws", "JWT", "billpay-notice", "notice+jws"] {
        assert_eq!(today(other, &notice), Err(OutcomeError::Malformed), "{other}");
    }
}

#[test]
fn row_47_a_retired_key_still_verifies_and_an_unknown_one_is_neither_good_nor_bad() {
    let earlier = issued(&receipt(), "2025-11-22T05:00:00Z");
    assert!(verify(&sign(2, "last-year", RECEIPT, &earlier)).is_ok());
    let unknown = verify(&sign(3, "next-year", RECEIPT, &receipt()));
    assert_eq!(unknown, Err(OutcomeError::Unverifiable { kid: "next-year".into() }));
    // A known name with another key behind it is a forgery.
    assert_eq!(verify(&sign(3, "today", RECEIPT, &receipt())), Err(OutcomeError::Invalid));
}

#[test]
fn row_47_no_flipped_bit_is_verified() {
    let compact = sign(1, "today", RECEIPT, &receipt());
    assert!(verify(&compact).is_ok());
    for at in 0..compact.len() {
        for bit in 0..7 {
            let mut bytes = compact.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let flipped = String::from_utf8(bytes).unwrap();
            assert!(verify(&flipped).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn row_49_every_mandatory_field_is_one() {
    for pointer in [
        "/v",
        "/payment_id",
        "/order_digest",
        "/customer",
        "/device",
        "/epoch",
        "/sequence",
        "/previous",
        "/issued_at",
        "/receipt",
        "/receipt/payer_masked",
        "/receipt/biller",
        "/receipt/payee",
        "/receipt/customer_number_masked",
        "/receipt/bill_number",
        "/receipt/amount",
        "/receipt/fee",
        "/receipt/total",
        "/receipt/paid_at",
        "/receipt/zone",
        "/receipt/channel",
        "/receipt/bank_serial",
        "/receipt/biller_reference",
        "/receipt/method",
        "/receipt/method/kind",
        "/receipt/method/last4",
    ] {
        assert_eq!(today(RECEIPT, &without(&receipt(), pointer)), Err(OutcomeError::Incomplete), "{pointer}");
    }
    let reversal = with("reversal", json!({"reason": "not-charged", "returned": cny(1)}));
    for pointer in ["/reversal/reason", "/reversal/returned", "/reversal"] {
        assert_eq!(today(REVERSAL, &without(&reversal, pointer)), Err(OutcomeError::Incomplete), "{pointer}");
    }
    let refusal = with("refusal", json!({"reason": "limit-exceeded"}));
    assert_eq!(today(REFUSAL, &without(&refusal, "/refusal/reason")), Err(OutcomeError::Incomplete));
}

#[test]
fn row_49_fields_out_of_range_are_not_taken() {
    for (pointer, value) in [
        ("/v", json!(0)),
        ("/sequence", json!(0)),
        ("/payment_id", json!("")),
        ("/issued_at", json!("yesterday")),
        ("/receipt/zone", json!("")),
        ("/receipt/bank_serial", json!("")),
        ("/receipt/total", cny(12_399)),
        ("/receipt/fee", json!({"minor": 55, "currency": "JPY"})),
        ("/receipt/amount", cny(-1)),
        ("/receipt/amount", json!({"minor": 12_345.5, "currency": "CNY"})),
    ] {
        let mut payload = receipt();
        *payload.pointer_mut(pointer).unwrap() = value.clone();
        assert_eq!(today(RECEIPT, &payload), Err(OutcomeError::Incomplete), "{pointer} {value}");
    }
}

#[test]
fn one_kind_never_passes_for_another() {
    assert_eq!(today(REFUSAL, &receipt()), Err(OutcomeError::Incomplete));
    assert_eq!(today("billpay-credential+jws", &receipt()), Err(OutcomeError::Malformed));
    let mut both = receipt();
    both["reversal"] = json!({"reason": "not-charged", "returned": cny(1)});
    assert_eq!(today(RECEIPT, &both), Err(OutcomeError::Incomplete));
}

#[test]
fn members_of_a_later_version_are_ignored() {
    let mut payload = receipt();
    payload["colour"] = json!("red");
    payload["receipt"]["method"]["kind"] = json!("cloud");
    payload["receipt"]["points"] = json!(3);
    assert!(today(RECEIPT, &payload).is_ok());
}

#[test]
fn row_47_a_later_form_of_what_the_bank_has_signed_is_signed_and_only_not_understood() {
    let later = |v: Value| {
        let mut payload = with("receipt", json!({ "payee": { "zh": "上海电力" }, "paid": "in a form to come" }));
        payload["v"] = v;
        payload
    };
    for v in [2, 70_000] {
        match today(RECEIPT, &later(v.into())) {
            Err(OutcomeError::UnknownKind(unknown)) => {
                assert_eq!((unknown.typ.as_str(), unknown.subject.sequence, unknown.subject.v), (RECEIPT, 1, v));
            }
            other => panic!("{v}: {other:?}"),
        }
    }
    // What no form to come can be, and what has no place in the chain.
    for v in [json!(0), json!(-2), json!("2"), json!(2.5), Value::Null] {
        assert_eq!(today(RECEIPT, &later(v.clone())), Err(OutcomeError::Incomplete), "{v}");
    }
    assert_eq!(today(RECEIPT, &without(&later(json!(2)), "/sequence")), Err(OutcomeError::Incomplete));
    let changed = sign(2, "today", RECEIPT, &later(json!(2)));
    assert_eq!(verify(&changed), Err(OutcomeError::Invalid));
}
