//! The bank's documents of the targets `outcome` and `trust`: signed here, by the published keys of
//! tests/vectors, so that what is behind the signature is reached by arbitrary payloads, too.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use billpay_core::crypto::jwk::PublicJwk;
use ring::signature::Ed25519KeyPair;
use vectors::keys::{Keys, TestKey};

pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new().unwrap());

/// A key of the bank's.
pub(crate) struct Signer {
    pub(crate) kid: String,
    pub(crate) public: Vec<u8>,
    pub(crate) jwk: PublicJwk,
    pair: Ed25519KeyPair,
}

impl Signer {
    pub(crate) fn of(key: &TestKey) -> Self {
        let byte = |at: usize| u8::from_str_radix(&key.private_hex[at..at + 2], 16).unwrap();
        let seed: Vec<u8> = (0..key.private_hex.len()).step_by(2).map(byte).collect();
        Self {
            kid: key.jwk.kid.clone().unwrap(),
            public: BASE64_URL_SAFE_NO_PAD.decode(&key.jwk.x).unwrap(),
            jwk: serde_json::from_value(serde_json::to_value(&key.jwk).unwrap()).unwrap(),
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(),
        }
    }

    /// Signs this payload as a document of this type.
    pub(crate) fn document(&self, typ: &str, payload: &[u8]) -> String {
        self.signed(format!(r#"{{"alg":"Ed25519","kid":"{}","typ":"{typ}"}}"#, self.kid).as_bytes(), payload)
    }

    /// Signs whatever is given as header and payload.
    pub(crate) fn signed(&self, header: &[u8], payload: &[u8]) -> String {
        let text = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(payload));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.pair.sign(text.as_bytes()));
        format!("{text}.{signature}")
    }
}
