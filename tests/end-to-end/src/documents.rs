//! Signed documents, read and verified by code of our own: what the bank's file holds is not believed
//! for standing there, nor what the client says of it.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;

use crate::{Outcome, Unfit, program::text};

/// The bank's receipt keys, by kid.
#[derive(Clone, Debug, Default)]
pub struct ReceiptKeys(BTreeMap<String, Vec<u8>>);

impl ReceiptKeys {
    /// Those of the trust document in a connection file.
    ///
    /// # Errors
    /// A file that has none.
    pub fn of(connection: &Path) -> Outcome<Self> {
        let file = std::fs::read(connection).map_err(|error| Unfit::Io("the connection file", error))?;
        let file: Value = serde_json::from_slice(&file).unwrap_or_default();
        let trust = text(&file, "/trust").split('.').nth(1).and_then(json).unwrap_or_default();
        let keys = trust.pointer("/receipt_keys").and_then(Value::as_array);
        let keys: BTreeMap<_, _> = keys.into_iter().flatten().filter_map(key).collect();
        if keys.is_empty() { Err(Unfit::Unexpected("no receipt keys to check by".to_owned())) } else { Ok(Self(keys)) }
    }

    /// One key, for tests.
    #[must_use]
    pub fn one(kid: &str, key: &[u8]) -> Self {
        Self(BTreeMap::from([(kid.to_owned(), key.to_vec())]))
    }

    /// What a document says, if one of these keys signed it (RFC 7515, Ed25519).
    #[must_use]
    pub fn read(&self, compact: &str) -> Option<Value> {
        let (signed, signature) = compact.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let key = self.0.get(text(&json(header)?, "/kid"))?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&ED25519, key).verify(signed.as_bytes(), &signature).ok()?;
        json(payload)
    }
}

fn key(entry: &Value) -> Option<(String, Vec<u8>)> {
    let key = BASE64_URL_SAFE_NO_PAD.decode(text(entry, "/key/x")).ok()?;
    Some((text(entry, "/key/kid").to_owned(), key))
}

fn json(part: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
