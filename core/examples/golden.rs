//! Makes the golden database of the present schema: `cargo run -p billpay-core --example golden`.
//!
//! Run it once when a schema is released, and commit the file; the files of released schemas never
//! change, so it refuses to replace one.

#[path = "../tests/store_all/golden_rows.rs"]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "shared with tests")]
mod golden_rows;

use std::{path::Path, process::ExitCode};

use billpay_core::store::{Location, SCHEMA};

#[allow(clippy::print_stderr, reason = "a tool for the terminal")]
fn main() -> ExitCode {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{SCHEMA}.db"));
    if path.exists() {
        eprintln!("tests/golden/{SCHEMA}.db is there already, and released schemas never change");
        return ExitCode::FAILURE;
    }
    if let Err(error) = golden_rows::fill(&Location::file(&path)) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    // Only the file itself belongs to the record.
    let _ = std::fs::remove_file(path.with_extension("db.lock"));
    ExitCode::SUCCESS
}
