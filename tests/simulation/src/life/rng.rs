//! Randomness of a life: SplitMix64, split by purpose, so that drawing more of one kind changes
//! nothing of another and a fault can be taken out of a life without making it a different one.

use std::sync::{Mutex, PoisonError};

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of a seed for one purpose.
    #[must_use]
    pub fn of(seed: u64, purpose: &str) -> Self {
        let mut stream = Self(seed ^ 0x5851_f42d_4c95_7f2d);
        for byte in purpose.bytes() {
            stream.0 = stream.next() ^ u64::from(byte);
        }
        stream
    }

    /// One of many streams of the same purpose.
    #[must_use]
    pub fn nth(mut self, number: u64) -> Self {
        self.0 = self.next() ^ number;
        self.0 = self.next();
        self
    }

    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in a thousand.
    pub fn chance(&mut self, of_a_thousand: u64) -> bool {
        self.below(1000) < of_a_thousand
    }

    /// One of them; `None` of none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let bound = u64::try_from(of.len()).unwrap_or(0);
        of.get(usize::try_from(self.below(bound)).unwrap_or(0))
    }
}

/// A stream as the port of either side.
#[derive(Debug)]
pub struct PortRng(Mutex<Stream>);

impl PortRng {
    /// Draws from `stream`.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self(Mutex::new(stream))
    }

    fn bytes(&self, buffer: &mut [u8]) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            let drawn = stream.next().to_le_bytes();
            chunk.iter_mut().zip(drawn).for_each(|(to, from)| *to = from);
        }
    }
}

impl billpay_core::platform::Rng for PortRng {
    fn fill(&self, buffer: &mut [u8]) {
        self.bytes(buffer);
    }
}

impl sandbox_gateway::rng::Rng for PortRng {
    fn fill(&self, buffer: &mut [u8]) {
        self.bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_seed_and_purpose_and_nothing_else() {
        let draw = |seed, purpose| Stream::of(seed, purpose).next();
        assert_eq!(draw(1, "network"), draw(1, "network"));
        assert_ne!(draw(1, "network"), draw(2, "network"));
        assert_ne!(draw(1, "network"), draw(1, "person"));
    }
}
