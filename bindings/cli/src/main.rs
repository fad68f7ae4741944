//! `billpay`: the terminal shell. Every action of the core, a sandbox to act upon, and a demo that
//! tells the whole story.
//!
//! Exit status 0 only when what was asked for is done and holds; 3 where the end of a payment is not known
//! yet (`billpay resolve` asks for it); 4 where it was done and standard output did not take all that is to be said of it
//! (output.rs). Otherwise one line on standard
//! error says what happened, whether money moved, and what to do next; with `--json` the last line
//! on standard output says the same to scripts.

mod archive;
mod args;
mod commands;
mod connection;
mod demo;
mod failure;
mod files;
mod help;
mod legible;
mod output;
mod paint;
mod rehearsal;
mod sandbox;
mod shell;
mod show;
mod trust_file;
mod wiring;

use std::process::ExitCode;

use crate::{
    args::{Args, Command},
    failure::Failure,
    shell::Shell,
};

fn main() -> ExitCode {
    let chinese = help::is_chinese(std::env::args_os(), shell::is_system_chinese());
    let args = match help::parse(chinese) {
        Ok(args) => args,
        Err(error) => return shell::usage(&error, chinese),
    };
    let shell = Shell::new(&args);
    if let Err(failure) = rehearsal::prepare() {
        return shell.fail(&failure);
    }
    if args.command.acts() {
        output::acts();
    }
    match run(&shell, args) {
        // Done all the same, and said elsewhere.
        Ok(()) if output::lost().is_some() => ExitCode::from(output::UNHEARD),
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => shell.fail(&failure),
    }
}

fn run(shell: &Shell, args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::system("runtime", &error))?;
    let done = runtime.block_on(async {
        match args.command {
            Command::Demo(asked) => demo::run(shell, &asked).await,
            Command::Sandbox(asked) => sandbox::run(shell, &asked).await,
            Command::Phone(action) => commands::run(shell, action).await,
        }
    });
    // Whatever still runs is either of no consequence or taken up at the next start.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    done
}
