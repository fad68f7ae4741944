//! SHA-256 and the base64 alphabets of JOSE and of HTTP fields, decoded strictly: one text for one
//! value, so that nothing signed has a second spelling.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};

/// SHA-256 (FIPS 180-4).
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    hash
}

/// Base64url without padding (RFC 7515, section 2).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text; `None` for padding, another alphabet, or stray trailing bits.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}

/// Base64 with padding (RFC 4648, section 4), as pins and HTTP byte sequences use it.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

/// The bytes of a padded base64 text; `None` for any other spelling.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// `base64url(SHA-256(bytes))`: how digests of orders and documents are written.
#[must_use]
pub fn sha256_base64url(bytes: &[u8]) -> String {
    base64url(&sha256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_the_one_of_fips_180_4() {
        assert_eq!(sha256_base64url(b"abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    }

    #[test]
    fn base64url_has_one_spelling() {
        assert_eq!(from_base64url("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
        for other in ["-_8=", "+/8", "-_9", "-_8\n", " -_8", "-"] {
            assert_eq!(from_base64url(other), None, "{other:?}");
        }
    }

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(from_base64("+/8=").as_deref(), Some(&[0xfb, 0xff][..]));
        for other in ["+/8", "-_8=", "+/9=", "+/8=="] {
            assert_eq!(from_base64(other), None, "{other:?}");
        }
    }
}
