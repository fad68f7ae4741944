//! Ids of this device's making: UUIDs of version 7 (RFC 9562) from the injected clock and
//! randomness, so that equal seeds give equal ids.

use crate::platform::{Clock, Rng};

/// A fresh UUIDv7, lower case.
#[must_use]
pub(crate) fn uuid_v7(clock: &dyn Clock, rng: &dyn Rng) -> String {
    let mut random = [0; 10];
    rng.fill(&mut random);
    let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().hyphenated().to_string()
}
