//! ECDSA signatures of P-256 from DER (what key stores return) to `r ‖ s` (what RFC 9421 and
//! RFC 7518 carry). Strict: one DER text for one signature, nothing after it.

use thiserror::Error;

/// The bytes are not a DER `SEQUENCE` of two positive integers of at most 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the key store returned no DER signature of P-256")]
pub struct NotDer;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const FIELD: usize = 32;

/// `r ‖ s`, 32 bytes each, big-endian.
///
/// # Errors
/// [`NotDer`] for anything but the one DER encoding of such a signature.
pub fn to_fixed(der: &[u8]) -> Result<[u8; 64], NotDer> {
    // Two integers of at most 33 bytes: every length fits the short form, so the long one is
    // never minimal here.
    let (body, rest) = element(SEQUENCE, der)?;
    let (r, after) = element(INTEGER, body)?;
    let (s, end) = element(INTEGER, after)?;
    if !rest.is_empty() || !end.is_empty() {
        return Err(NotDer);
    }
    let mut fixed = [0; 64];
    let (left, right) = fixed.split_at_mut(FIELD);
    put(r, left)?;
    put(s, right)?;
    Ok(fixed)
}

/// Takes one element with a short-form length off the front.
fn element(tag: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), NotDer> {
    match bytes {
        [have, length, rest @ ..] if *have == tag && *length < 0x80 => {
            rest.split_at_checked(usize::from(*length)).ok_or(NotDer)
        }
        _ => Err(NotDer),
    }
}

/// Writes a positive, minimally encoded integer right-aligned.
fn put(integer: &[u8], into: &mut [u8]) -> Result<(), NotDer> {
    let magnitude = match integer {
        // A leading zero is there only to keep the next bit from being a sign.
        [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => rest,
        [0x01..0x80, ..] => integer,
        _ => return Err(NotDer),
    };
    let start = into.len().checked_sub(magnitude.len()).ok_or(NotDer)?;
    let tail = into.get_mut(start..).ok_or(NotDer)?;
    tail.copy_from_slice(magnitude);
    Ok(())
}

#[cfg(test)]
mod tests {
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
    };

    use super::*;
    use crate::{
        crypto::suite::RingSuite,
        platform::{Algorithm, Suite as _},
    };

    #[test]
    fn what_ring_signs_as_der_verifies_as_fixed() {
        let (alg, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap();
        // Enough that short integers and sign bytes come up in both places.
        for message in 0_u32..600 {
            let message = message.to_be_bytes();
            let der = key.sign(&random, &message).unwrap();
            let fixed = to_fixed(der.as_ref()).unwrap();
            let public = key.public_key().as_ref();
            assert!(RingSuite.verify(Algorithm::Es256, public, &message, &fixed));
        }
    }

    #[test]
    fn short_integers_are_padded_and_sign_bytes_dropped() {
        let fixed = to_fixed(&[0x30, 7, 2, 1, 5, 2, 2, 0, 0x80]).unwrap();
        let mut want = [0; 64];
        (want[31], want[63]) = (5, 0x80);
        assert_eq!(fixed, want);
    }

    #[test]
    fn every_other_encoding_is_refused() {
        let long = [&[0x30, 38, 2, 33][..], &[1; 33], &[2, 1, 1]].concat();
        for (what, der) in [
            ("nothing", &[][..]),
            ("no sequence", &[0x31, 6, 2, 1, 5, 2, 1, 6]),
            ("bytes after it", &[0x30, 6, 2, 1, 5, 2, 1, 6, 0]),
            ("bytes inside it", &[0x30, 7, 2, 1, 5, 2, 1, 6, 0]),
            ("a third integer", &[0x30, 9, 2, 1, 5, 2, 1, 6, 2, 1, 7]),
            ("one integer", &[0x30, 3, 2, 1, 5]),
            ("too short", &[0x30, 6, 2, 1, 5, 2, 1]),
            ("long form", &[0x30, 0x81, 6, 2, 1, 5, 2, 1, 6]),
            ("indefinite", &[0x30, 0x80, 2, 1, 5, 2, 1, 6, 0, 0]),
            ("zero", &[0x30, 6, 2, 1, 0, 2, 1, 6]),
            ("empty integer", &[0x30, 5, 2, 0, 2, 1, 6]),
            ("negative", &[0x30, 6, 2, 1, 0x85, 2, 1, 6]),
            ("padded", &[0x30, 7, 2, 2, 0, 5, 2, 1, 6]),
            ("longer than the field", &long),
        ] {
            assert_eq!(to_fixed(der), Err(NotDer), "{what}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_input_makes_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..100)) {
            let _ = to_fixed(&bytes);
        }
    }
}
