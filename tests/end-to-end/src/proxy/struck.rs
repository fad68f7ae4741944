//! What a proxy has really done, as against what was drawn: a cut at byte 5,000 of a connection of
//! 3,000 bytes is none.

use std::collections::BTreeMap;

/// Something that has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A connection was taken; no fault.
    Connection,
    /// One too many was reset.
    Refused,
    /// Ended after so many bytes of the request's direction, as a process that went away does it (RST).
    ResetUp,
    /// The same in the answer's direction.
    ResetDown,
    /// Ended after so many bytes of the request's direction, in good order (FIN).
    EndUp,
    /// The same in the answer's direction.
    EndDown,
    /// A connection each of whose pieces was late by the same time.
    Latency,
    /// By another time each.
    Jitter,
    /// A connection that was slowed to so many bytes a second.
    Rate,
    /// Nothing went on for a while.
    Stall,
}

impl What {
    /// In the summary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connection => "connections",
            Self::Refused => "one-too-many",
            Self::ResetUp => "reset-in-request",
            Self::ResetDown => "reset-in-answer",
            Self::EndUp => "end-in-request",
            Self::EndDown => "end-in-answer",
            Self::Latency => "latency",
            Self::Jitter => "jitter",
            Self::Rate => "rate-limit",
            Self::Stall => "stall",
        }
    }
}

/// How often each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Struck(BTreeMap<What, u64>);

impl Struck {
    /// One more.
    pub fn note(&mut self, what: What) {
        *self.0.entry(what).or_default() += 1;
    }

    /// Those of another proxy, too.
    pub fn add(&mut self, other: &Self) {
        other.0.iter().for_each(|(what, times)| *self.0.entry(*what).or_default() += times);
    }

    /// How often this one.
    #[must_use]
    pub fn times(&self, what: What) -> u64 {
        self.0.get(&what).copied().unwrap_or(0)
    }

    /// By name.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0.iter().map(|(what, times)| (what.name(), *times)).collect()
    }
}
