//! Money that comes back, at a terminal (row 27): the biller has lost a charge that cannot be made
//! again, and the bank gives the money back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test")]

mod house;

use std::time::Duration;

use house::{Phone, Sandbox};
use tempfile::tempdir;

/// Asks another amount, under a new version, after the first quote.
const REVISES: (&str, &str, &str) = ("power-sh", "3110001041", "E0006");

#[test]
fn row_27_a_repayment_is_listed_told_and_shown_beside_its_receipt() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::controlled(folder.path());
    let books = folder.path().join("books.bak");
    sandbox.control(&format!("backup-billers {}", books.display()));
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    phone.bind(REVISES.0, REVISES.1);
    // It was revised between quote and charge: undone, and quoted anew.
    phone.run(&["pay", REVISES.0, REVISES.2, "--yes"]).failed("payment-reversed");
    phone.run(&["bills", "--refresh"]).ok();
    let paid = phone.run(&["pay", REVISES.0, REVISES.2, "--yes"]).ok();
    let id = paid.last()["payment"]["payment_id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let event = phone.run(&["events", "next"]).ok();
        phone.run(&["events", "ack", event.last()["event"]["id"].as_str().unwrap()]).ok();
    }

    sandbox.control(&format!("restore-billers {}", books.display()));
    sandbox.control(&format!("clock {}", Duration::from_secs(26 * 3600).as_millis()));
    sandbox.control("reconcile");
    // The bank's worker does it in a turn of its own.
    let repaid = || {
        phone.run(&["bills", "--refresh"]).ok();
        let payments = phone.run(&["payments"]).ok();
        payments.lines[0]["repaid"]["minor"].as_i64()
    };
    let back = (0..200).find_map(|_| repaid());
    assert_eq!(back, paid.last()["payment"]["total"]["minor"].as_i64());
    let told = phone.run(&["events", "next"]).ok();
    assert_eq!(
        (&told.last()["event"]["kind"], &told.last()["event"]["payment_id"]),
        (&"repaid".into(), &id.clone().into())
    );
    let shown = phone.run(&["receipts", "show", &id]).ok();
    assert_eq!((&shown.lines[0]["kind"], &shown.last()["kind"]), (&"repayment".into(), &"receipt".into()));
    assert_eq!(shown.lines[0]["repayment"]["receipt"], shown.last()["id"]);
    let verified = phone.run(&["receipts", "verify"]).ok();
    assert_eq!((&verified.last()["verified"], &verified.last()["invalid"]), (&3.into(), &0.into()));
}
