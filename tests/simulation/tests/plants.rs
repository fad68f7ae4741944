//! Planted defects are found, each by what `--plants` says. The longer hunts are
//! `cargo run --release -p simulation -- plants-found`.

use simulation::life::plants::{Hunt, LATER, SOON, all};

#[test]
fn every_defect_of_the_table_is_found_and_its_seed_is_clean_without() {
    let hunts = SOON.iter().map(|sought| Hunt::on(*sought, u64::MAX));
    let wrong: Vec<String> = hunts.filter(|hunt| !hunt.is_good()).map(|hunt| hunt.text()).collect();
    assert_eq!(wrong, [""; 0]);
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
