//! What a client has to know of a sandbox, as one JSON document: where it is, and whom to trust.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Options, keyring::Keyring};
use crate::{
    api::wire::Jwk,
    ledger::LedgerError,
    moment,
    outcomes::jws::{RetiredKey, SigningKey, TRUST},
    pki::Pki,
    suite::Suite,
};

/// From when on the key of today is good: it may have been published before it signed.
const FIRST_DAY: &str = "2026-01-01T00:00:00Z";

const DAY_MS: i64 = 24 * 3_600_000;

/// Everything a client is configured with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The bank: `https://localhost:PORT`.
    pub url: String,
    /// The billers.
    pub billers_url: String,
    /// The name in the certificate.
    pub host: String,
    /// The bundled root, PEM.
    pub roots_pem: String,
    /// `sha256/BASE64` of the pinned key in use.
    pub pin_active: String,
    /// `sha256/BASE64` of the spare one.
    pub pin_backup: String,
    /// The offline keys that sign trust documents.
    pub trust_keys: Vec<Jwk>,
    /// The keys that sign receipts.
    pub receipt_keys: Vec<Jwk>,
    /// The least version of the app that is served.
    pub minimum_client: String,
}

impl Export {
    pub(super) fn new(
        pki: &Pki,
        keyring: &Keyring,
        options: &Options,
        url: &str,
        billers_url: &str,
        suite: &dyn Suite,
    ) -> Self {
        let pins = pki.pins();
        let receipts = std::iter::once(&keyring.receipt).chain(keyring.retired.iter().map(|retired| &retired.key));
        Self {
            url: url.to_owned(),
            billers_url: billers_url.to_owned(),
            host: options.host.clone(),
            roots_pem: pki.root_pem().to_owned(),
            pin_active: format!("sha256/{}", pins.active),
            pin_backup: format!("sha256/{}", pins.backup),
            trust_keys: keyring.trust.public_jwk(suite).into_iter().collect(),
            receipt_keys: receipts.filter_map(|key| key.public_jwk(suite)).collect(),
            minimum_client: options.minimum_client.clone(),
        }
    }

    /// `TrustPayload` of the contract, signed by the offline key.
    pub(super) fn trust_document(
        &self,
        keyring: &Keyring,
        suite: &dyn Suite,
        version: i64,
        now: i64,
    ) -> Result<String, LedgerError> {
        let public = |key: &SigningKey| key.public_jwk(suite).ok_or(LedgerError::Meaning("a receipt key that is none"));
        let mut keys = vec![json!({"key": public(&keyring.receipt)?, "not_before": FIRST_DAY})];
        for RetiredKey { key, not_before, not_after } in &keyring.retired {
            keys.push(json!({
                "key": public(key)?,
                "not_before": moment::text(*not_before),
                "not_after": moment::text(*not_after),
            }));
        }
        let payload = json!({
            "v": 1,
            "version": version,
            "host": self.host,
            "pins": [
                {"pin": self.pin_active, "label": "active"},
                {"pin": self.pin_backup, "label": "backup"},
            ],
            "receipt_keys": keys,
            "minimum_client": self.minimum_client,
            "soft_expiry": moment::text(now + 180 * DAY_MS),
            "hard_expiry": moment::text(now + 365 * DAY_MS),
        });
        let payload = serde_json::to_vec(&payload)?;
        keyring.trust.sign(suite, TRUST, &payload).ok_or(LedgerError::Meaning("no trust key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{encoding::from_base64url, rng::SystemRng, suite::RingSuite};

    #[test]
    fn row_47_a_retired_key_is_published_with_the_time_in_which_it_signed() {
        let rng = SystemRng::new();
        let (mut keyring, options) = (Keyring::fresh(&rng), Options::default());
        let key = SigningKey { kid: "receipt-0".into(), seed: [4; 32] };
        keyring.retired.push(RetiredKey { key, not_before: 0, not_after: 86_400_000 });
        let pki = Pki::fresh(jiff::Timestamp::UNIX_EPOCH).unwrap();
        let export = Export::new(&pki, &keyring, &options, "https://localhost:1", "https://localhost:2", &RingSuite);
        let document = export.trust_document(&keyring, &RingSuite, 1, 1_795_320_000_000).unwrap();
        let payload = from_base64url(document.split('.').nth(1).unwrap()).unwrap();
        let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        let keys = payload["receipt_keys"].as_array().unwrap();
        let range = |nth: usize| (&keys[nth]["key"]["kid"], &keys[nth]["not_before"], &keys[nth]["not_after"]);
        assert_eq!(range(0), (&json!("receipt-1"), &json!(FIRST_DAY), &serde_json::Value::Null));
        let (from, until) = (json!("1970-01-01T00:00:00Z"), json!("1970-01-02T00:00:00Z"));
        assert_eq!(range(1), (&json!("receipt-0"), &from, &until));
        assert_eq!((keys.len(), export.receipt_keys.len()), (2, 2));
    }
}
