//! What shows a person the way on: what is paid and how much it was, why the bank does not answer, what waits for an answer
//! and where, what to type first; and taking what Chinese keyboards type.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Stdio},
    time::Duration,
};

use house::{POWER, Phone, Sandbox, billpay};
use serde_json::{Value, json};
use tempfile::tempdir;

/// Needs a second factor from 200.00 on.
const YANG: &str = "13800000006";
const PROPERTY: [&str; 6] = ["pay", "property-gh", "P0001", "--amount", "300", "--yes"];

/// A phone of that customer, which speaks this language while it is activated.
fn phone_of_yang(folder: &Path, sandbox: &Sandbox, language: &str) -> Phone {
    let phone = Phone::new(folder, sandbox);
    phone.run(&["--lang", language, "activate", "start", YANG]).ok();
    phone.run(&["--lang", language, "activate", "finish", &sandbox.code()]).ok();
    phone.bind("property-gh", "B12-0502");
    phone
}

/// A command that asks something, at the moment at which it does.
struct Asking(Child, BufReader<ChildStdout>);

impl Asking {
    fn of(phone: &Phone, arguments: &[&str]) -> Self {
        let mut command = phone.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("\"asks\"") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "it asked nothing");
        }
        Self(child, lines)
    }

    /// Answers it; gives the last line.
    fn answered(mut self, answer: &str) -> Value {
        writeln!(self.0.stdin.take().unwrap(), "{answer}").unwrap();
        let last = self.1.lines().map_while(Result::ok).last().unwrap();
        self.0.wait().unwrap();
        serde_json::from_str(&last).unwrap()
    }
}

#[test]
fn row_14_a_bill_that_is_paid_says_so_and_how_much_it_was_before_and_after_the_bank_has_said_so() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    for bills in [&["bills"][..], &["bills", "--refresh"], &["bills"]] {
        let listed = phone.run(bills).ok();
        let bill = listed.lines.iter().find(|line| line["bill_number"] == POWER.2).unwrap();
        assert_eq!((&bill["status"], &bill["paid"]["minor"]), (&json!("paid"), &json!(12_345)), "{bill}");
        for (language, amount, word) in [("en", "CNY 123.45", "paid"), ("zh", "¥123.45", "已缴清")] {
            let (_, said) = phone.said(&["--lang", language, "bills"]);
            let row = said.lines().find(|line| line.contains(POWER.2)).unwrap();
            assert!(row.contains(amount) && row.contains(word) && !row.contains("0.00"), "{row}");
        }
    }
}

#[test]
fn row_23_resolve_says_that_the_bank_cannot_be_reached_and_that_the_payment_is_still_being_checked() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
                     {"leg": "client", "method": "GET", "path": "/v1/payments/*", "action": {"status": 503}}]"#;
    let mut sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("payment-checking");
    let answered = phone.run(&["resolve"]).failed("payment-checking");
    assert_eq!(answered.last()["error"]["cause"], "bad-http", "{answered:?}");
    assert!(answered.stderr.contains("no usable answer") && !answered.stderr.contains("reached"), "{answered:?}");
    sandbox.kill();
    for (language, words) in [
        ("en", ["The bank cannot be reached now", "being checked: do not pay again"]),
        ("zh", ["现在无法连接银行", "正在核实，请勿重复支付"]),
    ] {
        let ran = phone.run(&["--lang", language, "resolve"]).failed("payment-checking");
        assert_eq!((ran.status, &ran.last()["error"]["cause"]), (3, &json!("unreachable")), "{ran:?}");
        assert!(words.iter().all(|word| ran.stderr.contains(word)), "{}", ran.stderr);
        assert!(!ran.stderr.contains("was sent") && !ran.stderr.contains("未发送"), "{}", ran.stderr);
    }
}

#[test]
fn who_looks_is_not_kept_waiting_by_a_question_elsewhere_unless_it_is_about_a_payment() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "start", YANG]).ok();
    let asking = Asking::of(&phone, &["activate", "finish"]);
    assert_eq!(phone.run(&["status"]).ok().last()["active"], false);
    assert_eq!(asking.answered(&sandbox.code())["active"], true);
    phone.bind("property-gh", "B12-0502");
    let asking = Asking::of(&phone, &["limits", "set", "--per-day", "30000"]);
    phone.run(&["bills"]).ok();
    assert_eq!(asking.answered(&sandbox.code())["limits"]["per_day"]["minor"], 3_000_000);
    // Another order must not come in between what is shown and what is signed.
    let asking = Asking::of(&phone, &PROPERTY);
    let held = phone.run(&["--lang", "en", "bills"]).failed("profile-in-use");
    assert!(held.stderr.contains("wait in another terminal for your yes"), "{}", held.stderr);
    let held = phone.run(&["--lang", "zh", "bills"]).failed("profile-in-use");
    assert!(held.stderr.contains("另一个终端里等您"), "{}", held.stderr);
    assert_eq!(asking.answered(&sandbox.code())["payment"]["state"], "settled");
    let asking = Asking::of(&phone, &["wipe"]);
    phone.run(&["bills"]).ok();
    assert_eq!(asking.answered("n")["error"]["code"], "not-confirmed");
    let asking = Asking::of(&phone, &["wipe"]);
    assert_eq!(asking.answered("y")["wiped"], true);
}

#[test]
fn rows_9_15_what_a_chinese_keyboard_types_is_taken_for_what_it_is() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    let wide =
        |text: &str| -> String { text.chars().map(|it| char::from_u32(u32::from(it) + 0xfee0).unwrap()).collect() };
    phone.run(&["activate", "start", &wide(house::PHONE)]).ok();
    phone.run(&["activate", "finish", &wide(&sandbox.code())]).ok();
    phone.bind(POWER.0, &wide(POWER.1));
    assert_eq!(phone.run(&["bills", "--sum", "200元"]).ok().last()["left"]["minor"], 7_655);
    let ran =
        phone.run(&["--lang", "zh", "pay", POWER.0, POWER.2, "--amount", "10块", "--yes"]).failed("not-an-amount");
    assert!(ran.stderr.contains("以元为单位写成数字"), "{}", ran.stderr);
    let paid = phone.run(&["pay", POWER.0, POWER.2, "--amount", "￥１２３．４５", "--yes"]).ok();
    assert_eq!(paid.last()["payment"]["amount"]["minor"], 12_345);
}

#[test]
fn what_is_not_understood_ends_with_status_2_wherever_it_is_typed() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    for (arguments, code, status) in [
        (&["pay", POWER.0, POWER.2, "--amount", "1.234", "--yes"][..], "not-an-amount", 2),
        (&["pay", POWER.0, POWER.2, "--amount", "99999999999999999999", "--yes"], "amount-out-of-range", 2),
        (&["bills", "--sum", "much"], "not-an-amount", 2),
        (&["limits", "set", "--per-day", "much"], "not-an-amount", 2),
        (&["reminders", "--at", "noon"], "not-a-time", 2),
        (&["reminders", "channels", "fax"], "not-a-channel", 2),
        // This one is, and the biller does not take it.
        (&["pay", POWER.0, POWER.2, "--amount", "1", "--yes"], "below-minimum-of", 1),
    ] {
        assert_eq!(phone.run(arguments).failed(code).status, status, "{arguments:?}");
    }
}

#[test]
fn row_71_usage_is_told_in_chinese_and_without_another_programs_prefix() {
    let ran = billpay().args(["--lang", "zh", "status", "--json=much"]).output().unwrap();
    let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    assert!(said.contains("后面不能有值") && !said.contains("error") && !said.contains("unexpected"), "{said}");
    assert_eq!(ran.status.code(), Some(2));
    for language in ["zh", "en"] {
        let ran = billpay().args(["--lang", language, "--json", "pay"]).output().unwrap();
        let last: Value = serde_json::from_slice(&ran.stdout).unwrap();
        let message = last["error"]["message"].as_str().unwrap();
        assert!(!message.starts_with("error") && !message.is_empty(), "{message}");
    }
}

#[test]
fn row_71_a_sandbox_that_cannot_start_says_why_in_chinese() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let said = |folder: &Path| {
        let ran = billpay().args(["--lang", "zh", "sandbox", "--data"]).arg(folder).output().unwrap();
        assert!(!ran.status.success());
        String::from_utf8(ran.stderr).unwrap()
    };
    let told = said(folder.path());
    assert!(told.contains("这个文件夹已有另一个沙箱在用") && !told.contains("another"), "{told}");
    drop(sandbox);
    fs::write(folder.path().join("keys.json"), "no keys").unwrap();
    let told = said(folder.path());
    assert!(told.contains("密钥文件已损坏（"), "{told}");
}

#[test]
fn row_25_a_code_comes_in_the_language_that_is_read_now() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = phone_of_yang(folder.path(), &sandbox, "en");
    for (language, words) in [("zh", "缴费验证码"), ("en", "is your code to pay")] {
        // Nobody types it.
        phone.run(&[&["--lang", language][..], &PROPERTY].concat()).failed("not-a-code");
        let message = sandbox.message(Duration::from_secs(10)).expect("a message comes");
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn row_2_an_active_device_says_how_another_customer_comes_to_one() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    for (language, of) in [("en", "It acts for "), ("zh", "本机属于")] {
        let ran = phone.run(&["--lang", language, "activate", "start", YANG]).failed("already-active");
        assert!(ran.stderr.contains(of) && ran.stderr.contains("--profile"), "{}", ran.stderr);
        assert!(ran.stderr.contains("billpay wipe"), "{}", ran.stderr);
    }
}

#[test]
fn row_1_what_needs_an_activation_says_the_command_for_it() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    for arguments in [
        &["pay", POWER.0, POWER.2, "--yes"][..],
        &["pay", "--all", "--yes"],
        &["repeat", "home", "--yes"],
        &["bills", "--account", "home"],
        &["bills", "--sum", "10"],
    ] {
        let ran = phone.run(arguments).failed("not-activated");
        assert_eq!(ran.last()["error"]["command"], "billpay activate start PHONE", "{arguments:?}");
        assert_eq!(ran.last()["error"]["did_money_move"], "no", "{arguments:?}");
    }
    for arguments in [&["bind", "list"][..], &["owed"], &["payments"], &["methods"], &["receipts"], &["reminders"]] {
        for (language, command) in [("en", "activate start PHONE"), ("zh", "activate start <手机号>")] {
            let (status, said) = phone.said(&[&["--lang", language][..], arguments].concat());
            assert!(status == 0 && said.contains(command), "{arguments:?}: {said}");
        }
    }
    phone.activate(&sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("unknown-bill");
    assert!(!phone.said(&["owed"]).1.contains("activate"));
}

#[test]
fn row_43_a_bill_that_is_paid_is_not_put_off_in_silence() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let until = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(48)).unwrap().to_string();
    let snooze = ["reminders", "snooze", POWER.0, POWER.2, &until];
    let told = phone.run(&snooze).ok();
    assert_eq!((&told.last()["status"], &told.last()["until"]), (&json!("paid"), &Value::Null));
    for (language, words) in [("en", "is paid: nothing more comes of it"), ("zh", "已缴清，不会再提醒")] {
        let (status, said) = phone.said(&[&["--lang", language][..], &snooze].concat());
        assert!(status == 0 && said.contains(words), "{said}");
    }
    assert_eq!(phone.run(&["reminders", "policy"]).ok().last()["policy"]["snoozed"], json!([]));
}

#[test]
fn row_39_reminders_of_two_bills_of_one_biller_are_told_apart() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind(POWER.0, "3110001025");
    let planned = phone.run(&["reminders"]).ok();
    for bill in [POWER.2, "E0002"] {
        let of = |line: &&Value| (&line["biller"], &line["bill_number"]) == (&json!(POWER.0), &json!(bill));
        assert!(planned.lines.iter().any(|line| of(&line)), "{planned:?}");
        let (_, en) = phone.said(&["--lang", "en", "reminders"]);
        assert!(en.contains(&format!(" (power-sh {bill})")), "{en}");
        let (_, zh) = phone.said(&["--lang", "zh", "reminders"]);
        assert!(zh.contains(&format!("（power-sh {bill}）")), "{zh}");
    }
}

#[test]
fn row_51_who_looks_for_a_customer_number_in_full_hears_which_part_of_it_is_kept() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    assert_eq!(phone.run(&["receipts", "search", &POWER.1[6..]]).ok().last()["receipts"], 1);
    for (language, words) in [("en", "keep only its last four"), ("zh", "只保留户号的最后四位")] {
        let search = |query: &str| phone.said(&["--lang", language, "receipts", "search", query]).1;
        assert!(search(POWER.1).contains(words), "{}", search(POWER.1));
        assert!(!search("nothing").contains(words) && !search("2019-01").contains(words));
    }
}

#[test]
fn every_page_of_the_documentation_is_named_by_the_readme() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for page in fs::read_dir(root.join("docs")).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()) {
        assert!(!page.ends_with(".md") || readme.contains(&format!("(docs/{page})")), "{page} is not linked");
    }
    assert!(fs::read_to_string(root.join("README.zh.md")).unwrap().contains("(docs/reminders.md)"));
}

/// The id of the binding at that biller.
fn account(phone: &Phone, biller: &str) -> String {
    let bound = phone.run(&["bind", "list"]).ok();
    let bound = bound.lines.iter().find(|line| line["biller"] == biller).unwrap();
    bound["account"].as_str().unwrap().to_owned()
}

/// A part of a bill of 60.00.
const PART: [&str; 6] = ["pay", "water-sh", "W0001", "--amount", "20", "--yes"];

#[test]
fn row_15_a_part_of_a_bill_is_said_to_be_one_before_the_yes_and_after_it() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind("water-sh", "2100200018");
    phone.run(&["bills", "--refresh"]).ok();
    let whole = phone.run(&["bills"]).ok();
    let whole = whole.lines.iter().find(|line| line["bill_number"] == "W0001").unwrap()["amount"]["minor"].as_i64();
    let rest = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let rest = rest(whole.unwrap() - 2_000);
    let (status, said) = phone.said(&["bills", "--sum", "20", "--account", &account(&phone, "water-sh")]);
    assert!(status == 0 && said.contains("CNY 20.00 (of CNY ") && said.contains("not used  CNY 0.00"), "{said}");
    let (status, said) = phone.said(&PART);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains(&format!("CNY {rest} stays to pay")), "{rest}: {said}");
    assert!(said.contains(&format!("Of the bill there stays to pay: CNY {rest}")), "{rest}: {said}");
    // The rest of it is no part.
    let (status, said) = phone.said(&["pay", "water-sh", "W0001", "--yes"]);
    assert!(status == 0 && !said.contains("stays to pay"), "{said}");
}

#[test]
fn rows_52_and_74_while_a_part_is_being_checked_its_rest_is_owed_and_nobody_is_told_that_nothing_was_paid() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "biller", "scene": "charge", "action": "lose_answer"},
                     {"leg": "biller", "scene": "confirm", "action": {"status": 503}}]"#;
    let sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind("water-sh", "2100200018");
    phone.bind("mobile-cn", "13900000001");
    phone.run(&["bills", "--refresh"]).ok();
    let before = phone.run(&["owed"]).ok().last().clone();
    assert_eq!(phone.run(&PART).failed("payment-checking").status, 3);
    let owed = phone.run(&["owed"]).ok().last().clone();
    let minor = |owed: &Value| owed["totals"][0]["minor"].as_i64().unwrap();
    assert_eq!((minor(&owed), &owed["bills"]), (minor(&before) - 2_000, &before["bills"]));
    assert_eq!((owed["doubts"].as_array().unwrap().len(), &owed["doubts"][0]["amount"]["minor"]), (1, &json!(2_000)));
    // The biller has booked it, and says what is left: still no more and no less is being checked.
    phone.run(&["bills", "--refresh"]).ok();
    let later = phone.run(&["owed"]).ok().last().clone();
    assert_eq!(&later["doubts"][0]["amount"]["minor"], &json!(2_000), "{later}");
    assert!(minor(&later) > 0 && minor(&later) <= minor(&before) - 2_000, "{later}");
    // It may be the first that was ever paid for this account.
    let again = phone.run(&["repeat", &account(&phone, "water-sh"), "--yes"]).failed("payment-in-doubt");
    assert_eq!((again.status, &again.last()["error"]["did_money_move"]), (3, &json!("not-known")));
    // A top-up asks for a sum, and while one is being checked for nothing.
    let mobile = account(&phone, "mobile-cn");
    phone.run(&["pay", "--account", &mobile, "--yes"]).failed("needs-amount");
    phone.run(&["pay", "mobile-cn", "M0001", "--amount", "30", "--yes"]).failed("payment-checking");
    assert_eq!(phone.run(&["pay", "--account", &mobile, "--yes"]).failed("payment-in-doubt").status, 3);
    let owed = phone.run(&["owed"]).ok().last().clone();
    let named: Vec<_> =
        owed["doubts"].as_array().unwrap().iter().map(|it| it["bill_number"].as_str().unwrap()).collect();
    assert_eq!((named.len(), named.contains(&"M0001")), (2, true), "{owed}");
    // What is being checked is not called owed by who says why nothing is said of it.
    phone.run(&["reminders", "channels", "none"]).ok();
    let (status, said) = phone.said(&["reminders"]);
    assert!(status == 0 && said.contains("1 bill is owed, and no way"), "{said}");
}
