//! How often a customer may ask for what costs a biller's time or a row that stays, and how many
//! codes may be asked for by people whom nobody knows yet. In memory: a limit is no promise, and a
//! bank that starts anew owes nobody a refusal.
//!
//! Far above what a client that backs off ever asks, and above what a busy test does: they stop a
//! flood, and are no price. Nothing that tells the end of an order is limited.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Limited {
    /// `POST /v1/quotes` and `/v1/bills/query`: a question to a biller each.
    Biller,
    /// `POST /v1/payments/{id}/reversal`.
    Reversal,
    /// `POST /v1/evidence`.
    Evidence,
    /// `POST /v1/methods`: a page that waits for its person; and `POST /v1/reminders`.
    Page,
    /// `POST /v1/activations` and `…/resend`, of all the world together.
    Code,
}

impl Limited {
    /// How many a minute.
    fn most(self) -> usize {
        match self {
            Self::Biller => 3_000,
            // A client asks for at most one a second and doubt, and doubts are few.
            Self::Reversal => 120,
            Self::Evidence | Self::Page => 60,
            Self::Code => 600,
        }
    }
}

const MINUTE_MS: i64 = 60_000;

/// Who asked what in the last minute.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<BTreeMap<(String, Limited), VecDeque<i64>>>);

impl Limits {
    /// Counts one more at `now`.
    ///
    /// # Errors
    /// When to ask again, where it is one too many.
    pub(crate) fn count(&self, who: &str, asked: Limited, now: i64) -> Result<(), i64> {
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who have been quiet for a minute are forgotten, so that it stays as small as the
        // number of those who are not.
        if limits.len() > 1_000 {
            limits.retain(|_, times| times.back().is_some_and(|last| within(*last, now)));
        }
        let times = limits.entry((who.to_owned(), asked)).or_default();
        while times.front().is_some_and(|first| !within(*first, now)) {
            times.pop_front();
        }
        if times.len() >= asked.most() {
            return Err(times.front().map_or(now, |first| first + MINUTE_MS));
        }
        times.push_back(now);
        Ok(())
    }
}

/// A clock that went back counts as a minute that has passed.
fn within(then: i64, now: i64) -> bool {
    (0..MINUTE_MS).contains(&(now - then))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_in_a_minute_is_refused_with_the_moment_from_which_it_is_not() {
        let limits = Limits::default();
        for nth in 0..60 {
            assert_eq!(limits.count("C1", Limited::Evidence, nth), Ok(()));
        }
        assert_eq!(limits.count("C1", Limited::Evidence, 100), Err(60_000));
        assert_eq!(limits.count("C2", Limited::Evidence, 100), Ok(()), "each for himself");
        assert_eq!(limits.count("C1", Limited::Reversal, 100), Ok(()), "each for itself");
        assert_eq!(limits.count("C1", Limited::Evidence, 60_000), Ok(()));
        assert_eq!(limits.count("C1", Limited::Evidence, 60_000), Err(60_001));
    }
}
