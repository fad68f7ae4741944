//! The oracle in Python, asked once.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// A query, how many receipts have it, and SHA-256 (hex) over their numbers, with commas between.
pub(crate) type Answer = (String, usize, String);

pub(crate) fn ask(given: &Value) -> Vec<Answer> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lasting/oracle.py");
    let child = Command::new("python3").arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("python3, which CI installs");
    let mut to = child.stdin.take().unwrap();
    let text = given.to_string();
    let writing = std::thread::spawn(move || to.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
