//! What is said of many lives, to people and to scripts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    check::reached,
    fault::Kind,
    record::Calls,
    seeds::{Found, Struck, Total},
};

/// The last line of a run.
#[derive(Serialize)]
pub struct Summary<'a> {
    ok: bool,
    seeds: u64,
    /// Wishes to pay that a phone answered.
    flows: u64,
    /// Of them, orders that left a phone.
    orders: u64,
    requests: u64,
    flows_per_second: u64,
    violations: usize,
    /// Equal for equal runs.
    traces: String,
    /// What a run of this length has to reach and did not.
    not_reached: Vec<String>,
    /// Ends that were reached, and adoptions after a restore.
    reached: &'a BTreeMap<&'static str, u64>,
    /// What was asked of the apps, and what they answered.
    calls: &'a Calls,
    /// A life that could not be set up or looked at.
    unfit: Option<String>,
    faults: &'a BTreeMap<Kind, Struck>,
}

/// A seed that was found.
#[derive(Serialize)]
pub struct Line<'a> {
    seed: u64,
    violations: Vec<String>,
    plant: Option<&'a str>,
}

/// From so many seeds on a run has to reach everything.
pub const ENOUGH: u64 = 500;
/// Orders that leave the phones in a life, at the least, on average.
const ORDERS_A_LIFE: u64 = 12;
/// Of ten calls so many are answered with what was asked for, at the least: below that something is broken
/// that no single life can show, for each of them may have had its reasons.
const DONE_OF_TEN: u64 = 2;

/// What a run that found nothing did not look into: then it says nothing.
fn not_reached(total: &Total) -> Vec<String> {
    let mut not = Vec::new();
    if total.orders < total.seeds * ORDERS_A_LIFE {
        not.push(format!("{} orders in {} lives", total.orders, total.seeds));
    }
    for kind in Kind::ALL.into_iter().filter(|kind| total.faults.get(kind).is_none_or(|count| count.struck == 0)) {
        not.push(format!("no fault {kind:?} struck"));
    }
    for name in reached::ALL.into_iter().filter(|name| total.reached.get(name).is_none_or(|count| *count == 0)) {
        not.push(format!("nothing was {name}"));
    }
    for (call, answers) in &total.calls {
        let (all, done) = (answers.values().sum::<u64>(), answers.get("ok").copied().unwrap_or(0));
        // A second code too soon is refused; most are asked for too soon.
        let wanted = if *call == "resend_code" { 1 } else { all * DONE_OF_TEN / 10 };
        if done < wanted {
            not.push(format!("{call} was asked {all} times and done {done} times"));
        }
    }
    not
}

impl<'a> Summary<'a> {
    /// Of a whole run; `planted` where something is meant to be found.
    #[must_use]
    pub fn of(total: &'a Total, planted: bool) -> Self {
        let not_reached = if planted || total.seeds < ENOUGH { Vec::new() } else { not_reached(total) };
        Self {
            ok: total.found.is_empty() && not_reached.is_empty() && total.unfit.is_none(),
            not_reached,
            reached: &total.reached,
            calls: &total.calls,
            unfit: total.unfit.as_ref().map(|(seed, unfit)| format!("seed {seed}: {unfit}")),
            seeds: total.seeds,
            flows: total.flows,
            orders: total.orders,
            requests: total.requests,
            flows_per_second: total.flows_per_second(),
            violations: total.found.iter().map(|found| found.violations.len()).sum(),
            traces: format!("{:016x}", total.traces),
            faults: &total.faults,
        }
    }

    /// Whether all held.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.ok
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{:<18}{:>10}{:>10}{:>10}\n", "fault", "struck", "sampled", "mattered");
        for (kind, count) in self.faults {
            let name = format!("{kind:?}");
            text.push_str(&format!("{name:<18}{:>10}{:>10}{:>10}\n", count.struck, count.sampled, count.mattered));
        }
        for (name, count) in self.reached {
            text.push_str(&format!("{name:<18}{count:>10}\n"));
        }
        for (call, answers) in self.calls {
            let mut answers: Vec<(&String, &u64)> = answers.iter().collect();
            answers.sort_by_key(|(answer, count)| (std::cmp::Reverse(**count), answer.as_str()));
            let answers = answers.iter().map(|(answer, count)| format!("{answer} {count}"));
            text.push_str(&format!("{call:<18}{}\n", answers.collect::<Vec<_>>().join(", ")));
        }
        for what in self.unfit.iter().chain(&self.not_reached) {
            text.push_str(&format!("NOT OK: {what}\n"));
        }
        let verdict =
            if self.violations == 0 { "no violation".to_owned() } else { format!("{} violations", self.violations) };
        text.push_str(&format!(
            "{} seeds, {} flows, {} orders, {} requests, traces {}, {} flows a second of one core: {verdict}",
            self.seeds, self.flows, self.orders, self.requests, self.traces, self.flows_per_second
        ));
        text
    }
}

impl<'a> Line<'a> {
    /// Of one seed.
    #[must_use]
    pub fn of(found: &Found, plant: Option<&'a str>) -> Self {
        let violations = found.violations.iter().map(|one| format!("{}: {}", one.invariant, one.what)).collect();
        Self { seed: found.seed, violations, plant }
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        format!("seed {}\n  {}", self.seed, self.violations.join("\n  "))
    }
}
