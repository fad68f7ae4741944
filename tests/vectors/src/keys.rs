//! The keys of the vectors. All of them are published in RFCs together with their private halves:
//! they protect nothing and must never be used for anything else.

use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde::{Deserialize, Serialize};

use crate::{Fault, base64url, from_base64url, from_hex, sha256};

/// A key with both halves, as it stands in keys.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestKey {
    /// What the vectors use it for.
    pub role: String,
    /// Where it is published.
    pub source: String,
    /// The public half (RFC 7517), with the name that signatures give.
    pub jwk: Jwk,
    /// RFC 7638, SHA-256, base64url.
    pub thumbprint: String,
    /// The private half in hex: the seed (Ed25519) or the scalar (P-256). Published: worthless.
    pub private_hex: String,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `OKP` or `EC`.
    pub kty: String,
    /// `Ed25519` or `P-256`.
    pub crv: String,
    /// base64url.
    pub x: String,
    /// base64url; of P-256 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The name that signatures give; an order names its key by the thumbprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

/// keys.json.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFile {
    /// For who finds a private key in a repository.
    pub warning: String,
    /// All keys.
    pub keys: Vec<TestKey>,
}

/// All keys of the vectors, by name.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Signs outcomes today.
    pub receipt: TestKey,
    /// Signed outcomes before, in the time that [`RETIRED`] says: still verifies those.
    pub retired: TestKey,
    /// Signs outcomes with the other algorithm of the contract.
    pub receipt_p256: TestKey,
    /// The bank's offline key, for trust documents.
    pub offline: TestKey,
    /// In nobody's trust document.
    pub stranger: TestKey,
    /// Of the person's device: signs orders.
    pub order: TestKey,
    /// Of another device.
    pub other_order: TestKey,
    /// Of the person's device: signs requests.
    pub device: TestKey,
}

/// When the retired key signed, both moments included: between the second document of the chain and
/// the third it was replaced.
pub const RETIRED: (&str, &str) = ("2025-01-01T00:00:00Z", "2026-11-22T05:02:30Z");

/// From when on the keys of today sign: published ahead of their first document.
pub const TODAY: &str = "2026-01-01T00:00:00Z";

const WARNING: &str =
    "Private keys, published on purpose: each is a test key of an RFC. They protect nothing; never use them.";

impl Keys {
    /// The keys.
    ///
    /// # Errors
    /// A constant of this file is wrong.
    pub fn new() -> Result<Self, Fault> {
        Ok(Self {
            receipt: edwards(
                "receipts, today",
                "RFC 8032, section 7.1, TEST 1",
                "receipt-2026",
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            )?,
            retired: edwards(
                "receipts, retired",
                "RFC 8032, section 7.1, TEST 2",
                "receipt-2025",
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            )?,
            receipt_p256: p256(
                "receipts, by the other algorithm",
                "RFC 7515, appendix A.3",
                Some("receipt-es256"),
                "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2",
                "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445",
                "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad",
            )?,
            offline: edwards(
                "trust documents",
                "RFC 8032, section 7.1, TEST 3",
                "offline-1",
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            )?,
            stranger: edwards(
                "nobody's",
                "RFC 8032, section 7.1, TEST SHA(abc)",
                "receipt-2026",
                "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            )?,
            order: p256(
                "orders",
                "RFC 6979, appendix A.2.5",
                None,
                "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
                "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
                "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
            )?,
            other_order: p256(
                "orders, of another device",
                "RFC 7515, appendix A.3",
                None,
                "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2",
                "7fcdce2770f6c45d4183cbee6fdb4b7b580733357be9ef13bacf6e3c7bd15445",
                "c7f144cd1bbd9b7e872cdfedb9eeb9f4b3695d6ea90b24ad8a4623288588e5ad",
            )?,
            device: p256(
                "requests",
                "RFC 7517, appendix A.2",
                None,
                "f3bd0c07a81fb932781ed52752f60cc89a6be5e51934fe01938ddb55d8f77801",
                "30a0424cd21c2944838a2d75c92b37e76ea20d9f00893a3b4eee8a3c0aafec3e",
                "e04b65e92456d9888b52b379bdfbd51ee869ef1f0fc65b6659695b6cce081723",
            )?,
        })
    }

    /// As published.
    #[must_use]
    pub fn file(&self) -> KeyFile {
        let all = [
            &self.receipt,
            &self.retired,
            &self.receipt_p256,
            &self.offline,
            &self.stranger,
            &self.order,
            &self.other_order,
            &self.device,
        ];
        KeyFile { warning: WARNING.to_owned(), keys: all.into_iter().cloned().collect() }
    }
}

/// ring's reason is no `Error` of its own without ring's std feature.
fn unusable(reason: ring::error::KeyRejected) -> Fault {
    reason.to_string().into()
}

fn edwards(role: &str, source: &str, kid: &str, seed: &str) -> Result<TestKey, Fault> {
    let pair = Ed25519KeyPair::from_seed_unchecked(&from_hex(seed)?).map_err(unusable)?;
    let x = base64url(pair.public_key().as_ref());
    let thumbprint = base64url(&sha256(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes()));
    let jwk = Jwk { kty: "OKP".into(), crv: "Ed25519".into(), x, y: None, kid: Some(kid.into()) };
    Ok(TestKey { role: role.into(), source: source.into(), jwk, thumbprint, private_hex: seed.into() })
}

fn p256(role: &str, source: &str, kid: Option<&str>, d: &str, x: &str, y: &str) -> Result<TestKey, Fault> {
    let (x, y) = (base64url(&from_hex(x)?), base64url(&from_hex(y)?));
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    let thumbprint = base64url(&sha256(canonical.as_bytes()));
    let jwk = Jwk { kty: "EC".into(), crv: "P-256".into(), x, y: Some(y), kid: kid.map(str::to_owned) };
    Ok(TestKey { role: role.into(), source: source.into(), jwk, thumbprint, private_hex: d.into() })
}

impl TestKey {
    /// The name that signatures give.
    #[must_use]
    pub fn name(&self) -> &str {
        self.jwk.kid.as_deref().unwrap_or(&self.thumbprint)
    }

    /// The public key's bytes: 32 of Ed25519, or the 65 of a P-256 point.
    ///
    /// # Errors
    /// A constant of this file is wrong.
    pub fn public(&self) -> Result<Vec<u8>, Fault> {
        let x = from_base64url(&self.jwk.x)?;
        match &self.jwk.y {
            None => Ok(x),
            Some(y) => Ok([&[4][..], &x, &from_base64url(y)?].concat()),
        }
    }

    /// Signs: Ed25519, or ES256 as `r ‖ s`. Of ES256, `kept` is given back if it verifies, so that
    /// files stay as they are.
    ///
    /// # Errors
    /// A constant of this file is wrong.
    pub fn sign(&self, message: &[u8], kept: Option<&str>) -> Result<Vec<u8>, Fault> {
        let private = from_hex(&self.private_hex)?;
        if self.jwk.y.is_none() {
            return Ok(Ed25519KeyPair::from_seed_unchecked(&private)
                .map_err(unusable)?
                .sign(message)
                .as_ref()
                .to_vec());
        }
        let public = self.public()?;
        if let Some(Ok(kept)) = kept.map(from_base64url) {
            let key = ring::signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public);
            if key.verify(message, &kept).is_ok() {
                return Ok(kept);
            }
        }
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, &public, &random).map_err(unusable)?;
        let signature = pair.sign(&random, message).map_err(|_| "no signature")?;
        Ok(signature.as_ref().to_vec())
    }
}
