//! How many flows a second one core simulates: core, gateway and billers in one process, ledgers in memory,
//! every signature a real one, all invariants checked. A flow is one bill, from its quote to its document, in
//! lives of some ninety flows, twenty at a time, in which six messages of a hundred are lost.
//!
//! The floor: the statements of the same lives asked of bare SQLite, and as many bare signatures.

use std::process::Command;

use crate::Figure;

/// The budget: flows a second of one core.
pub const LEAST: f64 = 600.0;

/// Measures it, by running the program as people do: in a build of its own, for the simulation's has planted
/// defects in it, and what else is measured here must not.
///
/// # Panics
/// If the program cannot be run.
#[must_use]
pub fn measure() -> Figure {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let program = ["run", "--release", "--quiet", "-p", "simulation", "--"];
    let what = ["pace", "--suite", "real", "--json"];
    let ran = Command::new(cargo).args(program).args(what).output().expect("cargo runs");
    let said = String::from_utf8_lossy(&ran.stdout);
    let pace: serde_json::Value =
        said.lines().last().and_then(|line| serde_json::from_str(line).ok()).expect("what the simulation measured");
    let rounds = |name: &str| -> Vec<f64> {
        let all = pace[name].as_array().expect("its rounds");
        all.iter().map(|one| one.as_f64().expect("a number")).collect()
    };
    let floor_is = format!(
        "the same {} flows: {} statements of bare SQLite, {} and as many bare signatures",
        pace["flows"], pace["statements"], pace["signed"]
    );
    let (mut ours, mut floor) = (rounds("flows_per_second"), rounds("floor_per_second"));
    let figure = Figure::of("simulation_flows_per_second", &mut ours, &mut floor, floor_is);
    // Of a rate: how many times longer than the floor it takes.
    let ratio = pace["times_the_floor"].as_f64().expect("a ratio");
    Figure { unit: "flows/s", least: Some(LEAST), ratio, ..figure }
}
