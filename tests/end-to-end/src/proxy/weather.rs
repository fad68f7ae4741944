//! What may happen on the network, and what is drawn of it for one connection. Pure.

use std::time::Duration;

use crate::chance::Chance;

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Calm,
    /// Connections of phones: most are cut somewhere.
    Cuts,
    /// Connections of phones: everything is late, by 150 ms each way and some more.
    Late,
    /// Connections of phones: stalls, little bandwidth, some cuts.
    Rough,
    /// Connections of the bank to its billers, which serve many orders each.
    Leg,
}

impl Weather {
    /// For the line of a round.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Cuts => "cuts",
            Self::Late => "late",
            Self::Rough => "rough",
            Self::Leg => "leg",
        }
    }
}

/// The direction in which bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Of the request.
    Up,
    /// Of the answer.
    Down,
}

/// The end of a connection after so many bytes of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Of which.
    pub way: Way,
    /// Exactly so many have gone through.
    pub at: u64,
    /// By RST, and not by FIN.
    pub reset: bool,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// It ends.
    pub cut: Option<Cut>,
    /// Every piece is late by this, in both directions.
    pub latency: Duration,
    /// And by up to this more.
    pub jitter: Duration,
    /// Bytes a second, in each direction.
    pub rate: Option<u64>,
    /// Nothing goes on after so many bytes of this direction, for this long.
    pub stall: Option<(Way, u64, Duration)>,
    /// For the jitter.
    pub seed: u64,
}

impl Fate {
    /// Whether nothing happens.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        Self { seed: 0, ..*self } == Self::default()
    }
}

/// Of a mobile network far away: a phone abroad, or 2G on a good day.
const LATENCY: Duration = Duration::from_millis(150);
const JITTER_MS: u64 = 40;
/// Longer than a phone waits for an answer, and seldom: a round waits as long.
const DEEP_STALL: Duration = Duration::from_secs(21);
/// Where a connection is cut or held up, as measured: from the first byte to the end of the handshake, from
/// there to where a phone has refreshed what it knows, and from there to the end of quote, order and answer.
type Marks = [u64; 3];
const UP: Marks = [440, 1_400, 3_400];
const DOWN: Marks = [1_480, 3_000, 6_000];
/// A biller's question and answer are 280 and 650 bytes; a crowd has some twenty on a connection or two.
const LEG_UP: Marks = [440, 800, 5_000];
const LEG_DOWN: Marks = [1_480, 2_500, 12_000];

impl Weather {
    /// What happens to the next connection.
    #[must_use]
    pub fn draw(self, chance: &mut Chance) -> Fate {
        let seed = chance.below(u64::MAX);
        let calm = Fate { seed, ..Fate::default() };
        match self {
            Self::Calm => calm,
            Self::Cuts => Fate {
                cut: (chance.below(4) < 3).then(|| cut(chance, UP, DOWN)),
                jitter: some(chance, 4, JITTER_MS / 4),
                ..calm
            },
            Self::Late => Fate {
                cut: (chance.below(2) == 0).then(|| cut(chance, UP, DOWN)),
                latency: LATENCY,
                jitter: some(chance, 2, JITTER_MS),
                ..calm
            },
            Self::Rough => Fate {
                cut: (chance.below(2) == 0).then(|| cut(chance, UP, DOWN)),
                jitter: some(chance, 3, JITTER_MS),
                rate: (chance.below(3) == 0).then(|| 8_000 + chance.below(24_000)),
                stall: (chance.below(2) == 0).then(|| stall(chance)),
                ..calm
            },
            Self::Leg => Fate {
                cut: (chance.below(2) == 0).then(|| cut(chance, LEG_UP, LEG_DOWN)),
                jitter: some(chance, 3, JITTER_MS),
                ..calm
            },
        }
    }
}

/// At any byte: of the handshake, of the head, of the body, of the answer.
fn cut(chance: &mut Chance, up: Marks, down: Marks) -> Cut {
    let reset = chance.below(2) == 0;
    match chance.below(2) {
        0 => Cut { way: Way::Up, at: byte(chance, up), reset },
        _ => Cut { way: Way::Down, at: byte(chance, down), reset },
    }
}

fn stall(chance: &mut Chance) -> (Way, u64, Duration) {
    let long = match chance.below(40) {
        0 => DEEP_STALL,
        _ => Duration::from_millis(100 + chance.below(1_400)),
    };
    match chance.below(2) {
        0 => (Way::Up, byte(chance, UP), long),
        _ => (Way::Down, byte(chance, DOWN), long),
    }
}

/// One time in four in the handshake, one in four in what comes before the order, else from there on: a payment
/// that does not come to its order shows little.
fn byte(chance: &mut Chance, [handshake, before, end]: Marks) -> u64 {
    match chance.below(4) {
        0 => chance.below(handshake),
        1 => handshake + chance.below(before - handshake),
        _ => before + chance.below(end - before),
    }
}

/// Up to so many milliseconds, one time in so many.
fn some(chance: &mut Chance, one_in: u64, most_ms: u64) -> Duration {
    match chance.below(one_in) {
        0 => Duration::from_millis(1 + chance.below(most_ms)),
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(weather: Weather) -> Vec<Fate> {
        (0..1_000).map(|seed| weather.draw(&mut Chance::new(seed))).collect()
    }

    #[test]
    fn calm_weather_has_no_fault_and_a_seed_has_always_the_same() {
        assert!(fates(Weather::Calm).iter().all(Fate::is_calm));
        assert_eq!(fates(Weather::Rough), fates(Weather::Rough));
    }

    #[test]
    fn every_kind_of_cut_is_drawn_in_every_storm() {
        for weather in [Weather::Cuts, Weather::Late, Weather::Rough, Weather::Leg] {
            let fates = fates(weather);
            for (way, reset) in [(Way::Up, true), (Way::Up, false), (Way::Down, true), (Way::Down, false)] {
                let same = |cut: Cut| cut.way == way && cut.reset == reset;
                assert!(fates.iter().any(|fate| fate.cut.is_some_and(same)), "{weather:?} {way:?} {reset}");
            }
        }
    }

    #[test]
    fn what_is_late_is_late_by_150_ms_and_no_stall_is_longer_than_21_s() {
        assert!(fates(Weather::Late).iter().all(|fate| fate.latency == Duration::from_millis(150)));
        let stalls: Vec<_> = fates(Weather::Rough).iter().filter_map(|fate| fate.stall).collect();
        assert!(stalls.iter().all(|(_, _, long)| *long <= DEEP_STALL));
        assert!(stalls.iter().any(|(_, _, long)| *long == DEEP_STALL));
        assert!(fates(Weather::Rough).iter().any(|fate| fate.rate.is_some()));
    }
}
