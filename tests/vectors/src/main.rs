//! `cargo run -p vectors -- generate` writes the files; `-- check` says whether they are what would
//! be written.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use vectors::{Fault, files};

const HELP: &str = "\
usage: cargo run -p vectors -- generate | check

generate   writes the vectors; the same bytes every time (a stored ES256 signature that still
           verifies is kept)
check      says which files differ from what would be written; ends non-zero if one does
";

fn main() -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let done = match command.as_str() {
        "generate" => write(),
        "check" => check(),
        "help" | "--help" | "-h" => say(HELP).map(|()| true),
        _ => say(HELP).map(|()| false),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            // Nothing more can be done if this cannot be said either.
            let _ = writeln!(io::stderr(), "{fault}");
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> Result<(), Fault> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn write() -> Result<bool, Fault> {
    let all = files::generate()?;
    for folder in files::FOLDERS {
        fs::create_dir_all(files::root().join(folder))?;
    }
    for (path, text) in &all {
        fs::write(files::root().join(path), text)?;
    }
    for path in files::present()?.iter().filter(|path| !all.contains_key(*path)) {
        fs::remove_file(files::root().join(path))?;
    }
    say(&format!("{} files\n", all.len()))?;
    Ok(true)
}

fn check() -> Result<bool, Fault> {
    let (all, present) = (files::generate()?, files::present()?);
    let mut same = true;
    let names: std::collections::BTreeSet<&String> = all.keys().chain(&present).collect();
    for path in names {
        let stored = fs::read_to_string(files::root().join(Path::new(path))).ok();
        if stored.as_ref() != all.get(path) {
            say(&format!("{path} differs\n"))?;
            same = false;
        }
    }
    say(if same { "all as generated\n" } else { "run: cargo run -p vectors -- generate\n" })?;
    Ok(same)
}
