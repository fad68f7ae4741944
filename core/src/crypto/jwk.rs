//! Public keys as the bank publishes them (RFC 7517, RFC 8037): of either algorithm, named by their
//! `kid` or, without one, by their thumbprint.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    digest::{from_base64url, sha256_base64url},
    jws::VerificationKey,
    thumbprint::{Curve, Jwk, KeyType, Point},
};
use crate::platform::Algorithm;

/// A public key of any kind, as far as the contract goes. Other members are ignored when read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// `EC` or `OKP`; others are not known here.
    pub kty: String,
    /// `P-256` or `Ed25519`; others are not known here.
    pub crv: String,
    /// The x coordinate or, for Ed25519, the whole key; base64url.
    pub x: String,
    /// The y coordinate, of P-256 only; base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The name that signatures give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

/// Why a published key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnusableKey {
    /// Of a kind that this version does not know: skip it, its documents are unverifiable.
    #[error("a key of a kind that is not known here")]
    UnknownKind,
    /// Of a known kind and not well-formed.
    #[error("not a well-formed key")]
    Malformed,
}

impl PublicJwk {
    /// Reads a key of a kind that may be unknown here: such a one need not have the members of ours.
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub fn of(value: serde_json::Value) -> Result<Self, UnusableKey> {
        let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
        match (text("kty"), text("crv")) {
            (Some("OKP"), Some("Ed25519")) | (Some("EC"), Some("P-256")) => {}
            (None, _) | (Some("OKP" | "EC"), None) => return Err(UnusableKey::Malformed),
            (Some(_), _) => return Err(UnusableKey::UnknownKind),
        }
        serde_json::from_value(value).map_err(|_| UnusableKey::Malformed)
    }

    /// The name of the key and the key.
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub fn verification_key(&self) -> Result<(String, VerificationKey), UnusableKey> {
        let (thumbprint, algorithm, bytes) = match (self.kty.as_str(), self.crv.as_str()) {
            ("OKP", "Ed25519") => self.edwards()?,
            ("EC", "P-256") => self.p256()?,
            _ => return Err(UnusableKey::UnknownKind),
        };
        let name = self.kid.clone().unwrap_or(thumbprint);
        Ok((name, VerificationKey { algorithm, bytes }))
    }

    fn edwards(&self) -> Result<(String, Algorithm, Vec<u8>), UnusableKey> {
        let key = from_base64url(&self.x).filter(|key| key.len() == 32);
        let key = key.ok_or(UnusableKey::Malformed)?;
        // RFC 8037, section 2: the required members of an OKP key, in canonical form.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x);
        let thumbprint = sha256_base64url(canonical.as_bytes());
        Ok((thumbprint, Algorithm::Ed25519, key))
    }

    fn p256(&self) -> Result<(String, Algorithm, Vec<u8>), UnusableKey> {
        let jwk = Jwk {
            crv: Curve::P256,
            kty: KeyType::Ec,
            x: self.x.clone(),
            y: self.y.clone().ok_or(UnusableKey::Malformed)?,
        };
        let point = Point::try_from(&jwk).map_err(|_| UnusableKey::Malformed)?;
        let bytes = point.as_bytes().to_vec();
        Ok((point.thumbprint(), Algorithm::Es256, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of RFC 8037, appendix A.2.
    const EDWARDS: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn read(text: &str) -> Result<(String, VerificationKey), UnusableKey> {
        serde_json::from_str::<PublicJwk>(text).unwrap().verification_key()
    }

    #[test]
    fn a_key_without_a_name_goes_by_its_thumbprint() {
        let (name, key) = read(EDWARDS).unwrap();
        // RFC 8037, appendix A.3.
        assert_eq!(name, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(key.algorithm, Algorithm::Ed25519);
        let named = EDWARDS.replace('}', r#","kid":"2026"}"#);
        assert_eq!(read(&named).unwrap().0, "2026");
    }

    #[test]
    fn a_key_of_p256_is_its_point() {
        let text = r#"{"kty":"EC","crv":"P-256",
            "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        let (name, key) = read(text).unwrap();
        assert_eq!(name, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
        assert_eq!((key.algorithm, key.bytes.len()), (Algorithm::Es256, 65));
    }

    #[test]
    fn a_key_of_a_kind_to_come_is_unknown_and_a_broken_one_is_malformed() {
        let sm2 = r#"{"kty":"EC","crv":"SM2","x":"AA","y":"AA"}"#;
        assert_eq!(read(sm2), Err(UnusableKey::UnknownKind));
        let of = |text: &str| PublicJwk::of(serde_json::from_str(text).unwrap());
        for other in [sm2, r#"{"kty":"AKP","alg":"ML-DSA-65","pub":"AA"}"#, r#"{"kty":"OKP","crv":"Ed448"}"#] {
            assert_eq!(of(other), Err(UnusableKey::UnknownKind), "{other}");
        }
        for broken in [r#"{"kty":"OKP","crv":"Ed25519"}"#, r#"{"kty":"EC"}"#, r#"{"crv":"P-256"}"#, "[]"] {
            assert_eq!(of(broken), Err(UnusableKey::Malformed), "{broken}");
        }
        for broken in [
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qY"}"#,
            r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}"#,
        ] {
            assert_eq!(read(broken), Err(UnusableKey::Malformed), "{broken}");
        }
    }
}
