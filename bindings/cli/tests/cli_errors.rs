//! What can go wrong: each time a code of its own, one line for a person, and an exit status that is
//! not 0.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::Stdio,
};

use base64::Engine as _;
use house::{POWER, Phone, Ran, Sandbox, billpay};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use tempfile::tempdir;

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn write(folder: &Path, name: &str, value: &Value) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, value.to_string()).unwrap();
    path
}

#[test]
fn without_a_gateway_the_person_is_told_how_to_get_one() {
    let folder = tempdir().unwrap();
    let phone = Phone::without_gateway(folder.path());
    let ran = phone.run(&["status"]).failed("no-gateway");
    assert!(ran.stderr.contains("billpay sandbox"), "{}", ran.stderr);
    let nowhere = Phone::with_gateway(folder.path(), folder.path().join("nothing.json"));
    nowhere.run(&["status"]).failed("connection-unusable");
    let broken = write(folder.path(), "broken.json", &json!({ "url": 7 }));
    Phone::with_gateway(folder.path(), broken).run(&["status"]).failed("connection-unusable");
}

#[test]
fn a_connection_file_that_is_none_or_has_no_end_is_refused_at_once() {
    let folder = tempdir().unwrap();
    let large = folder.path().join("large.json");
    fs::File::create(&large).unwrap().set_len(5 << 30).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (named, why) in [
        (PathBuf::from("/dev/zero"), "not a regular file"),
        (pipe, "not a regular file"),
        (folder.path().to_owned(), "not a regular file"),
        (large, "more than 1 MiB"),
    ] {
        let ran = Phone::with_gateway(folder.path(), named).run(&["status"]).failed("connection-unusable");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
}

#[test]
fn a_fault_script_or_backup_that_is_no_file_or_has_no_end_is_refused_at_once() {
    let folder = tempdir().unwrap();
    let large = folder.path().join("large");
    fs::File::create(&large).unwrap().set_len(5 << 30).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (named, why) in [(&pipe, "not a regular file"), (&large, "more than 1 MiB")] {
        let mut command = billpay();
        command.args(["--json", "--lang", "en", "sandbox", "--faults"]).arg(named);
        let ran = Ran::of(command.output().unwrap()).failed("faults-unusable");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    let mut command = billpay();
    command.args(["--json", "--lang", "en", "sandbox", "--control"]);
    let mut sandbox = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = sandbox.stdin.take().unwrap();
    let lines = BufReader::new(sandbox.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    assert_eq!(events.next().unwrap()["event"], "ready");
    for (named, why) in [(&pipe, "not a regular file"), (&large, "more than 256 MiB")] {
        for command in ["restore", "restore-billers"] {
            writeln!(input, "{command} {}", named.display()).unwrap();
            let said = events.next().unwrap();
            assert_eq!((&said["event"], &said["ok"]), (&json!(command), &json!(false)));
            assert!(said["error"].as_str().unwrap().contains(why), "{said}");
        }
    }
    drop(input);
    assert_eq!(events.next().unwrap()["event"], "stopped");
    assert!(sandbox.wait().unwrap().success());
}

#[test]
fn what_a_bank_writes_does_not_act_upon_a_terminal() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let mut connection = read(&sandbox.connection);
    // It stays a name for scripts, and is no command for a terminal.
    let name = "Power\u{1b}[2J\u{9b}31m\u{202e}00.1\r\u{8}\u{200b}";
    connection["catalogue"][0]["name"]["en"] = name.into();
    let hostile = write(folder.path(), "hostile.json", &connection);
    let phone = Phone::with_gateway(folder.path(), hostile);
    let told = phone.run(&["billers"]).ok();
    assert!(told.lines.iter().any(|line| line["name"] == name), "{told:?}");
    let json = phone.command(&["billers"]).output().unwrap().stdout;
    let mut people = billpay();
    people.arg("--profile").arg(&phone.profile).arg("billers");
    for out in [json, people.output().unwrap().stdout] {
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("Power"), "{out}");
        let acts = |letter: char| (letter.is_control() && letter != '\n') || "\u{202e}\u{200b}".contains(letter);
        assert!(!out.contains(acts), "{out:?}");
    }
}

#[test]
fn a_line_on_standard_input_that_is_no_text_does_not_end_the_sandbox() {
    let folder = tempdir().unwrap();
    let mut command = billpay();
    command.args(["--json", "sandbox", "--control", "--data"]).arg(folder.path());
    let mut sandbox = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = sandbox.stdin.take().unwrap();
    input.write_all(b"clock \xff\nclock 5000\n").unwrap();
    let lines = BufReader::new(sandbox.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
    assert_eq!(events.next().unwrap()["event"], "ready");
    assert_eq!(events.next().unwrap()["event"], "not-understood");
    assert_eq!(events.next().unwrap()["ahead_ms"], 5000);
    drop(input);
    assert_eq!(events.next().unwrap()["event"], "stopped");
    assert!(sandbox.wait().unwrap().success());
}

#[test]
fn rows_2_9_what_a_person_types_wrong_is_told_apart() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "status"]).failed("activation-not-started");
    phone.run(&["activate", "finish", "123456"]).failed("activation-not-started");
    phone.run(&["activate", "start", "12"]).failed("not-a-phone-number");
    phone.run(&["activate", "start", house::PHONE]).ok();
    let code = sandbox.code();
    phone.run(&["activate", "resend"]).failed("resend-too-soon");
    phone.run(&["activate", "finish", "12ab"]).failed("not-a-code");
    let wrong = if code == "111111" { "222222" } else { "111111" };
    let ran = phone.run(&["activate", "finish", wrong]).failed("code-wrong");
    assert_eq!(ran.last()["error"]["who_acts"], "person");
    phone.run(&["activate", "finish", &code]).ok();

    phone.run(&["bind", "lookup", "nobody", POWER.1]).failed("unknown-biller");
    phone.run(&["bind", "lookup", POWER.0, "3110001018"]).failed("number-check-digit");
    phone.run(&["bind", "lookup", POWER.0, "31"]).failed("number-too-short");
    phone.run(&["bind", "lookup", POWER.0, "311000101A"]).failed("number-shape");
    phone.run(&["bind", "add", POWER.0, POWER.1]).failed("needs-a-person");
    phone.run(&["bind", "remove", "nothing"]).failed("unknown-account");
    phone.bind(POWER.0, POWER.1);

    phone.run(&["pay", POWER.0, "E9999", "--yes"]).failed("unknown-bill");
    for (amount, code) in [
        ("99999999999999999999", "amount-out-of-range"),
        ("90071992547409.92", "amount-out-of-range"),
        ("1.234", "not-an-amount"),
        ("-1", "not-an-amount"),
        ("一百", "not-an-amount"),
        ("1", "below-minimum-of"),
        ("5000", "above-maximum-of"),
        ("0", "below-minimum-of"),
        ("12,50", "not-an-amount"),
    ] {
        let amount = format!("--amount={amount}");
        phone.run(&["pay", POWER.0, POWER.2, &amount, "--yes"]).failed(code);
    }
    phone.run(&["pay", POWER.0, POWER.2, "--method", "m_nobody", "--yes"]).failed("method-unusable");
    phone.run(&["receipts", "show", "nothing"]).failed("not-found");
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 0, "nothing of this made an order");
}

#[test]
fn row_2_an_old_code_and_a_late_one_are_told_apart_whatever_the_phones_clock_says() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "start", house::PHONE]).ok();
    let old = sandbox.code();
    sandbox.kill();
    let mut sandbox = Sandbox::start(folder.path(), &["--ahead", "100"]);
    phone.run(&["activate", "resend"]).ok();
    let new = sandbox.code();
    if old != new {
        phone.run(&["activate", "finish", &old]).failed("code-superseded");
    }
    sandbox.kill();
    let _sandbox = Sandbox::start(folder.path(), &["--ahead", "500"]);
    phone.run(&["activate", "finish", &new]).failed("code-expired");
}

#[test]
fn a_command_line_that_cannot_be_understood_is_an_error_for_scripts_too() {
    let output = billpay().args(["--json", "pay"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let last: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&last["ok"], &last["error"]["code"]), (&Value::Bool(false), &"usage".into()));
}

#[test]
fn a_profile_that_is_damaged_foreign_or_newer_is_told_apart_and_left_as_it_is() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    let file = phone.profile.join("profile.db");
    let whole = fs::read(&file).unwrap();
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    phone.run(&["status"]).failed("profile-newer");
    let _ = fs::remove_file(phone.profile.join("profile.db-wal"));
    let broken = b"not a database, whatever its name says".repeat(200);
    fs::write(&file, &broken).unwrap();
    phone.run(&["status"]).failed("profile-damaged");
    assert_eq!(fs::read(&file).unwrap(), broken, "nothing was overwritten");
    fs::remove_file(&file).unwrap();
    rusqlite::Connection::open(&file).unwrap().execute_batch("CREATE TABLE other(id INTEGER)").unwrap();
    phone.run(&["status"]).failed("profile-foreign");
    fs::write(&file, whole).unwrap();
    phone.run(&["status"]).ok();
}

#[test]
fn a_profile_that_cannot_be_a_folder_is_said_to_be_none() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let mut phone = Phone::new(folder.path(), &sandbox);
    phone.profile = folder.path().join("file").join("phone");
    fs::write(folder.path().join("file"), "in the way").unwrap();
    phone.run(&["status"]).failed("profile-unwritable");
}

/// A trust document for these pins, signed by a key of our own.
fn other_trust(connection: &mut Value, pins: [&str; 2]) {
    let base64url = |bytes: &[u8]| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()), "kid": "ours" });
    let payload = json!({
        "v": 1, "version": 1, "host": "localhost", "minimum_client": "0.0.0",
        "pins": [{ "pin": pins[0], "label": "active" }, { "pin": pins[1], "label": "backup" }],
        "receipt_keys": [{ "key": jwk, "not_before": "2026-01-01T00:00:00Z" }],
        "soft_expiry": "2036-01-01T00:00:00Z", "hard_expiry": "2037-01-01T00:00:00Z",
    });
    let header = json!({ "alg": "Ed25519", "kid": "ours", "typ": "billpay-trust+jws" });
    let text = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(payload.to_string().as_bytes()));
    let signature = base64url(pair.sign(text.as_bytes()).as_ref());
    connection["trust"] = format!("{text}.{signature}").into();
    connection["offline_key"] = jwk;
}

#[test]
fn i10_a_gateway_that_is_gone_not_trusted_or_not_pinned_is_told_apart_and_gets_nothing() {
    let (folder, other_folder) = (tempdir().unwrap(), tempdir().unwrap());
    let mut sandbox = Sandbox::start(folder.path(), &[]);
    let other = Sandbox::start(other_folder.path(), &[]);
    let start = ["activate", "start", house::PHONE];
    let phone = |name: &str, connection: PathBuf| Phone {
        profile: folder.path().join(name),
        ..Phone::with_gateway(folder.path(), connection)
    };

    let mut unpinned = read(&sandbox.connection);
    let [one, two] = ['A', 'B'].map(|letter| format!("sha256/{}=", letter.to_string().repeat(42) + "A"));
    other_trust(&mut unpinned, [&one, &two]);
    phone("unpinned", write(folder.path(), "unpinned.json", &unpinned)).run(&start).failed("pin-mismatch");

    let mut untrusted = read(&sandbox.connection);
    untrusted["roots"] = read(&other.connection)["roots"].clone();
    phone("untrusted", write(folder.path(), "untrusted.json", &untrusted)).run(&start).failed("untrusted");

    let mut forged = read(&sandbox.connection);
    forged["trust"] = read(&other.connection)["trust"].clone();
    phone("forged", write(folder.path(), "forged.json", &forged)).run(&start).failed("connection-unusable");

    sandbox.kill();
    let ran = phone("gone", sandbox.connection.clone()).run(&start).failed("unreachable");
    assert_eq!(ran.last()["error"]["who_acts"], "wait");
}

#[test]
fn an_answer_that_is_not_the_contracts_is_said_to_be_none() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "client", "path": "/v1/bindings/lookup", "nth": 1, "action": "garbage"},
                     {"leg": "client", "path": "/v1/bindings/lookup", "nth": 2, "action": {"status": 500}},
                     {"leg": "client", "path": "/v1/bindings/lookup", "nth": 3, "action": {"cut_answer_at": 40}}]"#;
    let sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    let lookup = ["bind", "lookup", POWER.0, POWER.1];
    phone.run(&lookup).failed("bad-http");
    phone.run(&lookup).failed("bad-http");
    phone.run(&lookup).failed("interrupted");
    phone.run(&lookup).ok();
}

#[test]
fn a_sandbox_that_cannot_start_says_why() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let port = sandbox.ready["url"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let sandbox_with =
        |arguments: &[&str]| Ran::of(billpay().args(["--json", "sandbox"]).args(arguments).output().unwrap());
    sandbox_with(&["--port", &port]).failed("sandbox-not-started");
    let script = folder.path().join("script.json");
    fs::write(&script, r#"[{"leg": "client", "action": "explode"}]"#).unwrap();
    sandbox_with(&["--faults", script.to_str().unwrap()]).failed("faults-unusable");
}

#[test]
fn row_6_lost_keys_are_said_to_be_lost_and_the_way_back_keeps_the_old_records() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["set-aside", "--yes"]).failed("profile-missing");
    phone.activate(&sandbox);
    phone.bind(POWER.0, POWER.1);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    phone.run(&["set-aside", "--yes"]).failed("keys-are-there");
    for key in fs::read_dir(phone.profile.join("keys")).unwrap() {
        let key = key.unwrap();
        if key.file_name() != "kept-in" {
            fs::remove_file(key.path()).unwrap();
        }
    }
    phone.run(&["receipts"]).failed("key-lost");
    let lost = phone.run(&["activate", "start", house::PHONE]).failed("key-lost");
    // The whole way, wherever it is met.
    let way = "Commands: `billpay set-aside`, then `billpay activate start PHONE`.";
    assert!(lost.stderr.trim_end().ends_with(way), "{}", lost.stderr);
    assert_eq!(lost.last()["error"]["command"], "billpay set-aside");
    let (_, said) = phone.said(&["--lang", "zh", "receipts"]);
    assert!(said.trim_end().ends_with("命令：先 billpay set-aside，再 billpay activate start <手机号>"), "{said}");
    phone.run(&["set-aside"]).failed("not-confirmed");
    phone.run(&["receipts"]).failed("key-lost");

    let kept = phone.run(&["set-aside", "--yes"]).ok().last()["kept"].as_str().unwrap().to_owned();
    assert!(fs::metadata(kept).unwrap().len() > 0);
    phone.activate(&sandbox);
    phone.run(&["bills", "--refresh"]).ok();
    assert_eq!(phone.run(&["receipts", "verify"]).ok().last()["verified"], 1, "the receipt came back from the bank");
}

#[test]
fn fault_32_a_file_that_does_not_open_is_put_aside_and_its_receipts_come_back_from_the_bank() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let file = phone.profile.join("profile.db");
    fs::write(&file, "hello hello").unwrap();
    let told = phone.run(&["receipts"]).failed("profile-damaged");
    assert!(told.stderr.contains("billpay set-aside"), "{}", told.stderr);
    assert_eq!(fs::read(&file).unwrap(), b"hello hello", "left as it is");
    let kept = phone.run(&["set-aside", "--yes"]).ok().last()["kept"].as_str().unwrap().to_owned();
    assert_eq!(fs::read(kept).unwrap(), b"hello hello");
    phone.activate(&sandbox);
    phone.run(&["bills", "--refresh"]).ok();
    assert_eq!(phone.run(&["receipts", "verify"]).ok().last()["verified"], 1);
}

#[test]
fn fault_32_a_binding_that_does_not_open_is_counted_and_nobody_is_told_that_there_is_none() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let file = rusqlite::Connection::open(phone.profile.join("profile.db")).unwrap();
    assert_eq!(file.execute("UPDATE account SET sealed = zeroblob(100)", []).unwrap(), 1);
    drop(file);
    let listed = phone.run(&["bind", "list"]).ok();
    assert_eq!((&listed.last()["bindings"], &listed.last()["damaged"]), (&0.into(), &1.into()));
    assert_eq!(phone.run(&["status"]).ok().last()["bindings_damaged"], 1);
    for (command, false_word) in [(&["bind", "list"][..], "Nothing is bound"), (&["bills"], "There are no bills")] {
        let mut asked = house::billpay();
        asked.arg("--profile").arg(&phone.profile).args(["--lang", "en"]).args(command);
        let said = String::from_utf8(asked.output().unwrap().stdout).unwrap();
        assert!(!said.contains(false_word) && said.contains("cannot be read here"), "{said}");
    }
    phone.run(&["bills", "--refresh"]).ok();
    assert_eq!(phone.run(&["bind", "list"]).ok().last()["bindings"], 1);
}

#[test]
fn row_6_a_key_store_that_stumbles_has_lost_nothing_and_nothing_is_put_aside() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let keys = phone.profile.join("keys");
    let away = folder.path().join("away");
    fs::create_dir(&away).unwrap();
    let named: Vec<_> = fs::read_dir(&keys).unwrap().map(|key| key.unwrap().file_name()).collect();
    let secrets: Vec<_> = named.into_iter().filter(|name| name != "kept-in").collect();
    for name in &secrets {
        // There, and not to be read.
        fs::rename(keys.join(name), away.join(name)).unwrap();
        fs::create_dir(keys.join(name)).unwrap();
    }
    phone.run(&["set-aside", "--yes"]).failed("key-store");
    for name in &secrets {
        fs::remove_dir(keys.join(name)).unwrap();
        fs::rename(away.join(name), keys.join(name)).unwrap();
    }
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
}

#[test]
fn i1_a_top_up_that_was_paid_meanwhile_is_said_to_be_so_before_it_is_paid_again() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    phone.bind("mobile-cn", "13900000001");
    let pay = ["pay", "mobile-cn", "M0001", "--amount", "10", "--yes"];
    assert_eq!(phone.run(&pay).ok().last()["payment"]["state"], "settled");
    // As who was killed over the first, and tries once more: nothing is charged unsaid.
    phone.run(&pay).failed("topped-up-meanwhile");
    assert_eq!(phone.run(&pay).ok().last()["payment"]["state"], "settled");
    assert_eq!(phone.run(&["receipts", "verify"]).ok().last()["verified"], 2);
}

#[test]
fn a_profile_stays_with_its_bank_and_a_paid_bill_is_called_paid() {
    let (folder, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    let (sandbox, other) = (Sandbox::start(folder.path(), &[]), Sandbox::start(elsewhere.path(), &[]));
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    phone.bind(POWER.0, POWER.1);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    for what in [&["status"][..], &["receipts", "verify"], &["bills", "--refresh"]] {
        Phone::with_gateway(folder.path(), other.connection.clone()).run(what).failed("other-bank");
    }
    phone.run(&["receipts", "verify"]).ok();
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("already-settled");
    phone.run(&["bills", "--refresh"]).ok();
    for more in [&[][..], &["--amount", "50"]] {
        let again = [&["pay", POWER.0, POWER.2, "--yes"], more].concat();
        phone.run(&again).failed("already-settled");
    }
}

#[test]
fn row_101_an_error_names_the_command_that_helps() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    let helps = |arguments: &[&str], code: &str, command: &str| {
        let ran = phone.run(arguments).failed(code);
        assert_eq!(ran.last()["error"]["command"], command, "{arguments:?}");
        assert!(ran.stderr.contains(command), "{}", ran.stderr);
    };
    helps(&["bills", "--refresh"], "not-activated", "billpay activate start PHONE");
    phone.activate(&sandbox);
    helps(&["bind", "lookup", "nobody", POWER.1], "unknown-biller", "billpay billers");
    // Without a terminal, too: what is wrong with it, and not that nobody is there.
    helps(&["bind", "add", "nobody", POWER.1], "unknown-biller", "billpay billers");
    phone.run(&["bind", "add", POWER.0, "3110001018"]).failed("number-check-digit");
    let alone = phone.run(&["bind", "add", POWER.0, POWER.1]).failed("needs-a-person");
    assert!(alone.last()["token"].is_string(), "what a script confirms it with");
    helps(&["pay", POWER.0, "E0001"], "unknown-bill", "billpay bills --refresh");
    phone.bind(POWER.0, POWER.1);
    phone.run(&["limits", "set", "--per-payment", "100"]).ok();
    helps(&["pay", POWER.0, "E0001", "--yes"], "limit-exceeded-of", "billpay limits set");
    helps(&["limits", "set"], "nothing-to-change", "billpay limits set --help");
    helps(&["repeat", "nobody"], "unknown-account", "billpay bind list");
    helps(&["receipts", "show", "nothing"], "not-found", "billpay receipts");
    helps(&["methods", "remove", "nothing"], "method-unknown", "billpay methods");
}

#[test]
fn row_15_a_sum_is_told_for_the_one_binding_or_for_the_one_that_is_named() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let only = phone.run(&["bills", "--sum", "123.45"]).ok();
    assert_eq!((&only.last()["bills"], &only.last()["left"]["minor"]), (&json!(1), &json!(0)));
    let echo = phone.run(&["bind", "lookup", POWER.0, "3110001025"]).ok();
    let token = echo.last()["token"].as_str().unwrap();
    phone.run(&["bind", "confirm", POWER.0, "3110001025", "--token", token, "--alias", "office"]).ok();
    phone.run(&["bills", "--sum", "88"]).failed("which-account");
    assert_eq!(phone.run(&["bills", "--sum", "88", "--account", "office"]).ok().last()["bills"], 1);
    phone.run(&["bills", "--sum", "88", "--account", "nobody"]).failed("unknown-account");
    phone.run(&["bills", "--sum", "-5", "--account", "office"]).failed("not-an-amount");
    assert_eq!(phone.run(&["bills", "--account", "office"]).ok().last()["bills"], 1);
}

#[test]
fn row_33_events_alone_lists_what_waits_and_an_id_that_does_not_wait_is_said_to() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    assert_eq!(phone.run(&["events"]).ok().last()["events"], 0);
    phone.run(&["pay", POWER.0, "E0001", "--yes"]).ok();
    let listed = phone.run(&["events"]).ok();
    assert_eq!(listed.lines[0]["event"]["kind"], "settled");
    let id = listed.lines[0]["event"]["id"].as_str().unwrap();
    let unknown = phone.run(&["events", "ack", "nothing"]).ok();
    assert_eq!(unknown.last()["was_waiting"], false);
    assert_eq!(phone.run(&["events"]).ok().last()["events"], 1);
    assert_eq!(phone.run(&["events", "ack", id]).ok().last()["was_waiting"], true);
    // Again, as a script does that was killed in between.
    assert_eq!(phone.run(&["events", "ack", id]).ok().last()["was_waiting"], false);
    assert_eq!(phone.run(&["events"]).ok().last()["events"], 0);
}

#[test]
fn row_71_the_signing_sheet_has_the_name_that_the_person_knows_beside_the_one_that_is_signed() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let sheet = |language: &str, pay: &[&str]| {
        let mut people = billpay();
        people.args(["--lang", language, "--profile"]).arg(&phone.profile).args(pay);
        String::from_utf8(people.output().unwrap().stdout).unwrap()
    };
    for pay in [&["pay", POWER.0, "E0001"][..], &["pay", "--all"]] {
        let (en, zh) = (sheet("en", pay), sheet("zh", pay));
        assert!(en.contains("上海电力") && en.contains("Shanghai Power"), "{en}");
        assert!(zh.contains("上海电力") && !zh.contains("Shanghai Power"), "{zh}");
    }
}

#[test]
fn row_2_a_device_that_is_active_says_so_whichever_step_is_asked_of_it() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "finish", "12345678"]).failed("activation-not-started");
    phone.run(&["activate", "resend"]).failed("activation-not-started");
    phone.activate(&sandbox);
    phone.run(&["activate", "finish", "12345678"]).failed("already-active");
    phone.run(&["activate", "resend"]).failed("already-active");
}

#[test]
fn row_2_a_new_code_is_promised_for_no_minute_in_which_it_would_be_refused() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    let started = phone.run(&["activate", "start", house::PHONE]).ok();
    let at: jiff::Timestamp = started.last()["activation"]["resend_at"].as_str().unwrap().parse().unwrap();
    let mut command = billpay();
    command.args(["--lang", "en", "--profile"]).arg(&phone.profile).args(["activate", "status"]);
    let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let up = jiff::SignedDuration::from_secs((-at.as_second()).rem_euclid(60));
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let minute = zone.to_datetime(at + up).strftime("%H:%M").to_string();
    assert!(said.contains("new code from") && said.contains(&minute), "{at} {minute}: {said}");
}

#[test]
fn row_16_a_top_up_without_a_sum_is_told_how_to_name_one() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    phone.bind("mobile-cn", "13900000001");
    phone.run(&["bills", "--refresh"]).ok();
    let ran = phone.run(&["--lang", "en", "pay", "mobile-cn", "M0001", "--yes"]).failed("needs-amount");
    assert!(ran.stderr.contains("billpay pay mobile-cn M0001 --amount 10.00"), "{}", ran.stderr);
}

#[test]
fn fault_32_a_profile_that_was_there_and_is_empty_now_is_told_to_be_new() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let file = phone.profile.join("profile.db");
    let warned = |ran: &Ran| ran.stderr.contains("profile.db was emptied or has gone");
    assert!(!warned(&phone.run(&["status"]).ok()));
    // Of a wiped one and of one that was put aside that is as it should be.
    fs::write(&file, "no database any more".repeat(500)).unwrap();
    phone.run(&["set-aside", "--yes"]).ok();
    assert!(!warned(&phone.run(&["status"]).ok()));
    phone.activate(&sandbox);
    phone.run(&["wipe", "--yes"]).ok();
    assert!(!warned(&phone.run(&["status"]).ok()));
    phone.activate(&sandbox);
    fs::write(&file, "").unwrap();
    let status = phone.run(&["status"]);
    assert!(warned(&status) && status.stderr.contains("activate start"), "{status:?}");
    assert_eq!(status.ok().last()["active"], false);
    // It is a profile again: once is enough.
    assert!(!warned(&phone.run(&["status"]).ok()));
    phone.activate(&sandbox);
    fs::remove_file(&file).unwrap();
    let status = phone.run(&["status"]);
    assert!(warned(&status), "{status:?}");
    status.ok();
}

#[test]
fn times_are_told_in_the_zone_of_the_machine_and_where_it_has_none_the_zone_is_named() {
    let folder = tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &json!([]));
    let summary = |zone: Option<&str>| {
        let mut command = billpay();
        match zone {
            Some(zone) => command.env("TZ", zone),
            None => command.env_remove("TZ"),
        };
        command.args(["--json", "reminders", "--bills"]).arg(&bills);
        Ran::of(command.output().unwrap()).ok().last()["zone"].as_str().unwrap().to_owned()
    };
    assert_eq!(summary(Some("Europe/Berlin")), "Europe/Berlin");
    // As POSIX writes them.
    assert_eq!(summary(Some("<+0530>-5:30")), "+05:30");
    if let Ok(named) = fs::read_link("/etc/localtime") {
        let named = named.to_str().unwrap().rsplit_once("zoneinfo/").unwrap().1.to_owned();
        assert_eq!(summary(None), named);
    }
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.run(&["activate", "start", house::PHONE]).ok();
    let said = |zone: &str| {
        let mut command = billpay();
        command.env("TZ", zone).args(["--lang", "en", "--profile"]).arg(&phone.profile).args(["activate", "status"]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(said("No/Such").contains("(Asia/Shanghai)"), "{}", said("No/Such"));
    assert!(!said("Asia/Tokyo").contains('('), "{}", said("Asia/Tokyo"));
}

#[test]
fn row_43_a_biller_that_has_left_the_list_can_be_muted_as_long_as_anything_of_it_is_here() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let remembered = phone.profile.join("connection.json");
    let mut connection = read(&remembered);
    connection["catalogue"].as_array_mut().unwrap().retain(|biller| biller["id"] == "gas-sh");
    fs::write(&remembered, connection.to_string()).unwrap();
    let file = rusqlite::Connection::open(phone.profile.join("profile.db")).unwrap();
    assert_eq!(file.execute("UPDATE setting SET sealed = x'00' WHERE id = 'catalogue'", []).unwrap(), 1);
    drop(file);
    let phone = Phone { gateway: None, ..phone };
    phone.run(&["reminders", "mute", "water-sh"]).failed("unknown-biller");
    phone.run(&["reminders", "mute", POWER.0]).ok();
}
