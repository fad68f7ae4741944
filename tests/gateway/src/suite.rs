//! The gateway's signatures: it verifies requests and orders (ES256) and signs its documents
//! (Ed25519). A simulation may put a cheaper suite in its place.

use std::sync::Arc;

use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

/// What the gateway needs of a cryptographic suite.
pub trait Suite: Send + Sync {
    /// The name that orders carry; an order of another suite is refused.
    fn name(&self) -> &'static str {
        "ES256"
    }
    /// Whether `signature` (`r ‖ s`) over `message` is by the P-256 key `point` (65 bytes).
    fn verify_p256(&self, point: &[u8], message: &[u8], signature: &[u8]) -> bool;
    /// The Ed25519 key of a seed; `None` only if the suite cannot make one.
    fn signer(&self, seed: &[u8; 32]) -> Option<Arc<dyn Signer>>;
    /// Whether `signature` over `message` is by the Ed25519 key `public` (32 bytes).
    fn verify_ed25519(&self, public: &[u8], message: &[u8], signature: &[u8]) -> bool;
}

/// An Ed25519 key that signs documents.
pub trait Signer: Send + Sync {
    /// The public key, 32 bytes.
    fn public(&self) -> Vec<u8>;
    /// 64 bytes.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}

/// ring's.
#[derive(Clone, Copy, Debug, Default)]
pub struct RingSuite;

impl Suite for RingSuite {
    fn verify_p256(&self, point: &[u8], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
    }

    fn signer(&self, seed: &[u8; 32]) -> Option<Arc<dyn Signer>> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        Some(Arc::new(RingSigner(pair)))
    }

    fn verify_ed25519(&self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok()
    }
}

struct RingSigner(Ed25519KeyPair);

impl Signer for RingSigner {
    fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}
