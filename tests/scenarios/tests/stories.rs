//! The stories are well-formed, come to their expectations, and give the stored traces (features
//! row 59 and the rows that each names).
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;

use scenarios::{
    run::run,
    story::{self, Story},
};
use serde_json::{Value, json};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(include_str!("../schema.json")).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn text(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(story::folder().join(format!("{name}.json"))).unwrap()).unwrap()
}

fn told(steps: &Value) -> scenarios::run::Told {
    let story = json!({"name": "made", "about": "made", "features": ["59"], "steps": steps});
    run(&serde_json::from_value::<Story>(story).unwrap()).unwrap()
}

#[test]
fn row_59_every_story_is_one_by_the_schema() {
    let validator = validator();
    let names = story::names().unwrap();
    assert!(names.len() >= 30, "{names:?}");
    for name in names {
        let faults: Vec<String> = validator.iter_errors(&text(&name)).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn row_59_the_schema_refuses_what_no_runner_knows() {
    let validator = validator();
    let good = text("pay-a-bill");
    for step in [
        json!({"do": "wave"}),
        json!({"do": "pay"}),
        json!({"do": "pay", "quote": "q"}),
        json!({"do": "refresh", "often": true}),
        json!({"do": "quote", "biller": "power-sh", "bill": "E0001", "minor": 1.5}),
        json!({"do": "world.faults", "script": [{"leg": "client", "action": "explode"}]}),
        json!({"do": "bills", "expect": {"bills": 1}}),
    ] {
        let mut bad = good.clone();
        bad["steps"][0] = step.clone();
        assert!(!validator.is_valid(&bad), "{step}");
    }
}

#[test]
fn row_59_every_story_gives_its_stored_trace_each_time() {
    for name in story::names().unwrap() {
        let story = story::load(&name).unwrap();
        let (one, two) = (run(&story).unwrap(), run(&story).unwrap());
        assert_eq!(one.failed, None, "{name}\n{}", one.trace);
        assert_eq!(one.trace, two.trace, "{name}");
        let golden = story::golden(&name).unwrap().unwrap_or_default();
        assert_eq!(one.trace, golden, "{name}: review, then cargo run -p scenarios -- {name} --write");
    }
}

#[test]
fn a_story_stops_where_an_expectation_does_not_hold() {
    let start = json!({"do": "activate.start", "number": "+8613800000001", "expect": {"attempts_left": "4"}});
    let stopped = told(&json!([start])).failed.unwrap();
    assert_eq!(stopped, "step 1 (activate.start): attempts_left is 5, not 4");
    let stopped = told(&json!([{"do": "profile"}, {"do": "refresh"}])).failed.unwrap();
    assert_eq!(stopped, "step 2 (refresh): the error not-activated");
    let stopped = told(&json!([{"do": "profile", "expect": {"error": "locked"}}])).failed.unwrap();
    assert_eq!(stopped, "step 1 (profile): error is nothing, not locked");
}

#[test]
fn row_2_two_phones_each_have_a_device_of_their_own_and_the_first_is_revoked() {
    let number = "+8613800000001";
    let steps = json!([
        {"do": "activate.start", "number": number},
        {"do": "activate.finish", "code": "newest"},
        {"do": "world.bank_clock", "advance_s": 61},
        {"do": "activate.start", "phone": "b", "number": number},
        {"do": "activate.finish", "phone": "b", "code": "newest", "expect": {"active": "true"}},
        {"do": "refresh", "phone": "b"},
        {"do": "refresh", "expect": {"error": "device-revoked"}},
        {"do": "profile", "expect": {"active": "false", "revoked": "true"}}
    ]);
    let told = told(&steps);
    assert_eq!(told.failed, None, "{}", told.trace);
    assert!(told.trace.contains("\n4 b activate.start\n"));
}
