//! Compact JWS (RFC 7515) as the bank signs its receipts, refusals, reversals, credentials and
//! trust documents.
//!
//! The algorithm is a property of the key; the header only has to agree with it. A header with any
//! member beyond `alg`, `kid` and `typ` is refused, `crit` and `b64` among them.

use serde::Deserialize;
use thiserror::Error;

use super::digest::from_base64url;
use crate::platform::{Algorithm, Suite};

/// The longest compact text that is looked at, in bytes.
pub const MAX_COMPACT: usize = 64 << 10;

/// A public key with the algorithm that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationKey {
    /// How it verifies.
    pub algorithm: Algorithm,
    /// The public key, in the form that [`Algorithm`] names.
    pub bytes: Vec<u8>,
}

/// What a signature vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The name of the key that signed.
    pub kid: String,
    /// The signed bytes.
    pub payload: Vec<u8>,
}

/// The protected header, as far as it can be read without a key: nobody vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnverifiedHeader {
    /// The algorithm that the text claims; decides nothing.
    pub alg: String,
    /// The name of the key.
    pub kid: String,
    /// The kind of document.
    pub typ: String,
}

/// Why a text is not what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JwsError {
    /// No compact JWS with the three header members, or longer than [`MAX_COMPACT`].
    #[error("not a signed document")]
    Malformed,
    /// The key is not in the set: nothing is known about the signature, neither good nor bad.
    #[error("signed by a key that is not known here")]
    UnknownKey,
    /// A document of another kind.
    #[error("a signed document of another kind")]
    WrongType,
    /// The signature does not verify, or the header names another algorithm than the key's.
    #[error("the signature is not valid")]
    Invalid,
}

/// Verifies a compact JWS of kind `typ` against the key that `keys` has for its `kid`.
///
/// # Errors
/// [`JwsError`]; the kind is looked at first, then the key, then the signature.
pub fn verify<'k>(
    compact: &str,
    typ: &str,
    keys: impl FnOnce(&str) -> Option<&'k VerificationKey>,
    suite: &dyn Suite,
) -> Result<Verified, JwsError> {
    let parts = Parts::of(compact)?;
    if parts.header.typ != typ {
        return Err(JwsError::WrongType);
    }
    let key = keys(&parts.header.kid).ok_or(JwsError::UnknownKey)?;
    // "EdDSA" is the older name of the same thing (RFC 9864).
    let agrees = match key.algorithm {
        Algorithm::Ed25519 => matches!(parts.header.alg.as_str(), "Ed25519" | "EdDSA"),
        Algorithm::Es256 => parts.header.alg == "ES256",
    };
    let signed = parts.signed.as_bytes();
    if !agrees || !suite.verify(key.algorithm, &key.bytes, signed, &parts.signature) {
        return Err(JwsError::Invalid);
    }
    Ok(Verified { kid: parts.header.kid, payload: parts.payload })
}

/// The header of a compact JWS that has not been verified, to tell which key is missing.
///
/// # Errors
/// [`JwsError::Malformed`].
pub fn unverified_header(compact: &str) -> Result<UnverifiedHeader, JwsError> {
    Parts::of(compact).map(|parts| parts.header)
}

/// What a signed token says that it is; `None` if it does not say so in the form of one.
pub fn unverified_typ(compact: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Says {
        typ: String,
    }
    let (header, _) = compact.split_once('.')?;
    Some(serde_json::from_slice::<Says>(&from_base64url(header)?).ok()?.typ)
}

struct Parts<'a> {
    header: UnverifiedHeader,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(compact: &'a str) -> Result<Self, JwsError> {
        Self::split(compact).ok_or(JwsError::Malformed)
    }

    fn split(compact: &'a str) -> Option<Self> {
        if compact.len() > MAX_COMPACT {
            return None;
        }
        // A fourth part would leave a dot in one of these, which base64url refuses.
        let (signed, signature) = compact.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header = from_base64url(header)?;
        Some(Self {
            header: serde_json::from_slice(&header).ok()?,
            signed,
            payload: from_base64url(payload)?,
            signature: from_base64url(signature)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
    };

    use super::*;
    use crate::crypto::{digest::base64url, suite::RingSuite};

    const TYP: &str = "billpay-receipt+jws";

    struct Bank {
        edwards: Ed25519KeyPair,
        p256: EcdsaKeyPair,
        keys: BTreeMap<String, VerificationKey>,
    }

    impl Bank {
        fn new() -> Self {
            let random = SystemRandom::new();
            let edwards = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
            let alg = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
            let p256 = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
            let key = |algorithm, bytes: &[u8]| VerificationKey { algorithm, bytes: bytes.to_vec() };
            let keys = BTreeMap::from([
                ("ed".to_owned(), key(Algorithm::Ed25519, edwards.public_key().as_ref())),
                ("p".to_owned(), key(Algorithm::Es256, p256.public_key().as_ref())),
            ]);
            Self { edwards, p256, keys }
        }

        fn sign(&self, header: &str, payload: &[u8], p256: bool) -> String {
            let text = format!("{}.{}", base64url(header.as_bytes()), base64url(payload));
            let signature = if p256 {
                let random = SystemRandom::new();
                let signature = self.p256.sign(&random, text.as_bytes()).unwrap();
                base64url(signature.as_ref())
            } else {
                base64url(self.edwards.sign(text.as_bytes()).as_ref())
            };
            format!("{text}.{signature}")
        }

        fn verify(&self, compact: &str) -> Result<Verified, JwsError> {
            verify(compact, TYP, |kid| self.keys.get(kid), &RingSuite)
        }
    }

    fn header(alg: &str, kid: &str, typ: &str) -> String {
        format!(r#"{{"alg":"{alg}","kid":"{kid}","typ":"{typ}"}}"#)
    }

    #[test]
    fn row_47_a_document_verifies_under_each_name_of_its_keys_algorithm() {
        let bank = Bank::new();
        for (alg, kid, p256) in [("Ed25519", "ed", false), ("EdDSA", "ed", false), ("ES256", "p", true)] {
            let compact = bank.sign(&header(alg, kid, TYP), b"{}", p256);
            let verified = bank.verify(&compact).unwrap();
            assert_eq!((verified.kid.as_str(), &verified.payload[..]), (kid, &b"{}"[..]));
        }
    }

    #[test]
    fn row_47_every_flipped_bit_is_noticed() {
        let bank = Bank::new();
        for (alg, kid, p256) in [("Ed25519", "ed", false), ("ES256", "p", true)] {
            let compact = bank.sign(&header(alg, kid, TYP), br#"{"total":1}"#, p256);
            assert!(bank.verify(&compact).is_ok());
            for at in 0..compact.len() {
                for bit in 0..8 {
                    let mut bytes = compact.clone().into_bytes();
                    bytes[at] ^= 1 << bit;
                    let Ok(flipped) = String::from_utf8(bytes) else {
                        continue;
                    };
                    assert!(bank.verify(&flipped).is_err(), "byte {at}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn the_header_cannot_choose_the_algorithm() {
        let bank = Bank::new();
        for (alg, kid, p256) in [
            ("none", "ed", false),
            ("HS256", "p", true),
            ("ES256", "ed", false),
            ("EdDSA", "p", true),
            ("ed25519", "ed", false),
        ] {
            let compact = bank.sign(&header(alg, kid, TYP), b"{}", p256);
            assert_eq!(bank.verify(&compact), Err(JwsError::Invalid), "{alg} {kid}");
        }
    }

    #[test]
    fn row_47_an_unknown_key_is_neither_good_nor_bad() {
        let bank = Bank::new();
        let compact = bank.sign(&header("Ed25519", "next-year", TYP), b"{}", false);
        assert_eq!(bank.verify(&compact), Err(JwsError::UnknownKey));
        assert_eq!(unverified_header(&compact).unwrap().kid, "next-year");
    }

    #[test]
    fn one_kind_of_document_never_passes_for_another() {
        let bank = Bank::new();
        for typ in ["billpay-refusal+jws", "", "BILLPAY-RECEIPT+JWS"] {
            let compact = bank.sign(&header("Ed25519", "ed", typ), b"{}", false);
            assert_eq!(bank.verify(&compact), Err(JwsError::WrongType), "{typ}");
        }
    }

    #[test]
    fn headers_with_other_members_are_refused() {
        let bank = Bank::new();
        for header in [
            format!(r#"{{"alg":"Ed25519","kid":"ed","typ":"{TYP}","crit":["b64"],"b64":false}}"#),
            format!(r#"{{"alg":"Ed25519","kid":"ed","typ":"{TYP}","jwk":{{}}}}"#),
            format!(r#"{{"alg":"Ed25519","kid":"ed","kid":"p","typ":"{TYP}"}}"#),
            r#"{"alg":"Ed25519","kid":"ed"}"#.to_owned(),
            format!(r#"{{"alg":"Ed25519","kid":"ed","typ":"{TYP}"}} x"#),
        ] {
            let compact = bank.sign(&header, b"{}", false);
            assert_eq!(bank.verify(&compact), Err(JwsError::Malformed), "{header}");
        }
    }

    #[test]
    fn texts_of_another_shape_are_refused() {
        let bank = Bank::new();
        let good = bank.sign(&header("Ed25519", "ed", TYP), b"{}", false);
        let long = bank.sign(&header("Ed25519", "ed", TYP), &vec![b' '; MAX_COMPACT], false);
        for bad in [
            "",
            ".",
            "..",
            "...",
            &good[1..],
            &format!("{good}."),
            &format!(".{good}"),
            &format!("{good}="),
            &format!("{good}\n"),
            &long,
        ] {
            let refused = bank.verify(bad);
            assert_eq!(refused, Err(JwsError::Malformed), "{}", bad.len());
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*", header in ".*", dots in 0..4_usize) {
            let text = format!("{}.{text}{}", base64url(header.as_bytes()), ".".repeat(dots));
            proptest::prop_assert!(Bank::new().verify(&text).is_err());
        }
    }
}
