//! Planted defects are found. Where in the order of seeds moves whenever a message more or less is
//! sent, so the tables say within how many seeds, with room; the search itself is
//! `cargo run --release -p simulation -- --seeds 20000 --plant NAME --first`.

use simulation::life::{
    report::plants,
    run::{Options, live},
    seeds::plant_here,
};

/// Plant, within how many seeds, and an invariant that it breaks.
const SOON: &[(&str, u64, &str)] = &[
    ("later-attempt-cancels", 80, "I3"),
    ("not-found-is-refused", 20, "I3"),
    ("timeout-is-refused", 20, "I3"),
    ("recovery-only-confirms", 20, "I4"),
    ("sends-before-the-intent", 20, "I2"),
    ("sends-before-the-mark", 20, "I2"),
    ("takes-any-receipt", 400, "I3"),
    ("loses-the-receipt", 20, "I3"),
    ("forgets-the-event", 20, "I4"),
    ("keeps-its-evidence", 120, "I5"),
    ("refusal-not-recorded", 40, "I3"),
    ("evidence-not-taken-up", 120, "I5"),
    ("biller-refusal-not-fenced", 20, "I5"),
    ("biller-credits-twice", 20, "I5"),
    ("refund-keeps-the-money", 80, "I5"),
    ("version-not-raised", 120, "I1"),
    ("number-per-attempt", 20, "I2"),
    ("claims-without-holding", 20, "I5"),
    ("held-not-returned", 20, "I5"),
    ("sequence-not-raised", 20, "I6"),
    ("restore-keeps-epoch", 120, "I5"),
];

/// The same for those that need a release build's patience.
const LATER: &[(&str, u64, &str)] = &[
    ("no-epoch", 4_000, "I3"),
    ("payable-not-unique", 4_000, "I1"),
    ("phone-clock-decides", 4_000, "I4"),
    ("reverses-unasked", 4_000, "I5"),
    ("settles-after-refund", 8_000, "I3"),
];

/// What is wrong with a table, a line each.
fn wrong_with(table: &[(&str, u64, &str)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, within, invariant) in table {
        let broken = |seed: &u64| {
            plant_here(Some(name));
            let planted = live(*seed, &Options::default());
            plant_here(None);
            planted.is_ok_and(|lived| lived.violations.iter().any(|one| one.invariant == *invariant))
        };
        let Some(seed) = (0..*within).find(broken) else {
            wrong.push(format!("{name} does not break {invariant} within {within} seeds"));
            continue;
        };
        // By nothing but the defect.
        if !live(seed, &Options::default()).is_ok_and(|lived| lived.violations.is_empty()) {
            wrong.push(format!("seed {seed} of {name} is not clean without it"));
        }
    }
    wrong
}

#[test]
fn every_defect_of_the_table_is_found_and_its_seed_is_clean_without() {
    assert_eq!(wrong_with(SOON), [""; 0]);
}

#[test]
#[ignore = "minutes; for a release build"]
fn the_rarer_ones_are_found_too() {
    assert_eq!(wrong_with(LATER), [""; 0]);
}

#[test]
fn every_name_of_the_tables_can_be_planted_and_there_are_more_than_eight() {
    let known = plants();
    for (name, _, _) in SOON.iter().chain(LATER) {
        assert!(known.iter().any(|plant| plant.name == *name), "{name}");
    }
    assert!(SOON.len() >= 8);
}
