//! Public keys of P-256: the 65-byte point of key stores, the JWK of the wire (RFC 7518), and the
//! thumbprint (RFC 7638) that names a key in `keyid`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::digest::{base64url, from_base64url, sha256_base64url};

/// Not a public key of P-256 in the form asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a public key of P-256")]
pub struct NotP256;

/// An uncompressed point, `04 ‖ x ‖ y`. Its shape is checked here; whether it lies on the curve is
/// checked by whoever verifies with it (off the curve nothing verifies).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point([u8; 65]);

impl Point {
    /// The point as key stores give it.
    ///
    /// # Errors
    /// [`NotP256`] unless it is 65 bytes and uncompressed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotP256> {
        let point: [u8; 65] = bytes.try_into().map_err(|_| NotP256)?;
        if point.first() == Some(&4) { Ok(Self(point)) } else { Err(NotP256) }
    }

    /// `04 ‖ x ‖ y`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key as it stands on the wire.
    #[must_use]
    pub fn to_jwk(&self) -> Jwk {
        let coordinates = self.0.split_at(1).1;
        let (x, y) = coordinates.split_at(32);
        Jwk { crv: Curve::P256, kty: KeyType::Ec, x: base64url(x), y: base64url(y) }
    }

    /// RFC 7638: base64url of SHA-256 over the required members in canonical form.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let Jwk { x, y, .. } = self.to_jwk();
        // The members are fixed, sorted and need no escaping: this is their one canonical form.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        sha256_base64url(canonical.as_bytes())
    }
}

/// A public key of P-256 as JWK. Members beyond these are ignored when read, never written.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Jwk {
    /// `P-256`.
    pub crv: Curve,
    /// `EC`.
    pub kty: KeyType,
    /// The x coordinate, 32 bytes in base64url.
    pub x: String,
    /// The y coordinate, 32 bytes in base64url.
    pub y: String,
}

/// The one curve of this suite.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Curve {
    /// NIST P-256.
    #[serde(rename = "P-256")]
    P256,
}

/// The one key type of this suite.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum KeyType {
    /// Elliptic curve.
    #[serde(rename = "EC")]
    Ec,
}

impl TryFrom<&Jwk> for Point {
    type Error = NotP256;

    fn try_from(jwk: &Jwk) -> Result<Self, NotP256> {
        // Leading zeros stay: RFC 7518 wants the full 32 bytes of each.
        let coordinate = |text: &str| from_base64url(text).filter(|bytes| bytes.len() == 32);
        let (x, y) = (coordinate(&jwk.x), coordinate(&jwk.y));
        let (Some(x), Some(y)) = (x, y) else {
            return Err(NotP256);
        };
        Self::from_bytes(&[&[4], x.as_slice(), y.as_slice()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::canonical::canonical_of;

    /// The public key of RFC 7515, appendix A.3.
    fn key() -> Jwk {
        serde_json::from_str(
            r#"{"kty":"EC","crv":"P-256","use":"sig",
                "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_key_goes_to_the_wire_and_back() {
        let point = Point::try_from(&key()).unwrap();
        assert_eq!(point.to_jwk(), key());
        assert_eq!(Point::from_bytes(point.as_bytes()), Ok(point));
    }

    #[test]
    fn the_thumbprint_is_over_the_canonical_form_of_the_required_members() {
        let point = Point::try_from(&key()).unwrap();
        let canonical = canonical_of(&key()).unwrap();
        assert_eq!(point.thumbprint(), sha256_base64url(&canonical));
        assert_eq!(point.thumbprint(), "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
    }

    #[test]
    fn other_shapes_are_refused() {
        let point = Point::try_from(&key()).unwrap();
        let bytes = point.as_bytes();
        assert_eq!(Point::from_bytes(&bytes[1..]), Err(NotP256));
        assert_eq!(Point::from_bytes(&[&[2], &bytes[1..]].concat()), Err(NotP256));
        let short = Jwk { x: base64url(&[1; 31]), ..key() };
        let padded = Jwk { y: format!("{}=", key().y), ..key() };
        assert_eq!(Point::try_from(&short), Err(NotP256));
        assert_eq!(Point::try_from(&padded), Err(NotP256));
        for other in [r#"{"kty":"OKP","crv":"P-256","x":"","y":""}"#, r#"{"kty":"EC","crv":"P-384","x":"","y":""}"#] {
            assert!(serde_json::from_str::<Jwk>(other).is_err(), "{other}");
        }
    }
}
