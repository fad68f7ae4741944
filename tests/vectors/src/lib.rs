//! The published vectors (features row 83): signed orders, mandates, outcomes, credentials, trust
//! documents, echoes and messages of the biller leg, with the keys and the expected results, for anyone to check against.
//!
//! The files beside this crate are the product; README.md says how to check each by hand. This
//! library is their shape and their generator (`cargo run -p vectors -- generate`), which writes the
//! same bytes every time: Ed25519 is deterministic, and an ES256 signature that is stored and still
//! verifies is kept. The generator has no code of the core; the tests hold the core, the sandbox and
//! a script of other people's tools to every file.
#![forbid(unsafe_code)]

pub mod credentials;
pub mod der;
pub mod echoes;
pub mod files;
pub mod jws;
pub mod keys;
pub mod leg;
pub mod mandates;
pub mod orders;
pub mod outcomes;
pub mod statistics;
pub mod trust;

/// What stops the generator, in words.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// base64url without padding (RFC 7515, section 2).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a base64url text.
///
/// # Errors
/// It is none.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Fault> {
    use base64::Engine as _;
    Ok(base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text)?)
}

/// SHA-256 (FIPS 180-4).
#[must_use]
pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().to_vec()
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of a hex text.
///
/// # Errors
/// It is none.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Fault> {
    let digits = text.as_bytes().chunks(2).map(str::from_utf8).collect::<Result<Vec<_>, _>>()?;
    Ok(digits.into_iter().map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<_, _>>()?)
}

/// The text of a value with its members in one order, whatever features of serde_json a build has.
#[must_use]
pub fn tidy(value: &serde_json::Value) -> String {
    // A value always has a text.
    serde_json_canonicalizer::to_string(value).unwrap_or_default()
}
