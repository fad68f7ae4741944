//! Receipts that are given away (rows 50, 75): forms of one, the archive of all, and strangers who verify both on a
//! machine that never saw the account. And what a person looks up in them (rows 19, 51, 52, 77).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::{
    fs,
    io::{Cursor, Read as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use house::{POWER, Phone, Ran, Sandbox, billpay};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// Another biller, with a number and a bill.
const WATER: (&str, &str, &str) = ("water-sh", "2100200018", "W0001");

/// A phone that has paid twice, its bank gone.
fn paid(folder: &Path) -> Phone {
    let mut sandbox = Sandbox::start(folder, &[]);
    let phone = Phone::ready(folder, &sandbox);
    phone.bind(WATER.0, WATER.1);
    phone.run(&["bills", "--refresh"]).ok();
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    phone.run(&["pay", WATER.0, WATER.2, "--yes"]).ok();
    sandbox.kill();
    phone
}

/// A machine that never saw the account: no profile, no home, no gateway.
fn stranger(arguments: &[&str]) -> Ran {
    let nowhere = tempdir().unwrap();
    let mut command = billpay();
    command.env("HOME", nowhere.path()).env_remove("XDG_DATA_HOME").arg("--json").args(arguments);
    let ran = Ran::of(command.output().unwrap());
    assert_eq!(fs::read_dir(nowhere.path()).unwrap().count(), 0, "nothing is left behind");
    ran
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The bank's keys, as a file.
fn keys(phone: &Phone, folder: &Path) -> String {
    let set = phone.run(&["receipts", "keys"]).ok().last().clone();
    let text = serde_json::json!({ "keys": set["keys"] }).to_string();
    write(folder, "keys.json", text)
}

fn all() -> (TempDir, Phone, String) {
    let folder = tempdir().unwrap();
    let phone = paid(folder.path());
    let keys = keys(&phone, folder.path());
    (folder, phone, keys)
}

#[test]
fn row_50_one_receipt_verifies_from_its_file_alone_on_a_machine_that_never_saw_the_account() {
    let (folder, phone, keys) = all();
    let jws = phone.run(&["receipts", "show", "1", "--as", "jws"]).ok().last()["compact"].as_str().unwrap().to_owned();
    let text = phone.run(&["receipts", "show", "1", "--as", "text"]).ok().last()["text"].as_str().unwrap().to_owned();
    for (name, content) in [
        ("one.jws", jws.clone()),
        ("letter.txt", format!("您好：\n{text}\n此致")),
        ("list.json", format!("[\"{jws}\"]")),
        ("address.txt", format!("https://bank.example/receipt?d={jws}")),
    ] {
        let file = write(folder.path(), name, content);
        let ran = stranger(&["receipts", "verify", &file, "--keys", &keys]).ok();
        assert_eq!((&ran.last()["verified"], &ran.last()["documents"]), (&1.into(), &1.into()), "{name}: {ran:?}");
        assert_eq!(ran.lines[0]["receipt"]["total"]["minor"], 12_345);
    }
    // Words for a person, in both languages.
    for (language, word) in [("en", "is as the bank has signed it"), ("zh", "均由银行签署")] {
        let file = folder.path().join("one.jws");
        let mut command = billpay();
        command.args(["--lang", language, "receipts", "verify"]).arg(&file).args(["--keys", &keys]);
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(out.contains(word) && out.contains("E0001"), "{out}");
        assert!(!out.contains("other words") && !out.contains("其他文字"), "{out}");
    }
    // What somebody has written above the signed part is not vouched for, nor what is joined to it.
    let letter = write(folder.path(), "forged.txt", format!("您好：\n{}\n此致", text.replace("123.45", "999.99")));
    let jws = fs::read_to_string(folder.path().join("one.jws")).unwrap();
    let joined = write(folder.path(), "joined.txt", format!("应付金额：¥999.99，已付清{}以上为准\n", jws.trim()));
    for (language, word, letter) in [
        ("en", "the other words of the file were not looked at", &letter),
        ("zh", "其他文字没有核对", &letter),
        ("zh", "其他文字没有核对", &joined),
    ] {
        let mut command = billpay();
        command.args(["--lang", language, "receipts", "verify", letter, "--keys", &keys]);
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(out.contains(word) && out.contains("123.45") && !out.contains("999.99"), "{out}");
    }
}

#[test]
fn rows_49_to_51_documents_are_dated_by_the_bank_wherever_they_are_read() {
    let (folder, phone, keys) = all();
    let text = phone.run(&["receipts", "show", "1", "--as", "text"]).ok().last()["text"].as_str().unwrap().to_owned();
    // To the minute, as the document says it.
    let issued = text.lines().find_map(|line| line.strip_prefix("issued: ")).unwrap();
    let at = issued.strip_suffix(" (Asia/Shanghai)").unwrap();
    let file = write(folder.path(), "one.txt", &text);
    let new_york = "America/New_York";
    let (_, list) = phone.said_in(new_york, &["--lang", "en", "receipts"]);
    assert!(list.contains("issued (Asia/Shanghai)") && list.contains(at), "{list}");
    let (_, list) = phone.said_in(new_york, &["--lang", "zh", "receipts", "search", "E0001"]);
    assert!(list.contains("签发时间（Asia/Shanghai）"), "{list}");
    let (_, told) = phone.said_in(new_york, &["--lang", "en", "receipts", "verify", &file, "--keys", &keys]);
    assert!(told.contains(issued), "{issued} is not in {told}");
    // Where the bank is there is nothing to be named.
    let (_, list) = phone.said(&["--lang", "en", "receipts"]);
    assert!(!list.contains("Asia/Shanghai") && list.contains(at), "{list}");
}

#[test]
fn rows_50_and_51_a_reversal_is_found_and_given_away_with_what_it_was_of() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    // Refuses the first charge.
    phone.bind("power-sh", "3110001058");
    phone.run(&["pay", "power-sh", "E0007", "--yes"]);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    sandbox.kill();
    let text = phone.run(&["receipts", "show", "1", "--as", "text"]).ok().last()["text"].as_str().unwrap().to_owned();
    for line in ["document: reversal #1 (verified)", "payee: 上海电力", "bill: E0007", "total: CNY 156.00"] {
        assert!(text.lines().any(|it| it == line), "{line} is not in {text}");
    }
    let chinese = phone.run(&["--lang", "zh", "receipts", "show", "2", "--as", "text"]).ok();
    let chinese = chinese.last()["text"].as_str().unwrap();
    assert!(chinese.contains("文件：回单 #2（已验签）") && chinese.contains("收费单位流水号："), "{chinese}");
    let found = |query: &str| -> Vec<String> {
        let ran = phone.run(&["receipts", "search", query]).ok();
        ran.lines.iter().filter_map(|line| Some(line["kind"].as_str()?.to_owned())).collect()
    };
    for query in ["e0007", "Ｅ０００７", " E0007 ", "156", "１５６", "CNY 156.00", "¥156", "156元", "reversal"]
    {
        assert_eq!(found(query), ["reversal"], "{query}");
    }
    // As the list writes the day; both are of it.
    let day = phone.run(&["receipts"]).ok().lines[0]["issued"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let day = day.to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
    for form in ["%Y-%m-%d", "%-d %b %Y", "%Y/%-m", "%b %Y", "%Y年%-m月%-d日", "%Y年%-m月"] {
        assert_eq!(found(&day.strftime(form).to_string()).len(), 2, "{form}");
    }
    for query in ["上海电力", "shanghai power", "power-sh"] {
        assert_eq!(found(query), ["receipt", "reversal"], "{query}: the newest first");
    }
    assert_eq!(found("no such thing"), Vec::<String>::new());
    let listed = phone.run(&["receipts"]).ok();
    let (receipt, reversal) = (&listed.lines[0], &listed.lines[1]);
    for number in [&receipt["receipt"]["bank_serial"], &receipt["receipt"]["biller_reference"], &receipt["id"]] {
        assert_eq!(found(number.as_str().unwrap()), ["receipt"], "{number}");
    }
    assert_eq!(found(reversal["payment_id"].as_str().unwrap()), ["reversal"]);
}

#[test]
fn row_50_a_jose_library_that_is_not_ours_reads_the_keys_and_verifies_each_document() {
    use jsonwebtoken::{Algorithm, DecodingKey, crypto, jwk::JwkSet};
    let (_folder, phone, keys) = all();
    let set: JwkSet = serde_json::from_str(&fs::read_to_string(keys).unwrap()).unwrap();
    let documents = phone.run(&["receipts"]).ok();
    let mut seen = 0;
    for compact in documents.lines.iter().filter_map(|line| line["compact"].as_str()) {
        let (signed, signature) = compact.rsplit_once('.').unwrap();
        let header =
            base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, signed.split('.').next().unwrap());
        let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
        let key = DecodingKey::from_jwk(set.find(header["kid"].as_str().unwrap()).unwrap()).unwrap();
        let verify = |text: &[u8]| crypto::verify(signature, text, &key, Algorithm::EdDSA).unwrap();
        assert!(verify(signed.as_bytes()) && !verify(&signed.as_bytes()[1..]));
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn rows_47_and_50_what_was_changed_is_not_genuine_and_an_unknown_key_is_neither() {
    let (folder, phone, keys) = all();
    let jws = phone.run(&["receipts", "show", "1", "--as", "jws"]).ok().last()["compact"].as_str().unwrap().to_owned();
    let (head, rest) = jws.split_at(jws.len() / 2);
    let other = if rest.starts_with('A') { 'B' } else { 'A' };
    let changed = write(folder.path(), "changed.jws", format!("{head}{other}{}", &rest[1..]));
    let ran = stranger(&["receipts", "verify", &changed, "--keys", &keys]).failed("not-genuine");
    assert_eq!(ran.last()["invalid"], 1);
    let good = write(folder.path(), "good.jws", &jws);
    let set = fs::read_to_string(&keys).unwrap().replace("\"kid\":\"", "\"kid\":\"not-");
    let unknown = write(folder.path(), "unknown.json", set);
    let ran = stranger(&["receipts", "verify", &good, "--keys", &unknown]).failed("unverifiable");
    assert_eq!((&ran.lines[0]["verdict"], &ran.last()["unverifiable"]), (&"unverifiable".into(), &1.into()));
}

/// The bank signs with another key from its next start on, and publishes both.
fn rotate(folder: &Path) {
    let path = folder.join("keys.json");
    let mut keys: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut old = keys["receipt"].take();
    old["not_before"] = 0.into();
    old["not_after"] = i64::from(u32::MAX).saturating_mul(1000).into();
    keys["receipt"] = serde_json::json!({ "kid": "receipt-2", "seed": vec![77; 32] });
    keys["retired"].as_array_mut().unwrap().push(old);
    fs::write(path, keys.to_string()).unwrap();
}

#[test]
fn row_47_a_profile_in_which_something_waits_for_a_key_is_not_said_to_be_whole() {
    let folder = tempdir().unwrap();
    let read = |path: &Path| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
    let mut sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind(WATER.0, WATER.1);
    phone.run(&["bills", "--refresh"]).ok();
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    assert_eq!(phone.run(&["receipts", "verify"]).ok().last()["verified"], 1);
    let before = read(&sandbox.connection);
    sandbox.kill();
    rotate(folder.path());
    // This phone does not get to know of it.
    let silent = r#"[{"leg": "client", "path": "/v1/trust", "action": {"status": 503}}]"#;
    let sandbox = Sandbox::faulty(folder.path(), silent);
    let mut connection = read(&sandbox.connection);
    connection["trust"] = before["trust"].clone();
    let old = write(folder.path(), "old.json", connection.to_string());
    let phone = Phone { profile: phone.profile, gateway: Some(old.into()) };
    let paid = phone.run(&["pay", WATER.0, WATER.2, "--yes"]);
    assert_ne!(paid.status, 0, "not told as paid before what says so is verified: {paid:?}");
    phone.run(&["bills", "--refresh"]).ok();
    for (language, words) in [("en", "neither good nor bad"), ("zh", "既不能说真，也不能说假")] {
        let ran = phone.run(&["--lang", language, "receipts", "verify"]).failed("unverifiable");
        assert_eq!((&ran.last()["verified"], &ran.last()["waiting"]), (&1.into(), &1.into()), "{ran:?}");
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    let (status, said) = phone.said(&["receipts", "verify"]);
    assert!(status != 0 && !said.contains("链条完整。\n"), "{said}");
    // With the key it verifies, and the payment has ended.
    drop(sandbox);
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone { profile: phone.profile, gateway: Some(sandbox.connection.clone()) };
    phone.run(&["resolve"]).ok();
    phone.run(&["bills", "--refresh"]).ok();
    assert_eq!(phone.run(&["receipts", "verify"]).ok().last()["verified"], 2);
}

#[test]
fn row_48_two_documents_of_one_number_after_a_restore_are_told_apart() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::controlled(folder.path());
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.bind(WATER.0, WATER.1);
    phone.run(&["bills", "--refresh"]).ok();
    let backup = folder.path().join("backup.db");
    sandbox.control(&format!("backup {}", backup.display()));
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    sandbox.control(&format!("restore {}", backup.display()));
    phone.run(&["bills", "--refresh"]);
    phone.run(&["bills", "--refresh"]).ok();
    phone.run(&["pay", WATER.0, WATER.2, "--yes"]).ok();
    let all = phone.run(&["receipts"]).ok();
    let documents: Vec<&Value> = all.lines.iter().filter(|line| line["sequence"].is_i64()).collect();
    let twice = |number: &Value| documents.iter().filter(|one| one["sequence"] == *number).count() > 1;
    let number =
        documents.iter().map(|one| &one["sequence"]).find(|number| twice(number)).expect("one number, two lives");
    let ran = phone.run(&["--lang", "en", "receipts", "show", &number.to_string()]).failed("ambiguous");
    for one in documents.iter().filter(|one| one["sequence"] == *number) {
        for word in [&one["id"], &one["receipt"]["bill_number"]] {
            assert!(ran.stderr.contains(word.as_str().unwrap()), "{word}: {}", ran.stderr);
        }
        phone.run(&["receipts", "show", one["id"].as_str().unwrap()]).ok();
    }
}

#[test]
fn row_75_a_file_to_write_to_asks_in_which_form() {
    let (folder, phone, _) = all();
    let to = folder.path().join("one.out");
    let ran = phone.command(&["receipts", "show", "1", "--to", to.to_str().unwrap()]).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("--as") && !to.exists(), "{said}");
}

#[test]
fn row_50_a_file_that_is_no_receipt_is_said_to_be_none() {
    let (folder, _, keys) = all();
    let nothing = write(folder.path(), "nothing.txt", "To whom it may concern: I have paid.");
    stranger(&["receipts", "verify", &nothing, "--keys", &keys]).failed("no-receipt");
    let bytes = write(folder.path(), "bytes", [0_u8, 255, 1, 2]);
    stranger(&["receipts", "verify", &bytes, "--keys", &keys]).failed("no-receipt");
    let words = write(folder.path(), "words.jws", "eyJhIjoxfQ.eyJhIjoxfQ.c2ln");
    let ran = stranger(&["receipts", "verify", &words, "--keys", &keys]).failed("not-genuine");
    assert_eq!(ran.lines[0]["verdict"], "malformed");
    stranger(&["receipts", "verify", folder.path().to_str().unwrap(), "--keys", &keys]).failed("file-unreadable");
    stranger(&["receipts", "verify", "/nowhere/at/all", "--keys", &keys]).failed("file-unreadable");
    for set in ["", "{}", r#"{"keys":[]}"#] {
        let broken = write(folder.path(), "broken.json", set);
        stranger(&["receipts", "verify", &words, "--keys", &broken]).failed("keys-unusable");
    }
    let mut alone = billpay();
    assert_eq!(
        alone.args(["receipts", "verify", &words]).output().unwrap().status.code(),
        Some(2),
        "keys are asked for"
    );
}

#[test]
fn row_50_a_document_is_found_inside_a_word_and_an_archive_behind_something_is_no_text() {
    let (folder, phone, keys) = all();
    let receipts = phone.run(&["receipts"]).ok();
    let compact = receipts.lines[0]["compact"].as_str().unwrap();
    for text in [format!("receipt_{compact}"), format!("keyJWS-{compact}"), format!("no.1.{compact}.")] {
        let file = write(folder.path(), "joined.txt", &text);
        let ran = stranger(&["receipts", "verify", &file, "--keys", &keys]).ok();
        assert_eq!((&ran.last()["documents"], &ran.last()["verified"]), (&1.into(), &1.into()), "{text}");
    }
    let archive = folder.path().join("all.zip");
    phone.run(&["export", archive.to_str().unwrap()]).ok();
    let mut bytes = b"From: a friend\r\n\r\n".to_vec();
    bytes.extend(fs::read(&archive).unwrap());
    let behind = write(folder.path(), "behind.zip", bytes);
    let ran = stranger(&["receipts", "verify", &behind, "--keys", &keys]).failed("archive-changed");
    assert!(ran.stderr.contains("before the archive"), "{}", ran.stderr);
}

/// A bank that signs whatever it is given: its keys as a file, and what it signs of that type.
fn bank(folder: &Path) -> (String, impl Fn(&str, &Value) -> String) {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
    use ring::signature::{Ed25519KeyPair, KeyPair as _};
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let x = BASE64.encode(pair.public_key().as_ref());
    let set = serde_json::json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "bank" }] });
    let signed = move |typ: &str, payload: &Value| {
        let header = format!(r#"{{"alg":"Ed25519","kid":"bank","typ":"{typ}"}}"#);
        let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload.to_string()));
        format!("{text}.{}", BASE64.encode(pair.sign(text.as_bytes()).as_ref()))
    };
    (write(folder, "keys.json", set.to_string()), signed)
}

/// What stands in a receipt of that place.
fn receipt(epoch: &str, sequence: i64, previous: Option<&str>) -> Value {
    let cny = |minor: i64| serde_json::json!({ "minor": minor, "currency": "CNY" });
    serde_json::json!({
        "v": 1, "payment_id": format!("019a9d3e-7c00-7000-8000-00000000000{sequence}"), "order_digest": "d",
        "customer": "C1", "device": "D1", "epoch": epoch, "sequence": sequence, "previous": previous,
        "issued_at": format!("2026-11-22T05:0{sequence}:00Z"),
        "receipt": {
            "payer_masked": "王*", "biller": "power-sh", "payee": "上海电力", "customer_number_masked": "******1017",
            "bill_number": format!("E000{sequence}"), "amount": cny(12_345), "fee": cny(0), "total": cny(12_345),
            "paid_at": format!("2026-11-22T05:0{sequence}:00Z"), "zone": "Asia/Shanghai", "channel": "app",
            "bank_serial": "1", "biller_reference": "1", "method": { "kind": "account", "last4": "1017" }
        }
    })
}

#[test]
fn row_47_a_document_of_a_later_form_is_signed_by_the_bank_and_only_not_read() {
    let folder = tempdir().unwrap();
    let (keys, signed) = bank(folder.path());
    let payload = serde_json::json!({
        "v": 2, "payment_id": "019a9d3e-7c00-7000-8000-000000000001", "order_digest": "d", "customer": "C1",
        "device": "D1", "epoch": "E1", "sequence": 1, "previous": null, "issued_at": "2026-11-22T05:00:00Z",
        "receipt": { "payee": { "zh": "上海电力" } }
    });
    for typ in ["billpay-receipt+jws", "billpay-notice+jws"] {
        let file = write(folder.path(), "later.jws", signed(typ, &payload));
        let ran = stranger(&["--lang", "en", "receipts", "verify", &file, "--keys", &keys]).failed("later-form");
        assert!(ran.stderr.contains("signed by the bank") && ran.stderr.contains("Update"), "{}", ran.stderr);
        let counted = ["later", "invalid", "unverifiable", "verified"].map(|of| ran.last()[of].as_i64().unwrap());
        assert_eq!(counted, [1, 0, 0, 0], "{ran:?}");
    }
}

#[test]
fn row_50_a_receipt_is_genuine_by_itself_wherever_in_a_chain_it_stands() {
    let folder = tempdir().unwrap();
    let (keys, signed) = bank(folder.path());
    // The first after the bank was restored follows one that nobody gave.
    for (sequence, previous) in [(1, Some("E1.1")), (1, None), (5, Some("E2.4"))] {
        let file = write(folder.path(), "one.jws", signed("billpay-receipt+jws", &receipt("E2", sequence, previous)));
        let ran = stranger(&["receipts", "verify", &file, "--keys", &keys]).ok();
        assert_eq!(ran.last()["verified"], 1, "{sequence} {previous:?}: {ran:?}");
    }
}

#[test]
fn row_50_signed_by_the_bank_and_incomplete_is_said_as_that_and_other_tokens_are_nothing() {
    let folder = tempdir().unwrap();
    let (keys, signed) = bank(folder.path());
    let mut lacking = receipt("E1", 1, None);
    lacking["receipt"].as_object_mut().unwrap().remove("zone");
    let file = write(folder.path(), "lacking.jws", signed("billpay-receipt+jws", &lacking));
    let ran = stranger(&["--lang", "en", "receipts", "verify", &file, "--keys", &keys]).failed("incomplete");
    assert!(ran.stderr.contains("signed by the bank") && !ran.stderr.contains("Do not rely"), "{}", ran.stderr);
    assert_eq!((&ran.last()["incomplete"], &ran.last()["invalid"]), (&1.into(), &0.into()));
    let good = signed("billpay-receipt+jws", &receipt("E1", 1, None));
    let others = ["JWT", "billpay-credential+jws"].map(|typ| signed(typ, &receipt("E1", 2, None))).join(" ");
    let letter = write(folder.path(), "letter.txt", format!("{good}\nhttps://example.test/?t={others}"));
    let ran = stranger(&["receipts", "verify", &letter, "--keys", &keys]).ok();
    assert_eq!((&ran.last()["verified"], &ran.last()["documents"]), (&1.into(), &1.into()), "{ran:?}");
    // The one of jwt.io, without a key's name.
    let plain =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    let beside = write(folder.path(), "beside.txt", format!("{good}\n{plain}"));
    assert_eq!(stranger(&["receipts", "verify", &beside, "--keys", &keys]).ok().last()["documents"], 1);
    let alone = write(folder.path(), "alone.txt", &others);
    stranger(&["receipts", "verify", &alone, "--keys", &keys]).failed("no-receipt");
    // As some editors save it.
    let wide: Vec<u8> = [0xfeff].into_iter().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let wide = write(folder.path(), "wide.txt", wide);
    assert_eq!(stranger(&["receipts", "verify", &wide, "--keys", &keys]).ok().last()["verified"], 1);
}

#[test]
fn row_50_what_was_verified_is_shown_however_much_of_it_there_is_and_what_was_not_is_said() {
    let folder = tempdir().unwrap();
    let (keys, signed) = bank(folder.path());
    let documents: Vec<String> =
        (1..=4).map(|nth| signed("billpay-receipt+jws", &receipt(&format!("E{nth}"), nth, Some("before")))).collect();
    let words = "回单 已付 ¥9,999,999.00 收款方 张三";
    let file = write(folder.path(), "four.txt", format!("{words}\n{}", documents.join("\n")));
    let said = |lang: &str| {
        let mut command = billpay();
        command.env("HOME", folder.path()).args(["--lang", lang, "receipts", "verify", &file, "--keys", &keys]);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let (zh, en) = (said("zh"), said("en"));
    for nth in 1..=4 {
        assert!(zh.contains(&format!("E000{nth}")) && en.contains(&format!("E000{nth}")), "{zh}{en}");
    }
    assert!(zh.contains("¥123.45") && zh.contains("其他文字没有核对") && !zh.contains("张三"), "{zh}");
    assert!(en.contains("CNY 123.45") && en.contains("were not looked at"), "{en}");
}

#[test]
fn row_50_a_qr_code_of_a_receipt_is_read_by_a_reader_that_is_not_ours() {
    let (_folder, phone, _) = all();
    let jws = phone.run(&["receipts", "show", "1", "--as", "jws"]).ok().last()["compact"].as_str().unwrap().to_owned();
    let shown = phone.run(&["receipts", "show", "1", "--as", "qr"]).ok();
    let modules: Vec<Vec<u8>> =
        shown.last()["modules"].as_array().unwrap().iter().map(|row| row.as_str().unwrap().bytes().collect()).collect();
    assert_eq!(decoded(&modules), jws);
    // And the one that is drawn is the same.
    let mut command = billpay();
    let drawn = command.arg("--profile").arg(&phone.profile).args(["receipts", "show", "1", "--as", "qr"]);
    let drawn = String::from_utf8(drawn.output().unwrap().stdout).unwrap();
    let mut rows = Vec::new();
    for line in drawn.lines() {
        let half =
            |dark: [char; 2]| line.chars().map(|it| if dark.contains(&it) { b'#' } else { b' ' }).collect::<Vec<_>>();
        rows.push(half(['▄', ' ']));
        rows.push(half(['▀', ' ']));
    }
    // Four empty modules around it.
    let size = modules.len();
    let inner: Vec<Vec<u8>> = rows[4..4 + size].iter().map(|row| row[4..4 + size].to_vec()).collect();
    assert_eq!(inner, modules);
}

fn decoded(modules: &[Vec<u8>]) -> String {
    const EACH: usize = 4;
    let size = (modules.len() + 8) * EACH;
    let dark = |x: usize, y: usize| {
        let at = |place: usize| (place / EACH).checked_sub(4);
        at(y).zip(at(x)).and_then(|(y, x)| modules.get(y)?.get(x)).is_some_and(|module| *module == b'#')
    };
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(size, size, |x, y| if dark(x, y) { 0 } else { 255 });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

#[test]
fn row_75_everything_is_one_archive_and_strangers_verify_it_in_two_languages() {
    let (folder, phone, keys) = all();
    let file = folder.path().join("mine.zip");
    let archive = file.to_str().unwrap().to_owned();
    let made = phone.run(&["export", &archive]).ok();
    assert_eq!((&made.last()["documents"], &made.last()["damaged"]), (&made.last()["payments"], &0.into()), "{made:?}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions()) & 0o777, 0o600);
    phone.run(&["export", &archive]).failed("file-exists");
    let ran = stranger(&["receipts", "verify", &archive, "--keys", &keys]).ok();
    assert_eq!((&ran.last()["verified"], &ran.last()["archive"]), (&made.last()["documents"], &true.into()));
    assert_eq!(ran.last()["chain_breaks"], serde_json::json!([]));
    // Its words are nobody's but whoever made it.
    let mut command = billpay();
    let plain =
        command.env("HOME", folder.path()).args(["--lang", "zh", "receipts", "verify", &archive, "--keys", &keys]);
    let plain = String::from_utf8(plain.output().unwrap().stdout).unwrap();
    assert!(plain.contains("每份银行文件") && plain.contains("存档中的其他文件没有核对"), "{plain}");
    let python = python(&file, &keys);
    assert!(python.0, "{}", python.1);
    assert_eq!(python.1.trim(), made.last()["documents"].to_string());
    // What it holds is what the phone shows.
    let mut zip = zip::ZipArchive::new(fs::File::open(&file).unwrap()).unwrap();
    let mut names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    assert_eq!(names.len(), 9, "{names:?}");
    let mut text = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let order: Value = serde_json::from_str(text("orders.jsonl").lines().next().unwrap()).unwrap();
    assert!(order["order"]["payee"].is_string() && order["signature"].is_string());
    assert!(text("accounts.jsonl").contains(POWER.1), "the person's own numbers in full");
    assert!(text("documents.txt").contains("E0001"));
}

fn python(archive: &Path, keys: &str) -> (bool, String) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stranger.py");
    let output =
        Command::new("python3").arg(program).arg(archive).arg(keys).output().expect("python3, which CI installs");
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

/// An archive with one file changed by somebody who also mends the ZIP, and the manifest where `lists`.
fn tampered(archive: &Path, to: &Path, lists: bool, change: impl Fn(&str, String) -> String) -> PathBuf {
    let mut zip = zip::ZipArchive::new(fs::File::open(archive).unwrap()).unwrap();
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let (name, mut text) = (file.name().unwrap().into_owned(), String::new());
        file.read_to_string(&mut text).unwrap();
        let content = change(&name, text);
        files.push((name, content));
    }
    if lists {
        let mut manifest: Value = serde_json::from_str(&files[0].1).unwrap();
        for listed in manifest["files"].as_array_mut().unwrap() {
            let text = &files.iter().find(|(name, _)| *name == listed["name"]).unwrap().1;
            let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
            listed["sha256"] = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
            listed["bytes"] = text.len().into();
            if listed["name"] == "documents.jws" {
                manifest["documents"] = text.lines().count().into();
                break;
            }
        }
        files[0].1 = manifest.to_string();
    }
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    fs::write(to, out.finish().unwrap().into_inner()).unwrap();
    to.to_owned()
}

#[test]
fn row_75_an_archive_that_was_changed_is_noticed_whoever_mends_its_manifest() {
    let (folder, phone, keys) = all();
    let file = folder.path().join("mine.zip");
    phone.run(&["export", file.to_str().unwrap()]).ok();
    let to = folder.path().join("other.zip");
    let verify = |archive: &Path| stranger(&["receipts", "verify", archive.to_str().unwrap(), "--keys", &keys]);
    let only = |wanted: &'static str, change: fn(String) -> String| {
        move |name: &str, text: String| if name == wanted { change(text) } else { text }
    };
    let bill = tampered(&file, &to, false, only("bills.jsonl", |text| text + "{}\n"));
    verify(&bill).failed("archive-changed");
    let without_the_first = |text: String| text.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let fewer = tampered(&file, &to, false, only("documents.jws", without_the_first));
    verify(&fewer).failed("archive-changed");
    // The manifest is nobody's signature: the chain tells.
    let mended = tampered(&file, &to, true, only("documents.jws", without_the_first));
    let ran = verify(&mended).failed("chain-broken");
    assert_eq!(
        (&ran.last()["chain_breaks"][0]["Missing"]["from"], &ran.last()["chain_breaks"][0]["Missing"]["to"]),
        (&1.into(), &1.into())
    );
    let told = python(&mended, &keys);
    assert!(!told.0 && told.1.contains("gap at seq 1"), "{}", told.1);
    let bytes = fs::read(&file).unwrap();
    let cut = write(folder.path(), "cut.zip", &bytes[..bytes.len() - 40]);
    verify(Path::new(&cut)).failed("archive-changed");
}

#[test]
fn row_75_what_another_program_would_show_in_an_archive_is_noticed() {
    let (folder, phone, keys) = all();
    let file = folder.path().join("mine.zip");
    phone.run(&["export", file.to_str().unwrap()]).ok();
    // Its files as they are, and beside them what each of these adds.
    let program = r#"
import sys, warnings, zipfile
warnings.simplefilter("ignore")
source, to, how = sys.argv[1:]
files = [(each, zipfile.ZipFile(source).read(each)) for each in zipfile.ZipFile(source).namelist()]
with zipfile.ZipFile(to, "w") as made:
    for name, content in ([("documents.txt", b"You owe 1,000,000")] if how in ("twice", "hidden") else []) + files:
        one = zipfile.ZipInfo(name)
        if how == "room":
            one.extra = b"\x99\x99\x11\x00You owe 1,000,000"
        made.writestr(one, content)
    if how == "comment":
        made.comment = b"You owe 1,000,000"
    if how == "hidden":
        made.filelist.pop(0)
if how == "behind":
    open(to, "ab").write(b"You owe 1,000,000")
if how == "other name":
    made = open(to, "rb").read()
    open(to, "wb").write(made.replace(b"documents.txt", b"You owe 1,000", 1))
if how in ("other size", "other disk"):
    made = bytearray(open(to, "rb").read())
    made[len(made) - 22 + (12 if how == "other size" else 4)] ^= 1
    open(to, "wb").write(made)
if how == "listed more":
    # One more in the list than its end counts.
    made = bytearray(open(to, "rb").read())
    end = len(made) - 22
    made[end + 8] -= 1
    made[end + 10] -= 1
    open(to, "wb").write(made)
"#;
    let hows =
        ["twice", "hidden", "comment", "behind", "room", "other name", "other size", "other disk", "listed more"];
    for (how, whole) in [("as it is", true)].into_iter().chain(hows.map(|how| (how, false))) {
        let to = folder.path().join("other.zip");
        let made = Command::new("python3").args(["-c", program]).arg(&file).arg(&to).arg(how).status().unwrap();
        assert!(made.success());
        let ran = stranger(&["receipts", "verify", to.to_str().unwrap(), "--keys", &keys]);
        if whole {
            ran.ok();
        } else {
            ran.failed("archive-changed");
        }
    }
}

#[test]
fn row_50_a_page_to_file_is_read_by_another_program_and_what_is_attached_to_it_proves_it() {
    let (folder, phone, keys) = all();
    let jws = phone.run(&["receipts", "show", "1", "--as", "jws"]).ok().last()["compact"].as_str().unwrap().to_owned();
    let page = |name: &str, language: &str| {
        let to = folder.path().join(name);
        let path = to.to_str().unwrap();
        let ran = phone.run(&["--lang", language, "receipts", "show", "1", "--as", "pdf", "--to", path]).ok();
        assert_eq!(ran.last()["bytes"].as_u64().unwrap(), fs::metadata(&to).unwrap().len());
        to
    };
    for (language, words) in [
        ("zh", ["回单", "收款方", "上海电力", "¥123.45", "******1017", "Asia/Shanghai"]),
        ("en", ["receipt", "payee", "上海电力", "CNY 123.45", "E0001", "is attached"]),
    ] {
        let file = page(&format!("{language}.pdf"), language);
        let document = lopdf::Document::load(&file).unwrap();
        assert_eq!(document.get_pages().len(), 1);
        let text = document.extract_text(&[1]).unwrap();
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
        let attached: Vec<Vec<u8>> = document
            .objects
            .values()
            .filter_map(|object| object.as_stream().ok())
            .filter(|stream| {
                stream.dict.get(b"Type").and_then(lopdf::Object::as_name).is_ok_and(|of| of == b"EmbeddedFile")
            })
            .map(|stream| stream.content.clone())
            .collect();
        assert_eq!(attached, [jws.as_bytes()], "as it was signed");
        let fonts = document.objects.values().filter_map(|object| object.as_dict().ok());
        let fonts = fonts.filter_map(|of| of.get(b"FontName").and_then(lopdf::Object::as_name).ok());
        assert!(fonts.into_iter().all(|name| name.get(6) == Some(&b'+')), "no more of a font than is on the page");
        assert!(fs::metadata(&file).unwrap().len() < 100_000);
        let ran = stranger(&["receipts", "verify", file.to_str().unwrap(), "--keys", &keys]).ok();
        assert_eq!((&ran.last()["verified"], &ran.last()["documents"]), (&1.into(), &1.into()), "{ran:?}");
        phone.run(&["receipts", "show", "1", "--as", "pdf", "--to", file.to_str().unwrap()]).failed("file-exists");
    }
    let (one, other) = (page("one.pdf", "zh"), page("other.pdf", "zh"));
    assert!(fs::read(one).unwrap() == fs::read(other).unwrap(), "the same document, the same bytes");
    // What cannot be, in words.
    let to = folder.path().join("no.pdf");
    let to = to.to_str().unwrap();
    for (font, code) in [("/nowhere", "file-unreadable"), (keys.as_str(), "no-font")] {
        phone.run(&["receipts", "show", "1", "--as", "pdf", "--to", to, "--font", font]).failed(code);
    }
    phone.run(&["receipts", "show", "1", "--as", "qr", "--to", to]).failed("no-file-of-it");
    assert_eq!(phone.run(&["receipts", "show", "1", "--as", "pdf"]).status, 2, "where to is asked for");
    assert!(!Path::new(to).exists());
}

#[test]
fn row_46_when_a_page_of_the_file_is_broken_every_list_and_the_export_say_how_much_they_lack() {
    let (folder, phone, _) = all();
    let receipts = phone.run(&["receipts"]).ok();
    let lost = receipts.lines[0]["id"].as_str().unwrap().to_owned();
    let file = phone.profile.join("profile.db");
    let mut bytes = fs::read(&file).unwrap();
    let has = |page: &[u8], text: &str| page.windows(text.len()).any(|here| here == text.as_bytes());
    // A leaf of a table begins with 13; the kind stands in clear beside a document.
    let leaf = |page: &[u8]| page[0] == 13 && has(page, &lost) && has(page, "receipt");
    let page = bytes.chunks(4096).position(leaf).unwrap();
    bytes[page * 4096 + 1024..(page + 1) * 4096].iter_mut().for_each(|byte| *byte ^= 0x55);
    fs::write(&file, bytes).unwrap();
    let listed = phone.run(&["receipts"]).ok();
    let damaged = listed.last()["damaged"].as_u64().unwrap();
    assert!(damaged > 0, "{listed:?}");
    assert_eq!(listed.last()["receipts"].as_u64().unwrap() + damaged, 2);
    assert_eq!(phone.run(&["receipts", "stats"]).ok().last()["damaged"], damaged);
    // By which of its numbers it would be found nobody knows.
    let serial = receipts.lines[0]["receipt"]["bank_serial"].as_str().unwrap();
    for query in ["电", "水", serial] {
        assert_eq!(phone.run(&["receipts", "search", query]).ok().last()["damaged"], damaged, "{query}");
    }
    assert_eq!(phone.run(&["payments"]).ok().last()["payments"], 2);
    phone.run(&["owed"]).ok();
    let ran = phone.run(&["receipts", "verify"]);
    assert!(ran.status != 0 && ran.last()["damaged"] == damaged, "{ran:?}");
    let archive = folder.path().join("rest.zip");
    let made = phone.run(&["export", archive.to_str().unwrap()]).ok();
    assert_eq!((&made.last()["damaged"], &made.last()["payments"]), (&damaged.into(), &2.into()), "{made:?}");
    assert_eq!(made.last()["documents"].as_u64().unwrap() + damaged, 2);
    // And in words.
    for (language, word) in [("en", "cannot be read any more"), ("zh", "已损坏")] {
        let mut command = billpay();
        command.args(["--lang", language, "--profile"]).arg(&phone.profile).arg("receipts");
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(out.contains(word), "{out}");
    }
}

#[test]
fn rows_19_51_52_77_a_person_looks_up_what_was_paid_and_what_is_owed_without_a_network() {
    let (_folder, phone, _) = all();
    let stats = phone.run(&["receipts", "stats"]).ok();
    let receipts = phone.run(&["receipts"]).ok();
    let sum: i64 = receipts.lines.iter().filter_map(|line| line["receipt"]["total"]["minor"].as_i64()).sum();
    assert!(sum > 0);
    assert_eq!(stats.last()["totals"][0]["minor"], sum);
    assert_eq!(stats.last()["receipts"], receipts.last()["receipts"]);
    assert_eq!(phone.run(&["receipts", "stats", "--year", "1999"]).ok().last()["months"], 0);
    let found = phone.run(&["receipts", "search", "电"]).ok();
    assert_eq!(found.last()["receipts"], 1, "{found:?}");
    assert_eq!(phone.run(&["receipts", "search", "没有"]).ok().last()["receipts"], 0);
    let owed = phone.run(&["owed"]).ok();
    let bills = phone.run(&["bills"]).ok();
    let open = |line: &&Value| line["status"] == "open" && line["amount"]["minor"].as_i64() > Some(0);
    let want: i64 = bills.lines.iter().filter(open).filter_map(|line| line["amount"]["minor"].as_i64()).sum();
    assert_eq!(owed.last()["totals"][0]["minor"].as_i64().unwrap_or(0), want);
    // On no terminal there are words and figures alone: nothing that a screen reader spells out.
    for language in ["en", "zh"] {
        let mut command = billpay();
        command.args(["--lang", language, "--profile"]).arg(&phone.profile).args(["receipts", "stats"]);
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(out.contains('%') && !out.contains('█'), "{out}");
    }
}
