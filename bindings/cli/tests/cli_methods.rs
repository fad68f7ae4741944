//! Ways to pay at a terminal (row 26).
#![allow(clippy::indexing_slicing, reason = "a helper of a test")]

mod house;

use house::{POWER, Phone, Sandbox};
use tempfile::tempdir;

const ACCOUNT: &str = "m_C1001_account";
const CARD: &str = "m_C1001_card";

#[test]
fn row_15_a_sum_is_shown_over_the_bills_of_a_binding_and_nothing_is_paid() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let bound = phone.run(&["bind", "list"]).ok();
    let account = bound.lines[0]["account"].as_str().unwrap();
    let spread = phone.run(&["bills", "--account", account, "--sum", "200"]).ok();
    assert_eq!(
        (&spread.lines[0]["bill_number"], &spread.lines[0]["amount"]["minor"]),
        (&POWER.2.into(), &12_345.into())
    );
    assert_eq!((&spread.last()["bills"], &spread.last()["left"]["minor"]), (&1.into(), &7_655.into()));
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 0);
}

#[test]
fn row_26_ways_to_pay_are_listed_chosen_removed_and_added_on_a_page_of_the_bank() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let listed = phone.run(&["methods"]).ok();
    assert_eq!(listed.last()["methods"], 2);
    assert_eq!((&listed.lines[0]["method"], &listed.lines[0]["default"]), (&ACCOUNT.into(), &true.into()));
    let step = phone.run(&["methods", "add", "card"]).ok();
    assert!(step.last()["url"].as_str().unwrap().starts_with("https://"), "{step:?}");
    let chosen = phone.run(&["methods", "default", CARD]).ok();
    assert!(chosen.lines.iter().any(|line| line["method"] == CARD && line["default"] == true));
    let left = phone.run(&["methods", "remove", ACCOUNT]).ok();
    assert_eq!(left.last()["methods"], 1);
    let (_, said) = phone.said(&["methods"]);
    assert!(!said.contains("no way left to pay"), "{said}");
    phone.run(&["methods", "default", ACCOUNT]).failed("method-unknown");
    phone.run(&["pay", POWER.0, POWER.2, "--method", ACCOUNT, "--yes"]).failed("method-unusable");
    let paid = phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let id = paid.last()["payment"]["payment_id"].as_str().unwrap();
    let receipt = phone.run(&["receipts", "show", id]).ok();
    assert_eq!(receipt.last()["receipt"]["method"]["kind"], "card");
    // The last one goes, and what is left to do is said.
    let (status, said) = phone.said(&["methods", "remove", CARD]);
    assert!(status == 0 && said.contains("no way left to pay") && said.contains("billpay methods add card"), "{said}");
    let (_, said) = phone.said(&["methods", "list", "--refresh"]);
    assert!(said.contains("no way left to pay") && !said.contains("asks the bank"), "{said}");
}
