//! Types for what must not be seen: no `Debug`, no `Display`, wiped when dropped, compared in
//! constant time. To read one you call `expose`, and a reviewer finds every place that does.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Secret bytes: a root key, a private key, a token.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes over; the caller keeps no copy.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves. Say in a comment why at each call.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        // Lengths are no secret; a different one decides at once.
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }
}

impl Eq for Secret {}

// That nothing prints one is held by docs/security/secrets.md and tests/gates/secrets.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_wiped_when_it_is_told_to_and_when_it_is_dropped() {
        fn dropped<T: ZeroizeOnDrop>() {}
        dropped::<Secret>();
        let mut secret = Secret::new(b"root".to_vec());
        secret.zeroize();
        assert_eq!(secret.expose(), b"");
    }

    #[test]
    fn secrets_are_equal_when_every_bit_is() {
        let bytes: Vec<u8> = (0..32).collect();
        let secret = Secret::new(bytes.clone());
        assert!(secret == Secret::new(bytes.clone()) && secret == secret.clone());
        for bit in 0..8 * bytes.len() {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(secret != Secret::new(other), "bit {bit}");
        }
        for length in [0, 31] {
            assert!(secret != Secret::new(bytes[..length].to_vec()), "{length} bytes");
        }
        assert!(secret != Secret::new([&bytes[..], &[0]].concat()));
    }
}
