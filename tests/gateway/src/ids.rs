//! Identifiers, from the clock and randomness that the gateway was given.

use jiff::Timestamp;

use crate::{
    encoding::base64url,
    rng::{Rng, uuid_v7},
};

/// A UUID of version 7 (RFC 9562), lower case.
#[must_use]
pub fn uuid7(now_ms: i64, rng: &dyn Rng) -> String {
    uuid_v7(Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH), rng).to_string()
}

/// An unguessable token of 128 bits with a prefix that says what it is.
#[must_use]
pub fn token(prefix: &str, rng: &dyn Rng) -> String {
    let mut random = [0; 16];
    rng.fill(&mut random);
    format!("{prefix}{}", base64url(&random))
}
