//! Signatures of a life: real ones, or a stand-in shaped like them for long runs. The stand-in is a
//! hash keyed by the public key: it finds every changed byte and hides nothing, which is all that a
//! world without forgers needs.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use billpay_core::platform::Algorithm;
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED, ED25519, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
    },
};
use sandbox_gateway::suite::RingSuite;

/// Which signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// P-256 and Ed25519 by ring.
    Real,
    /// A hash in their place.
    StandIn,
}

/// Real signatures that phones and gateways of this process made and verified so far; the checks' own are not
/// in it.
#[derive(Debug, Default)]
pub struct Tally {
    /// P-256, made.
    pub p256_made: AtomicU64,
    /// P-256, verified.
    pub p256_verified: AtomicU64,
    /// Ed25519, made.
    pub ed25519_made: AtomicU64,
    /// Ed25519, verified.
    pub ed25519_verified: AtomicU64,
}

/// Of this process.
pub static TALLY: Tally = Tally {
    p256_made: AtomicU64::new(0),
    p256_verified: AtomicU64::new(0),
    ed25519_made: AtomicU64::new(0),
    ed25519_verified: AtomicU64::new(0),
};

fn count(what: &AtomicU64) {
    what.fetch_add(1, Ordering::Relaxed);
}

/// The stand-in for both sides.
#[derive(Clone, Copy, Debug)]
pub struct StandIn;

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = ring::digest::Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut out = [0; 32];
    out.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
    out
}

fn stand_in(public: &[u8], message: &[u8]) -> Vec<u8> {
    let mut half = hash(&[b"stand-in", public, message]);
    // Positive and not short, so that its DER has one length and leads back to these bytes.
    if let Some(first) = half.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    [half, half].concat()
}

impl StandIn {
    fn point(number: u64) -> Vec<u8> {
        let (x, y) = (hash(&[b"x", &number.to_le_bytes()]), hash(&[b"y", &number.to_le_bytes()]));
        [&[4][..], &x, &y].concat()
    }
}

impl billpay_core::platform::Suite for StandIn {
    fn name(&self) -> &'static str {
        "ES256"
    }

    fn verify(&self, _algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        stand_in(key, message) == signature
    }
}

impl sandbox_gateway::suite::Suite for StandIn {
    fn verify_p256(&self, point: &[u8], message: &[u8], signature: &[u8]) -> bool {
        stand_in(point, message) == signature
    }

    fn signer(&self, seed: &[u8; 32]) -> Option<Arc<dyn sandbox_gateway::suite::Signer>> {
        Some(Arc::new(StandInSigner(hash(&[b"public", seed]))))
    }

    fn verify_ed25519(&self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        stand_in(public, message) == signature
    }
}

struct StandInSigner([u8; 32]);

impl sandbox_gateway::suite::Signer for StandInSigner {
    fn public(&self) -> Vec<u8> {
        self.0.to_vec()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        stand_in(&self.0, message)
    }
}

/// A P-256 key of a device.
pub struct DeviceKey {
    public: Vec<u8>,
    pair: Option<&'static EcdsaKeyPair>,
}

impl DeviceKey {
    /// The key of that number in a life. Real ones are made once and live as long as the program:
    /// making one costs more than a payment.
    #[must_use]
    pub fn numbered(signatures: Signatures, number: u64) -> Option<Self> {
        match signatures {
            Signatures::StandIn => Some(Self { public: StandIn::point(number), pair: None }),
            Signatures::Real => {
                let pair = pool().get(usize::try_from(number).ok()?)?;
                Some(Self { public: pair.public_key().as_ref().to_vec(), pair: Some(pair) })
            }
        }
    }

    /// The public point.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// DER, as key stores give it; `None` if the system's randomness fails.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self.pair {
            Some(pair) => {
                count(&TALLY.p256_made);
                Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec())
            }
            None => {
                let both = stand_in(&self.public, message);
                let (r, s) = both.split_at_checked(32)?;
                Some([&[0x30, 68, 2, 32][..], r, &[2, 32], s].concat())
            }
        }
    }
}

/// More than a life has phones, times the keys that each can make.
const POOL: usize = 8 * super::keys::KEYS;

fn pool() -> &'static [EcdsaKeyPair] {
    static POOLED: OnceLock<Vec<EcdsaKeyPair>> = OnceLock::new();
    POOLED.get_or_init(|| {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let fresh = || {
            let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok()?;
            EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).ok()
        };
        std::iter::repeat_with(fresh).take(POOL).flatten().collect()
    })
}

/// The suite that ships, which a phone asks about the same document each time it is shown. What it has said
/// of these very bytes once it says again: every signature is verified for real, once a phone.
#[derive(Debug, Default)]
struct Remembering(Mutex<BTreeSet<[u8; 32]>>);

impl billpay_core::platform::Suite for Remembering {
    fn name(&self) -> &'static str {
        billpay_core::crypto::suite::RingSuite.name()
    }

    fn verify(&self, algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let kind: &[u8] = match algorithm {
            Algorithm::Ed25519 => b"ed25519",
            Algorithm::Es256 => b"es256",
        };
        let lengths = [kind.len(), key.len(), message.len(), signature.len()].map(usize::to_le_bytes).concat();
        let asked = hash(&[&lengths, kind, key, message, signature]);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&asked);
        if !known {
            count(if algorithm == Algorithm::Es256 { &TALLY.p256_verified } else { &TALLY.ed25519_verified });
        }
        let good = known || billpay_core::crypto::suite::RingSuite.verify(algorithm, key, message, signature);
        if good && !known {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(asked);
        }
        good
    }
}

/// The gateway's suite that ships, counted.
#[derive(Clone, Copy, Debug)]
struct Counted;

impl sandbox_gateway::suite::Suite for Counted {
    fn verify_p256(&self, point: &[u8], message: &[u8], signature: &[u8]) -> bool {
        count(&TALLY.p256_verified);
        RingSuite.verify_p256(point, message, signature)
    }

    fn signer(&self, seed: &[u8; 32]) -> Option<Arc<dyn sandbox_gateway::suite::Signer>> {
        Some(Arc::new(CountedSigner(RingSuite.signer(seed)?)))
    }

    fn verify_ed25519(&self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        count(&TALLY.ed25519_verified);
        RingSuite.verify_ed25519(public, message, signature)
    }
}

struct CountedSigner(Arc<dyn sandbox_gateway::suite::Signer>);

impl sandbox_gateway::suite::Signer for CountedSigner {
    fn public(&self) -> Vec<u8> {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        count(&TALLY.ed25519_made);
        self.0.sign(message)
    }
}

impl Signatures {
    /// For the core of one phone.
    #[must_use]
    pub fn core(self) -> Arc<dyn billpay_core::platform::Suite> {
        match self {
            Self::Real => Arc::new(Remembering::default()),
            Self::StandIn => Arc::new(StandIn),
        }
    }

    /// For the gateway.
    #[must_use]
    pub fn gateway(self) -> Arc<dyn sandbox_gateway::suite::Suite> {
        match self {
            Self::Real => Arc::new(Counted),
            Self::StandIn => Arc::new(StandIn),
        }
    }

    /// The check's own look at a document: neither side's code.
    #[must_use]
    pub fn is_by(self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Real => UnparsedPublicKey::new(&ED25519, public).verify(message, signature).is_ok(),
            Self::StandIn => stand_in(public, message) == signature,
        }
    }

    /// The same for a device's signature, `r ‖ s`.
    #[must_use]
    pub fn is_by_device(self, public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Real => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public).verify(message, signature).is_ok(),
            Self::StandIn => stand_in(public, message) == signature,
        }
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.iter_mut().zip(digest(&SHA256, bytes).as_ref()).for_each(|(to, from)| *to = *from);
    out
}
