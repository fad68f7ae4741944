//! Planted defects are found, each by what `--plants` says. The hunts for those that the first life does not show are
//! `cargo run --release -p simulation -- plants-found --soon`, which `./test` runs as well, and without `--soon`.

use simulation::life::plants::{Hunt, LATER, SOON, all};

/// A defect within so many seeds is looked for here, where nothing is optimized.
const AT_ONCE: u64 = 20;

#[test]
fn the_defects_that_show_at_once_are_found_and_their_seeds_are_clean_without() {
    let at_once = SOON.iter().filter(|(_, within, _)| *within <= AT_ONCE);
    let hunts: Vec<Hunt> = at_once.map(|sought| Hunt::on(*sought, AT_ONCE)).collect();
    let wrong: Vec<String> = hunts.iter().filter(|hunt| !hunt.is_good()).map(Hunt::text).collect();
    assert_eq!(wrong, [""; 0]);
    assert!(hunts.len() > 10);
}

#[test]
fn every_name_of_the_tables_can_be_planted_and_more_than_eight_are_found_by_lives() {
    let known = all();
    for (name, _, _) in SOON.iter().chain(LATER) {
        assert!(known.iter().any(|plant| plant.name == *name), "{name}");
    }
    assert!(SOON.len() >= 8);
}

#[test]
fn every_defect_is_found_by_something_and_the_tests_that_are_named_are_there() {
    let tests = [include_str!("../../gateway/tests/planted.rs"), include_str!("../../gateway/tests/biller.rs")];
    for plant in all() {
        assert!(!plant.found_by.is_empty(), "{} is found by nothing", plant.name);
        for by in plant.found_by.iter().filter(|by| !["simulation", "search"].contains(by)) {
            let test = tests.iter().find(|text| text.contains(&format!("fn {by}(")));
            let named = test.is_some_and(|text| text.contains(&format!("\"{}\"", plant.name)));
            assert!(named, "{by} does not plant {}", plant.name);
        }
    }
}
