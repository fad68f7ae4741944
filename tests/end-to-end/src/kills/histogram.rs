//! How many were killed where.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plan::MOMENTS;
use crate::sandbox::Side;

/// Kills by the last moment that the victim had reached; `starting` for none. The bank and the billers have
/// a bar each.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    bars: BTreeMap<String, Bar>,
    kills: Vec<Kill>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kill {
    /// `client`, `bank`, `billers`.
    pub victim: &'static str,
    /// Of a client: the last moment that it had told.
    pub moment: Option<String>,
    /// It stood still there.
    pub paused: bool,
    /// So many clients were at work, the victim among them.
    pub clients: usize,
}

/// Those of one moment.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Bar {
    /// While it stood still there.
    pub paused: u64,
    /// At any time between this moment and the next.
    pub random: u64,
}

impl Histogram {
    /// A client was killed, of so many at work.
    pub fn client(&mut self, last: Option<&str>, paused: bool, clients: usize) {
        let moment = last.unwrap_or("starting").to_owned();
        self.add(&moment.clone(), Kill { victim: "client", moment: Some(moment), paused, clients });
    }

    /// One of the others was, while so many clients were at work.
    pub fn side(&mut self, side: Side, clients: usize) {
        self.add(side.name(), Kill { victim: side.short(), moment: None, paused: false, clients });
    }

    fn add(&mut self, name: &str, kill: Kill) {
        let bar = self.bars.entry(name.to_owned()).or_default();
        if kill.paused {
            bar.paused += 1;
        } else {
            bar.random += 1;
        }
        self.kills.push(kill);
    }

    /// One after the other.
    #[must_use]
    pub fn kills(&self) -> &[Kill] {
        &self.kills
    }

    /// By victim.
    #[must_use]
    pub fn victims(&self) -> BTreeMap<&'static str, u64> {
        let mut victims = BTreeMap::from([("client", 0), ("bank", 0), ("billers", 0)]);
        self.kills.iter().for_each(|kill| *victims.entry(kill.victim).or_default() += 1);
        victims
    }

    /// Those that struck while several clients were at work.
    #[must_use]
    pub fn in_company(&self) -> u64 {
        self.kills.iter().filter(|kill| kill.clients > 1).count() as u64
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bars.values().map(|bar| bar.paused + bar.random).sum()
    }

    /// Kills while standing still, at the moment that had the fewest.
    #[must_use]
    pub fn fewest(&self) -> u64 {
        let moments = MOMENTS.iter().map(|name| self.bars.get(*name).map_or(0, |bar| bar.paused));
        let sides = Side::BOTH.iter().map(|side| self.bars.get(side.name()).map_or(0, |bar| bar.random));
        moments.chain(sides).min().unwrap_or(0)
    }

    /// In the order of a payment's life; every moment, also one that nobody was killed at.
    #[must_use]
    pub fn bars(&self) -> Vec<(&str, Bar)> {
        let known = std::iter::once("starting").chain(MOMENTS).chain(Side::BOTH.map(Side::name));
        let bar = |name: &str| self.bars.get(name).copied().unwrap_or_default();
        let mut bars: Vec<(&str, Bar)> = known.map(|name| (name, bar(name))).collect();
        let unknown: Vec<_> =
            self.bars.iter().filter(|(name, _)| !bars.iter().any(|(known, _)| known == name)).collect();
        bars.extend(unknown.into_iter().map(|(name, bar)| (name.as_str(), *bar)));
        bars
    }

    /// For the summary: kills by journal phase.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.bars().into_iter().map(|(name, bar)| (name.to_owned(), bar.paused + bar.random)).collect()
    }

    /// For people.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{:<18} {:>5} {:>7} {:>7}", "killed at or after", "all", "paused", "random")];
        for (name, Bar { paused, random }) in self.bars() {
            let stroke = |times: u64, with: &str| with.repeat(usize::try_from(times).unwrap_or(0).min(60));
            let bar = format!("{}{}", stroke(paused, "#"), stroke(random, "."));
            lines.push(
                format!("{name:<18} {:>5} {paused:>7} {random:>7}  {bar}", paused + random).trim_end().to_owned(),
            );
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kill_is_in_one_bar_and_the_sum_is_all() {
        let mut histogram = Histogram::default();
        histogram.client(None, false, 1);
        histogram.client(Some("sent"), true, 1);
        histogram.client(Some("sent"), false, 4);
        histogram.client(Some("a new moment"), false, 1);
        histogram.side(Side::Bank, 4);
        assert_eq!(histogram.total(), 5);
        assert_eq!(histogram.victims(), BTreeMap::from([("client", 4), ("bank", 1), ("billers", 0)]));
        assert_eq!((histogram.in_company(), histogram.kills().len()), (2, 5));
        assert_eq!(histogram.counts().get("sent"), Some(&2));
        assert_eq!(histogram.counts().get("answer-read"), Some(&0));
        assert_eq!(histogram.counts().values().sum::<u64>(), 5);
        assert!(histogram.lines().iter().any(|line| line.ends_with("#.")));
    }

    #[test]
    fn a_moment_that_nobody_stood_still_at_counts_as_none() {
        let mut histogram = Histogram::default();
        MOMENTS.iter().for_each(|name| histogram.client(Some(name), *name != "sent", 1));
        Side::BOTH.iter().for_each(|side| histogram.side(*side, 1));
        assert_eq!(histogram.fewest(), 0);
        histogram.client(Some("sent"), true, 1);
        assert_eq!(histogram.fewest(), 1);
    }
}
