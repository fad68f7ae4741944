//! docs/security/ceremonies.md, typed line by line: each command exists, and phones take what it signs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{path::Path, process::Command};

use billpay_core::{
    crypto::{jwk::PublicJwk, suite::RingSuite},
    gateway::trust::{Trust, TrustError},
    model::pins::Label,
};

/// The grey boxes marked `sh`, one after the other.
fn typed(page: &str) -> String {
    let boxes = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    boxes.collect::<Vec<_>>().join("\n")
}

#[test]
fn ceremonies_each_command_of_the_page_runs_and_its_documents_verify() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security").canonicalize().unwrap();
    let page = std::fs::read_to_string(docs.join("ceremonies.md")).unwrap();
    let machine = tempfile::tempdir().unwrap();
    let path = format!("{}:{}", docs.display(), std::env::var("PATH").unwrap());
    let script = format!("set -euo pipefail\n{}", typed(&page));
    let run = |script: &str| {
        Command::new("bash").args(["-c", script]).current_dir(machine.path()).env("PATH", &path).output().unwrap()
    };
    let ran = run(&script);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let read = |name: &str| std::fs::read_to_string(machine.path().join(name)).unwrap();
    let offline: PublicJwk = serde_json::from_str(&read("offline-1.jwk")).unwrap();
    let verify = |name: &str| Trust::verify(read(name).trim(), &offline, &RingSuite);
    let [first, second, third, last] = ["trust-7.jws", "trust-8.jws", "trust-9.jws", "trust-10.jws"].map(verify);
    let (first, second, third, last) = (first.unwrap(), second.unwrap(), third.unwrap(), last.unwrap());
    assert_eq!([first.version, second.version, third.version, last.version], [7, 8, 9, 10]);
    // The rollover: what was active is gone at its end, what was the backup never goes.
    let active = first.pins.pins()[0];
    assert_eq!(active.1, Label::Active);
    let kept = first.pins.pins()[1].0;
    assert!(second.pins.holds(active.0) && !third.pins.holds(active.0));
    assert!([&first, &second, &third, &last].iter().all(|trust| trust.pins.holds(kept)));
    // The stolen receipt key has an end; before it, it still counts.
    let key = &last.receipt_keys["receipt-1"];
    assert!(key.covers("2026-11-21T00:00:00Z".parse().unwrap()));
    assert!(!key.covers("2026-11-23T00:00:00Z".parse().unwrap()));
    // Each half alone signs nothing, and another half makes another key.
    let one = run("rm offline-1.two; trust sign offline-1 offline-1 draft-7.json");
    assert!(!one.status.success());
    let wrong = run("openssl rand -hex 32 > offline-1.two; trust sign offline-1 offline-1 draft-7.json > wrong.jws");
    assert!(wrong.status.success());
    assert!(matches!(verify("wrong.jws"), Err(TrustError::Jws(_))));
}
