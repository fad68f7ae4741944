//! Every zone of the database, 2020 to 2040: the plan against the oracle in Python (features row 40).
//!
//! `cargo run --release -p billpay-plan --example sweep -- --help`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that checks"
)]

#[path = "../tests/oracle/cases.rs"]
mod cases;
#[path = "../tests/oracle/mod.rs"]
#[allow(dead_code, clippy::indexing_slicing, reason = "the tests use more of it, and stop where it breaks")]
mod oracle;
#[path = "../tests/oracle/sweep.rs"]
mod sweep;

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
    sync::Mutex,
};

use oracle::Oracle;

const HELP: &str = "\
Checks the plan of reminders against an oracle in Python, in every zone of the database.

  sweep [--from YEAR] [--to YEAR] [--zone NAME] [--jobs N] [--json]

  --from, --to   the years, both among them; 2020 and 2040 if not given
  --zone         this zone alone
  --jobs         so many oracles at a time; 2 if not given
  --json         one line a disagreement, and a summary with \"ok\" as the last one

Needs python3 (3.9 or later). Takes a quarter of an hour for everything. Exit status 0 only when both agree in every case.";

struct Asked {
    years: std::ops::RangeInclusive<i16>,
    zone: Option<String>,
    jobs: usize,
    json: bool,
}

fn asked() -> Result<Option<Asked>, String> {
    let (mut from, mut to, mut zone, mut jobs, mut json) = (2020, 2040, None, 2, false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let year = |text: String| text.parse::<i16>().ok().filter(|year| (1970..=2200).contains(year)).ok_or(text);
        match word.as_str() {
            "-h" | "--help" => return Ok(None),
            "--json" => json = true,
            "--from" => from = year(value()?).map_err(|text| format!("{text} is not a year"))?,
            "--to" => to = year(value()?).map_err(|text| format!("{text} is not a year"))?,
            "--zone" => zone = Some(value()?),
            "--jobs" => jobs = value()?.parse().ok().filter(|jobs| (1..=64).contains(jobs)).ok_or("--jobs: 1 to 64")?,
            other => return Err(format!("{other} is not known; see --help")),
        }
    }
    if let Some(name) = &zone {
        billpay_plan::zone(name).map_err(|error| error.to_string())?;
    }
    if from > to {
        return Err(format!("there is no year from {from} to {to}"));
    }
    Ok(Some(Asked { years: from..=to, zone, jobs, json }))
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("sweep: {error}");
            return ExitCode::from(2);
        }
    };
    let names = asked.zone.clone().map_or_else(sweep::zones, |name| vec![name]);
    let (all, next) = (names.len(), Mutex::new(names.into_iter().enumerate()));
    let found = Mutex::new((0_usize, 0_usize));
    let terminal = std::io::stderr().is_terminal();
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                let mut oracle = Oracle::start();
                loop {
                    let Some((index, name)) = next.lock().unwrap().next() else { break };
                    for year in asked.years.clone() {
                        for case in sweep::cases(&name, year, true) {
                            let (theirs, ours) = (oracle.ask(&case), case.ours());
                            let mut found = found.lock().unwrap();
                            found.0 += 1;
                            if theirs != ours {
                                found.1 += 1;
                                let line = serde_json::json!({ "case": case.json(), "oracle": theirs, "ours": ours });
                                if asked.json { println!("{line}") } else { println!("DISAGREES {line}") }
                            }
                        }
                    }
                    let (cases, wrong) = *found.lock().unwrap();
                    if terminal {
                        eprint!("\r\x1b[K{}/{all} {name}: {cases} cases, {wrong} disagree", index + 1);
                        let _ = std::io::stderr().flush();
                    } else if (index + 1) % 25 == 0 {
                        eprintln!("{}/{all} zones: {cases} cases, {wrong} disagree", index + 1);
                    }
                }
            });
        }
    });
    if terminal {
        eprintln!();
    }
    let (cases, wrong) = found.into_inner().unwrap();
    let ok = wrong == 0 && cases > 0;
    if asked.json {
        println!("{}", serde_json::json!({ "zones": all, "cases": cases, "disagree": wrong, "ok": ok }));
    } else {
        println!("{all} zones, {cases} cases, {wrong} disagree");
    }
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
