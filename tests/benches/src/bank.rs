//! A bank on paper, for what needs no gateway: a key that signs receipts, and the trust document
//! that says so.

use billpay_core::crypto::{digest::base64url, jwk::PublicJwk};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

/// The receipt key and the offline key of a bank.
pub struct Bank {
    receipts: Ed25519KeyPair,
    offline: Ed25519KeyPair,
}

impl Default for Bank {
    fn default() -> Self {
        let key = |byte| Ed25519KeyPair::from_seed_unchecked(&[byte; 32]).expect("a seed of 32 bytes");
        Self { receipts: key(1), offline: key(2) }
    }
}

impl Bank {
    /// The public half of the offline key.
    #[must_use]
    pub fn offline_key(&self) -> PublicJwk {
        public(&self.offline, "offline")
    }

    /// The public half of the receipt key.
    #[must_use]
    pub fn receipt_key(&self) -> PublicJwk {
        public(&self.receipts, "receipts")
    }

    /// A trust document.
    #[must_use]
    pub fn trust(&self) -> String {
        let pin = |letter: char| format!("sha256/{}A=", letter.to_string().repeat(42));
        let payload = json!({
            "v": 1, "version": 1, "host": "gateway.bank.example",
            "pins": [{ "pin": pin('A'), "label": "active" }, { "pin": pin('B'), "label": "backup" }],
            "receipt_keys": [{ "key": public(&self.receipts, "receipts"), "not_before": "2026-01-01T00:00:00Z" }],
            "minimum_client": "0.1.0",
            "soft_expiry": "2036-01-01T00:00:00Z", "hard_expiry": "2037-01-01T00:00:00Z",
        });
        sign(&self.offline, "offline", "billpay-trust+jws", &payload)
    }

    /// The nth receipt of a customer, an hour after the one before.
    #[must_use]
    pub fn receipt(&self, nth: i64) -> String {
        let at = jiff::Timestamp::from_second(1_767_300_000 + nth * 3600).expect("within range").to_string();
        let money = |minor: i64| json!({ "minor": minor, "currency": "CNY" });
        let payload = json!({
            "v": 1, "payment_id": format!("019a9d3e-7c00-7000-8000-{nth:012}"), "order_digest": "d".repeat(43),
            "customer": "C1001", "device": "019a9d3e-7c00-7000-8000-0000000000d1",
            "epoch": "019a9d3e-7c00-7000-8000-00000000e001", "sequence": nth + 1, "previous": null, "issued_at": at,
            "receipt": {
                "payer_masked": "王*", "biller": "power-sh", "payee": "上海电力", "customer_number_masked": "******3456",
                "bill_number": format!("PB-{nth}"), "amount": money(10_000 + nth), "fee": money(0),
                "total": money(10_000 + nth), "paid_at": at, "zone": "Asia/Shanghai", "channel": "mobile",
                "bank_serial": format!("BS{nth}"), "biller_reference": format!("R{nth}"),
                "method": { "kind": "account", "last4": "6001" },
            },
        });
        sign(&self.receipts, "receipts", "billpay-receipt+jws", &payload)
    }
}

fn public(key: &Ed25519KeyPair, kid: &str) -> PublicJwk {
    let x = base64url(key.public_key().as_ref());
    PublicJwk { kty: "OKP".into(), crv: "Ed25519".into(), x, y: None, kid: Some(kid.into()) }
}

fn sign(key: &Ed25519KeyPair, kid: &str, typ: &str, payload: &Value) -> String {
    let header = json!({ "alg": "Ed25519", "kid": kid, "typ": typ }).to_string();
    let text = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.to_string().as_bytes()));
    let signature = base64url(key.sign(text.as_bytes()).as_ref());
    format!("{text}.{signature}")
}
