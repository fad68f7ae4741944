//! The trust document: pins, receipt keys and the oldest client that is served, signed by an offline
//! key that the app carries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::{
    crypto::{
        jwk::{PublicJwk, UnusableKey},
        jws::{self, JwsError, VerificationKey},
    },
    model::pins::{Label, Pin, PinSet, PinSetError},
    platform::Suite,
};

const TYPE: &str = "billpay-trust+jws";

/// A verified trust document.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Only ever rises.
    pub version: i64,
    /// For the gateway's host.
    pub pins: PinSet,
    /// Keys of receipts, refusals, reversals and credentials, by name; retired ones stay.
    pub receipt_keys: BTreeMap<String, ReceiptKey>,
    /// The oldest client that is served.
    pub minimum_client: String,
    /// From then on a new document is wanted.
    pub soft_expiry: Timestamp,
    /// From then on nothing but a new document is asked for.
    pub hard_expiry: Timestamp,
}

/// A key that signs documents, and when it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptKey {
    /// The key.
    pub key: VerificationKey,
    /// From this moment on, itself included.
    pub not_before: Timestamp,
    /// Up to this moment, itself included; `None` while it is in use.
    pub not_after: Option<Timestamp>,
}

impl ReceiptKey {
    /// Whether a document that says it was issued at this moment may be by this key. Asked of the
    /// document and never of a clock: what verified once verifies in ten years.
    #[must_use]
    pub fn covers(&self, issued_at: Timestamp) -> bool {
        self.not_before <= issued_at && self.not_after.is_none_or(|end| issued_at <= end)
    }
}

/// Why a text is no trust document of this bank.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustError {
    /// The offline key of the configuration cannot be used.
    #[error("the configured offline key cannot be used")]
    OfflineKey(#[from] UnusableKey),
    /// Not signed by the offline key.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// Signed, but not what the contract says.
    #[error("the trust document is not what the contract says")]
    Malformed,
    /// Its pins cannot be used.
    #[error(transparent)]
    Pins(#[from] PinSetError),
    /// For another host than the gateway's.
    #[error("the trust document is for another host")]
    OtherHost,
}

#[derive(Deserialize)]
struct Payload {
    v: u8,
    version: i64,
    host: String,
    pins: Vec<WirePin>,
    receipt_keys: Vec<WireKey>,
    minimum_client: String,
    soft_expiry: Timestamp,
    hard_expiry: Timestamp,
}

/// As far as it has to be read to know whether it concerns this version.
#[derive(Deserialize)]
struct WirePin {
    pin: Value,
    label: String,
}

#[derive(Deserialize)]
struct WireKey {
    key: Value,
    not_before: Timestamp,
    #[serde(default)]
    not_after: Option<Timestamp>,
}

impl Trust {
    /// Verifies a compact JWS against the offline key.
    ///
    /// # Errors
    /// [`TrustError`]. A pin with a label unknown here is left out, and so is a receipt key of a kind
    /// unknown here (its documents are then unverifiable, not invalid): what a later version of the
    /// contract adds never loses the rest.
    pub fn verify(compact: &str, offline: &PublicJwk, suite: &dyn Suite) -> Result<Self, TrustError> {
        let (kid, key) = offline.verification_key()?;
        let verified = jws::verify(compact, TYPE, |name| (name == kid).then_some(&key), suite)?;
        let payload: Payload = serde_json::from_slice(&verified.payload).map_err(|_| TrustError::Malformed)?;
        if payload.v != 1 || payload.version < 1 || payload.soft_expiry > payload.hard_expiry {
            return Err(TrustError::Malformed);
        }
        Ok(Self {
            version: payload.version,
            pins: PinSet::new(&payload.host, pins(&payload.pins)?)?.expiring(payload.hard_expiry),
            receipt_keys: receipt_keys(payload.receipt_keys)?,
            minimum_client: payload.minimum_client,
            soft_expiry: payload.soft_expiry,
            hard_expiry: payload.hard_expiry,
        })
    }
}

fn pins(wire: &[WirePin]) -> Result<Vec<(Pin, Label)>, TrustError> {
    let mut pins = Vec::new();
    for WirePin { pin, label } in wire {
        // What a pin of another label looks like is for the version to say that knows the label.
        let Ok(label) = label.parse() else { continue };
        let pin = pin.as_str().and_then(|pin| pin.parse().ok()).ok_or(TrustError::Malformed)?;
        pins.push((pin, label));
    }
    Ok(pins)
}

fn receipt_keys(wire: Vec<WireKey>) -> Result<BTreeMap<String, ReceiptKey>, TrustError> {
    let mut keys = BTreeMap::new();
    for WireKey { key, not_before, not_after } in wire {
        let (name, key) = match PublicJwk::of(key).and_then(|key| key.verification_key()) {
            Ok(named) => named,
            Err(UnusableKey::UnknownKind) => continue,
            Err(UnusableKey::Malformed) => return Err(TrustError::Malformed),
        };
        let range_is_none = not_after.is_some_and(|end| end < not_before);
        let key = ReceiptKey { key, not_before, not_after };
        // Two keys of one name: whose a document is would be anyone's guess.
        if range_is_none || keys.insert(name, key).is_some() {
            return Err(TrustError::Malformed);
        }
    }
    Ok(keys)
}
