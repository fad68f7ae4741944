//! mandates/: what a person signs for autopay, and the order that the bank makes of it for a bill:
//! one mandate and one payable give one order, at a bank that was restored too (`Mandate` in the
//! contract, and `POST /v1/mandates`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Fault, base64url, hex, keys::Keys, sha256, tidy};

/// A file of mandates/.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MandateVector {
    /// What it shows.
    pub about: String,
    /// RFC 8785 form of the mandate; its UTF-8 bytes are signed and hashed.
    pub canonical: String,
    /// base64url of SHA-256 of those bytes.
    pub digest: String,
    /// ES256 over those bytes: `r ‖ s`, base64url.
    pub signature: String,
    /// RFC 7638 thumbprint of the order key.
    pub key: String,
    /// RFC 8785 form of the payable.
    pub payable: String,
    /// base64url of SHA-256 of `billpay-mandate`, the digest's bytes and the payable's.
    pub order_digest: String,
    /// The first 16 of those bytes, as a UUID of version 8 (RFC 9562, section 5.8).
    pub payment_id: String,
}

/// All files of the folder. `kept` are those of an earlier run, whose signatures are used again if
/// they still hold.
///
/// # Errors
/// A constant of this file is wrong.
pub fn generate(keys: &Keys, kept: &BTreeMap<String, MandateVector>) -> Result<BTreeMap<String, MandateVector>, Fault> {
    let canonical = tidy(&json!({
        "v": 1, "suite": "ES256", "mandate_id": "019a9d3e-7c00-7000-8000-0000000000a1", "customer": "C1001",
        "device": "019a9d3e-7c00-7000-8000-0000000000d1", "biller": "power-sh", "customer_number": "3110001017",
        "method": "m_C1001_account", "cap": {"currency": "CNY", "minor": 30_000},
        "valid_from": "2026-12-01T00:00:00Z", "valid_until": "2027-12-01T00:00:00Z"
    }));
    let payable =
        |number: &str, version: i64| json!({"biller": "power-sh", "bill_number": number, "bill_version": version});
    let mut all = BTreeMap::new();
    for (name, about, payable) in [
        ("plain", "The order for a bill.", payable("E0001", 1)),
        ("next-version", "The same bill after a reversal: another order.", payable("E0001", 2)),
        ("next-bill", "The next bill.", payable("E0002", 1)),
    ] {
        let signature = kept.get(name).map(|kept| kept.signature.as_str());
        all.insert(name.to_owned(), vector(about, keys, &canonical, signature, &payable)?);
    }
    Ok(all)
}

fn vector(
    about: &str,
    keys: &Keys,
    canonical: &str,
    kept: Option<&str>,
    payable: &Value,
) -> Result<MandateVector, Fault> {
    let digest = sha256(canonical.as_bytes());
    let payable = tidy(payable);
    let seed = sha256(&[b"billpay-mandate".as_slice(), &digest, payable.as_bytes()].concat());
    Ok(MandateVector {
        about: about.to_owned(),
        canonical: canonical.to_owned(),
        digest: base64url(&digest),
        signature: base64url(&keys.order.sign(canonical.as_bytes(), kept)?),
        key: keys.order.thumbprint.clone(),
        payment_id: uuid8(&seed).ok_or("a short hash")?,
        order_digest: base64url(&seed),
        payable,
    })
}

/// A UUID of version 8 from the first 16 bytes.
fn uuid8(seed: &[u8]) -> Option<String> {
    let mut bytes: [u8; 16] = seed.get(..16)?.try_into().ok()?;
    let [.., seventh, _, ninth, _, _, _, _, _, _, _] = &mut bytes;
    *seventh = (*seventh & 0x0f) | 0x80;
    *ninth = (*ninth & 0x3f) | 0x80;
    let text = hex(&bytes);
    let parts = [text.get(..8)?, text.get(8..12)?, text.get(12..16)?, text.get(16..20)?, text.get(20..)?];
    Some(parts.join("-"))
}
