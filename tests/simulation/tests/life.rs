//! Lives by seed hold the invariants, and are the same whenever they are lived.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops where the program says nothing")]

use simulation::life::{
    minimise::minimise,
    run::{Options, live},
    seeds::plant_here,
    suite::Signatures,
};

#[test]
fn row_i1_to_i6_hold_in_the_first_lives_with_either_suite_and_both_are_the_same_life() {
    for seed in 0..12 {
        let real = live(seed, &Options { signatures: Signatures::Real, ..Options::default() }).unwrap();
        let cheap = live(seed, &Options::default()).unwrap();
        assert_eq!(real.violations, [], "seed {seed}");
        assert_eq!(cheap.violations, [], "seed {seed}");
        // Traces hold no signature: what happened is equal to the byte.
        assert_eq!(real.trace, cheap.trace, "seed {seed}");
        assert!(real.requests > 0);
    }
}

/// What the program says of so many seeds.
fn traces(seeds: &str, jobs: &str, suite: &str) -> (serde_json::Value, serde_json::Value) {
    let arguments = ["--seeds", seeds, "--jobs", jobs, "--suite", suite, "--sample", "0", "--json"];
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_simulation")).args(arguments).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    (summary["traces"].clone(), summary["requests"].clone())
}

#[test]
fn two_processes_live_the_same_lives_however_many_at_a_time_and_whatever_their_signatures() {
    let one = traces("40", "1", "stand-in");
    assert!(one.0.is_string());
    assert_eq!(one, traces("40", "2", "real"));
}

#[test]
fn a_seed_gives_the_same_bytes_each_time() {
    let kept = Options { keep: true, ..Options::default() };
    for seed in 100..110 {
        let (one, two) = (live(seed, &kept).unwrap(), live(seed, &kept).unwrap());
        assert_eq!(one.trace.lines, two.trace.lines, "seed {seed}");
        assert_eq!(one.trace, two.trace);
        assert!(one.trace.lines.len() > 20, "a life in which something happens");
    }
}

#[test]
fn two_seeds_are_two_lives() {
    let hash = |seed| live(seed, &Options::default()).unwrap().trace.hash;
    assert_ne!(hash(1), hash(2));
}

#[test]
fn a_broken_life_is_made_smaller_and_is_still_broken() {
    let short = Options { wishes: Some(8), ..Options::default() };
    assert!(minimise(0, &short).unwrap().is_none(), "nothing is broken");
    plant_here(Some("timeout-is-refused"));
    let (seed, whole) = (0..200)
        .map(|seed| (seed, live(seed, &short).unwrap()))
        .find(|(_, lived)| !lived.violations.is_empty() && lived.faults.len() > 6)
        .unwrap();
    let smaller = minimise(seed, &short).unwrap().unwrap();
    let again = live(seed, &smaller.options).unwrap();
    plant_here(None);
    assert!(again.violations.iter().any(|violation| violation.invariant == smaller.invariant));
    assert!(again.faults.len() < whole.faults.len() / 2, "{:?} of {:?}", again.faults, whole.faults);
    assert!(again.requests < whole.requests, "{} of {} requests", again.requests, whole.requests);
    let arguments = smaller.arguments();
    assert!(arguments.contains(&format!("--seeds 1 --from {seed} --trace --wishes")), "{arguments}");
}
