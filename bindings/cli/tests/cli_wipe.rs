//! `billpay wipe`, `billpay change-key` and `billpay doctor --bundle` (rows 57, 75 and 104; I8), with real processes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops where it fails")]

mod house;

use std::{fs, path::Path};

use canaries::Net;
use house::{PHONE, POWER, Phone, Sandbox};
use tempfile::tempdir;

/// Every file under a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    all
}

#[test]
fn row_75_after_a_wipe_nothing_of_the_profile_or_its_keys_is_in_its_folder() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let paid = phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let id = paid.last()["payment"]["payment_id"].as_str().unwrap().to_owned();
    let keys: Vec<(String, Vec<u8>)> =
        files(&phone.profile.join("keys")).into_iter().filter(|(name, _)| !name.ends_with("kept-in")).collect();
    assert!(
        keys.len() >= 3,
        "a root key and two of the device: {:?}",
        keys.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    let values = keys.iter().map(|(_, key)| ("key", key.as_slice())).chain([("payment", id.as_bytes())]);
    let net = Net::of(values).unwrap();
    let left = |name: &str| {
        files(&phone.profile).iter().filter(|(_, bytes)| net.caught(bytes).iter().any(|one| one.name == name)).count()
    };
    assert!(left("key") >= 3 && left("payment") > 0, "the net is a sieve");
    phone.run(&["wipe"]).failed("not-confirmed");
    assert!(left("key") >= 3);
    assert_eq!(phone.run(&["wipe", "--yes"]).ok().last()["wiped"], true);
    assert_eq!((left("key"), left("payment")), (0, 0));
    let names: Vec<String> =
        files(&phone.profile).into_iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(names, Vec::<String>::new());
    // Once more: nothing is made, only to be wiped; with or without a bank to talk to.
    for phone in [&phone, &Phone::without_gateway(folder.path())] {
        let again = phone.run(&["wipe", "--yes"]).ok();
        assert_eq!((&again.last()["wiped"], &again.last()["already_empty"]), (&false.into(), &true.into()));
        assert!(!phone.profile.join("profile.db").exists());
    }
    let (_, said) = phone.said(&["--lang", "zh", "wipe"]);
    assert!(said.starts_with("这里没有资料，无需清除："), "{said}");
}

/// What it says to a person, and the status.
fn said(phone: &Phone, arguments: &[&str]) -> (i32, String) {
    let mut command = house::billpay();
    command.arg("--profile").arg(&phone.profile).args(arguments);
    let ran = command.output().unwrap();
    let text = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (ran.status.code().unwrap(), text)
}

#[test]
fn row_75_a_wipe_waits_for_what_is_being_checked_unless_it_is_told_not_to_and_says_so_in_both_languages() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "client", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
        {"leg": "client", "path": "/v1/payments/*", "action": "lose_answer"}]"#;
    let sandbox = Sandbox::faulty(folder.path(), script);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).failed("payment-checking");
    phone.run(&["wipe", "--yes"]).failed("payments-open");
    let (status, english) = said(&phone, &["--lang", "en", "wipe", "--yes"]);
    assert_ne!(status, 0);
    assert!(english.contains("nothing was wiped") && english.contains("--open-payments"), "{english}");
    let (status, chinese) = said(&phone, &["--lang", "zh", "wipe", "--yes"]);
    assert_ne!(status, 0);
    assert!(chinese.contains("没有清除任何内容") && chinese.contains("--open-payments"), "{chinese}");
    assert!(phone.profile.join("profile.db").exists());
    let wiped = phone.run(&["wipe", "--yes", "--open-payments"]).ok();
    assert_eq!(wiped.last()["wiped"], true);
    let left: Vec<String> =
        files(&phone.profile).into_iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name).collect();
    assert_eq!(left, Vec::<String>::new());
}

/// The file of the root key. Its name is `….root` in hex, and it ends with the key.
fn root(phone: &Phone) -> (String, Vec<u8>) {
    let mut roots = files(&phone.profile.join("keys"));
    roots.retain(|(name, _)| name.ends_with("2e726f6f74.secret"));
    assert_eq!(roots.len(), 1, "{:?}", roots.iter().map(|(name, _)| name).collect::<Vec<_>>());
    roots.remove(0)
}

#[test]
fn row_57_after_a_change_of_the_key_everything_is_there_and_the_old_key_is_nowhere() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let all = || ["payments", "receipts"].map(|what| phone.run(&[what]).ok().lines);
    let ((path, old), before) = (root(&phone), all());
    let changed = phone.run(&["change-key"]).ok();
    assert_eq!(changed.last()["changed"], true);
    let (_, new) = root(&phone);
    assert_ne!(old, new);
    assert_eq!(before, all());
    phone.run(&["receipts", "verify"]).ok();
    let net = Net::of([("old key", &old[old.len() - 32..])]).unwrap();
    assert_eq!(net.caught(&old).len(), 1, "the net is a sieve");
    for (name, bytes) in files(&phone.profile) {
        assert_eq!(net.caught(&bytes), [], "{name}");
    }
    // Nothing opens by the old key any more.
    fs::write(&path, &old).unwrap();
    phone.run(&["payments"]).failed("key-lost");
    fs::write(&path, &new).unwrap();
    let (status, english) = said(&phone, &["--lang", "en", "change-key"]);
    assert!(status == 0 && english.contains("new root key"), "{english}");
    let (status, chinese) = said(&phone, &["--lang", "zh", "change-key"]);
    assert!(status == 0 && chinese.contains("新的主密钥"), "{chinese}");
    assert_eq!(before, all());
}

#[test]
fn row_57_where_the_key_is_lost_a_change_says_so_and_puts_none_in_its_place() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    let (path, key) = root(&phone);
    fs::remove_file(&path).unwrap();
    let keys = files(&phone.profile.join("keys"));
    phone.run(&["change-key"]).failed("key-lost");
    assert_eq!(files(&phone.profile.join("keys")), keys);
    fs::write(&path, key).unwrap();
    phone.run(&["bind", "list"]).ok();
}

#[test]
fn row_104_i8_the_bundle_says_how_things_stand_and_nothing_that_is_anybodys() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["pay", POWER.0, POWER.2, "--yes"]).ok();
    let file = folder.path().join("bundle.txt");
    let name = file.to_str().unwrap();
    phone.run(&["doctor", "--bundle", name]).ok();
    let text = fs::read_to_string(&file).unwrap();
    for fact in
        ["billpay: 0.", "schema: 2", "active: yes", "bindings: 1", "documents: 1", "documents that do not verify: 0"]
    {
        assert!(text.lines().any(|line| line.starts_with(fact)), "{fact} is not in\n{text}");
    }
    assert!(text.lines().any(|line| line.starts_with("payment: 2") && line.contains("settled")), "{text}");
    let mut values: Vec<(&str, Vec<u8>)> = [
        ("phone", PHONE),
        ("customer number", POWER.1),
        ("name", "王小明"),
        ("masked name", "**明"),
        ("customer", "王*"),
        ("address", "世纪大道"),
        ("payee", "上海电力"),
        ("amount", "123.45"),
        ("minor", "12345"),
        ("masked number", "*017"),
        ("device", "billpay terminal"),
        ("gateway", "https://"),
        ("folder", folder.path().to_str().unwrap()),
    ]
    .map(|(name, text)| (name, text.as_bytes().to_vec()))
    .into();
    values.extend(
        files(&phone.profile.join("keys"))
            .into_iter()
            .filter(|(name, _)| !name.ends_with("kept-in"))
            .map(|(_, key)| ("key", key)),
    );
    let net = Net::of(values.iter().map(|(name, value)| (*name, value.as_slice()))).unwrap();
    assert_eq!(net.caught(text.as_bytes()), [], "{text}");
    // Also of a profile that does not open, and of one whose key is lost: the name of the error, and no more.
    fs::write(phone.profile.join("profile.db"), [7; 8192]).unwrap();
    // What is there may be somebody's: it stays.
    let there = phone.run(&["doctor", "--bundle", name]);
    assert_eq!((there.status, &there.last()["error"]["code"]), (1, &"file-exists".into()));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let file = folder.path().join("second.txt");
    phone.run(&["doctor", "--bundle", file.to_str().unwrap()]).ok();
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("profile: error profile-damaged\n"), "{text}");
    assert_eq!(net.caught(text.as_bytes()), [], "{text}");
}
