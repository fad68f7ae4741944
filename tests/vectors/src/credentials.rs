//! credentials/: what activation hands out: a device of a customer with its two keys, signed by a
//! receipt key, so that a bank that has forgotten the device knows it again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    Fault,
    jws::{compact, flipped, header},
    keys::{Keys, TestKey},
    tidy,
};

/// A file of credentials/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialVector {
    /// What it shows.
    pub about: String,
    /// The document.
    pub compact: String,
    /// Of a right one: what is signed, as text; its UTF-8 bytes are the JWS payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// Why it is none: `invalid` (not what the key signed, or not of its time), `unknown-key` or
    /// `wrong-type`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

const TYPE: &str = "billpay-credential+jws";

/// All files of the folder.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate(keys: &Keys) -> Result<BTreeMap<String, CredentialVector>, Fault> {
    let payload = |issued_at: &str| {
        tidy(&json!({
            "v": 1, "customer": "C1001", "device": "019a9d3e-7c00-7000-8000-0000000000d1",
            "device_key": keys.device.jwk, "order_key": keys.order.jwk, "issued_at": issued_at
        }))
    };
    let (today, retired) = (&keys.receipt, &keys.retired);
    let now = payload("2026-11-22T05:00:00Z");
    let by = |key: &TestKey, typ: &str, payload: &str| compact(key, &header("Ed25519", key.name(), typ), payload, None);
    let good = by(today, TYPE, &now)?;
    let earlier = payload("2025-11-22T05:00:00Z");
    let mut all = BTreeMap::new();
    for (name, about, compact, payload) in [
        ("plain", "A device with its two keys.", good.clone(), now.clone()),
        ("by-a-retired-key", "Issued while its key signed.", by(retired, TYPE, &earlier)?, earlier),
    ] {
        let vector = CredentialVector { about: about.into(), compact, accepted: Some(payload), refused: None };
        all.insert(name.to_owned(), vector);
    }
    let late = payload("2026-11-22T05:02:31Z");
    let unknown = header("Ed25519", "receipt-2031", TYPE);
    for (name, why, about, compact) in [
        ("bit-flip", "invalid", "One bit of the payload flipped.", flipped(&good, 1)?),
        ("stranger", "invalid", "Another key under a known name.", by(&keys.stranger, TYPE, &now)?),
        ("after-its-key", "invalid", "Issued a second after its key was retired.", by(retired, TYPE, &late)?),
        ("unknown-key", "unknown-key", "By a key that is not known.", compact(today, &unknown, &now, None)?),
        ("wrong-type", "wrong-type", "Rightly signed, as a receipt.", by(today, "billpay-receipt+jws", &now)?),
    ] {
        let vector = CredentialVector { about: about.into(), compact, accepted: None, refused: Some(why.into()) };
        all.insert(format!("refused-{name}"), vector);
    }
    Ok(all)
}
