//! From a new phone to a verified receipt, each step a process of its own.

mod house;

use std::{path::Path, process::Command};

use house::{POWER, Phone, Sandbox};
use tempfile::tempdir;

#[test]
fn rows_1_10_14_23_46_from_a_new_phone_to_a_receipt_that_verifies_offline() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::start(folder.path(), &[]);
    let mut phone = Phone::new(folder.path(), &sandbox);

    phone.run(&["bills", "--refresh"]).failed("not-activated");
    let started = phone.run(&["activate", "start", house::PHONE]).ok();
    assert_eq!(started.last()["activation"]["stage"], "waiting");
    assert_eq!(started.last()["activation"]["phone_masked"], "+86138****0001");
    // Another process, and it still knows (row 3); the gateway need not be named again.
    phone.forget_gateway();
    let waiting = phone.run(&["activate", "status"]).ok();
    assert_eq!(waiting.last()["activation"]["id"], started.last()["activation"]["id"]);
    phone.run(&["activate", "finish", &sandbox.code()]).ok();
    phone.run(&["activate", "start", house::PHONE]).failed("already-active");

    let billers = phone.run(&["billers"]).ok();
    assert!(billers.lines.iter().any(|line| line["biller"] == POWER.0 && line["example"] == POWER.1));
    let echo = phone.run(&["bind", "lookup", POWER.0, POWER.1]).ok();
    assert!(echo.last()["holder_masked"].as_str().unwrap().contains('*'));
    let token = echo.last()["token"].as_str().unwrap();
    // The token is of that number and of no other (row 10).
    phone.run(&["bind", "confirm", POWER.0, "3110001025", "--token", token]).failed("echo-invalid");
    let bound = phone.run(&["bind", "confirm", POWER.0, POWER.1, "--token", token, "--alias", "爸妈家"]).ok();
    assert_eq!(bound.last()["alias"], "爸妈家");
    assert_eq!(phone.run(&["bind", "list"]).ok().last()["bindings"], 1);

    let bills = phone.run(&["bills", "--refresh"]).ok();
    let bill = &bills.lines[0];
    assert_eq!((bill["bill_number"].as_str(), bill["status"].as_str()), (Some(POWER.2), Some("open")));
    assert_eq!(bill["amount"], serde_json::json!({ "minor": 12_345, "currency": "CNY" }));

    let methods = phone.run(&["methods"]).ok();
    let default: Vec<_> = methods.lines.iter().filter(|line| line["default"] == true).collect();
    assert_eq!((default.len(), &default[0]["state"]), (1, &"active".into()), "{methods:?}");
    assert_eq!(default[0]["last4"].as_str().map(str::len), Some(4));
    // Nobody has confirmed it: nothing is paid.
    phone.run(&["pay", POWER.0, POWER.2]).failed("needs-a-person");
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 0);
    let paid = phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    assert_eq!(paid.lines[0]["quote"]["total"]["minor"], 12_345);
    let payment = &paid.last()["payment"];
    assert_eq!(payment["state"], "settled");
    let id = payment["payment_id"].as_str().unwrap();
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("already-settled");

    let event = phone.run(&["events", "next"]).ok();
    assert_eq!((&event.last()["event"]["kind"], &event.last()["event"]["payment_id"]), (&"settled".into(), &id.into()));
    let same = phone.run(&["events", "next"]).ok();
    assert_eq!(same.last()["event"], event.last()["event"], "the same one until it is acknowledged");
    phone.run(&["events", "ack", event.last()["event"]["id"].as_str().unwrap()]).ok();
    assert!(phone.run(&["events", "next"]).ok().last()["event"].is_null());

    sandbox.kill();
    let receipt = phone.run(&["receipts", "show", id]).ok();
    assert_eq!(receipt.last()["proof"], "verified");
    let number = receipt.last()["sequence"].to_string();
    assert_eq!(phone.run(&["receipts", "show", &number]).ok().last()["id"], receipt.last()["id"]);
    phone.run(&["receipts", "show", "999"]).failed("not-found");
    assert_eq!(receipt.last()["receipt"]["total"]["minor"], 12_345);
    assert!(!receipt.last()["receipt"]["customer_number_masked"].as_str().unwrap().contains(POWER.1));
    let verified = phone.run(&["receipts", "verify"]).ok();
    assert_eq!((&verified.last()["verified"], &verified.last()["invalid"]), (&1.into(), &0.into()));
    let status = phone.run(&["status"]).ok();
    assert_eq!((&status.last()["payments"], &status.last()["checking"]), (&1.into(), &0.into()));
}

#[test]
fn row_14_what_is_due_first_stands_first() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind("mobile-cn", "13900000001");
    let bills = phone.run(&["bills", "--refresh"]).ok();
    let dates: Vec<_> = bills.lines.iter().filter_map(|line| line["due_date"].as_str()).collect();
    assert!(dates.is_sorted() && !dates.is_empty(), "{dates:?}");
    let dated = bills.lines.iter().filter(|line| line["bill_number"].is_string());
    let undated: Vec<_> = dated.map(|line| line["due_date"].is_null()).collect();
    assert!(undated.is_sorted(), "those without a date come last: {undated:?}");
}

#[test]
fn rows_29_66_a_program_killed_in_the_middle_of_a_payment_finds_its_end_when_it_is_back() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "client", "path": "/v1/payments", "nth": 1, "action": {"delay_answer_ms": 60000}}]"#;
    let sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::ready(folder.path(), &sandbox);

    let mut paying = phone.command(&["pay", POWER.0, POWER.2, "--yes"]);
    let mut paying = paying.stdout(std::process::Stdio::null()).spawn().unwrap();
    // The intent is journalled and the bank has the order: only its answer is missing.
    let ledger = rusqlite::Connection::open(folder.path().join("ledger.db")).unwrap();
    let orders = || ledger.query_row("SELECT count(*) FROM orders", [], |row| row.get::<_, i64>(0)).unwrap();
    while orders() == 0 {
        assert_eq!(paying.try_wait().unwrap(), None, "it ended before the bank had the order");
        std::thread::yield_now();
    }
    paying.kill().unwrap();
    paying.wait().unwrap();

    let resolved = phone.run(&["resolve"]).ok();
    let payments = resolved.last()["payments"].as_array().unwrap();
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert_eq!(payments[0]["state"], "settled");
    phone.run(&["receipts", "verify"]).ok();
}

#[test]
fn row_23_a_lost_answer_is_checking_with_a_status_of_its_own_and_a_second_payment_is_refused() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
                     {"leg": "client", "method": "GET", "path": "/v1/payments/*", "action": {"status": 503}}]"#;
    let mut sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::ready(folder.path(), &sandbox);

    let doubt = phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("payment-checking");
    assert_eq!((doubt.status, &doubt.last()["payment"]["state"]), (3, &"checking".into()));
    assert_eq!(doubt.last()["error"]["did_money_move"], "not-known");
    assert!(doubt.stderr.contains("do not pay again"), "{}", doubt.stderr);
    let again = phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("payment-in-doubt");
    assert!(again.stderr.contains("do not pay again"), "{}", again.stderr);
    let zh = phone.run(&["--lang", "zh", "pay", POWER.0, POWER.2, "--yes"]).failed("payment-in-doubt");
    assert!(zh.stderr.contains("正在核实，请勿重复支付"), "{}", zh.stderr);

    // The bank comes back, at the same place and with the same books.
    sandbox.kill();
    let _sandbox = Sandbox::start(folder.path(), &[]);
    let resolved = phone.run(&["resolve"]).ok();
    assert_eq!(resolved.last()["payments"][0]["state"], "settled");
}

#[test]
fn row_23_without_a_bank_nothing_is_sent_and_the_bills_stay_readable() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["bills", "--refresh"]).ok();
    sandbox.kill();
    let failed = phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("unreachable");
    assert_eq!(failed.last()["error"]["did_money_move"], "no");
    let bills = phone.run(&["bills"]).ok();
    assert_eq!(bills.lines[0]["status"], "open");
    assert!(bills.last()["as_of"].is_string(), "the view says how old it is");
}

#[test]
fn fault_9_ctrl_c_in_the_middle_of_paying_says_what_it_leaves_and_the_payment_ends() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let mut command = phone.command(&["pay", POWER.0, POWER.2, "--yes"]);
    let mut paying = command
        .env("BILLPAY_PAUSE_AT", "mark-committed")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = std::io::BufRead::lines(std::io::BufReader::new(paying.stderr.take().unwrap()));
    assert!(told.any(|line| line.unwrap() == "paused at mark-committed"));
    // The shell's own: not every machine has a program of that name.
    let interrupt = format!("kill -INT {}", paying.id());
    assert!(std::process::Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    assert!(told.any(|line| line.unwrap().contains("billpay resolve")));
    assert_eq!(paying.wait().unwrap().code(), Some(3), "the status of a payment whose end is not known");
    phone.run(&["resolve"]).ok();
    let payments = phone.run(&["payments"]).ok();
    assert_eq!(payments.lines.iter().filter(|line| line["state"] == "settled").count(), 1, "{payments:?}");
}

#[test]
#[cfg(unix)]
fn row_25_what_was_typed_before_the_amount_is_shown_is_no_yes_to_it() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let typed = |early: &str, later: &str| {
        let pay = phone.command(&["pay", POWER.0, POWER.2]);
        let mut terminal = Command::new("python3");
        terminal.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/typed_ahead.py")).args([early, later]);
        terminal.arg(pay.get_program()).args(pay.get_args().filter(|argument| *argument != "--json"));
        for (name, value) in pay.get_envs() {
            match value {
                Some(value) => terminal.env(name, value),
                None => terminal.env_remove(name),
            };
        }
        let output = terminal.output().expect("python3, which CI installs");
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (status, shown) = typed("y", "n");
    assert!(status == 1 && shown.contains("CNY 123.45"), "{status}: {shown}");
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 0, "{shown}");
    let (status, shown) = typed("n", "y");
    assert!(status == 0 && shown.contains("The payment is made"), "{status}: {shown}");
}
