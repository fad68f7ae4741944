//! `cargo run -p scenarios` runs the stories and prints their traces.

use std::{
    fs,
    io::{self, Write as _},
    process::ExitCode,
};

use scenarios::{Fault, run, story};
use serde_json::json;

const HELP: &str = "\
usage: cargo run -p scenarios -- [NAME...] [--write] [--json]

NAME      stories of tests/scenarios/stories; all of them if none is named
--write   store the traces beside the stories, for you to review as a change
--json    one JSON line a story, the last one a summary with \"ok\"

Ends non-zero if a story stops, or its trace is not the stored one.
";

fn main() -> ExitCode {
    match tell() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            // Nothing more can be done if this cannot be said either.
            let _ = writeln!(io::stderr(), "{fault}");
            ExitCode::FAILURE
        }
    }
}

fn tell() -> Result<bool, Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    let mut out = io::stdout();
    if flag("--help") || flag("-h") {
        out.write_all(HELP.as_bytes())?;
        return Ok(true);
    }
    let (write, json) = (flag("--write"), flag("--json"));
    if let Some(unknown) = arguments.iter().find(|one| one.starts_with('-') && *one != "--write" && *one != "--json") {
        return Err(format!("{unknown} is not known\n{HELP}").into());
    }
    let named: Vec<String> = arguments.iter().filter(|argument| !argument.starts_with('-')).cloned().collect();
    let (names, mut failed) = (if named.is_empty() { story::names()? } else { named }, 0);
    for name in &names {
        let told = run::run(&story::load(name)?)?;
        let stored = story::golden(name)?;
        let same = stored.as_ref() == Some(&told.trace);
        let good = told.failed.is_none() && (same || write);
        failed += usize::from(!good);
        if json {
            writeln!(out, "{}", json!({"story": name, "trace": told.trace, "failed": told.failed, "as_stored": same}))?;
        } else {
            out.write_all(told.trace.as_bytes())?;
            match &told.failed {
                Some(why) => writeln!(out, "STOPPED at {why}\n")?,
                None if !same && !write => writeln!(out, "NOT as stored in stories/{name}.trace (see --write)\n")?,
                None => writeln!(out)?,
            }
        }
        if write && told.failed.is_none() && !same {
            fs::write(story::folder().join(format!("{name}.trace")), &told.trace)?;
        }
    }
    if json {
        writeln!(out, "{}", json!({"ok": failed == 0, "stories": names.len(), "failed": failed}))?;
    } else {
        writeln!(out, "{} stories, {failed} failed", names.len())?;
    }
    Ok(failed == 0)
}
