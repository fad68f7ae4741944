//! The trust document: what is taken over was signed by the offline key, and can neither lock every
//! phone out nor let anyone in.

use std::sync::LazyLock;

use billpay_core::{crypto::suite::RingSuite, gateway::trust::Trust};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    chosen::chosen,
    documents::{KEYS, Signer},
    oracle,
};

static OFFLINE: LazyLock<Signer> = LazyLock::new(|| Signer::of(&KEYS.offline));

/// `a`: the payload, signed here. `b`: header and payload, a line feed between. `c`: the whole text.
pub fn check(data: &[u8]) {
    let offline = &*OFFLINE;
    let compact = match chosen(data, 3) {
        Some((0, bytes)) => offline.document("billpay-trust+jws", bytes),
        Some((1, bytes)) => {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            offline.signed(&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
        }
        Some((_, bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return,
        },
        None => return,
    };
    let Ok(trust) = Trust::verify(&compact, &offline.jwk, &RingSuite) else { return };
    let read = oracle::compact(&compact);
    assert!(read.is_by(&offline.public) && read.header["kid"] == *offline.kid, "not by the offline key");
    assert_eq!(read.header["typ"], "billpay-trust+jws");
    let Some(told) = &read.payload else { return };
    assert!(told["v"] == 1 && told["version"] == trust.version && trust.version >= 1);
    let time = |text: &Value| text.as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!((time(&told["soft_expiry"]), time(&told["hard_expiry"])), (trust.soft_expiry, trust.hard_expiry));
    assert!(trust.soft_expiry <= trust.hard_expiry && trust.pins.expired(trust.hard_expiry));
    assert_eq!(trust.pins.host(), told["host"].as_str().unwrap().to_ascii_lowercase());
    pins(&trust, told);
    keys(&trust, told);
}

/// Each known pin, in order, and of each label one at least.
fn pins(trust: &Trust, told: &Value) {
    let known = |label: &str| told["pins"].as_array().unwrap().iter().filter(|pin| pin["label"] == label).count();
    assert!(known("active") >= 1 && known("backup") >= 1, "a set without {} backup", known("backup"));
    let mut wanted = Vec::new();
    for pin in told["pins"].as_array().unwrap() {
        if matches!(pin["label"].as_str(), Some("active" | "backup")) {
            wanted.push(pin["pin"].as_str().unwrap().to_owned());
        }
    }
    let have: Vec<String> = trust.pins.pins().iter().map(|(pin, _)| pin.to_string()).collect();
    assert_eq!(have, wanted);
}

/// No key without a time, none of two meanings, and none that nobody sent.
fn keys(trust: &Trust, told: &Value) {
    let told = told["receipt_keys"].as_array().unwrap();
    assert!(trust.receipt_keys.len() <= told.len());
    for (name, key) in &trust.receipt_keys {
        assert!(key.not_after.is_none_or(|end| key.not_before <= end));
        let kind = |told: &Value| (told["key"]["kty"].clone(), told["key"]["crv"].clone());
        let known =
            |told: &Value| [("OKP".into(), "Ed25519".into()), ("EC".into(), "P-256".into())].contains(&kind(told));
        let named = told.iter().filter(|told| known(told) && told["key"]["kid"] == **name).count();
        let unnamed = told.iter().any(|told| told["key"]["kid"].is_null());
        assert!(named == 1 || (named == 0 && unnamed), "{named} keys of the name {name}");
    }
}
