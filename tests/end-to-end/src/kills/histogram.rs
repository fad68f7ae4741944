//! How many were killed where.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plan::MOMENTS;
use crate::sandbox::Side;

/// Kills by the last moment that the victim had reached; `starting` for none.
#[derive(Clone, Debug, Default)]
pub struct Histogram(BTreeMap<String, Bar>);

/// Those of one moment.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Bar {
    /// While it stood still there.
    pub paused: u64,
    /// At any time between this moment and the next.
    pub random: u64,
}

impl Histogram {
    /// One more.
    pub fn add(&mut self, last: Option<&str>, paused: bool) {
        let bar = self.0.entry(last.unwrap_or("starting").to_owned()).or_default();
        if paused {
            bar.paused += 1;
        } else {
            bar.random += 1;
        }
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().map(|bar| bar.paused + bar.random).sum()
    }

    /// Kills while standing still, at the moment that had the fewest.
    #[must_use]
    pub fn fewest(&self) -> u64 {
        let moments = MOMENTS.iter().map(|name| self.0.get(*name).map_or(0, |bar| bar.paused));
        let sides = Side::BOTH.iter().map(|side| self.0.get(side.name()).map_or(0, |bar| bar.random));
        moments.chain(sides).min().unwrap_or(0)
    }

    /// In the order of a payment's life; every moment, also one that nobody was killed at.
    #[must_use]
    pub fn bars(&self) -> Vec<(&str, Bar)> {
        let known = std::iter::once("starting").chain(MOMENTS).chain(Side::BOTH.map(Side::name));
        let bar = |name: &str| self.0.get(name).copied().unwrap_or_default();
        let mut bars: Vec<(&str, Bar)> = known.map(|name| (name, bar(name))).collect();
        let unknown: Vec<_> = self.0.iter().filter(|(name, _)| !bars.iter().any(|(known, _)| known == name)).collect();
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
        histogram.add(None, false);
        histogram.add(Some("sent"), true);
        histogram.add(Some("sent"), false);
        histogram.add(Some("a new moment"), false);
        assert_eq!(histogram.total(), 4);
        assert_eq!(histogram.counts().get("sent"), Some(&2));
        assert_eq!(histogram.counts().get("answer-read"), Some(&0));
        assert_eq!(histogram.counts().values().sum::<u64>(), 4);
        assert!(histogram.lines().iter().any(|line| line.ends_with("#.")));
    }

    #[test]
    fn a_moment_that_nobody_stood_still_at_counts_as_none() {
        let mut histogram = Histogram::default();
        MOMENTS.iter().for_each(|name| histogram.add(Some(name), *name != "sent"));
        Side::BOTH.iter().for_each(|side| histogram.add(Some(side.name()), false));
        assert_eq!(histogram.fewest(), 0);
        histogram.add(Some("sent"), true);
        assert_eq!(histogram.fewest(), 1);
    }
}
