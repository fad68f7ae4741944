//! The words of refusals that are not the core's: no number of the system's, no other program's name.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::fs;

use house::{Phone, Sandbox, billpay};
use tempfile::tempdir;

/// What it says on standard error, by the language.
fn said(language: &str, arguments: &[&str]) -> String {
    let ran = billpay().args(["--lang", language]).args(arguments).output().unwrap();
    assert!(!ran.status.success(), "{arguments:?}");
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.starts_with("billpay: "), "{said}");
    assert!(!said.contains("os error"), "{said}");
    said
}

#[test]
fn what_is_misspelt_is_told_in_this_program_s_name() {
    for language in ["en", "zh"] {
        for arguments in [&["pay"][..], &["--nope"], &["payy", "power-sh"]] {
            assert!(said(language, arguments).contains("--help"), "{arguments:?}");
        }
    }
}

#[test]
fn what_is_missing_is_told_without_what_the_environment_names() {
    let ran = billpay().env("BILLPAY_PROFILE", "/nowhere").args(["--lang", "en", "pay"]).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.contains("<BILL>") && !said.contains("--profile"), "{said}");
    // It is where the profile is all the same.
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    let ran = billpay().env("BILLPAY_PROFILE", &phone.profile).args(["--json", "status"]).output().unwrap();
    assert!(String::from_utf8(ran.stdout).unwrap().contains("\"active\":true"));
}

#[test]
fn a_bill_is_found_by_its_number_in_small_letters_and_its_age_is_not_denied_by_its_rows() {
    let folder = tempdir().unwrap();
    let mut sandbox = Sandbox::controlled(folder.path());
    let phone = Phone::ready(folder.path(), &sandbox);
    phone.run(&["bind", "lookup", "property-gh", "b12-0502"]).ok();
    let (_, before) = phone.said(&["--lang", "en", "bills"]);
    assert!(before.contains("last refresh: ") && !before.contains("since"), "{before}");
    sandbox.control("clock 3600000");
    sandbox.control(&format!("revise {} {} 9900", house::POWER.0, house::POWER.2));
    phone.run(&["pay", "POWER-SH", "e0001", "--yes"]).failed("bill-changed-to");
    let (_, after) = phone.said(&["--lang", "en", "bills"]);
    assert!(after.contains("; single bills were heard of since, the last one at "), "{after}");
    let (_, after) = phone.said(&["--lang", "zh", "bills"]);
    assert!(after.contains("上次刷新：") && after.contains("；其后有账单单独更新，最近于"), "{after}");
}

#[test]
fn a_folder_or_port_that_cannot_be_used_is_told_in_words() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("below");
    let (file, below) = (file.to_str().unwrap(), below.to_str().unwrap());
    assert!(said("en", &["sandbox", "--data", file]).contains("a part of the path is no folder"));
    assert!(said("en", &["sandbox", "--data", below]).contains("a part of the path is no folder"));
    assert!(said("zh", &["sandbox", "--data", below]).contains("路径中有一项不是文件夹"));
    assert!(said("en", &["demo", "--keep", below]).contains("a part of the path is no folder"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = said("en", &["sandbox", "--port", &port]);
    assert!(told.contains("the port is taken. Choose another one with --port."), "{told}");
}

#[test]
fn a_profile_whose_keys_have_no_place_is_told_as_that_and_not_as_the_key_store_s() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    let keys = phone.profile.join("keys");
    fs::create_dir_all(&phone.profile).unwrap();
    fs::write(&keys, "in the way").unwrap();
    let ran = phone.run(&["status"]).failed("profile-unwritable");
    assert!(ran.stderr.contains("--profile"), "{}", ran.stderr);
    assert_eq!(fs::read(&keys).unwrap(), b"in the way");
}

#[test]
fn limits_of_a_phone_that_is_not_activated_say_what_to_do_next() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    let mut command = billpay();
    command.args(["--lang", "en", "--profile"]).arg(&phone.profile).args(["--gateway"]).arg(&sandbox.connection);
    let ran = command.arg("limits").output().unwrap();
    let told = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success() && told.contains("billpay activate start"), "{told}");
    assert!(!told.contains("not enabled") && !told.contains("never"), "{told}");
}
