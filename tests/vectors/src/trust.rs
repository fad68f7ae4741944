//! trust/: trust documents by the offline key, right ones with the pins and keys that they bring,
//! and wrong ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Fault, base64url,
    jws::{compact, flipped, header},
    keys::{Keys, TestKey},
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
    /// Names of the receipt keys that can be used; keys of unknown kinds are left out.
    pub receipt_keys: Vec<String>,
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
            receipt_key(&keys.receipt, "2026-01-01T00:00:00Z", None),
            receipt_key(&keys.retired, "2025-01-01T00:00:00Z", Some("2026-01-31T00:00:00Z")),
            receipt_key(&keys.receipt_p256, "2026-01-01T00:00:00Z", None),
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

/// All files of the folder.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate(keys: &Keys) -> Result<BTreeMap<String, TrustVector>, Fault> {
    let mut all = BTreeMap::new();
    let head = header("Ed25519", keys.offline.name(), TYPE);
    let sign = |payload: &Value| compact(&keys.offline, &head, &tidy(payload), None);
    let three = ["receipt-2025", "receipt-2026", "receipt-es256"];
    let strange_key = json!({"key": {"kty": "AKP", "crv": "ML-DSA-65", "x": "AA", "kid": "receipt-2035"}, "not_before": "2035-01-01T00:00:00Z"});
    let today = receipt_key(&keys.receipt, "2026-01-01T00:00:00Z", None);
    for (name, about, changes, names) in [
        ("plain", "Two pins, three receipt keys, one of them retired.", json!({}), &three[..]),
        ("older", "Right, but of version 3: who knows version 7 does not take it.", json!({"version": 3}), &three[..]),
        (
            "unknown-kind-of-key",
            "A key of a later kind is left out; the rest counts.",
            json!({"receipt_keys": [today, strange_key]}),
            &["receipt-2026"][..],
        ),
        ("unknown-member", "A member of a later version is ignored.", json!({"colour": "red"}), &three[..]),
    ] {
        let payload = with(keys, &changes);
        let version = payload.get("version").and_then(Value::as_i64).unwrap_or_default();
        let accepted = Accepted {
            version,
            payload: tidy(&payload),
            receipt_keys: names.iter().map(|name| (*name).to_owned()).collect(),
        };
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
            "unknown-label",
            "malformed",
            "A label that is not known.",
            sign(&with(keys, &json!({"pins": [active("a"), pin("b", "spare")]})))?,
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
