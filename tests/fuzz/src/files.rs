//! Files that somebody wrote by hand: a story, a fault script, the file that `billpay doctor` judges by.

#[path = "../../scenarios/src/story.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unfulfilled_lint_expectations,
    reason = "of a crate that brings a desktop's key stores along"
)]
mod story;
// The program has no library; its reader needs nothing else of it.
#[path = "../../../bindings/cli/src/trust_file.rs"]
mod trust_file;

use sandbox_gateway::faults::{Action, Faults, Leg, Point, Rule};
use serde_json::Value;

use crate::chosen::chosen_text;

/// `a`: a story. `b`: a fault script. `c`: a trust file, judged for `https://gw.bank.test`.
pub fn check(data: &[u8]) {
    match chosen_text(data, 3) {
        Some((0, text)) => tale(text),
        Some((1, text)) => script(text),
        Some((_, text)) => trust(text),
        None => {}
    }
}

/// Nothing that a story says is passed over: every step stands where it was written, under its name.
fn tale(text: &str) {
    let Ok(story) = serde_json::from_str::<story::Story>(text) else { return };
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    // serde takes a list of the members' values, too; a story is our own, and nobody writes it so.
    if value.is_array() {
        return;
    }
    let told = value["steps"].as_array().unwrap();
    assert_eq!(story.steps.len(), told.len());
    for (step, told) in story.steps.iter().zip(told) {
        assert_eq!(told["do"], *step.name);
        assert_eq!(told["phone"].as_str().unwrap_or("a"), step.phone);
        let expected = told["expect"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(step.expect.len(), expected, "an expectation that nobody will look at");
    }
}

/// A script that is taken is the one that is in force, and each of its rules can strike.
fn script(text: &str) {
    let faults = Faults::new();
    if faults.set_json(text).is_err() {
        assert_eq!(faults.script(), [], "a script that was refused is in force");
        return;
    }
    let script = faults.script();
    let again = serde_json::to_string(&script).unwrap();
    faults.set_json(&again).unwrap();
    assert_eq!(faults.script(), script, "{again}");
    for rule in script.iter().filter(|rule| rule.nth.is_none_or(|nth| nth <= 8)) {
        faults.set(vec![rule.clone()]);
        assert_eq!(struck(&faults, rule), Some(rule.action), "{rule:?} never strikes");
    }
}

/// What the rule does to the request that it names.
fn struck(faults: &Faults, rule: &Rule) -> Option<Action> {
    let path = rule.path.as_deref().unwrap_or("/v1/payments");
    let path: Vec<&str> = path.split('/').map(|segment| if segment == "*" { "x" } else { segment }).collect();
    let path = path.join("/");
    let point = match rule.leg {
        Leg::Client => Point::Client { method: rule.method.as_deref().unwrap_or("POST"), path: &path },
        Leg::Biller => Point::Biller {
            biller: rule.biller.as_deref().unwrap_or("water-sh"),
            scene: rule.scene.as_deref().unwrap_or("charge"),
        },
    };
    (0..rule.nth.unwrap_or(1)).map(|_| faults.next(point)).last().flatten()
}

/// A file by which a server would be judged has roots to lead to, and pins of both kinds.
fn trust(text: &str) {
    let Ok(file) = trust_file::TrustFile::read(text) else { return };
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    assert!(value.is_object(), "a list, of which nobody said what is what");
    assert_eq!(file.resolve.is_some(), !value["resolve"].is_null());
    if let Ok(roots) = file.roots() {
        let begun = value["roots"].as_str().unwrap().matches("-----BEGIN").count();
        assert!(roots.len() <= begun, "more certificates than there are");
    }
    if let Ok(signed) = file.signed() {
        assert_eq!(signed.is_some(), !value["trust"].is_null(), "a trust document was passed over");
    }
    let Ok(pins) = file.bare_pins("https://gw.bank.test") else { return };
    let told = value["pins"].as_array().unwrap();
    assert_eq!((pins.host(), pins.pins().len()), ("gw.bank.test", told.len()), "a pin was passed over");
    assert!(told.iter().all(|told| pins.pins().iter().any(|(pin, _)| told["pin"] == pin.to_string())));
}
