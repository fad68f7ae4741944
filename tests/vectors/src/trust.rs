//! trust/: trust documents by the offline key, right ones with the pins and keys that they bring,
//! and wrong ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Fault, base64url,
    jws::{compact, flipped, header},
    keys::{Keys, RETIRED, TODAY, TestKey},
    sha256, tidy,
};

/// A file of trust/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustVector {
    /// What it shows.
    pub about: String,
    /// The document.
    pub compact: String,
    /// What a right one brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// Why it is none: `invalid` (signature), `unknown-key`, `wrong-type`, `malformed` (a member) or
    /// `pins` (a set that must not be used).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What a right document brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Whoever knows a higher one does not take this one.
    pub version: i64,
    /// The signed text; its UTF-8 bytes are the JWS payload.
    pub payload: String,
    /// The pins that count, in the order of the document; those with an unknown label are left out.
    pub pins: Vec<String>,
    /// The receipt keys that can be used, by name; keys of unknown kinds are left out.
    pub receipt_keys: BTreeMap<String, Range>,
}

/// When a receipt key signed: documents with an `issued_at` outside of it are not by this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The first moment.
    pub not_before: String,
    /// The last one; none while the key is in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<String>,
}

const TYPE: &str = "billpay-trust+jws";

fn pin(of: &str, label: &str) -> Value {
    use base64::Engine as _;
    let hash = base64::prelude::BASE64_STANDARD.encode(sha256(of.as_bytes()));
    json!({ "pin": format!("sha256/{hash}"), "label": label })
}

fn receipt_key(key: &TestKey, not_before: &str, not_after: Option<&str>) -> Value {
    let mut entry = json!({ "key": key.jwk, "not_before": not_before });
    if let (Some(until), Some(entry)) = (not_after, entry.as_object_mut()) {
        entry.insert("not_after".into(), until.into());
    }
    entry
}

fn payload(keys: &Keys) -> Value {
    json!({
        "v": 1, "version": 7, "host": "gateway.bank.example",
        "pins": [pin("vector: active key", "active"), pin("vector: backup key", "backup")],
        "receipt_keys": [
            receipt_key(&keys.receipt, TODAY, None),
            receipt_key(&keys.retired, RETIRED.0, Some(RETIRED.1)),
            receipt_key(&keys.receipt_p256, TODAY, None),
        ],
        "minimum_client": "1.0.0", "soft_expiry": "2027-01-01T00:00:00Z", "hard_expiry": "2027-07-01T00:00:00Z"
    })
}

fn with(keys: &Keys, changes: &Value) -> Value {
    let mut payload = payload(keys);
    if let (Some(members), Some(changes)) = (payload.as_object_mut(), changes.as_object()) {
        for (name, value) in changes {
            if value.is_null() {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
    }
    payload
}

/// What the payload of a right document brings.
fn accepted(payload: &Value) -> Result<Accepted, Fault> {
    let list = |name: &str| payload.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let mut receipt_keys = BTreeMap::new();
    for key in list("receipt_keys").iter().filter(|key| key.pointer("/key/crv").is_some()) {
        let not_before = text(key, "/not_before").ok_or("a key without its range")?;
        let name = text(key, "/key/kid").ok_or("a key without a name")?;
        receipt_keys.insert(name, Range { not_before, not_after: text(key, "/not_after") });
    }
    let known = |pin: &&Value| matches!(text(pin, "/label").as_deref(), Some("active" | "backup"));
    Ok(Accepted {
        version: payload.get("version").and_then(Value::as_i64).unwrap_or_default(),
        payload: tidy(payload),
        pins: list("pins").iter().filter(known).filter_map(|pin| text(pin, "/pin")).collect(),
        receipt_keys,
    })
}

/// All files of the folder.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate(keys: &Keys) -> Result<BTreeMap<String, TrustVector>, Fault> {
    let mut all = BTreeMap::new();
    let head = header("Ed25519", keys.offline.name(), TYPE);
    let sign = |payload: &Value| compact(&keys.offline, &head, &tidy(payload), None);
    let today = receipt_key(&keys.receipt, TODAY, None);
    // RFC 9964 has other members than ours.
    let strange_key = json!({"key": {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA", "kid": "receipt-2035"}, "not_before": "2035-01-01T00:00:00Z"});
    let both = [pin("vector: active key", "active"), pin("vector: backup key", "backup")];
    let strange_pin = json!({"pin": "sha512/AAAA", "label": "spare"});
    for (name, about, changes) in [
        ("plain", "Two pins, three receipt keys, one of them retired.", json!({})),
        ("older", "Right, but of version 3: who knows version 7 does not take it.", json!({"version": 3})),
        (
            "unknown-kind-of-key",
            "A key of a later kind is left out; the rest counts.",
            json!({"receipt_keys": [today.clone(), strange_key]}),
        ),
        (
            "unknown-label",
            "A pin with a label of a later version is left out, whatever it looks like; the rest counts.",
            json!({"pins": [both[0], strange_pin.clone(), both[1]]}),
        ),
        ("unknown-member", "A member of a later version is ignored.", json!({"colour": "red"})),
    ] {
        let payload = with(keys, &changes);
        let accepted = accepted(&payload)?;
        let vector =
            TrustVector { about: about.into(), compact: sign(&payload)?, accepted: Some(accepted), refused: None };
        all.insert(name.to_owned(), vector);
    }
    let active = |of| pin(of, "active");
    let short = json!({"pin": "sha256/AAAA", "label": "backup"});
    let mut refused = vec![
        (
            "no-backup-pin",
            "pins",
            "Two active pins and no backup.",
            sign(&with(keys, &json!({"pins": [active("a"), active("b")]})))?,
        ),
        ("one-pin", "pins", "A single pin.", sign(&with(keys, &json!({"pins": [pin("a", "backup")]})))?),
        ("no-pins", "pins", "No pins.", sign(&with(keys, &json!({"pins": []})))?),
        (
            "short-pin",
            "malformed",
            "A pin that is no SHA-256.",
            sign(&with(keys, &json!({"pins": [active("a"), short]})))?,
        ),
        (
            "only-an-unknown-label",
            "pins",
            "An active pin beside one of an unknown label: no backup is left.",
            sign(&with(keys, &json!({"pins": [active("a"), pin("b", "spare")]})))?,
        ),
        (
            "no-active-pin",
            "pins",
            "Two backup pins and no active one.",
            sign(&with(keys, &json!({"pins": [pin("a", "backup"), pin("b", "backup")]})))?,
        ),
        (
            "no-range",
            "malformed",
            "A receipt key that does not say from when on it signs.",
            sign(&with(keys, &json!({"receipt_keys": [{"key": keys.receipt.jwk}]})))?,
        ),
        (
            "range-reversed",
            "malformed",
            "A receipt key that ends before it begins.",
            sign(&with(keys, &json!({"receipt_keys": [receipt_key(&keys.receipt, RETIRED.1, Some(RETIRED.0))]})))?,
        ),
        (
            "two-keys-of-one-name",
            "malformed",
            "Whose a document is would be anyone's guess.",
            sign(&with(keys, &json!({"receipt_keys": [today, receipt_key(&keys.stranger, TODAY, None)]})))?,
        ),
        ("form-2", "malformed", "A form that is not known.", sign(&with(keys, &json!({"v": 2})))?),
        ("version-0", "malformed", "Versions count from 1.", sign(&with(keys, &json!({"version": 0})))?),
        ("no-version", "malformed", "No version.", sign(&with(keys, &json!({"version": null})))?),
        (
            "expiries-swapped",
            "malformed",
            "Hard expiry before soft expiry.",
            sign(&with(keys, &json!({"hard_expiry": "2026-12-31T00:00:00Z"})))?,
        ),
        (
            "broken-key",
            "malformed",
            "A receipt key of a known kind that is none.",
            sign(&with(
                keys,
                &json!({"receipt_keys": [{"key": {"kty": "OKP", "crv": "Ed25519", "x": base64url(&[1; 31])}, "not_before": "2026-01-01T00:00:00Z"}]}),
            ))?,
        ),
    ];
    let plain = tidy(&payload(keys));
    let good = sign(&payload(keys))?;
    let by = |key: &TestKey, head: &str| compact(key, head, &plain, None);
    refused.extend([
        ("other-signer", "invalid", "Signed by a receipt key under the offline key's name.", by(&keys.receipt, &head)?),
        (
            "other-name",
            "unknown-key",
            "Signed by a receipt key under its own name.",
            by(&keys.receipt, &header("Ed25519", keys.receipt.name(), TYPE))?,
        ),
        (
            "wrong-type",
            "wrong-type",
            "Rightly signed, but of the type of a receipt.",
            by(&keys.offline, &header("Ed25519", keys.offline.name(), "billpay-receipt+jws"))?,
        ),
        (
            "alg-none",
            "invalid",
            "Without an algorithm.",
            by(&keys.offline, &header("none", keys.offline.name(), TYPE))?,
        ),
        ("bit-flip", "invalid", "One bit of the payload flipped.", flipped(&good, 1)?),
    ]);
    for (name, why, about, compact) in refused {
        let vector = TrustVector { about: about.into(), compact, accepted: None, refused: Some(why.into()) };
        all.insert(format!("refused-{name}"), vector);
    }
    Ok(all)
}
