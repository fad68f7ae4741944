//! The time that has certainly passed, by which a device's clock that was set back is seen and pins
//! that have expired stay expired.
//!
//! Only a pinned answer raises it, and what it says of the time is not taken at its word: a floor in
//! the far future would let every pin seem expired, and as nothing goes out then, no later answer
//! could set it right before the program is started anew. So:
//!
//! - within a day of what the device or the floor shows, an answer is believed at once;
//! - farther ahead, either the phone's clock is far behind or one server's clock is wrong. The next
//!   answer decides: one that agrees raises the floor, one that does not puts the claim aside.
//!
//! A bank that is wrong by years twice in a row is still believed: nobody else tells a phone
//! whose own clock is far behind that its pins have expired.

use jiff::{SignedDuration, Timestamp};

use super::faults::SOURCE_DATE;

/// How far two clocks that are right may differ, and two answers of one bank lie apart.
const AGREES: SignedDuration = SignedDuration::from_hours(24);

pub(super) struct Floor {
    passed: Timestamp,
    /// What the last answer said, if that was too far ahead to be believed alone.
    claimed: Option<Timestamp>,
}

impl Floor {
    /// From the time that the bank is known to have shown before.
    pub(super) fn new(bank_time: Option<Timestamp>) -> Self {
        Self { passed: bank_time.map_or(SOURCE_DATE, |time| time.max(SOURCE_DATE)), claimed: None }
    }

    pub(super) fn passed(&self) -> Timestamp {
        self.passed
    }

    /// What a pinned answer says, while the device shows `now`.
    pub(super) fn heard(&mut self, time: Timestamp, now: Timestamp) {
        let known = self.passed.max(now);
        // The earlier of two that agree has passed in any case.
        let agreed = self.claimed.filter(|claimed| time.duration_since(*claimed).abs() <= AGREES);
        if time.duration_since(known) <= AGREES {
            self.claimed = None;
            self.passed = self.passed.max(time);
        } else if let Some(claimed) = agreed {
            self.claimed = None;
            self.passed = self.passed.max(claimed.min(time));
        } else {
            self.claimed = Some(time);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn row_53_a_plausible_time_raises_the_floor_at_once_and_an_earlier_one_never_lowers_it() {
        let mut floor = Floor::new(Some(time("2027-02-01T00:00:00Z")));
        floor.heard(time("2027-06-01T10:00:00Z"), time("2027-06-01T00:00:00Z"));
        assert_eq!(floor.passed(), time("2027-06-01T10:00:00Z"));
        floor.heard(time("2027-03-01T00:00:00Z"), time("2027-06-01T00:00:00Z"));
        assert_eq!(floor.passed(), time("2027-06-01T10:00:00Z"));
        // The floor itself carries on where the device's clock was set back.
        floor.heard(time("2027-06-02T09:00:00Z"), time("2027-01-01T00:00:00Z"));
        assert_eq!(floor.passed(), time("2027-06-02T09:00:00Z"));
    }

    #[test]
    fn row_53_a_lone_claim_of_the_far_future_raises_nothing_and_is_gone_with_the_next_answer() {
        let now = time("2027-06-01T00:00:00Z");
        let mut floor = Floor::new(None);
        floor.heard(time("2099-01-01T00:00:00Z"), now);
        assert_eq!(floor.passed(), SOURCE_DATE);
        floor.heard(now, now);
        floor.heard(time("2099-01-01T00:00:00Z"), now);
        assert_eq!(floor.passed(), now, "two that are not one after the other do not agree");
        floor.heard(time("2088-01-01T00:00:00Z"), now);
        assert_eq!(floor.passed(), now, "nor do two that name other times");
    }

    #[test]
    fn row_53_two_answers_that_agree_tell_a_phone_that_is_years_behind() {
        let mut floor = Floor::new(None);
        let now = time("2027-06-01T00:00:00Z");
        floor.heard(time("2031-01-01T00:00:00Z"), now);
        floor.heard(time("2031-01-01T00:00:05Z"), now);
        assert_eq!(floor.passed(), time("2031-01-01T00:00:00Z"));
    }
}
