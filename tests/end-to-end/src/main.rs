//! The program `end-to-end`: dispatches and prints, and does nothing else.

use std::{
    io::{IsTerminal as _, Write},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

use clap::Parser;
use end_to_end::{
    Unfit,
    kills::run::{Job, Report, run},
    program::Program,
};
use serde_json::json;

/// Kills the terminal client in the middle of payments, with kill -9, and compares the ledgers of
/// client, bank and billers afterwards.
///
/// The sandbox and each command of the client are processes of their own, on this machine only. Exit
/// status 0 only if as many were killed as was asked for and every invariant held; 1 if something was
/// found; 2 if the run could not be carried out.
#[derive(Parser)]
#[command(name = "end-to-end", arg_required_else_help = true)]
struct Command {
    /// How many processes to kill.
    #[arg(long, value_name = "N")]
    kills: u64,
    /// The seed of the plan.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// Plants a defect in client and sandbox, which the run is to find (`billpay demo --plants`).
    #[arg(long, value_name = "NAME")]
    plant: Option<String>,
    /// Keeps profiles and ledgers in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Prints JSON lines, the last one a summary.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let asked = Command::parse();
    let started = Instant::now();
    let mut report = Report::default();
    let job = Job { kills: asked.kills, from: asked.from };
    let unfit = play(&asked, &job, &mut report).err();
    let ok = unfit.is_none() && report.ok(&job);
    if asked.json {
        for violation in &report.findings.violations {
            print(&json!({ "violation": violation }).to_string());
        }
        let bars: serde_json::Map<_, _> =
            report.histogram.bars().into_iter().map(|(name, bar)| (name.to_owned(), json!(bar))).collect();
        let summary = json!({
            "ok": ok, "kills": report.histogram.counts(), "violations": report.findings.violations.len(),
            "killed": report.histogram.total(), "how": bars, "rounds": report.rounds,
            "from": job.from, "seconds": started.elapsed().as_secs(), "plant": asked.plant,
        });
        print(&summary.to_string());
    } else {
        report.histogram.lines().iter().for_each(|line| print(line));
        for violation in &report.findings.violations {
            print(&format!("{:?}: {}", violation.invariant, violation.what));
        }
        let (killed, found) = (report.histogram.total(), report.findings.violations.len());
        let seconds = started.elapsed().as_secs();
        let verdict = if ok { "all hold" } else { "not ok" };
        print(&format!("{killed} killed in {} rounds, {seconds} s; {found} violations: {verdict}", report.rounds));
    }
    match unfit {
        // What was found before is the better news.
        Some(unfit) => {
            log(&format!("the run ended early: {unfit}"));
            ExitCode::from(if report.findings.violations.is_empty() { 2 } else { 1 })
        }
        None => ExitCode::from(u8::from(!ok)),
    }
}

fn play(asked: &Command, job: &Job, report: &mut Report) -> Result<(), Unfit> {
    let aside = tempfile::Builder::new().prefix("billpay-end-to-end-").tempdir();
    let aside = aside.map_err(|error| Unfit::Io("a folder", error))?;
    let folder = asked.keep.as_deref().unwrap_or(aside.path());
    let folder = std::path::absolute(folder).map_err(|error| Unfit::Io("a folder", error))?;
    log("building billpay");
    let program = Program::build(&folder, asked.plant.as_deref())?;
    let watched = std::io::stderr().is_terminal();
    let (mut noted, mut found) = (0, 0);
    let mut round = Instant::now();
    run(job, &program, &folder, report, |report, line| {
        let findings = &report.findings;
        findings.notes.iter().skip(noted).for_each(|note| log(note));
        findings.violations.iter().skip(found).for_each(|one| log(&format!("{:?}: {}", one.invariant, one.what)));
        (noted, found) = (findings.notes.len(), findings.violations.len());
        let killed = report.histogram.total();
        if asked.json {
            let ms = round.elapsed().as_millis();
            let line = json!({
                "round": report.rounds, "killed": killed, "violations": found, "what": line, "milliseconds": ms,
            });
            print(&line.to_string());
        } else if watched {
            log(&format!("{killed}/{} {line}", job.kills));
        }
        round = Instant::now();
    })
}

/// A reader that has gone away is no reason to stop.
fn print(line: &str) {
    let _gone = writeln!(std::io::stdout(), "{line}");
}

fn log(line: &str) {
    let _gone = writeln!(std::io::stderr(), "end-to-end: {line}");
}
