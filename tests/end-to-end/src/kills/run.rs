//! A whole run: town after town, until so many were killed.

use std::{collections::BTreeMap, path::Path, time::Duration};

use super::{histogram::Histogram, plan::Plan, round::Player, town::Town};
use crate::{Outcome, audit::Findings, chance::Chance, program::Program, proxy::struck::Struck};

/// Rounds on one sandbox: its exact bills are paid by then, and its other accounts many times.
const ROUNDS_IN_TOWN: u64 = 40;
/// Of so many kills one at least while standing still at each moment: 20 of 1,000.
const ENOUGH: u64 = 50;
/// Of a command, until one was measured.
const USUAL: Duration = Duration::from_millis(80);

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// How many to kill.
    pub kills: u64,
    /// The seed.
    pub from: u64,
    /// The networks pass everything on unharmed.
    pub calm: bool,
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
    /// Payments in crowds and handovers, by what was told at once.
    pub answers: BTreeMap<String, u64>,
    /// What happened between phones and bank.
    pub front: Struck,
    /// What happened between bank and billers.
    pub leg: Struck,
    /// Requests that the bank has had.
    pub requests: u64,
    /// Orders that the bank has had.
    pub orders: usize,
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
            close(old, report)?;
        }
        let here = match &mut town {
            Some(town) => town,
            none => {
                let seed = Chance::new(job.from ^ (report.rounds << 32)).below(u64::MAX);
                none.insert(Town::found(program, &folder.join(format!("town-{}", report.rounds)), seed)?)
            }
        };
        let Report { histogram, findings, answers, .. } = report;
        let (town, chance, usual) = (here, &mut chance, &mut usual);
        let line = Player { town, chance, histogram, findings, usual, calm: job.calm, answers }.play(round)?;
        report.rounds += 1;
        told(report, &line);
    }
    town.map_or(Ok(()), |town| close(town, report))
}

fn close(mut town: Town, report: &mut Report) -> Outcome<()> {
    let [front, leg] = town.sandbox.struck();
    report.front.add(&front);
    report.leg.add(&leg);
    report.requests += town.sandbox.requests()?;
    report.orders += town.close(&mut report.findings)?;
    Ok(())
}
