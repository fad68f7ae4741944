//! Randomness for ids and references, as a port: a simulation draws it from its seed.

use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::Uuid;

/// A source of random bytes.
pub trait Rng: Send + Sync {
    /// Fills the whole of `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Debug)]
pub struct SystemRng(SystemRandom);

impl Default for SystemRng {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemRng {
    /// The operating system's generator.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Rng for SystemRng {
    fn fill(&self, buffer: &mut [u8]) {
        // It fails only before the system has gathered any randomness; bytes that are not random
        // would be worse than waiting for that.
        while self.0.fill(buffer).is_err() {
            std::thread::yield_now();
        }
    }
}

/// A UUID of version 7 (RFC 9562): `now` to the millisecond, the rest random.
#[must_use]
pub fn uuid_v7(now: Timestamp, rng: &dyn Rng) -> Uuid {
    let mut random = [0; 10];
    rng.fill(&mut random);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_of_version_7_holds_its_time_and_differs_from_the_next() {
        let (now, rng) = (Timestamp::from_millisecond(1_700_000_000_123).unwrap(), SystemRng::new());
        let (one, two) = (uuid_v7(now, &rng), uuid_v7(now, &rng));
        assert_ne!(one, two);
        assert_eq!(one.get_version_num(), 7);
        assert_eq!(u64::from_str_radix(&one.simple().to_string()[..12], 16).unwrap(), 1_700_000_000_123);
    }
}
