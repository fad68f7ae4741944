//! Prints each figure beside its floor: for people, or one JSON object a line with `--json`.

use std::process::ExitCode;

use benches::{Figure, archive, bills, connect, open, page, pay, plan, recovery, seal, simulation};

type Measure = fn() -> Figure;

const ALL: [(&str, Measure); 19] = [
    ("connect", connect::measure),
    ("seal-narrow", seal::measure_narrow),
    ("seal-receipt", seal::measure_receipt),
    ("page", page::measure),
    ("pay", pay::measure),
    ("recovery", recovery::measure),
    ("open", open::measure),
    ("first-page", archive::first_page),
    ("first-page-100k", archive::first_page_of_many),
    ("first-page-flat", archive::flat),
    ("search", archive::search_of_some),
    ("search-100k", archive::search_of_many),
    ("verify", archive::verify),
    ("archive-memory", archive::memory),
    ("plan", plan::measure),
    ("merge", bills::measure_merge),
    ("still-due", bills::measure_still_due),
    ("still-due-opened", bills::measure_still_due_opened),
    ("simulation", simulation::measure),
];

/// Exit status 1 when a budget is not kept.
fn main() -> ExitCode {
    // cargo adds `--bench` of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        println!("cargo bench -p benches [-- [--json] [NAME…]]\n\nNAMEs: {}", names.join(", "));
        return ExitCode::SUCCESS;
    }
    let mut kept = true;
    let json = arguments.iter().any(|argument| argument == "--json");
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    for (name, measure) in ALL {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| *wanted == name) {
            continue;
        }
        let figure = measure();
        if !figure.is_kept() {
            kept = false;
            let Figure { name, ours, unit, ratio, least, ceiling, most, .. } = &figure;
            eprintln!(
                "{name}: {ours:.0} {unit}, {ratio:.2} of the floor; the budget: from {least:?} to {ceiling:?} {unit}, {most:?} of it"
            );
        }
        if json {
            println!("{}", serde_json::to_string(&figure).expect("JSON"));
        } else {
            println!(
                "{}\n  ours  {:>10.0} {}   ({:.0} to {:.0})\n  floor {:>10.0} {}   {}\n  ratio {:>10.2}{}\n",
                figure.name,
                figure.ours,
                figure.unit,
                figure.spread[0],
                figure.spread[1],
                figure.floor,
                figure.unit,
                figure.floor_is,
                figure.ratio,
                figure.ratios.map_or_else(String::new, |[low, high]| format!("   ({low:.2} to {high:.2}, in pairs)"))
            );
        }
    }
    if json {
        println!(r#"{{"ok":{kept}}}"#);
    }
    ExitCode::from(u8::from(!kept))
}
