//! Requests that the bank has refused for their number (row 13): until its time has come the same is
//! not asked again, whoever asks, and where it named none the pause grows with each refusal.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

/// However late the bank says, it is asked again after this: its clock may have been wrong.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// Paths remembered at most; those that are refused are few.
const KEPT: usize = 64;

#[derive(Clone, Copy)]
struct Pause {
    /// By the monotonic clock.
    until: Duration,
    /// As the bank said.
    retry_at: Option<Timestamp>,
    /// Refusals in a row.
    refused: u32,
}

/// What is not asked for the moment, by path and, where it is about one, biller.
#[derive(Default)]
pub(super) struct Pauses(BTreeMap<String, Pause>);

impl Pauses {
    /// Whether a path is paused, and until when by the bank's word.
    pub(super) fn holds(&self, path: &str, now: Duration) -> Option<Option<Timestamp>> {
        self.0.get(path).filter(|pause| now < pause.until).map(|pause| pause.retry_at)
    }

    /// The bank has refused it at its time `bank_time`.
    pub(super) fn refused(&mut self, path: &str, now: Duration, bank_time: Timestamp, retry_at: Option<Timestamp>) {
        let refused = self.0.get(path).map_or(0, |pause| pause.refused).saturating_add(1);
        let backing_off = Duration::from_secs(1_u64 << refused.min(8));
        let pause = match retry_at {
            Some(at) => Duration::try_from(at.duration_since(bank_time)).unwrap_or(Duration::ZERO),
            None => backing_off,
        };
        if self.0.len() >= KEPT {
            self.0.retain(|_, pause| now < pause.until);
        }
        if self.0.len() < KEPT || self.0.contains_key(path) {
            let until = now.saturating_add(pause.min(LONGEST));
            self.0.insert(path.to_owned(), Pause { until, retry_at, refused });
        }
    }

    /// The bank has answered it.
    pub(super) fn answered(&mut self, path: &str) {
        self.0.remove(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn row_13_a_refused_path_rests_until_the_bank_s_time_and_no_other_does() {
        let bank: Timestamp = "2026-11-22T05:00:00Z".parse().unwrap();
        let at = bank.checked_add(jiff::SignedDuration::from_secs(40)).unwrap();
        let mut pauses = Pauses::default();
        pauses.refused("/a", s(100), bank, Some(at));
        assert_eq!(pauses.holds("/a", s(139)), Some(Some(at)));
        assert_eq!((pauses.holds("/a", s(140)), pauses.holds("/b", s(100))), (None, None));
        // A bank whose time lies years ahead, or behind.
        pauses.refused("/a", s(200), bank, Some("2036-01-01T00:00:00Z".parse().unwrap()));
        assert!(pauses.holds("/a", s(499)).is_some() && pauses.holds("/a", s(500)).is_none());
        pauses.refused("/a", s(600), bank, Some("2016-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(pauses.holds("/a", s(600)), None);
    }

    #[test]
    fn row_13_without_a_time_the_pause_doubles_and_an_answer_ends_it() {
        let bank: Timestamp = "2026-11-22T05:00:00Z".parse().unwrap();
        let mut pauses = Pauses::default();
        for expected in [2, 4, 8, 16, 32, 64, 128, 256, 256] {
            pauses.refused("/a", s(0), bank, None);
            assert!(pauses.holds("/a", s(expected - 1)).is_some() && pauses.holds("/a", s(expected)).is_none());
        }
        pauses.answered("/a");
        assert_eq!(pauses.holds("/a", s(0)), None);
        for nth in 0..1_000 {
            pauses.refused(&format!("/{nth}"), s(0), bank, None);
        }
        assert_eq!(pauses.0.len(), KEPT, "bounded");
        // What is known already rests longer, however full it is.
        pauses.refused("/0", s(1), bank, None);
        assert!(pauses.holds("/0", s(4)).is_some());
    }
}
