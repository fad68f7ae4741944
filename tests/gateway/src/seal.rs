//! Sealed values: AES-256-GCM under a key of the bank's, bound to the row they stand in. What the
//! bank must read again and nobody else should find in its files.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::{encoding::hmac, rng::Rng};

fn key(secret: &[u8; 32]) -> Option<LessSafeKey> {
    let derived = hmac(secret, b"seal");
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &derived).ok()?))
}

/// Seals `text` for the row `row`; `None` only if it is too long for the cipher.
pub(crate) fn seal(secret: &[u8; 32], rng: &dyn Rng, row: &str, text: &str) -> Option<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut sealed = text.as_bytes().to_vec();
    let sealing = key(secret)?;
    sealing
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(row.as_bytes()), &mut sealed)
        .ok()?;
    Some([&nonce[..], &sealed].concat())
}

/// The text that was sealed for the row `row`; `None` if it was not, or was changed.
pub(crate) fn open(secret: &[u8; 32], row: &str, sealed: &[u8]) -> Option<String> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut text = rest.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let text = key(secret)?.open_in_place(nonce, Aad::from(row.as_bytes()), &mut text).ok()?;
    String::from_utf8(text.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SystemRng;

    #[test]
    fn a_sealed_value_opens_in_its_own_row_only() {
        let sealed = seal(&[1; 32], &SystemRng::new(), "a", "+8613800000001").unwrap();
        assert_eq!(open(&[1; 32], "a", &sealed).as_deref(), Some("+8613800000001"));
        assert_eq!(open(&[1; 32], "b", &sealed), None);
        assert_eq!(open(&[2; 32], "a", &sealed), None);
        assert_eq!(open(&[1; 32], "a", &sealed[..9]), None);
    }
}
