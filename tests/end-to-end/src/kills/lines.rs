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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::Findings, program::text};

    #[test]
    fn every_line_says_what_it_is_and_the_summary_counts_each_invariant() {
        let mut report = Report { findings: Findings::default(), ..Report::default() };
        report.findings.add(Invariant::I3, "told and not true".to_owned());
        report.histogram.client(Some("sent"), true, 4);
        let job = Job { kills: 1, from: 7, calm: false };
        let killed = report.histogram.kills().first().map(|one| kill(1, 2, one)).unwrap_or_default();
        assert_eq!(
            (text(&killed, "/line"), text(&killed, "/victim"), text(&killed, "/moment")),
            ("kill", "client", "sent")
        );
        let found = report.findings.violations.first().map(violation).unwrap_or_default();
        assert_eq!((text(&found, "/line"), text(&found, "/violation/invariant")), ("violation", "I3"));
        assert_eq!(text(&round(&report, "", Duration::ZERO), "/line"), "round");
        let last = summary(&report, &job, false, 3, Duration::ZERO, None);
        assert_eq!((text(&last, "/line"), last.pointer("/by_invariant/I3")), ("summary", Some(&json!(1))));
        assert_eq!((last.pointer("/by_invariant/I1"), last.pointer("/in_company")), (Some(&json!(0)), Some(&json!(1))));
    }
}
