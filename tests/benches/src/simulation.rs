//! How many flows a second one core simulates: core, gateway and billers in one process, ledgers in
//! memory, phones on disks that lose power, every signature a real one. A flow is a wish to pay, from the bill that a person picks to
//! an order or to the reason why there is none; fewer than half become an order (`orders` counts them). The floor is the same lives with a hash in the place of each signature.

use std::process::Command;

use crate::Figure;

/// The budget: flows a second of one core.
pub const LEAST: f64 = 600.0;
/// Lives, from the first seed on.
const SEEDS: &str = "300";
const ROUNDS: usize = 3;

/// Measures it, by running the program as people do.
///
/// # Panics
/// If the program cannot be run.
#[must_use]
pub fn measure() -> Figure {
    let mut ours = Vec::new();
    let mut floor = Vec::new();
    for _ in 0..ROUNDS {
        ours.push(flows("real"));
        floor.push(flows("stand-in"));
    }
    let floor_is = format!("the same {SEEDS} lives, a hash in the place of each signature");
    let figure = Figure::of("simulation_flows_per_second", &mut ours, &mut floor, floor_is);
    Figure { unit: "flows/s", least: Some(LEAST), ..figure }
}

fn flows(suite: &str) -> f64 {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let program = ["run", "--release", "--quiet", "-p", "simulation", "--"];
    let what = ["--seeds", SEEDS, "--suite", suite, "--jobs", "1", "--sample", "0", "--json"];
    let ran = Command::new(cargo).args(program).args(what).output().expect("cargo runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    let summary: serde_json::Value =
        said.lines().last().and_then(|line| serde_json::from_str(line).ok()).expect("the simulation's summary");
    summary["flows_per_second"].as_f64().expect("flows a second")
}
