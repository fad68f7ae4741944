//! A whole run: town after town, until so many were killed.

use std::{path::Path, time::Duration};

use super::{
    histogram::Histogram,
    plan::{Plan, Round},
    round::Player,
    town::Town,
};
use crate::{Outcome, audit::Findings, chance::Chance, program::Program};

/// Rounds on one sandbox: its exact bills are paid by then, and its other accounts many times.
const ROUNDS_IN_TOWN: u64 = 40;
/// Of so many kills one at least while standing still at each moment: 10 of 200.
const ENOUGH: u64 = 20;
/// Of a command, until one was measured.
const USUAL: Duration = Duration::from_millis(80);

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// How many to kill.
    pub kills: u64,
    /// The seed.
    pub from: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Who was killed where.
    pub histogram: Histogram,
    /// What was found.
    pub findings: Findings,
    /// Rounds played.
    pub rounds: u64,
}

impl Report {
    /// Whether all held, and all was done that was asked for: a moment at which hardly anybody was
    /// killed was not tried.
    #[must_use]
    pub fn ok(&self, job: &Job) -> bool {
        self.findings.violations.is_empty()
            && self.histogram.total() >= job.kills
            && self.histogram.fewest() >= job.kills / ENOUGH
    }
}

/// Plays rounds until enough were killed; `told` hears of each: its number, and what became of it.
///
/// # Errors
/// [`crate::Unfit`]; what was found until then is in the report.
pub fn run(
    job: &Job,
    program: &Program,
    folder: &Path,
    report: &mut Report,
    mut told: impl FnMut(&Report, &str),
) -> Outcome<()> {
    let mut chance = Chance::new(job.from);
    let mut usual = USUAL;
    let mut town: Option<Town> = None;
    for round in Plan::new(job.from) {
        if report.histogram.total() >= job.kills {
            break;
        }
        if report.rounds.is_multiple_of(ROUNDS_IN_TOWN)
            && let Some(old) = town.take()
        {
            old.close(&mut report.findings)?;
        }
        let town = match &mut town {
            Some(town) => town,
            none => none.insert(Town::found(program, &folder.join(format!("town-{}", report.rounds)))?),
        };
        let line = play(town, round, &mut chance, &mut usual, report)?;
        report.rounds += 1;
        told(report, &line);
    }
    town.map_or(Ok(()), |town| town.close(&mut report.findings))
}

fn play(
    town: &mut Town,
    round: Round,
    chance: &mut Chance,
    usual: &mut Duration,
    report: &mut Report,
) -> Outcome<String> {
    let Report { histogram, findings, .. } = report;
    Player { town, chance, histogram, findings, usual }.play(round)
}
