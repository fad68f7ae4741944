//! What a device holds, at rest.

use std::{collections::BTreeMap, fmt};

/// The files of a disk and their bytes, to be looked at, changed, and put on a disk again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Image(pub(crate) BTreeMap<String, Vec<u8>>);

impl Image {
    /// An image with one file.
    #[must_use]
    pub fn of(name: &str, bytes: Vec<u8>) -> Self {
        Self(BTreeMap::from([(name.to_owned(), bytes)]))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The bytes of a file.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    /// The same with the bits of `mask` inverted in one byte; as it is, where there is no such byte.
    #[must_use]
    pub fn flipped(&self, name: &str, offset: usize, mask: u8) -> Self {
        let mut flipped = self.clone();
        if let Some(byte) = flipped.0.get_mut(name).and_then(|bytes| bytes.get_mut(offset)) {
            *byte ^= mask;
        }
        flipped
    }
}

/// Names and sizes: nobody reads the rest.
impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, bytes)| (name, bytes.len()))).finish()
    }
}
