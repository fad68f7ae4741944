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
