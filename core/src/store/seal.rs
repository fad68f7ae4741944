//! Sealing of one row: AES-256-GCM under a key derived from the root for this profile.
//!
//! Envelope, version 1: `01 ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The associated data names where
//! the row stands and everything about it that is in clear, each part with its length and type, so
//! that a row moved, copied to another profile, or edited in any column does not open.

use std::sync::Arc;

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use rusqlite::types::ValueRef;
use zeroize::{Zeroize as _, Zeroizing};

use crate::{platform::Rng, secret::Secret};

const VERSION: u8 = 1;
/// What the envelope adds to the plaintext, in bytes.
pub(super) const OVERHEAD: usize = 1 + NONCE_LEN + 16;
/// Room for a body as most are; a longer one is moved as it grows.
const BODY: usize = 1536;
/// Bytes of a root key.
pub(super) const ROOT: usize = 32;

/// The keys of one profile, by purpose, and the randomness for nonces.
pub(super) struct Keys {
    seal: LessSafeKey,
    lookup: hmac::Key,
    /// The same key, to be carried along when the root changes.
    lookup_bytes: Zeroizing<[u8; 32]>,
    check: [u8; 32],
    check_carried: [u8; 32],
    rng: Arc<dyn Rng>,
}

/// The body did not open: another key, another place, or other bytes.
pub(super) struct Broken;

impl Keys {
    /// HKDF-SHA256 with the profile as salt and the purpose as info; `None` unless the root has 32
    /// bytes.
    pub(super) fn derive(root: &Secret, profile: &str, rng: Arc<dyn Rng>) -> Option<Self> {
        // Exposed to be stretched into the keys below; no copy is kept.
        let root = root.expose();
        if root.len() != ROOT {
            return None;
        }
        let source = hkdf::Salt::new(hkdf::HKDF_SHA256, profile.as_bytes()).extract(root);
        let seal = source.expand(&[b"billpay store 1: seal"], &AES_256_GCM).ok()?;
        let stretched = |purpose: &[u8]| {
            let mut bytes = [0; 32];
            source.expand(&[purpose], hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut bytes)).ok().map(|()| bytes)
        };
        let lookup_bytes = Zeroizing::new(stretched(b"billpay store 1: look-up")?);
        Some(Self {
            seal: LessSafeKey::new(UnboundKey::from(seal)),
            lookup: hmac::Key::new(hmac::HMAC_SHA256, &*lookup_bytes),
            lookup_bytes,
            check: stretched(b"billpay store 1: canary")?,
            check_carried: stretched(b"billpay store 1: canary, look-ups by an earlier root")?,
            rng,
        })
    }

    /// The same with the look-up key of an earlier root: what is looked up stays where it is.
    pub(super) fn carrying(mut self, lookup: &[u8; 32]) -> Self {
        *self.lookup_bytes = *lookup;
        self.lookup = hmac::Key::new(hmac::HMAC_SHA256, lookup);
        self
    }

    pub(super) fn lookup_bytes(&self) -> &[u8; 32] {
        &self.lookup_bytes
    }

    /// The same as [`Keys::check`], for a profile whose look-ups are by an earlier root's key: nobody makes one
    /// of the other, and takes the earlier key away unnoticed.
    pub(super) fn check_carried(&self) -> &[u8; 32] {
        &self.check_carried
    }

    /// What the right root always gives for this profile, and no other root does. Says nothing
    /// about the other keys.
    pub(super) fn check(&self) -> &[u8; 32] {
        &self.check
    }

    pub(super) fn lookup_key(&self) -> &hmac::Key {
        &self.lookup
    }

    /// Seals `plain` to its place.
    pub(super) fn seal(&self, plain: &[u8], place: &Place) -> Option<Vec<u8>> {
        let write = |body: &mut Vec<u8>| {
            body.extend_from_slice(plain);
            Ok::<(), std::convert::Infallible>(())
        };
        self.seal_in(Vec::with_capacity(OVERHEAD + plain.len()), place, write).ok().flatten()
    }

    /// Seals what `write` appends, which stands nowhere but where it is sealed.
    pub(super) fn seal_written<E>(
        &self,
        place: &Place,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Option<Vec<u8>>, E> {
        self.seal_in(Vec::with_capacity(BODY), place, write)
    }

    fn seal_in<E>(
        &self,
        mut sealed: Vec<u8>,
        place: &Place,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Option<Vec<u8>>, E> {
        let mut nonce = [0; NONCE_LEN];
        self.rng.fill(&mut nonce);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        if let Err(error) = write(&mut sealed) {
            sealed.zeroize();
            return Err(error);
        }
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = sealed
            .get_mut(1 + NONCE_LEN..)
            .map(|body| self.seal.seal_in_place_separate_tag(nonce, Aad::from(place.bytes()), body));
        let Some(Ok(tag)) = tag else {
            sealed.zeroize();
            return Ok(None);
        };
        sealed.extend_from_slice(tag.as_ref());
        Ok(Some(sealed))
    }

    /// Opens a body at its place.
    pub(super) fn open(&self, sealed: &[u8], place: &Place) -> Result<Zeroizing<Vec<u8>>, Broken> {
        let (version, rest) = sealed.split_first().ok_or(Broken)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Broken)?;
        if *version != VERSION {
            return Err(Broken);
        }
        let mut plain = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.seal.open_in_place(nonce, Aad::from(place.bytes()), &mut plain).map_err(|_| Broken)?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

/// The associated data of a row: where it stands, and all of it that is in clear.
pub(super) struct Place(Vec<u8>);

impl Place {
    pub(super) fn new(profile: &str, table: &str, id: &str, record_version: i64) -> Self {
        let mut place = Self(Vec::with_capacity(256));
        place.part(b"billpay row 1");
        place.part(profile.as_bytes());
        place.part(table.as_bytes());
        place.part(id.as_bytes());
        place.0.extend_from_slice(&record_version.to_be_bytes());
        place
    }

    /// Adds a clear column with its name, type and value. One that is NULL is told by its name not
    /// being there: a column that a later schema adds leaves the rows before it readable.
    pub(super) fn column(&mut self, name: &str, value: ValueRef<'_>) {
        if value == ValueRef::Null {
            return;
        }
        self.part(name.as_bytes());
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(number) => {
                self.0.push(1);
                self.0.extend_from_slice(&number.to_be_bytes());
            }
            ValueRef::Real(number) => {
                self.0.push(2);
                self.0.extend_from_slice(&number.to_bits().to_be_bytes());
            }
            ValueRef::Text(text) => {
                self.0.push(3);
                self.part(text);
            }
            ValueRef::Blob(bytes) => {
                self.0.push(4);
                self.part(bytes);
            }
        }
    }

    /// The place and the sealed body of a row as `SELECT *` gives it.
    pub(super) fn of_row(profile: &str, table: &str, row: &rusqlite::Row<'_>) -> rusqlite::Result<(Self, Vec<u8>)> {
        let id: String = row.get("id")?;
        let mut place = Self::new(profile, table, &id, row.get("record_version")?);
        for (at, name) in row.as_ref().column_names().enumerate() {
            if !["id", "record_version", "sealed"].contains(&name) {
                place.column(name, row.get_ref(at)?);
            }
        }
        Ok((place, row.get("sealed")?))
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}
