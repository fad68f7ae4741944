//! One figure: ours, its floor, and what the floor is made of.

use std::time::{Duration, Instant};

use serde::Serialize;

/// A figure beside its floor.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub name: &'static str,
    /// The median of ours.
    pub ours: f64,
    /// The median of the floor.
    pub floor: f64,
    /// Ours over floor.
    pub ratio: f64,
    /// Of both.
    pub unit: &'static str,
    /// What the floor does.
    pub floor_is: String,
    /// Lowest and highest of ours.
    pub spread: [f64; 2],
    /// The budget, where there is one: ours must not be below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<f64>,
    /// The budget, where there is one: ours must not be above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<f64>,
    /// Lowest and highest of ours over floor, pair by pair, where each pair was measured in turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratios: Option<[f64; 2]>,
    /// The budget of the ratio, where there is one: it must not be above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most: Option<f64>,
}

impl Figure {
    /// From paired samples, in microseconds where nothing else is said.
    ///
    /// # Panics
    /// Without samples.
    #[must_use]
    pub fn of(name: &'static str, ours: &mut [f64], floor: &mut [f64], floor_is: String) -> Self {
        ours.sort_by(f64::total_cmp);
        floor.sort_by(f64::total_cmp);
        let (mine, bare) = (ours[ours.len() / 2], floor[floor.len() / 2]);
        let spread = [ours[0], ours[ours.len() - 1]];
        let (ratio, unit) = (mine / bare, "us");
        let (least, ceiling, ratios, most) = (None, None, None, None);
        Self { name, ours: mine, floor: bare, ratio, unit, floor_is, spread, least, ceiling, ratios, most }
    }

    /// The same of pairs that were measured one right after the other: the ratio is the median of theirs,
    /// which what else goes on in the machine moves least.
    ///
    /// # Panics
    /// Without samples.
    #[must_use]
    pub fn paired(name: &'static str, ours: &mut [f64], floor: &mut [f64], floor_is: String) -> Self {
        let mut ratios: Vec<f64> = ours.iter().zip(&*floor).map(|(ours, floor)| ours / floor).collect();
        ratios.sort_by(f64::total_cmp);
        let (ratio, ends) = (ratios[ratios.len() / 2], [ratios[0], ratios[ratios.len() - 1]]);
        Self { ratio, ratios: Some(ends), ..Self::of(name, ours, floor, floor_is) }
    }

    /// With a budget for the ratio.
    #[must_use]
    pub fn at_most(self, most: f64) -> Self {
        Self { most: Some(most), ..self }
    }

    /// With a budget for ours.
    #[must_use]
    pub fn not_above(self, ceiling: f64) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    /// Whether the budgets are kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.least.is_none_or(|least| self.ours >= least)
            && self.ceiling.is_none_or(|ceiling| self.ours <= ceiling)
            && self.most.is_none_or(|most| self.ratio <= most)
    }
}

/// Microseconds that `work` took.
pub fn micros<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, as_micros(start.elapsed()))
}

/// A duration in microseconds.
#[must_use]
pub fn as_micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
