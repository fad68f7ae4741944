//! Limits and second factors at a terminal: the code is asked for, and typed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a helper of a test")]

mod house;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use house::{Phone, Sandbox};
use serde_json::Value;
use tempfile::tempdir;

/// Needs a second factor from 200.00 on.
const YANG: &str = "13800000006";

/// Runs it, and types the code when it is asked for. Gives the last line.
fn with_code(phone: &Phone, sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let mut command = phone.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut last = Value::Null;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        last = serde_json::from_str(&line.unwrap()).unwrap();
        if last["asks"].is_string() {
            writeln!(child.stdin.take().unwrap(), "{}", sandbox.code()).unwrap();
        }
    }
    assert!(child.wait().unwrap().success(), "{last}");
    last
}

#[test]
fn row_25_limits_are_shown_set_and_a_large_payment_asks_for_a_code() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "start", YANG]).ok();
    phone.run(&["activate", "finish", &sandbox.code()]).ok();
    phone.bind("property-gh", "B12-0502");

    let shown = phone.run(&["limits", "show", "--refresh"]).ok();
    assert_eq!(shown.last()["limits"]["step_up_from"]["minor"], 20_000);
    let pay = ["pay", "property-gh", "P0001", "--amount", "300", "--yes"];
    // Nobody there to type the code: no order was made.
    let nobody = phone.run(&pay).failed("not-a-code");
    assert_eq!(nobody.last()["error"]["did_money_move"], "nothing-sent");
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 0);
    sandbox.code();
    let paid = with_code(&phone, &sandbox, &pay);
    assert_eq!((&paid["payment"]["state"], &paid["payment"]["total"]["minor"]), (&"settled".into(), &30_000.into()));

    // The bank has a ceiling, and says so before any message goes out.
    let above = phone.run(&["limits", "set", "--per-payment", "20000.01"]).failed("limit-above-ceiling-of");
    assert!(above.last()["error"]["message"].as_str().unwrap().contains("20,000.00"), "{:?}", above.last());
    let stopped = phone.run(&["limits", "set", "--per-payment", "0"]).ok();
    assert_eq!(stopped.last()["limits"]["payments_stopped"], true);
    phone.run(&["bills", "--refresh"]).ok();
    phone.run(&["pay", "property-gh", "P0001", "--amount", "101", "--yes"]).failed("payments-stopped");
    let again = with_code(&phone, &sandbox, &["limits", "set", "--per-payment", "5000"]);
    assert_eq!(again["limits"]["payments_stopped"], false);

    let lowered = phone.run(&["limits", "set", "--per-day", "400"]).ok();
    assert_eq!(lowered.last()["limits"]["per_day"]["minor"], 40_000);
    phone.run(&["pay", "property-gh", "P0001", "--amount", "101", "--yes"]).failed("limit-exceeded-of");
    let raised = with_code(&phone, &sandbox, &["limits", "set", "--per-day", "500"]);
    assert_eq!(raised["limits"]["per_day"]["minor"], 50_000);
    let quoted = phone.run(&["pay", "property-gh", "P0001", "--amount", "101"]).failed("needs-a-person");
    let quote = &quoted.lines[0]["quote"];
    assert_eq!((&quote["limits"]["used_today"]["minor"], &quote["step_up"]), (&30_000.into(), &false.into()));
    assert!(quote["balance"]["minor"].is_number() && quote["as_of"].is_string());
}

#[test]
fn row_25_what_the_sandbox_tells_a_newcomer_to_type_leads_to_a_payment_and_to_one_with_a_code() {
    let folder = tempdir().unwrap();
    let mut shown = Command::new(env!("CARGO_BIN_EXE_billpay"));
    let mut shown = shown.args(["--lang", "en", "sandbox"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(shown.stdout.take().unwrap()).lines().map(Result::unwrap);
    let typed: Vec<Vec<String>> = lines
        .take_while(|line| !line.starts_with("Ctrl-C"))
        .filter_map(|line| Some(line.trim().strip_prefix("billpay ")?.split(' ').map(str::to_owned).collect()))
        .collect();
    shown.kill().unwrap();
    shown.wait().unwrap();

    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    let mut codes = Vec::new();
    for line in &typed {
        match line.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["--gateway", _, "activate", "start", number] => drop(phone.run(&["activate", "start", number]).ok()),
            ["activate", "finish", "CODE"] => drop(phone.run(&["activate", "finish", &sandbox.code()]).ok()),
            ["bind", "add", biller, number] => phone.bind(biller, number),
            ["pay", biller, bill] => {
                let pay = ["pay", biller, bill];
                let quoted = phone.run(&pay).failed("needs-a-person").lines[0]["quote"].clone();
                let code = quoted["step_up"] == true;
                codes.push(code);
                let pay = [&pay[..], &["--yes"]].concat();
                let paid = if code { with_code(&phone, &sandbox, &pay) } else { phone.run(&pay).ok().last().clone() };
                assert_eq!(paid["payment"]["state"], "settled", "{paid}");
            }
            _ => panic!("{line:?} is not known here"),
        }
    }
    assert_eq!(codes, [false, true]);
}

#[test]
fn row_25_before_a_code_is_typed_the_person_hears_that_there_is_one_try() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "start", YANG]).ok();
    phone.run(&["activate", "finish", &sandbox.code()]).ok();
    phone.bind("property-gh", "B12-0502");
    for (language, warning) in [("en", "There is one try"), ("zh", "只能输入一次")] {
        let mut people = Command::new(env!("CARGO_BIN_EXE_billpay"));
        people.args(["--lang", language, "--profile"]).arg(&phone.profile);
        people.args(["pay", "property-gh", "P0001", "--amount", "300", "--yes"]);
        // Nobody types one.
        let ran = people.stdin(Stdio::null()).output().unwrap();
        let told = String::from_utf8(ran.stdout).unwrap();
        assert!(told.contains(warning), "{told}");
    }
    // A raise takes several, and says nothing of the kind.
    let mut people = Command::new(env!("CARGO_BIN_EXE_billpay"));
    people.args(["--lang", "en", "--profile"]).arg(&phone.profile).args(["limits", "set", "--per-day", "30000"]);
    let told = String::from_utf8(people.stdin(Stdio::null()).output().unwrap().stdout).unwrap();
    assert!(told.contains("A code was sent") && !told.contains("one try"), "{told}");
}
