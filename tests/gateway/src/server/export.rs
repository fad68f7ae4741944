//! What a client has to know of a sandbox, as one JSON document: where it is, and whom to trust.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Options, keyring::Keyring};
use crate::{api::wire::Jwk, ledger::LedgerError, moment, outcomes::jws::TRUST, pki::Pki, suite::Suite};

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
        let receipts = std::iter::once(&keyring.receipt).chain(&keyring.retired);
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
        let keys: Vec<_> =
            self.receipt_keys.iter().map(|key| json!({"key": key, "not_before": "2026-01-01T00:00:00Z"})).collect();
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
