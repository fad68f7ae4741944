//! Who is killed where: an endless series of rounds, so that each moment has its turn again and again.

use crate::{chance::Chance, sandbox::Side};

/// Moments at which the client can be made to stand still, in the order of a payment's life.
pub const MOMENTS: [&str; 10] = [
    "before-intent",
    "intent-committed",
    "mark-committed",
    "sent",
    "answer-read",
    "outcome-committed",
    "event-read",
    "found-on-open",
    "confirm-sent",
    "reversal-sent",
];

/// What is done in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Pay, and be killed at a moment; then, perhaps, ask for the end and be killed again.
    Pay {
        /// Of the payment.
        at: At,
        /// The order runs out before anybody asks.
        runs_out: bool,
        /// Of the recovery.
        again: Option<At>,
    },
    /// Pay in peace; then be killed with an event in hand.
    Event,
    /// Pay at a biller that takes 3 s for every answer, and be killed while it thinks.
    Slow,
    /// Pay in peace, while the bank or the billers are killed at any time and come back.
    Without(Side),
}

/// When a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Where it stands still.
    Moment(&'static str),
    /// At any time.
    Random,
}

/// The rounds of a seed.
pub struct Plan {
    chance: Chance,
    at: usize,
}

impl Plan {
    /// From the start.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), at: 0 }
    }
}

/// Rounds in one turn of the series; 15 kills, or 16 where there is a slow one.
const TURN: usize = 12;
/// A slow round lasts as long as twenty others.
const SLOW_EVERY: usize = 4;

impl Iterator for Plan {
    type Item = Round;

    fn next(&mut self) -> Option<Round> {
        use At::{Moment, Random};
        let (turn, at) = (self.at / TURN, self.at % TURN);
        self.at += 1;
        let unsent = ["intent-committed", "mark-committed"];
        let sent = ["sent", "answer-read"];
        let mut one_of = |two: [&'static str; 2]| if self.chance.below(2) == 0 { two[0] } else { two[1] };
        let pay = |at, again| Round::Pay { at, runs_out: false, again };
        Some(match at {
            0 => pay(Moment("before-intent"), None),
            1 => pay(Moment("intent-committed"), Some(Moment("found-on-open"))),
            2 => pay(Moment("mark-committed"), Some(Moment("confirm-sent"))),
            3 => pay(Moment("sent"), None),
            4 => pay(Moment("answer-read"), Some(Random)),
            5 => pay(Moment("outcome-committed"), None),
            6 => Round::Event,
            // Only an order that the bank has not seen is reversed.
            7 => {
                let at = Moment(one_of(unsent));
                Round::Pay { at, runs_out: true, again: Some(Moment("reversal-sent")) }
            }
            8 => Round::Pay { at: Random, runs_out: false, again: Some(Random) },
            9 => Round::Without(Side::Bank),
            10 => Round::Without(Side::Billers),
            _ if turn % SLOW_EVERY == 0 => Round::Slow,
            // One that the bank has seen is not, however late it is asked for.
            _ => Round::Pay { at: Moment(one_of(sent)), runs_out: true, again: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn two_hundred_kills_have_each_moment_ten_times_at_least() {
        for seed in 0..20 {
            let (mut kills, mut at) = (0, BTreeMap::new());
            for round in Plan::new(seed) {
                let moments = match round {
                    Round::Pay { at, again, .. } => vec![Some(at), again],
                    Round::Event => vec![Some(At::Moment("event-read"))],
                    Round::Slow | Round::Without(_) => vec![Some(At::Random)],
                };
                for moment in moments.into_iter().flatten() {
                    kills += 1;
                    if let At::Moment(name) = moment {
                        *at.entry(name).or_insert(0) += 1;
                    }
                }
                if kills >= 200 {
                    break;
                }
            }
            for moment in MOMENTS {
                assert!(at.get(moment).is_some_and(|times| *times >= 10), "{moment} in seed {seed}: {at:?}");
            }
        }
    }
}
