//! Signatures as key stores return them (DER), and public keys as the bank publishes them (JWK).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use billpay_core::{
    crypto::{der, jwk::PublicJwk, thumbprint::Point},
    platform::Algorithm,
};

use crate::chosen::chosen;

/// `a`: a DER signature. `b`: a JWK. `c`: an uncompressed point.
pub fn check(data: &[u8]) {
    match chosen(data, 3) {
        Some((0, bytes)) => signature(bytes),
        Some((1, bytes)) => jwk(bytes),
        Some((_, bytes)) => point(bytes),
        None => {}
    }
}

/// One text for one signature: what is read is the only DER of it.
fn signature(bytes: &[u8]) {
    let Ok(fixed) = der::to_fixed(bytes) else { return };
    assert!(fixed[..32] != [0; 32] && fixed[32..] != [0; 32], "r and s are positive");
    assert_eq!(vectors::der::of_fixed(&fixed), bytes, "a second spelling of one signature");
}

fn jwk(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let Ok(read) = PublicJwk::of(value.clone()) else { return };
    let Ok((name, key)) = read.verification_key() else { return };
    match key.algorithm {
        Algorithm::Ed25519 => {
            assert_eq!(value["crv"], "Ed25519");
            assert_eq!(value["x"], BASE64_URL_SAFE_NO_PAD.encode(&key.bytes));
            assert_eq!(key.bytes.len(), 32);
        }
        Algorithm::Es256 => {
            assert_eq!(value["crv"], "P-256");
            let jwk = Point::from_bytes(&key.bytes).unwrap().to_jwk();
            assert_eq!((&value["x"], &value["y"]), (&jwk.x.as_str().into(), &jwk.y.as_str().into()));
        }
    }
    match value["kid"].as_str() {
        Some(kid) => assert_eq!(name, kid, "a key goes by the name that it was given"),
        None => assert_eq!(name.len(), 43, "or by its thumbprint"),
    }
    // As the profile keeps it.
    let kept = serde_json::to_value(&read).unwrap();
    assert_eq!(PublicJwk::of(kept).unwrap().verification_key(), Ok((name, key)));
}

fn point(bytes: &[u8]) {
    let Ok(point) = Point::from_bytes(bytes) else {
        assert!(bytes.len() != 65 || bytes[0] != 4, "an uncompressed point was refused");
        return;
    };
    assert_eq!(Point::try_from(&point.to_jwk()), Ok(point));
}
