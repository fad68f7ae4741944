//! The program `simulation`: dispatches, and does nothing else.

use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use simulation::{
    exhaust::{
        report::{Line, Summary, for_people, rules_for_help},
        rules::named,
        run::{Job, run_all},
        variants::{UNLISTED, VARIANTS},
    },
    life::{self, suite::Signatures},
};

/// Millions of lives allocate and free all day.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Core, gateway and billers in one process: searched exhaustively, or simulated by seed.
#[derive(Parser)]
#[command(name = "simulation", arg_required_else_help = true, args_conflicts_with_subcommands = true)]
struct Command {
    #[command(subcommand)]
    program: Option<Program>,
    #[command(flatten)]
    seeds: Seeds,
}

#[derive(Subcommand)]
enum Program {
    /// Looks for every planted defect that lives by seed are to find, and says which were found.
    PlantsFound(PlantsFound),
    /// Measures how many flows a second one core simulates, beside the least that they could take.
    ///
    /// In lives that are like one another: one person pays 95 bills, twenty at a time, of a hundred messages six
    /// are lost, and nothing else goes wrong; all invariants are checked. A flow is one bill, from its quote to
    /// its document. The floor: the statements of the same lives asked of SQLite in memory by nobody, and as
    /// many bare signatures as were made and verified.
    Pace(Steady),
    /// Visits every state that two payments on one bill can lead to.
    ///
    /// Exit status 0 only if nothing is found; with --without something is meant to be found, so 1.
    #[command(after_help = rules_for_help())]
    Exhaust(Exhaust),
}

#[derive(Args)]
struct Steady {
    /// How many lives, in each round.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=200))]
    lives: u64,
    /// How many rounds.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Signatures: real ones, or a stand-in for long runs.
    #[arg(long, value_enum, default_value_t = Signatures::Real, value_name = "WHICH")]
    suite: Signatures,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct PlantsFound {
    /// Looks into so many seeds for each, at the most.
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    seeds: u64,
    /// Only those that are found soon.
    #[arg(long)]
    soon: bool,
    /// Prints JSON lines, the last one a summary.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Exhaust {
    /// Leaves a rule out, to see what comes of it.
    #[arg(long, value_name = "RULE")]
    without: Option<String>,
    /// Prints JSON lines, the last one a summary.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Seeds {
    /// How many seeds to simulate.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// For how long to simulate seed after seed, in place of a number.
    #[arg(long, value_name = "N", conflicts_with = "seeds", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// The first of them.
    #[arg(long, value_name = "S")]
    from: Option<u64>,
    /// Plants a defect, which the simulation is to find.
    #[arg(long, value_name = "NAME")]
    plant: Option<String>,
    /// Lists the defects that can be planted.
    #[arg(long)]
    plants: bool,
    /// Signatures: real ones, or a stand-in for long runs.
    #[arg(long, value_enum, default_value_t = Signatures::StandIn, value_name = "WHICH")]
    suite: Signatures,
    /// How many lives at a time; flows a second are of one core. A flow is a wish to pay, from the bill
    /// that a person picks to an order or to the reason why there is none.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    jobs: u64,
    /// Kinds of fault that do not strike, by their names in the summary, with commas between.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    without: Vec<life::fault::Kind>,
    /// No person wishes to pay more often than that.
    #[arg(long, value_name = "N")]
    wishes: Option<u64>,
    /// Lives every so-manieth seed again without each kind of fault, to see which mattered; 0: none.
    #[arg(long, default_value_t = 16, value_name = "N")]
    sample: u64,
    /// Prints the trace of the first seed.
    #[arg(long)]
    trace: bool,
    /// Lives every seed twice: the traces have to be equal to the byte.
    #[arg(long)]
    twice: bool,
    /// Stops at the first seed that has a violation.
    #[arg(long)]
    first: bool,
    /// Prints JSON lines, the last one a summary.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match Command::parse() {
        Command { program: Some(Program::Exhaust(asked)), .. } => exhaust(&asked),
        Command { program: Some(Program::PlantsFound(asked)), .. } => plants_found(&asked),
        Command { program: Some(Program::Pace(asked)), .. } => pace(&asked),
        Command { program: None, seeds } if seeds.plants => plants(seeds.json),
        Command { program: None, seeds } => simulate(&seeds),
    }
}

fn exhaust(asked: &Exhaust) -> ExitCode {
    let without = asked.without.as_deref();
    let jobs: Vec<Job> = match without {
        None => VARIANTS.iter().chain(UNLISTED).map(Job::from).collect(),
        Some(name) => named(name).into_iter().map(Job::from).collect(),
    };
    if jobs.is_empty() {
        say(&mut std::io::stderr(), &format!("no such rule\n{}", rules_for_help()));
        return ExitCode::from(2);
    }
    let watched = std::io::stderr().is_terminal() && (asked.json || !std::io::stdout().is_terminal());
    let mut summary = Summary { ok: true, without, as_expected: without.map(|_| true), ..Summary::default() };
    let mut out = std::io::stdout();
    run_all(&jobs, |done| {
        summary.add(done);
        if asked.json {
            say(&mut out, &json(&Line::from(done)));
        } else {
            say(&mut out, &for_people(done));
        }
        if watched {
            say(&mut std::io::stderr(), &format!("{}/{} {}", summary.variants.len(), jobs.len(), done.job.name));
        }
    });
    if asked.json {
        say(&mut out, &json(&summary));
    } else {
        let verdict = if summary.ok { "all hold" } else { "something was found" };
        let unlisted = summary.stuck_without_the_statement;
        let limit = if unlisted > 0 { format!("; {unlisted} stuck for want of the statement") } else { String::new() };
        say(&mut out, &format!("{} states, {} stuck: {verdict}{limit}", summary.states, summary.stuck));
    }
    ExitCode::from(u8::from(!summary.ok))
}

fn pace(asked: &Steady) -> ExitCode {
    match life::pace::measure(asked.lives, asked.rounds, asked.suite) {
        Ok(pace) => {
            say(&mut std::io::stdout(), &if asked.json { json(&pace) } else { pace.text() });
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&mut std::io::stderr(), &error);
            ExitCode::from(2)
        }
    }
}

fn plants(as_json: bool) -> ExitCode {
    let mut out = std::io::stdout();
    let all = life::plants::all();
    for plant in &all {
        say(&mut out, &if as_json { json(plant) } else { plant.text() });
    }
    if as_json {
        say(&mut out, &json(&serde_json::json!({"ok": true, "plants": all})));
    }
    ExitCode::SUCCESS
}

fn plants_found(asked: &PlantsFound) -> ExitCode {
    use life::plants::{Hunt, LATER, SOON};
    let mut out = std::io::stdout();
    let later = if asked.soon { &[] } else { LATER };
    let (mut found, mut sought) = (0, 0);
    for one in SOON.iter().chain(later) {
        let hunt = Hunt::on(*one, asked.seeds);
        sought += 1;
        found += u64::from(hunt.is_good());
        say(&mut out, &if asked.json { json(&hunt) } else { hunt.text() });
    }
    let ok = found == sought;
    if asked.json {
        say(&mut out, &json(&serde_json::json!({"ok": ok, "sought": sought, "found": found})));
    } else {
        say(&mut out, &format!("{found} of {sought} found"));
    }
    ExitCode::from(u8::from(!ok))
}

fn simulate(asked: &Seeds) -> ExitCode {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let plant = asked.plant.as_deref();
    if plant.is_some_and(|name| !life::plants::all().iter().any(|plant| plant.name == name)) {
        say(&mut err, "no such defect; --plants lists them");
        return ExitCode::from(2);
    }
    let job = life::seeds::Job {
        from: asked.from.unwrap_or(0),
        seeds: match (asked.seeds, asked.seconds) {
            (Some(seeds), _) => seeds,
            (None, Some(_)) => u64::MAX,
            (None, None) if asked.trace => 0,
            (None, None) => 1_000,
        },
        plant: asked.plant.clone(),
        signatures: asked.suite,
        time: asked.seconds.map(std::time::Duration::from_secs),
        jobs: asked.jobs,
        without: asked.without.iter().copied().collect(),
        wishes: asked.wishes,
        sample: if plant.is_some() { 0 } else { asked.sample },
        first_only: asked.first,
        twice: asked.twice,
    };
    if asked.trace && !trace(&job) {
        return ExitCode::from(2);
    }
    let watched = err.is_terminal();
    let total = life::seeds::run(&job, |done| {
        if watched && (done % 100 == 0 || done == job.seeds) {
            let of = if job.time.is_some() { String::new() } else { format!("/{}", job.seeds) };
            say(&mut std::io::stderr(), &format!("{done}{of} seeds"));
        }
    });
    for found in &total.found {
        let line = life::report::Line::of(found, plant);
        say(&mut out, &if asked.json { json(&line) } else { line.text() });
    }
    // The first one, as small as it gets: to standard error, where logs go.
    if let (Some(found), false) = (total.found.first(), asked.trace || plant.is_some()) {
        smallest(&life::seeds::Job { from: found.seed, ..job });
    }
    // With a defect, or with something left out, a run need not reach everything.
    let partial = plant.is_some() || !asked.without.is_empty() || asked.wishes.is_some();
    let summary = life::report::Summary::of(&total, partial);
    say(&mut out, &if asked.json { json(&summary) } else { summary.text() });
    ExitCode::from(if total.unfit.is_some() { 2 } else { u8::from(!summary.is_ok()) })
}

/// Looks for the smallest life of a seed that still breaks, and prints it.
fn smallest(job: &life::seeds::Job) {
    life::seeds::plant_here(job.plant.as_deref());
    let Ok(Some(smaller)) = life::minimise::minimise(job.from, &job.options()) else {
        trace(job);
        return;
    };
    let (before, after) = smaller.kinds;
    let what = format!("{after} of {before} kinds of fault are enough for {}", smaller.invariant);
    let life::run::Options { without, wishes, .. } = smaller.options.clone();
    trace(&life::seeds::Job { without, wishes, ..job.clone() });
    say(&mut std::io::stderr(), &format!("{what}; again: simulation {}", smaller.arguments()));
}

/// Replays one seed and prints what happened.
fn trace(job: &life::seeds::Job) -> bool {
    let mut err = std::io::stderr();
    life::seeds::plant_here(job.plant.as_deref());
    let options = life::run::Options { keep: true, ..job.options() };
    match life::run::live(job.from, &options) {
        Ok(lived) => {
            lived.trace.lines.iter().for_each(|line| say(&mut err, line));
            lived.violations.iter().for_each(|one| say(&mut err, &format!("{}: {}", one.invariant, one.what)));
            true
        }
        Err(unfit) => {
            say(&mut err, &format!("seed {} could not be simulated: {unfit}", job.from));
            false
        }
    }
}

fn kind(name: &str) -> Result<life::fault::Kind, String> {
    life::fault::Kind::named(name).ok_or_else(|| {
        let all = life::fault::Kind::ALL.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>();
        format!("no such kind of fault; there are {}", all.join(", "))
    })
}

fn json<T: serde::Serialize>(line: &T) -> String {
    serde_json::to_string(line).unwrap_or_else(|error| format!("{{\"ok\":false,\"error\":\"{error}\"}}"))
}

/// A reader that has gone away is no reason to stop the search.
fn say(out: &mut dyn Write, text: &str) {
    let _gone = writeln!(out, "{text}");
}
