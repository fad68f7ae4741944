//! Documents as the bank signs them, by the thousand.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use billpay_core::{Client, Refreshed, crypto::digest};
use jiff::{SignedDuration, Timestamp};
use sandbox_gateway::{
    outcomes::jws::{RECEIPT, SigningKey},
    suite::RingSuite as BankSuite,
};
use serde_json::{Value, json};

use crate::world::{World, receipt_key};

pub(crate) const EPOCH: &str = "019a9d3e-7c00-7000-8000-0000000000e1";

/// Before any of them was issued.
pub(crate) const FIRST: &str = "2026-01-02T00:00:00Z";

pub(crate) fn cny(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "CNY" })
}

/// A whole receipt of the usual customer, the nth.
pub(crate) fn receipt(nth: i64) -> Value {
    let at = FIRST.parse::<Timestamp>().unwrap().checked_add(SignedDuration::from_secs(nth * 60)).unwrap();
    json!({
        "v": 1, "payment_id": format!("019a9d3e-7c00-7000-8000-{nth:012x}"),
        "order_digest": digest::sha256_base64url(nth.to_string().as_bytes()), "customer": "C1001",
        "device": "019a9d3e-7c00-7000-8000-0000000000d1", "epoch": EPOCH, "sequence": nth, "previous": null,
        "issued_at": at.to_string(),
        "receipt": {
            "payer_masked": "王*", "biller": "power-sh", "payee": "上海电力", "customer_number_masked": "******1017",
            "bill_number": format!("E{nth:05}"), "amount": cny(12_300 + nth), "fee": cny(55),
            "total": cny(12_355 + nth), "paid_at": at.to_string(), "zone": "Asia/Shanghai", "channel": "mobile",
            "bank_serial": format!("S{nth:08}"), "biller_reference": format!("R{nth:08}"),
            "method": { "kind": "account", "last4": "6001" }
        }
    })
}

pub(crate) fn signed(typ: &str, payload: &Value) -> String {
    signed_by(&receipt_key(), typ, payload)
}

pub(crate) fn signed_by(key: &SigningKey, typ: &str, payload: &Value) -> String {
    key.sign(&BankSuite, typ, payload.to_string().as_bytes()).unwrap()
}

/// A chain of these, each naming the one before.
pub(crate) fn chain(papers: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut previous: Option<String> = None;
    let link = |mut payload: Value| {
        payload["previous"] = json!(previous);
        let compact = signed(RECEIPT, &payload);
        previous = Some(digest::sha256_base64url(compact.as_bytes()));
        compact
    };
    papers.into_iter().map(link).collect()
}

pub(crate) fn payload(compact: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(compact.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// What the bank's feed brings the next time, and nothing after that.
pub(crate) async fn fed(world: &World, client: &Client, documents: Vec<String>) -> Refreshed {
    let mut left = documents;
    world.network.forge_feed(move |feed, _| {
        let rest = left.split_off(left.len().min(500));
        feed["outcomes"] = std::mem::replace(&mut left, rest).into();
        feed["more"] = (!left.is_empty()).into();
    });
    let refreshed = client.refresh().await.unwrap();
    world.network.forge_feed(|_, _| {});
    refreshed
}
