//! Who is killed where: an endless series of rounds, so that each moment has its turn again and again.

use crate::{chance::Chance, proxy::weather::Weather, sandbox::Side};

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
    /// Several pay at a time on a bad network, many of them the same bill, while these are killed at any
    /// time; then all ask for their ends, still on it, and one of them is killed at that.
    Crowd {
        /// Of the network.
        weather: Weather,
        /// One after the other.
        victims: [Victim; 2],
    },
    /// A device is replaced while it pays, and the new one pays the same bill at the same time.
    Handover {
        /// Where the old one stands still, and is killed.
        moment: &'static str,
        /// Of the network.
        weather: Weather,
    },
}

/// Who is killed in a crowd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// One of the clients.
    Client,
    /// The bank or the billers.
    Side(Side),
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

/// Rounds in one turn of the series: twelve that one pays alone in, three crowds, and a handover. About 25
/// kills.
const TURN: usize = 16;
/// A crowd's.
const WEATHERS: [Weather; 3] = [Weather::Cuts, Weather::Late, Weather::Rough];
const VICTIMS: [[Victim; 2]; 3] = [
    [Victim::Client, Victim::Side(Side::Bank)],
    [Victim::Side(Side::Billers), Victim::Client],
    [Victim::Side(Side::Bank), Victim::Side(Side::Billers)],
];
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
            11 if turn % SLOW_EVERY == 0 => Round::Slow,
            // One that the bank has seen is not, however late it is asked for.
            11 => Round::Pay { at: Moment(one_of(sent)), runs_out: true, again: None },
            15 => {
                let moment = one_of(if turn % 2 == 0 { unsent } else { sent });
                Round::Handover { moment, weather: of(&WEATHERS, turn) }
            }
            // In three turns each weather meets each pair.
            crowd => Round::Crowd { weather: of(&WEATHERS, crowd), victims: of(&VICTIMS, turn + crowd) },
        })
    }
}

fn of<T: Copy>(all: &[T; 3], at: usize) -> T {
    let [first, second, third] = *all;
    match at % 3 {
        0 => first,
        1 => second,
        _ => third,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// How often each moment has its turn in so many kills, at the least; a crowd's are not counted on.
    fn fewest(seed: u64, most: u64) -> u64 {
        let (mut kills, mut at) = (0, BTreeMap::new());
        for round in Plan::new(seed) {
            let moments = match round {
                Round::Pay { at, again, .. } => vec![Some(at), again],
                Round::Handover { moment, .. } => vec![Some(At::Moment(moment))],
                Round::Event => vec![Some(At::Moment("event-read"))],
                Round::Slow | Round::Without(_) => vec![Some(At::Random)],
                // At the most: the two, and all four clients while they ask.
                Round::Crowd { .. } => vec![Some(At::Random); 6],
            };
            for moment in moments.into_iter().flatten() {
                kills += 1;
                if let At::Moment(name) = moment {
                    *at.entry(name).or_insert(0) += 1;
                }
            }
            if kills >= most {
                break;
            }
        }
        MOMENTS.iter().map(|moment| at.get(moment).copied().unwrap_or(0)).min().unwrap_or(0)
    }

    #[test]
    fn a_thousand_kills_have_each_moment_twenty_times_at_least_and_a_hundred_twice() {
        for seed in 0..20 {
            assert!(fewest(seed, 1_000) >= 20, "seed {seed}: {}", fewest(seed, 1_000));
            assert!(fewest(seed, 100) >= 2, "seed {seed}: {}", fewest(seed, 100));
        }
    }

    #[test]
    fn every_weather_meets_every_pair_of_victims() {
        let crowds = Plan::new(0).take(3 * TURN).filter_map(|round| match round {
            Round::Crowd { weather, victims } => Some(format!("{weather:?} {victims:?}")),
            Round::Pay { .. } | Round::Event | Round::Slow | Round::Without(_) | Round::Handover { .. } => None,
        });
        assert_eq!(crowds.collect::<std::collections::BTreeSet<_>>().len(), 9);
    }
}
