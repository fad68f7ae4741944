//! Sealing and opening a body: `SHA1(xml ‖ secret)` in 40 upper-case hex digits, then the XML.
//!
//! Everything is refused that is not exactly that: lower case, another byte, a missing signature,
//! bytes that are not UTF-8, a time too far from the receiver's. SHA-1 is used here and nowhere
//! else in billpay.

use jiff::{SignedDuration, Timestamp};
use sha1::{Digest as _, Sha1};
use thiserror::Error;

use super::{
    LegSecret, MAX_AGE, MAX_AHEAD, MAX_BODY,
    xml::{self, Element, XmlError},
};
use crate::plant;

/// Hex digits of a signature.
pub const SIGNATURE: usize = 40;

/// Why a body is not a message of the other side, or not one to act upon.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// More than [`MAX_BODY`] bytes.
    #[error("too large")]
    TooLarge,
    /// Shorter than a signature.
    #[error("too short for a signature")]
    TooShort,
    /// A signature in lower case.
    #[error("signature in lower case")]
    LowerCase,
    /// What stands where the signature should is none.
    #[error("no signature")]
    NoSignature,
    /// The signature is of something else, or with another secret.
    #[error("wrong signature")]
    WrongSignature,
    /// Signed, but not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Signed longer ago than [`MAX_AGE`].
    #[error("too old")]
    TooOld,
    /// Signed further ahead than [`MAX_AHEAD`].
    #[error("from the future")]
    FromTheFuture,
    /// Signed, but not a message.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl Refusal {
    /// As it stands in an error answer.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooShort => "too-short",
            Self::LowerCase => "lower-case",
            Self::NoSignature => "no-signature",
            Self::WrongSignature => "wrong-signature",
            Self::NotUtf8 => "not-utf-8",
            Self::TooOld => "too-old",
            Self::FromTheFuture => "from-the-future",
            Self::Xml(_) => "not-a-message",
        }
    }
}

/// The body that carries `xml`.
#[must_use]
pub fn seal(xml: &str, secret: &LegSecret) -> Vec<u8> {
    let mut body = Vec::with_capacity(SIGNATURE + xml.len());
    body.extend_from_slice(&hex(xml.as_bytes(), secret));
    body.extend_from_slice(xml.as_bytes());
    body
}

/// The signature that a body bears, checked for its form only.
#[must_use]
pub fn signature(body: &[u8]) -> Option<&str> {
    let signature = std::str::from_utf8(body.get(..SIGNATURE)?).ok()?;
    signature.bytes().all(is_upper_hex).then_some(signature)
}

/// Checks the signature and gives the XML, whenever it was signed.
///
/// # Errors
/// It is not a body that somebody with this secret sealed.
pub fn verify<'a>(body: &'a [u8], secret: &LegSecret) -> Result<&'a str, Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::TooLarge);
    }
    let (signature, xml) = body.split_at_checked(SIGNATURE).ok_or(Refusal::TooShort)?;
    if !signature.iter().copied().all(is_upper_hex) {
        let lower = signature.iter().all(u8::is_ascii_hexdigit);
        return Err(if lower { Refusal::LowerCase } else { Refusal::NoSignature });
    }
    if !same(signature, &hex(xml, secret)) && !plant::is("leg-signature-unchecked") {
        return Err(Refusal::WrongSignature);
    }
    std::str::from_utf8(xml).map_err(|_| Refusal::NotUtf8)
}

/// Whether a message signed at `time` may be acted upon at `now`.
///
/// # Errors
/// It is too old, or from the future.
pub fn fresh(time: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let age: SignedDuration = now.duration_since(time);
    if age > MAX_AGE {
        Err(Refusal::TooOld)
    } else if -age > MAX_AHEAD {
        Err(Refusal::FromTheFuture)
    } else {
        Ok(())
    }
}

/// Checks signature and time, and gives the document.
///
/// # Errors
/// It is not a message that somebody with this secret sealed about now.
pub fn open(body: &[u8], secret: &LegSecret, now: Timestamp) -> Result<Element, Refusal> {
    let root = xml::read(verify(body, secret)?)?;
    fresh(root.parsed("time")?, now)?;
    Ok(root)
}

fn is_upper_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

fn hex(xml: &[u8], secret: &LegSecret) -> [u8; SIGNATURE] {
    let hash = Sha1::new().chain_update(xml).chain_update(secret.expose()).finalize();
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'A' + value - 10 };
    let mut out = [0; SIGNATURE];
    for (pair, byte) in out.chunks_exact_mut(2).zip(hash) {
        if let [high, low] = pair {
            (*high, *low) = (digit(byte >> 4), digit(byte & 15));
        }
    }
    out
}

/// Compared in constant time: how many digits were right is nobody's business.
fn same(one: &[u8], two: &[u8]) -> bool {
    one.len() == two.len() && one.iter().zip(two).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}
