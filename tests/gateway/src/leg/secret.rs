//! The secret that the bank shares with one biller.

use std::fmt;

/// Signs and checks every message with that biller. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct LegSecret(Vec<u8>);

impl LegSecret {
    /// Takes the secret's bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// For hashing only.
    pub(super) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for LegSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegSecret(…)")
    }
}
