//! What a run prints for scripts: one JSON object a line. Each has `line`, which says what it is: `kill`,
//! `round`, `violation`, and `summary`, the last one.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};

use super::{
    histogram::Kill,
    run::{Job, Report},
};
use crate::audit::{Invariant, Violation};

/// The nth process that was killed.
#[must_use]
pub fn kill(nth: usize, round: u64, kill: &Kill) -> Value {
    let Kill { victim, moment, paused, clients } = kill;
    json!({
        "line": "kill", "kill": nth, "round": round, "victim": victim, "moment": moment, "paused": paused,
        "clients": clients,
    })
}

/// What became of a round.
#[must_use]
pub fn round(report: &Report, what: &str, took: Duration) -> Value {
    json!({
        "line": "round", "round": report.rounds, "killed": report.histogram.total(),
        "violations": report.findings.violations.len(), "what": what, "milliseconds": took.as_millis(),
    })
}

/// Something that must not be.
#[must_use]
pub fn violation(violation: &Violation) -> Value {
    json!({ "line": "violation", "violation": violation })
}

/// The last line. `processes`: how many were started.
#[must_use]
pub fn summary(report: &Report, job: &Job, ok: bool, processes: u64, took: Duration, plant: Option<&str>) -> Value {
    let Report { histogram, findings, rounds, answers, front, leg, requests, orders } = report;
    let bars: Map<_, _> = histogram.bars().into_iter().map(|(name, bar)| (name.to_owned(), json!(bar))).collect();
    let mut by_invariant: BTreeMap<String, u64> =
        Invariant::ALL.iter().map(|invariant| (format!("{invariant:?}"), 0)).collect();
    for violation in &findings.violations {
        *by_invariant.entry(format!("{:?}", violation.invariant)).or_default() += 1;
    }
    json!({
        "line": "summary", "ok": ok, "from": job.from, "killed": histogram.total(), "kills": histogram.counts(),
        "how": bars, "victims": histogram.victims(), "in_company": histogram.in_company(),
        "proxy": { "phones-bank": front.counts(), "bank-billers": leg.counts() }, "calm": job.calm,
        "answers": answers, "processes": processes, "requests": requests, "orders": orders, "rounds": rounds,
        "violations": findings.violations.len(), "by_invariant": by_invariant, "seconds": took.as_secs(),
        "plant": plant,
    })
}
