//! What is said of many lives, to people and to scripts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    fault::Kind,
    seeds::{Found, Struck, Total},
};

/// The last line of a run.
#[derive(Serialize)]
pub struct Summary<'a> {
    ok: bool,
    seeds: u64,
    flows: u64,
    requests: u64,
    flows_per_second: u64,
    violations: usize,
    /// Equal for equal runs.
    traces: String,
    faults: &'a BTreeMap<Kind, Struck>,
}

/// A seed that was found.
#[derive(Serialize)]
pub struct Line<'a> {
    seed: u64,
    violations: Vec<String>,
    plant: Option<&'a str>,
}

impl<'a> Summary<'a> {
    /// Of a whole run.
    #[must_use]
    pub fn of(total: &'a Total) -> Self {
        Self {
            ok: total.found.is_empty(),
            seeds: total.seeds,
            flows: total.flows,
            requests: total.requests,
            flows_per_second: total.flows_per_second(),
            violations: total.found.iter().map(|found| found.violations.len()).sum(),
            traces: format!("{:016x}", total.traces),
            faults: &total.faults,
        }
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{:<18}{:>10}{:>10}{:>10}\n", "fault", "struck", "sampled", "mattered");
        for (kind, count) in self.faults {
            let name = format!("{kind:?}");
            text.push_str(&format!("{name:<18}{:>10}{:>10}{:>10}\n", count.struck, count.sampled, count.mattered));
        }
        let verdict = if self.ok { "no violation".to_owned() } else { format!("{} violations", self.violations) };
        text.push_str(&format!(
            "{} seeds, {} flows, {} requests, traces {}, {} flows a second of one core: {verdict}",
            self.seeds, self.flows, self.requests, self.traces, self.flows_per_second
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

/// A defect that can be planted.
#[derive(Serialize)]
pub struct Plant {
    /// As given to `--plant`.
    pub name: &'static str,
    invariant: &'static str,
    what: &'static str,
    of: &'static str,
}

impl Plant {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:<32}{:<4}{:<9}{}", self.name, self.invariant, self.of, self.what)
    }
}

/// Every defect that can be planted, in either crate.
#[must_use]
pub fn plants() -> Vec<Plant> {
    let core = billpay_core::plant::PLANTS.iter();
    let core = core.map(|one| Plant { name: one.name, invariant: one.invariant, what: one.what, of: "core" });
    let gateway = sandbox_gateway::plant::PLANTS.iter();
    let gateway = gateway.map(|one| Plant { name: one.name, invariant: one.invariant, what: one.what, of: "gateway" });
    core.chain(gateway).collect()
}
