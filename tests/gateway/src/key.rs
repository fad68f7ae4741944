//! P-256 public keys as JWK, and their thumbprints (RFC 7638).

use crate::{
    api::wire::Jwk,
    encoding::{base64url, from_base64url, sha256},
};

/// A P-256 public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    /// `04 ‖ x ‖ y`.
    pub(crate) point: Vec<u8>,
    /// RFC 7638, SHA-256, base64url.
    pub(crate) thumbprint: String,
}

impl PublicKey {
    /// Of a JWK; `None` unless it is a well-formed one of P-256. Whether it is on the curve shows
    /// when it verifies something.
    pub(crate) fn of(jwk: &Jwk) -> Option<Self> {
        let y = jwk.y.as_deref()?;
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return None;
        }
        let (left, right) = (from_base64url(&jwk.x)?, from_base64url(y)?);
        if left.len() != 32 || right.len() != 32 {
            return None;
        }
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{y}"}}"#, jwk.x);
        let point = [&[4][..], &left, &right].concat();
        Some(Self { point, thumbprint: base64url(&sha256(canonical.as_bytes())) })
    }
}

/// The JWK of a point.
pub(crate) fn jwk(point: &[u8]) -> Jwk {
    let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
    Jwk { kty: "EC".to_owned(), crv: "P-256".to_owned(), x: base64url(x), y: Some(base64url(y)), kid: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_7638_and_the_key_survives() {
        let text = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
        let given: Jwk = serde_json::from_str(text).unwrap();
        let key = PublicKey::of(&given).unwrap();
        assert_eq!(key.thumbprint, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
        assert_eq!(jwk(&key.point), given);
    }
}
