//! orders/: what the person signs. Accepted ones with canonical bytes, digest, signature, envelope
//! and the number under which the biller sees the charge; refused ones with the rule they break.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Fault, base64url, hex, keys::Keys, sha256, tidy};

/// A file of orders/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderVector {
    /// What it shows.
    pub about: String,
    /// The JSON text of the order as somebody might send it.
    pub order: String,
    /// The thumbprint of the key that the envelope names.
    pub key: String,
    /// base64url of `r ‖ s`, over the canonical bytes; of a text that has none, over the text.
    pub signature: String,
    /// What an order of the contract comes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// Why it is none: `number`, `duplicate-name`, `member`, `sum`, `nothing`, `text` or `signature`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What an order comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The RFC 8785 form; its UTF-8 bytes are what is signed.
    pub canonical: String,
    /// base64url of SHA-256 of the canonical bytes.
    pub digest: String,
    /// Lower-case hex of SHA-256 of the ASCII text `billpay-charge` and the 32 bytes of the digest.
    pub charge_number: String,
    /// What is posted to `/v1/payments`.
    pub envelope: String,
}

fn plain() -> Value {
    json!({
        "v": 1, "suite": "ES256", "payment_id": "019a9d3e-7c00-7000-8000-000000000001", "customer": "C1001",
        "device": "019a9d3e-7c00-7000-8000-0000000000d1", "journal_sequence": 1,
        "epoch": "019a9d3e-7c00-7000-8000-00000000e001", "quote": "q_1", "biller": "power-sh",
        "payee": "Shanghai Power", "customer_number": "3110001017", "bill_number": "E0001", "bill_version": 1,
        "amount": {"minor": 12345, "currency": "CNY"}, "fee": {"minor": 0, "currency": "CNY"},
        "total": {"minor": 12345, "currency": "CNY"}, "method": "m_C1001_account",
        "valid_until": "2026-11-22T05:05:00Z", "echo_digest": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
    })
}

/// The plain order with these members changed; a null removes one.
fn with(changes: &Value) -> Value {
    let mut order = plain();
    if let (Some(order), Some(changes)) = (order.as_object_mut(), changes.as_object()) {
        for (name, value) in changes {
            if value.is_null() {
                order.remove(name);
            } else {
                order.insert(name.clone(), value.clone());
            }
        }
    }
    order
}

fn cny(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "CNY" })
}

fn accepted_texts() -> Vec<(&'static str, &'static str, String)> {
    const MOST: i64 = (1 << 53) - 1;
    let order = |changes| tidy(&with(&changes));
    let amounts = |amount, fee, total| json!({"amount": cny(amount), "fee": cny(fee), "total": cny(total)});
    // Members in no order, blanks, and escapes that the canonical form does not have.
    let untidy = tidy(&with(&json!({"v": null, "payee": "PAYEE"}))).replace(r#"":""#, "\" :\n\t\"");
    let untidy = untidy.replace("PAYEE", r"\u4e0a\u6d77\u7535\u529b\/A").replacen('{', "{\t\"v\" :1 ,\r\n", 1);
    vec![
        ("plain", "An order of 123.45 yuan.", order(json!({}))),
        (
            "chinese-payee",
            "A Chinese payee and number: canonical JSON is UTF-8 and escapes no letter.",
            order(json!({"payee": "上海城投水务（集团）", "biller": "water-sh", "customer_number": "210020019X"})),
        ),
        (
            "escapes",
            "Characters that RFC 8785 escapes, in its one way, and some that it does not.",
            order(json!({"payee": "\"国网\"\\\u{8}\t\u{1f}/\u{7f}<é>\u{2028}😀"})),
        ),
        ("untidy", "Blanks, members out of order, escaped letters: the same order after RFC 8785.", untidy),
        ("smallest", "One fen, without a fee.", order(amounts(1, 0, 1))),
        ("largest", "2^53-1 fen.", order(amounts(MOST, 0, MOST))),
        ("largest-with-fee", "A fee that fills the total up to 2^53-1.", order(amounts(MOST - 55, 55, MOST))),
        (
            "largest-counts",
            "Sequence and version of 2^53-1.",
            order(json!({"journal_sequence": MOST, "bill_version": MOST})),
        ),
    ]
}

fn refused_texts() -> Vec<(&'static str, &'static str, &'static str, String)> {
    let text = tidy(&plain());
    let swap = |from: &str, to: &str| text.replacen(from, to, 1);
    let (amount, version) = (r#""minor":12345"#, r#""bill_version":1"#);
    let order = |changes| tidy(&with(&changes));
    vec![
        ("float", "number", "An amount written as a float.", swap(amount, r#""minor":12345.0"#)),
        ("exponent", "number", "A version written with an exponent.", swap(version, r#""bill_version":1e0"#)),
        ("negative-zero", "number", "A fee of -0: an integer has one spelling.", swap(r#""minor":0"#, r#""minor":-0"#)),
        (
            "two-to-the-53",
            "number",
            "2^53: from there on readers see different numbers.",
            order(json!({"amount": cny(1 << 53), "total": cny(1 << 53)})),
        ),
        ("beyond-64-bits", "number", "More than 64 bits.", swap(version, r#""bill_version":18446744073709551616"#)),
        (
            "duplicate-name",
            "duplicate-name",
            "Two amounts: readers differ on which counts.",
            swap(r#""v":1"#, r#""v":1,"v":1"#),
        ),
        (
            "duplicate-name-inside",
            "duplicate-name",
            "Two currencies inside of the total.",
            swap(r#""currency":"CNY""#, r#""currency":"CNY","currency":"CNY""#),
        ),
        (
            "duplicate-name-escaped",
            "duplicate-name",
            "The same name twice, once escaped.",
            swap(r#""v":1"#, r#""v":1,"\u0076":1"#),
        ),
        ("extra-member", "member", "A member that nobody agreed on.", order(json!({"tip": 1}))),
        (
            "extra-member-of-money",
            "member",
            "One inside of an amount.",
            order(json!({"fee": {"minor": 0, "currency": "CNY", "off": 1}})),
        ),
        ("missing-member", "member", "No echo digest.", order(json!({"echo_digest": null}))),
        ("null-member", "member", "A quote of null.", swap(r#""quote":"q_1""#, r#""quote":null"#)),
        ("text-for-number", "member", "A version in quotes.", swap(version, r#""bill_version":"1""#)),
        ("version-2", "member", "A form that is not known.", order(json!({"v": 2}))),
        ("negative", "member", "A negative fee.", order(json!({"fee": cny(-1), "total": cny(12_344)}))),
        (
            "lower-case-currency",
            "member",
            "A currency in lower case.",
            order(json!({"fee": {"minor": 0, "currency": "cny"}})),
        ),
        (
            "other-zone",
            "member",
            "valid_until in the bank's zone instead of UTC.",
            order(json!({"valid_until": "2026-11-22T13:05:00+08:00"})),
        ),
        ("sum", "sum", "The total is not the amount and the fee.", order(json!({"total": cny(12_346)}))),
        ("nothing", "nothing", "An order over nothing.", order(json!({"amount": cny(0), "total": cny(0)}))),
        ("lone-surrogate", "text", "Half of a surrogate pair: no Unicode text.", swap("Shanghai Power", r"\ud83d")),
        ("trailing-text", "text", "Something after the order.", text.clone() + " {}"),
        ("bit-flip", "signature", "One bit of the signature flipped.", text.clone()),
        ("other-key", "signature", "Signed by another device's key.", text.clone()),
        ("changed-payee", "signature", "The signature of another payee.", order(json!({"payee": "Shanghai Pover"}))),
    ]
}

/// All files of the folder.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate(keys: &Keys, kept: &BTreeMap<String, OrderVector>) -> Result<BTreeMap<String, OrderVector>, Fault> {
    let mut all = BTreeMap::new();
    let before = |name: &str| kept.get(name).map(|vector| vector.signature.as_str());
    let key = keys.order.name().to_owned();
    for (name, about, order) in accepted_texts() {
        let canonical = serde_json_canonicalizer::to_string(&serde_json::from_str::<Value>(&order)?)?;
        let signature = base64url(&keys.order.sign(canonical.as_bytes(), before(name))?);
        let hash = sha256(canonical.as_bytes());
        let accepted = Accepted {
            digest: base64url(&hash),
            charge_number: hex(&sha256(&[b"billpay-charge".as_slice(), &hash].concat())),
            envelope: format!(r#"{{"order":{canonical},"signature":"{signature}","key":"{key}"}}"#),
            canonical,
        };
        let vector = OrderVector {
            about: about.into(),
            order,
            key: key.clone(),
            signature,
            accepted: Some(accepted),
            refused: None,
        };
        all.insert(name.to_owned(), vector);
    }
    for (name, why, about, order) in refused_texts() {
        let name = format!("refused-{name}");
        // Rightly signed wherever something can be, so that only the rule in question refuses it.
        let strict = !matches!(why, "number" | "duplicate-name" | "text");
        let canonical = match serde_json::from_str::<Value>(&order) {
            Ok(value) if strict => serde_json_canonicalizer::to_string(&value)?,
            _ => order.clone(),
        };
        let signer = if name == "refused-other-key" { &keys.other_order } else { &keys.order };
        let over = if name == "refused-changed-payee" { canonical.replace("Pover", "Power") } else { canonical };
        let flip = name == "refused-bit-flip";
        let earlier = before(&name).map(|text| if flip { flipped(text) } else { Ok(text.to_owned()) }).transpose()?;
        let signature = base64url(&signer.sign(over.as_bytes(), earlier.as_deref())?);
        let signature = if flip { flipped(&signature)? } else { signature };
        let vector = OrderVector {
            about: about.into(),
            order,
            key: key.clone(),
            signature,
            accepted: None,
            refused: Some(why.into()),
        };
        all.insert(name, vector);
    }
    Ok(all)
}

fn flipped(signature: &str) -> Result<String, Fault> {
    let mut bytes = crate::from_base64url(signature)?;
    *bytes.first_mut().ok_or("an empty signature")? ^= 1;
    Ok(base64url(&bytes))
}

impl OrderVector {
    /// The envelope with the order as it was sent.
    #[must_use]
    pub fn as_sent(&self) -> String {
        format!(r#"{{"order":{},"signature":"{}","key":"{}"}}"#, self.order, self.signature, self.key)
    }
}
