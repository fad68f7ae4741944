//! What a device holds, at rest.

use std::{collections::BTreeMap, fmt};

use crate::pages::Pages;

/// The files of a disk and their bytes, to be looked at, changed, and put on a disk again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Image(pub(crate) BTreeMap<String, Pages>);

impl Image {
    /// An image with one file.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self(BTreeMap::from([(name.to_owned(), Pages::of(bytes))]))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The size of a file.
    #[must_use]
    pub fn size(&self, name: &str) -> Option<usize> {
        self.0.get(name).map(Pages::len)
    }

    /// All bytes of a file.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let file = self.0.get(name)?;
        let mut bytes = vec![0; file.len()];
        file.read(0, &mut bytes);
        Some(bytes)
    }

    /// The same with the bits of `mask` inverted in one byte; as it is, where there is no such byte.
    #[must_use]
    pub fn flipped(&self, name: &str, offset: usize, mask: u8) -> Self {
        let mut flipped = self.clone();
        if let Some(bytes) = flipped.0.get_mut(name) {
            bytes.flip(offset, mask);
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
