//! What becomes of a command whose standard output takes nothing any more: a disk that is full, a reader that has
//! gone away. What was begun is ended, its outcome is told on standard error, and the status says which it was.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::{
    fs::OpenOptions,
    io::{BufRead as _, BufReader, Read as _},
    process::Stdio,
};

use house::{POWER, Phone, Sandbox, billpay};
use serde_json::Value;
use tempfile::tempdir;

/// Status and standard error of a run whose standard output is a device without room.
fn without_room(phone: &Phone, arguments: &[&str]) -> (Option<i32>, String) {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = phone.command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
    (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
}

/// The last line of JSON in what was said.
fn last(said: &str) -> Value {
    let mut json = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    json.next_back().unwrap_or_default()
}

#[test]
fn i3_nothing_is_paid_that_could_not_be_shown_before() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["bills", "--refresh"]).ok();
    let (status, said) = without_room(&phone, &["pay", POWER.0, POWER.2, "--yes"]);
    assert_eq!((status, &last(&said)["error"]["code"]), (Some(1), &"not-shown".into()), "{said}");
    assert!(said.contains("the disk is full") && said.contains("nothing was paid"), "{said}");
    assert_eq!(phone.run(&["status"]).ok().last()["payments"], 0);
    // A list of bills, too.
    let (status, said) = without_room(&phone, &["pay", "--all", "--yes"]);
    assert_eq!((status, &last(&said)["error"]["code"]), (Some(1), &"not-shown".into()), "{said}");
    assert_eq!(phone.run(&["status"]).ok().last()["payments"], 0);
}

#[test]
fn i3_a_payment_whose_reader_goes_away_ends_and_its_outcome_is_told() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["bills", "--refresh"]).ok();
    let mut paying = phone.command(&["pay", POWER.0, POWER.2, "--yes"]);
    let mut paying = paying.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut quote = String::new();
    BufReader::new(paying.stdout.take().unwrap()).read_line(&mut quote).unwrap();
    assert!(quote.contains("\"quote\""), "{quote}");
    let mut said = String::new();
    paying.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let status = paying.wait().unwrap();
    assert_eq!(status.code(), Some(4), "{said}");
    assert_eq!(last(&said)["payment"]["state"], "settled", "{said}");
    assert!(said.contains("nobody reads it any more"), "{said}");
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 1);
}

#[test]
fn what_acts_is_done_and_said_and_what_only_looks_ends_at_once() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let (status, said) = without_room(&phone, &["reminders", "mute", POWER.0]);
    assert_eq!((status, &last(&said)["muted"]), (Some(4), &true.into()), "{said}");
    assert!(said.contains("the disk is full"), "{said}");
    assert_eq!(phone.run(&["reminders", "policy"]).ok().last()["policy"]["muted"][0], POWER.0);
    // What was not done keeps its own status.
    let (status, said) = without_room(&phone, &["activate", "finish", "12345678"]);
    assert_eq!((status, &last(&said)["ok"]), (Some(1), &false.into()), "{said}");
    let (status, said) = without_room(&phone, &["bills"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("the disk is full") && said.lines().count() == 1, "{said}");
    // As of any other program whose reader has seen enough: `billpay bills | head -1`.
    let mut looking = phone.command(&["bills"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(looking.stdout.take());
    let mut said = String::new();
    looking.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((looking.wait().unwrap().code(), said.as_str()), (Some(141), ""));
    let help = billpay().args(["--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("4 "), "the status is documented");
}
