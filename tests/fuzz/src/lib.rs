//! Every parser under arbitrary bytes. A target is a function over an input: it must not panic, and
//! beside that it asserts a property that can fail: what was read and written again is the same, or
//! what was accepted is what a small reader of its own (`oracle`) would accept.
//!
//! The first byte of an input says which of a target's readers gets the rest, from `a` on, so that
//! seeds can be read and typed. `tests/fuzz/run` fuzzes, `cargo test -p fuzz` replays the corpora.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests: what fails here is a finding, and a panic is how the engine hears of it"
)]

mod answers;
mod chosen;
mod documents;
pub mod files;
pub mod keys;
pub mod leg;
mod oracle;
pub mod order;
pub mod outcome;
pub mod pins;
pub mod problem;
pub mod seal;
pub mod seeds;
pub mod signature;
pub mod statement;
pub mod texts;
pub mod trust;
pub mod wire;

#[cfg(test)]
mod replay;

/// What is shared with a program that is no library.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// What a target does with an input: nothing that is seen, or a panic.
pub type Check = fn(&[u8]);

/// All targets: the name of the program and of the corpus, and the function.
pub const TARGETS: [(&str, Check); 13] = [
    ("files", files::check),
    ("keys", keys::check),
    ("leg", leg::check),
    ("order", order::check),
    ("outcome", outcome::check),
    ("pins", pins::check),
    ("problem", problem::check),
    ("seal", seal::check),
    ("signature", signature::check),
    ("statement", statement::check),
    ("texts", texts::check),
    ("trust", trust::check),
    ("wire", wire::check),
];

/// The folder of a target's seeds.
#[must_use]
pub fn corpus(target: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// A target's program: libFuzzer's where it is built for fuzzing, else one that runs over the files
/// that it is given.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::$name::check(data));
        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            fuzz::over_files(fuzz::$name::check)
        }
    };
}

/// Runs a target over the files that the command line names.
///
/// # Errors
/// A file cannot be read.
pub fn over_files(check: Check) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        println!("{}", std::path::Path::new(&path).display());
        check(&std::fs::read(path)?);
    }
    Ok(())
}
