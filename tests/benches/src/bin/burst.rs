//! The program `burst`: dispatches and prints, and does nothing else.

use std::{io::IsTerminal as _, process::ExitCode};

use benches::burst::{Plan, run};
use clap::Parser;

/// A burst of orders at the sandbox's gateway, over pinned TLS on this machine; then the ledgers of bank and
/// billers are read by code of their own and held to the invariants.
///
/// Ten phones; each bill is wanted by two of them at the same moment. Exit status 0 only if every answer was
/// one of the contract, every order has a signed end, and every invariant holds.
#[derive(Parser)]
#[command(name = "burst")]
struct Command {
    /// How long, 1 to 10.
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    seconds: u8,
    /// Orders in each second, 2 to 1000.
    #[arg(long, value_name = "ORDERS", default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(2..=1_000))]
    a_second: u16,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let asked = Command::parse();
    let watched = std::io::stderr().is_terminal();
    let progress = |line: &str| {
        if watched {
            eprintln!("{line}");
        }
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let plan = Plan { seconds: usize::from(asked.seconds), a_second: usize::from(asked.a_second) };
    let (report, crowd) = runtime.block_on(run(plan, progress));
    runtime.block_on(crowd.stop());
    let ok = report.is_ok();
    if asked.json {
        let mut line = serde_json::to_value(&report).expect("JSON");
        line["ok"] = ok.into();
        println!("{line}");
    } else {
        let [half, most, all] = report.latency_ms;
        println!(
            "{} orders of {} phones on {} bills, {} a second",
            report.orders, report.phones, report.bills, report.a_second
        );
        println!("answered within {:.1} s: {:?}", report.answered_s, report.answers);
        println!("half within {half:.0} ms, 99 of 100 within {most:.0} ms, all within {all:.0} ms");
        println!("{} of {} have a signed end, after {:.1} s", report.ends, report.orders, report.ended_s);
        for violation in &report.violations {
            println!("{:?}: {}", violation.invariant, violation.what);
        }
        println!("{}", if ok { "all hold" } else { "not ok" });
    }
    ExitCode::from(u8::from(!ok))
}
