//! Look-ups by what must not be in clear (customer numbers, payables): HMAC-SHA256 under a key of
//! their own, every part with its length, so that no two lists of parts give the same bytes.

use ring::hmac;

use super::{StoreError, Tx};
use crate::plant;

impl Tx<'_> {
    /// The 32 bytes that stand for `parts` under `purpose`, the same for the same root and profile.
    ///
    /// # Errors
    /// [`StoreError::Locked`].
    pub fn lookup(&self, purpose: &str, parts: &[&str]) -> Result<Vec<u8>, StoreError> {
        if plant::is!("look-up-in-clear") {
            return Ok([&[purpose], parts].concat().join("/").into_bytes());
        }
        let mut context = hmac::Context::with_key(self.keys()?.lookup_key());
        for part in std::iter::once(&purpose).chain(parts) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        Ok(context.sign().as_ref().to_vec())
    }
}
