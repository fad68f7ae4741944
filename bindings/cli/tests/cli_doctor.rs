//! `billpay doctor` against a sandbox: what it says of a good gateway, and of what is wrong with one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::path::Path;

use house::{Phone, Ran, Sandbox, billpay};
use serde_json::{Value, json};
use tempfile::tempdir;

fn connection(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&std::fs::read_to_string(&sandbox.connection).unwrap()).unwrap()
}

fn doctor(folder: &Path, url: &str, trust: &Value, more: &[&str]) -> Ran {
    let file = folder.join("trust.json");
    std::fs::write(&file, trust.to_string()).unwrap();
    let mut command = billpay();
    command.args(["--json", "--lang", "en", "doctor", "--gateway", url, "--trust"]).arg(file).args(more);
    Ran::of(command.output().unwrap())
}

#[test]
fn the_profiles_own_gateway_is_found_good() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(&folder.path().join("bank"), &[]);
    let phone = Phone::with_gateway(folder.path(), sandbox.connection.clone());
    let ran = phone.run(&["doctor"]).ok();
    let told = ran.last();
    assert_eq!(
        (&told["verdict"], &told["protocol"], &told["answer"]["status"]),
        (&json!("accepted"), &json!("TLSv1_3"), &json!(200))
    );
    assert!(told["path"].as_array().unwrap().iter().any(|link| link["pinned"] == "active"), "{told}");
    assert!(told["days_left"].as_i64().unwrap() > 1, "{told}");
    // A bank's CI hears of the end of its security data in time.
    let days = (told["days_left"].as_i64().unwrap() + 1).to_string();
    phone.run(&["doctor", "--min-days", &days]).failed("expires-soon");
    phone.run(&["doctor", "--min-days", "1"]).ok();
}

#[test]
fn a_gateway_is_judged_by_bare_pins_and_no_request_reaches_one_that_is_refused() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(&folder.path().join("bank"), &[]);
    let connection = connection(&sandbox);
    let url = connection["url"].as_str().unwrap();
    let judged = |pins: Value| {
        let trust = json!({ "roots": connection["roots"], "resolve": connection["resolve"], "pins": pins });
        doctor(folder.path(), url, &trust, &[])
    };
    let none = format!("sha256/{}=", "A".repeat(43));
    let other = format!("sha256/{}=", "E".repeat(43));
    let refused = judged(json!([{ "pin": none, "label": "active" }, { "pin": other, "label": "backup" }]));
    let refused = refused.failed("pin-mismatch");
    let told = refused.last();
    assert_eq!((&told["verdict"], &told["answer"]), (&json!("pin-mismatch"), &Value::Null));
    // What was seen says which pin would have been the right one.
    let key = &told["path"][0]["key"];
    judged(json!([{ "pin": key, "label": "active" }, { "pin": other, "label": "backup" }])).ok();
    // Bare pins have no end, so nothing can be said of the days until then.
    let trust = json!({ "roots": connection["roots"], "resolve": connection["resolve"], "pins": [
        { "pin": key, "label": "active" }, { "pin": other, "label": "backup" },
    ] });
    doctor(folder.path(), url, &trust, &["--min-days", "1"]).failed("no-trust-document");
    // A set that could lock every phone out is none.
    judged(json!([{ "pin": key, "label": "active" }])).failed("trust-unusable");
    judged(json!([{ "pin": "sha1/AAAA", "label": "active" }, { "pin": other, "label": "backup" }]))
        .failed("trust-unusable");
}

#[test]
fn what_it_cannot_judge_by_is_said_at_once() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(&folder.path().join("bank"), &[]);
    let good = connection(&sandbox);
    let url = good["url"].as_str().unwrap();
    doctor(folder.path(), url, &good, &[]).ok();
    doctor(folder.path(), "https://elsewhere.test", &good, &[]).failed("trust-unusable");
    doctor(folder.path(), url, &json!({ "roots": "no PEM", "trust": good["trust"] }), &[]).failed("trust-unusable");
    doctor(folder.path(), url, &json!({ "roots": "", "pins": [] }), &[]).failed("trust-unusable");
    doctor(folder.path(), url, &json!(7), &[]).failed("trust-unusable");
    let mut forged = good.clone();
    forged["trust"] = json!(format!("{}A", good["trust"].as_str().unwrap()));
    doctor(folder.path(), url, &forged, &[]).failed("trust-unusable");
    let alone = |arguments: &[&str]| {
        let mut command = billpay();
        command.args(["--json", "--lang", "en", "doctor"]).args(arguments);
        Ran::of(command.output().unwrap())
    };
    alone(&["--gateway", url]).failed("no-trust");
    alone(&["--trust", "nothing.json"]).failed("no-gateway");
    alone(&["--gateway", url, "--trust", "nothing.json"]).failed("trust-unusable");
}
