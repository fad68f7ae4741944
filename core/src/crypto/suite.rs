//! The cryptographic suite that ships: ES256 and Ed25519, verified by ring.

use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};

use crate::platform::{Algorithm, Suite};

/// The name that orders carry for this suite.
pub const NAME: &str = "ES256";

/// ring's verification. Keys of the wrong length or off the curve verify nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct RingSuite;

impl Suite for RingSuite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn verify(&self, algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        match algorithm {
            Algorithm::Ed25519 => UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok(),
            Algorithm::Es256 => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).verify(message, signature).is_ok()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
    };

    use super::*;

    #[test]
    fn a_signature_verifies_for_its_own_key_message_and_algorithm_only() {
        let random = SystemRandom::new();
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let edwards = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
        let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        let p256 = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
        let by_edwards = edwards.sign(b"order").as_ref().to_vec();
        let by_p256 = p256.sign(&random, b"order").unwrap().as_ref().to_vec();
        let (e, p) = (edwards.public_key().as_ref(), p256.public_key().as_ref());

        let ok = |a, k: &[u8], m: &[u8], s: &[u8]| RingSuite.verify(a, k, m, s);
        assert!(ok(Algorithm::Ed25519, e, b"order", &by_edwards));
        assert!(ok(Algorithm::Es256, p, b"order", &by_p256));

        assert!(!ok(Algorithm::Ed25519, e, b"0rder", &by_edwards));
        assert!(!ok(Algorithm::Es256, p, b"0rder", &by_p256));
        assert!(!ok(Algorithm::Es256, e, b"order", &by_edwards));
        assert!(!ok(Algorithm::Ed25519, p, b"order", &by_p256));
        assert!(!ok(Algorithm::Ed25519, &[], b"order", &by_edwards));
        assert!(!ok(Algorithm::Es256, &p[1..], b"order", &by_p256));
        assert!(!ok(Algorithm::Es256, p, b"order", &[]));
    }
}
