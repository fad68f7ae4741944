//! The program `end-to-end`: dispatches and prints, and does nothing else.

use std::{
    io::{IsTerminal as _, Write},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, Parser, Subcommand};
use end_to_end::{
    Unfit,
    kills::{
        lines,
        run::{Job, Report, run},
    },
    program::Program,
    tls,
};

/// Kills the terminal client in the middle of payments, with kill -9, and compares the ledgers of
/// client, bank and billers afterwards.
///
/// The sandbox and each command of the client are processes of their own, on this machine only. Exit
/// status 0 only if as many were killed as was asked for and every invariant held; 1 if something was
/// found; 2 if the run could not be carried out.
#[derive(Parser)]
#[command(
    name = "end-to-end",
    arg_required_else_help = true,
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true
)]
struct Command {
    #[command(subcommand)]
    other: Option<Other>,
    /// How many processes to kill.
    #[arg(long, value_name = "N", required = true)]
    kills: Option<u64>,
    /// The seed of the plan.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// Plants a defect in client and sandbox, which the run is to find (`billpay demo --plants`).
    #[arg(long, value_name = "NAME")]
    plant: Option<String>,
    /// Lets the proxies pass everything on unharmed: shows what only a bad network finds.
    #[arg(long)]
    calm: bool,
    /// Keeps profiles and ledgers in this folder.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Prints JSON lines, the last one a summary.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Other {
    /// Lets the client look at servers good and bad, by `billpay doctor`, and compares what it says with what is
    /// required.
    ///
    /// The servers are those of OpenSSL, which has to be installed. Exit status 0 only if every row is as required.
    Tls(Tls),
}

#[derive(Args)]
struct Tls {
    /// Prints docs/security/tls.md.
    #[arg(long, conflicts_with = "json")]
    page: bool,
    /// Fails, too, if this file is not what --page would print.
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Prints JSON lines, the last one a summary.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let asked = Command::parse();
    if let Some(Other::Tls(asked)) = &asked.other {
        return tls(asked);
    }
    let started = Instant::now();
    let mut report = Report::default();
    let job = Job { kills: asked.kills.unwrap_or(0), from: asked.from, calm: asked.calm };
    let mut processes = 0;
    let unfit = play(&asked, &job, &mut report, &mut processes).err();
    let ok = unfit.is_none() && report.ok(&job);
    if asked.json {
        let took = started.elapsed();
        let summary = lines::summary(&report, &job, ok, processes, took, asked.plant.as_deref());
        report.findings.violations.iter().for_each(|violation| print(&lines::violation(violation).to_string()));
        print(&summary.to_string());
    } else {
        for_people(&report, started.elapsed(), ok);
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

fn tls(asked: &Tls) -> ExitCode {
    let ran = (|| {
        let folder = tempfile::tempdir().map_err(|error| Unfit::Io("a folder", error))?;
        let program = Program::build(folder.path(), None)?;
        tls::run(&program, folder.path(), |row| {
            if asked.json {
                print(&serde_json::json!(row).to_string());
            } else if !asked.page {
                let (mark, wanted) = (if row.ok { "ok" } else { "NOT" }, row.required.join(" or "));
                print(&format!("{mark:<4}{:<62}{:<18}wanted {wanted}", row.server, row.seen));
            }
        })
    })();
    match ran {
        Ok(rows) => {
            let (good, all) = (rows.iter().filter(|row| row.ok).count(), rows.len());
            if asked.page {
                print(tls::page(&rows).trim_end());
            } else if asked.json {
                print(&serde_json::json!({ "ok": good == all, "servers": all, "as_required": good }).to_string());
            } else {
                print(&format!("{good} of {all} as required"));
            }
            let page = tls::page(&rows);
            let same =
                asked.compare.as_ref().is_none_or(|file| std::fs::read_to_string(file).is_ok_and(|text| text == page));
            if let (Some(file), false) = (&asked.compare, same) {
                log(&format!("{} is not what was seen; write it anew with --page", file.display()));
            }
            ExitCode::from(u8::from(good < all || !same))
        }
        Err(unfit) => {
            log(&unfit.to_string());
            ExitCode::from(2)
        }
    }
}

fn for_people(report: &Report, took: Duration, ok: bool) {
    let Report { histogram, findings, front, leg, .. } = report;
    histogram.lines().iter().for_each(|line| print(line));
    for (between, struck) in [("phones and bank", front), ("bank and billers", leg)] {
        let all: Vec<_> = struck.counts().into_iter().map(|(what, times)| format!("{times} {what}")).collect();
        print(&format!("between {between}: {}", all.join(", ")));
    }
    for violation in &findings.violations {
        print(&format!("{:?}: {}", violation.invariant, violation.what));
    }
    let (killed, found, company) = (histogram.total(), findings.violations.len(), histogram.in_company());
    let verdict = if ok { "all hold" } else { "not ok" };
    print(&format!(
        "{killed} killed in {} rounds, {company} of them with several clients at work, {} s; {found} violations: {verdict}",
        report.rounds,
        took.as_secs(),
    ));
}

fn play(asked: &Command, job: &Job, report: &mut Report, processes: &mut u64) -> Result<(), Unfit> {
    let aside = tempfile::Builder::new().prefix("billpay-end-to-end-").tempdir();
    let aside = aside.map_err(|error| Unfit::Io("a folder", error))?;
    let folder = asked.keep.as_deref().unwrap_or(aside.path());
    let folder = std::path::absolute(folder).map_err(|error| Unfit::Io("a folder", error))?;
    log("building billpay");
    let program = Program::build(&folder, asked.plant.as_deref())?;
    let watched = std::io::stderr().is_terminal();
    let (mut noted, mut found, mut killed) = (0, 0, 0);
    let mut round = Instant::now();
    let ran = run(job, &program, &folder, report, |report, line| {
        let findings = &report.findings;
        findings.notes.iter().skip(noted).for_each(|note| log(note));
        findings.violations.iter().skip(found).for_each(|one| log(&format!("{:?}: {}", one.invariant, one.what)));
        (noted, found) = (findings.notes.len(), findings.violations.len());
        if asked.json {
            for (at, kill) in report.histogram.kills().iter().enumerate().skip(killed) {
                print(&lines::kill(at + 1, report.rounds, kill).to_string());
            }
            print(&lines::round(report, line, round.elapsed()).to_string());
        } else if watched {
            log(&format!("{}/{} {line}", report.histogram.total(), job.kills));
        }
        killed = report.histogram.kills().len();
        round = Instant::now();
    });
    *processes = program.started();
    ran
}

/// A reader that has gone away is no reason to stop.
fn print(line: &str) {
    let _gone = writeln!(std::io::stdout(), "{line}");
}

fn log(line: &str) {
    let _gone = writeln!(std::io::stderr(), "end-to-end: {line}");
}
