//! Several bills in one go, and the usual one, at a terminal and over real sockets (rows 73 and 74).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test")]

mod house;

use std::{path::Path, process::Stdio};

use house::{POWER, Phone, Ran, Sandbox};
use serde_json::Value;
use tempfile::tempdir;

/// Refuses the first charge as closed.
const REFUSES: (&str, &str, &str) = ("power-sh", "3110001058", "E0007");
/// Takes a part, and has one bill.
const WATER: (&str, &str, &str) = ("water-sh", "2100200018", "W0001");
/// The account that has three bills: E0003 is due first, E0005 last.
const THREE: &str = "3110001033";

/// The records of one bill that have this member.
fn records<'a>(ran: &'a Ran, name: &str) -> Vec<(&'a str, &'a Value)> {
    let of = |line: &'a Value| Some((line["bill_number"].as_str()?, line.get(name)?));
    ran.lines.iter().filter_map(of).collect()
}

fn states(ran: &Ran) -> Vec<(&str, &str)> {
    records(ran, "payment").into_iter().map(|(bill, payment)| (bill, payment["state"].as_str().unwrap())).collect()
}

fn ends(ran: &Ran) -> [i64; 3] {
    ["settled", "checking", "not_paid"].map(|end| ran.last()[end].as_i64().unwrap())
}

fn orders(folder: &Path) -> i64 {
    let ledger = rusqlite::Connection::open(folder.join("ledger.db")).unwrap();
    ledger.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap()
}

#[test]
fn row_73_all_bills_are_listed_confirmed_once_and_one_refused_bill_does_not_stop_the_others() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind(REFUSES.0, REFUSES.1);
    phone.bind(WATER.0, WATER.1);

    // Nobody says yes: every payee and amount is there, and no order.
    let listed = phone.run(&["pay", "--all"]).failed("needs-a-person");
    let quotes = records(&listed, "quote");
    // By the day on which they are due.
    assert_eq!(quotes.iter().map(|(bill, _)| *bill).collect::<Vec<_>>(), [REFUSES.2, POWER.2, WATER.2]);
    for (_, quote) in &quotes {
        assert!(!quote["payee"].as_str().unwrap().is_empty() && quote["total"]["minor"].as_i64().unwrap() > 0);
        assert!(quote["first_payment"]["holder_masked"].is_string());
    }
    assert_eq!(orders(folder.path()), 0);

    let paid = phone.run(&["pay", "--all", "--yes"]).failed("some-not-paid");
    assert_eq!(paid.status, 1);
    assert_eq!(states(&paid), [(REFUSES.2, "reversed"), (POWER.2, "settled"), (WATER.2, "settled")]);
    assert_eq!(ends(&paid), [2, 0, 1]);
    assert_eq!(paid.last()["totals"][0]["minor"], 15_600 + 12_345 + 6_000);
    // What was asked for is not what was paid.
    assert_eq!(paid.last()["paid"], serde_json::json!([{ "minor": 12_345 + 6_000, "currency": "CNY" }]));
    assert!(paid.stderr.contains("2 paid (CNY 183.45), 0 being checked, 1 not paid"), "{}", paid.stderr);

    // What is left is paid by the next one, and then nothing is.
    phone.run(&["bills", "--refresh"]).ok();
    let rest = phone.run(&["--lang", "zh", "pay", "--all", "--yes"]).ok();
    assert_eq!((states(&rest), ends(&rest)), (vec![(REFUSES.2, "settled")], [1, 0, 0]));
    let none = phone.run(&["pay", "--all", "--yes"]).ok();
    assert_eq!(ends(&none), [0, 0, 0]);
    assert_eq!(orders(folder.path()), 4);
    phone.run(&["receipts", "verify"]).ok();
}

#[test]
fn row_73_what_somebody_else_had_paid_is_said_to_be_paid_and_is_no_failure() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::controlled(folder.path());
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind(WATER.0, WATER.1);
    // At a counter, say.
    sandbox.control(&format!("revise {} {} 0", POWER.0, POWER.2));
    let paid = phone.run(&["pay", "--all", "--yes"]).ok();
    assert_eq!((ends(&paid), &paid.last()["already_paid"]), ([1, 0, 0], &1.into()));
    assert_eq!(records(&paid, "error")[0].1["code"], "already-settled");
    // It is not on the next list, though nobody has refreshed.
    let none = phone.run(&["pay", "--all", "--yes"]).ok();
    assert_eq!((ends(&none), &none.last()["already_paid"]), ([0, 0, 0], &0.into()));
    assert_eq!(none.lines.len(), 1, "{none:?}");
    // Where it is all that there was, it is said in words.
    sandbox.control(&format!("bill {} {} N1 4200", POWER.0, POWER.1));
    sandbox.control(&format!("bill {} {} N2 4200", POWER.0, POWER.1));
    phone.run(&["bills", "--refresh"]).ok();
    sandbox.control(&format!("revise {} N1 0", POWER.0));
    let (status, said) = phone.said(&["--lang", "en", "pay", "--all", "--yes"]);
    assert!(
        status == 0 && said.contains("1 paid (CNY 42.00), 0 being checked, 0 not paid, 1 paid already before."),
        "{said}"
    );
    let settled = said.lines().find(|line| line.contains("N2 CNY 42.00  ")).unwrap();
    assert!(settled.ends_with("The payment is made and the receipt is stored."), "once: {settled}");
    sandbox.control(&format!("bill {} {} N3 4200", POWER.0, POWER.1));
    phone.run(&["bills", "--refresh"]).ok();
    sandbox.control(&format!("revise {} N3 0", POWER.0));
    let (status, said) = phone.said(&["--lang", "zh", "pay", "--all", "--yes"]);
    assert!(status == 0 && said.contains("无需支付：") && said.contains("此前已付清1张"), "{said}");
}

#[test]
fn row_73_a_lost_answer_is_in_doubt_with_its_status_and_the_next_bill_is_paid_all_the_same() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
                     {"leg": "client", "method": "GET", "path": "/v1/payments/*", "action": {"status": 503}}]"#;
    let mut sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind(WATER.0, WATER.1);
    let paid = phone.run(&["pay", "--all", "--yes"]).failed("some-in-doubt");
    assert_eq!((paid.status, ends(&paid)), (3, [1, 1, 0]));
    assert_eq!(states(&paid), [(POWER.2, "checking"), (WATER.2, "settled")]);
    assert!(paid.stderr.contains("Do not pay again"), "{}", paid.stderr);
    // It is on the next list too, and refused there: "all" is not paid yet.
    let again = phone.run(&["pay", "--all", "--yes"]).failed("some-in-doubt");
    assert_eq!((again.status, ends(&again)), (3, [0, 1, 0]));
    assert_eq!(records(&again, "error")[0].1["code"], "payment-in-doubt");
    assert_eq!(orders(folder.path()), 2);
    sandbox.kill();
    let _sandbox = Sandbox::start(folder.path(), &[]);
    phone.run(&["resolve"]).ok();
    let payments = phone.run(&["payments"]).ok();
    assert!(payments.lines[..2].iter().all(|payment| payment["state"] == "settled"), "{payments:?}");
}

#[test]
fn row_73_killed_half_way_through_a_list_each_bill_resolves_on_its_own_and_none_is_paid_twice() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind("power-sh", THREE);
    let mut paying = phone.command(&["pay", "--all", "--yes"]).stdout(Stdio::null()).spawn().unwrap();
    while orders(folder.path()) < 2 {
        assert_eq!(paying.try_wait().unwrap(), None, "it ended before the bank had two orders");
        std::thread::yield_now();
    }
    paying.kill().unwrap();
    paying.wait().unwrap();

    phone.run(&["resolve"]).ok();
    let payments = phone.run(&["payments"]).ok();
    let made = payments.last()["payments"].as_i64().unwrap();
    assert!(made >= 2, "{payments:?}");
    phone.run(&["bills", "--refresh"]).ok();
    let rest = phone.run(&["pay", "--all", "--yes"]).ok();
    assert_eq!(ends(&rest), [4 - made, 0, 0]);
    let payments = phone.run(&["payments"]).ok();
    let mut bills: Vec<_> = payments.lines.iter().filter_map(|line| line["bill_number"].as_str()).collect();
    bills.sort_unstable();
    assert_eq!(bills, ["E0001", "E0003", "E0004", "E0005"]);
    assert_eq!(orders(folder.path()), 4);
    phone.run(&["receipts", "verify"]).ok();
}

#[test]
fn row_73_row_74_the_bills_of_one_binding_by_its_name_and_the_usual_payment() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let echo = phone.run(&["bind", "lookup", "power-sh", THREE]).ok();
    let token = echo.last()["token"].as_str().unwrap();
    let bound = phone.run(&["bind", "confirm", "power-sh", THREE, "--token", token, "--alias", "家里"]).ok();
    let account = bound.last()["account"].as_str().unwrap();

    phone.run(&["repeat", "家里", "--yes"]).failed("nothing-usual");
    phone.run(&["repeat", "nobody", "--yes"]).failed("unknown-account");
    phone.run(&["pay", "power-sh", "E0004", "--yes"]).ok();
    let shown = phone.run(&["repeat", "家里"]).failed("needs-a-person");
    let quote = &shown.lines[0]["quote"];
    assert_eq!((&quote["bill_number"], &quote["first_payment"]), (&"E0003".into(), &Value::Null));
    let repeated = phone.run(&["repeat", account, "--yes"]).ok();
    assert_eq!(repeated.last()["payment"]["bill_number"], "E0003");

    let paid = phone.run(&["pay", "--account", "家里", "--yes"]).ok();
    assert_eq!(states(&paid), [("E0005", "settled")]);
    phone.run(&["repeat", "家里", "--yes"]).failed("nothing-open");
    // The other binding's bill was not among them.
    assert_eq!(states(&phone.run(&["pay", "--all", "--yes"]).ok()), [(POWER.2, "settled")]);
}

#[test]
fn row_73_a_list_and_a_bill_or_an_amount_do_not_go_together() {
    let folder = tempdir().unwrap();
    let phone = Phone::without_gateway(folder.path());
    for arguments in [
        &["pay"][..],
        &["pay", "power-sh"],
        &["pay", "--all", "--account", "x"],
        &["pay", "power-sh", "E0001", "--all"],
        &["pay", "--all", "--amount", "5"],
    ] {
        let ran = phone.run(arguments);
        assert_eq!((ran.status, &ran.last()["error"]["code"]), (2, &"usage".into()), "{ran:?}");
    }
}

#[test]
fn row_73_all_of_what_was_never_asked_for_is_not_nothing() {
    let folder = tempdir().unwrap();
    let sandbox =
        Sandbox::faulty(folder.path(), r#"[{"leg": "client", "path": "/v1/sync", "action": {"status": 503}}]"#);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["pay", "--all", "--yes"]).failed("not-activated");
    phone.activate(&sandbox);
    phone.run(&["pay", "--all", "--yes"]).failed("never-refreshed");
}

#[test]
fn row_73_more_bills_than_go_in_one_go_are_paid_by_asking_again() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::controlled(folder.path());
    let phone = Phone::ready(folder.path(), &sandbox);
    for number in 0..22 {
        sandbox.control(&format!("bill {} {} N{number:04} 1000 2035-01-02", POWER.0, POWER.1));
    }
    phone.run(&["bills", "--refresh"]).ok();
    let first = phone.run(&["--lang", "en", "pay", "--all", "--yes"]).failed("some-left");
    assert_eq!((first.status, ends(&first), &first.last()["left"]), (1, [20, 0, 0], &3.into()));
    assert_eq!(states(&first)[0], (POWER.2, "settled"), "what is due first is paid first");
    assert!(first.stderr.contains("20 paid") && first.stderr.contains("3 more"), "{}", first.stderr);
    let rest = phone.run(&["pay", "--all", "--yes"]).ok();
    assert_eq!((ends(&rest), &rest.last()["left"]), ([3, 0, 0], &0.into()));
}
