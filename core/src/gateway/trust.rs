//! The trust document: pins, receipt keys and the oldest client that is served, signed by an offline
//! key that the app carries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
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
    /// Keys of receipts, refusals, reversals and credentials; retired ones stay.
    pub receipt_keys: BTreeMap<String, VerificationKey>,
    /// The oldest client that is served.
    pub minimum_client: String,
    /// From then on a new document is wanted.
    pub soft_expiry: Timestamp,
    /// From then on nothing but a new document is asked for.
    pub hard_expiry: Timestamp,
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

#[derive(Deserialize)]
struct WirePin {
    pin: String,
    label: String,
}

#[derive(Deserialize)]
struct WireKey {
    key: PublicJwk,
}

impl Trust {
    /// Verifies a compact JWS against the offline key.
    ///
    /// # Errors
    /// [`TrustError`]. Receipt keys of a kind unknown here are left out: their documents are then
    /// unverifiable, not invalid.
    pub fn verify(compact: &str, offline: &PublicJwk, suite: &dyn Suite) -> Result<Self, TrustError> {
        let (kid, key) = offline.verification_key()?;
        let verified = jws::verify(compact, TYPE, |name| (name == kid).then_some(&key), suite)?;
        let payload: Payload = serde_json::from_slice(&verified.payload).map_err(|_| TrustError::Malformed)?;
        if payload.v != 1 || payload.version < 1 || payload.soft_expiry > payload.hard_expiry {
            return Err(TrustError::Malformed);
        }
        let mut pins = Vec::new();
        for WirePin { pin, label } in &payload.pins {
            let pin: Pin = pin.parse().map_err(|_| TrustError::Malformed)?;
            let label = match label.as_str() {
                "active" => Label::Active,
                "backup" => Label::Backup,
                _ => return Err(TrustError::Malformed),
            };
            pins.push((pin, label));
        }
        let mut receipt_keys = BTreeMap::new();
        for WireKey { key } in &payload.receipt_keys {
            match key.verification_key() {
                Ok((kid, key)) => drop(receipt_keys.insert(kid, key)),
                Err(UnusableKey::UnknownKind) => {}
                Err(UnusableKey::Malformed) => return Err(TrustError::Malformed),
            }
        }
        Ok(Self {
            version: payload.version,
            pins: PinSet::new(&payload.host, pins)?.expiring(payload.hard_expiry),
            receipt_keys,
            minimum_client: payload.minimum_client,
            soft_expiry: payload.soft_expiry,
            hard_expiry: payload.hard_expiry,
        })
    }
}
