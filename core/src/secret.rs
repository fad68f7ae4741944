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
