//! Defects that can be planted, and planting one: the demo has to notice those that it can see.

use serde_json::json;

use crate::{failure::Failure, paint::Align, shell::Shell};

/// What the demo notices, a test holds it to that. The others need a restore, a race, an attacker or
/// more time: they are for the simulation, the search and the tests of the gateway to find.
const SEEN: &[&str] = &[
    "biller-credits-twice",
    "biller-refusal-not-fenced",
    "claims-without-holding",
    "echo-for-any-number",
    "forgets-the-event",
    "held-not-returned",
    "loses-the-receipt",
    "not-found-is-refused",
    "number-per-attempt",
    "recovery-only-confirms",
    "repeats-nothing",
    "sequence-not-raised",
    "timeout-is-refused",
    "version-before-number",
    "version-not-raised",
    "wrong-codes-uncounted",
];

/// Name, invariant, what it does, and whose it is.
fn all() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let core = billpay_core::plant::PLANTS.iter().map(|plant| (plant.name, plant.invariant, plant.what, "core"));
    let bank = sandbox_gateway::plant::PLANTS.iter().map(|plant| (plant.name, plant.invariant, plant.what, "gateway"));
    core.chain(bank).collect()
}

pub(super) fn list(shell: &Shell) {
    let plants = all();
    let rows: Vec<Vec<String>> = plants
        .iter()
        .map(|(name, invariant, what, house)| {
            let seen = if SEEN.contains(name) { shell.paint.sign("✓", "yes") } else { "" };
            [*name, invariant, house, seen, what].map(str::to_owned).to_vec()
        })
        .collect();
    let head = [
        (shell.say("名称", "name"), Align::Left),
        (shell.say("不变量", "invariant"), Align::Left),
        (shell.say("所在", "house"), Align::Left),
        (shell.say("演示可见", "seen here"), Align::Left),
        (shell.say("缺陷", "what goes wrong"), Align::Left),
    ];
    shell.lines(&shell.paint.table(&head, &rows, |_, column, cell| match column {
        0 => shell.paint.accent(cell),
        _ => cell.to_owned(),
    }));
    for (name, invariant, what, house) in &plants {
        let seen = SEEN.contains(name);
        shell.record(&json!({ "plant": name, "invariant": invariant, "what": what, "house": house, "seen": seen }));
    }
    shell.done(json!({ "plants": plants.len() }));
}

pub(super) fn plant(shell: &Shell, name: &str) -> Result<(), Failure> {
    if !all().iter().any(|(known, ..)| *known == name) {
        let what = shell.say(
            "没有这个缺陷；billpay demo --plants 列出全部：",
            "no such plant; `billpay demo --plants` lists them:",
        );
        return Err(Failure::new("unknown-plant", format!("{what} {name}")));
    }
    billpay_core::plant::plant(name);
    sandbox_gateway::plant::plant(name);
    Ok(())
}
