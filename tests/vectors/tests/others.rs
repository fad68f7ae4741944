//! Tools that we did not write agree (features row 83): Python's standard library and openssl check
//! every file, and notice when one is changed.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use vectors::files;

fn check(folder: &Path) -> Output {
    for tool in [["python3", "--version"], ["openssl", "version"]] {
        let [program, question] = tool;
        let there = Command::new(program).arg(question).output().is_ok_and(|output| output.status.success());
        assert!(there, "this test needs the program {program}: install it (Debian: apt-get install python3 openssl)");
    }
    Command::new("python3").arg(files::root().join("check.py")).arg(folder).output().unwrap()
}

/// A copy of the vectors with one text replaced in one file.
fn changed(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for path in files::generate().unwrap().keys() {
        let target = copy.path().join(path);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(files::root().join(path), target).unwrap();
    }
    let text = fs::read_to_string(copy.path().join(file)).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(copy.path().join(file), text.replacen(from, to, 1)).unwrap();
    copy
}

#[test]
fn row_83_python_and_openssl_agree_with_every_vector() {
    let output = check(files::root());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    let checks: usize = out.split(' ').next().unwrap().parse().unwrap();
    assert!(checks > 250, "{out}");
}

#[test]
fn row_83_they_notice_a_changed_file() {
    for (file, from, to) in [
        ("orders/plain.json", "\"digest\": \"", "\"digest\": \"A"),
        ("orders/refused-bit-flip.json", "\"refused\": \"signature\"", "\"refused\": \"sum\""),
        ("outcomes/chain-1-receipt.json", "\"verified\"", "\"invalid\""),
        ("outcomes/bit-flip-payload.json", "\"invalid\"", "\"verified\""),
        ("trust/plain.json", "\"version\": 7", "\"version\": 8"),
        ("trust/plain.json", "2026-11-22T05:02:30Z", "2026-11-22T05:01:30Z"),
        ("outcomes/range-after.json", "\"invalid\"", "\"verified\""),
        ("outcomes/kind-to-come.json", "\"unknown-kind\"", "\"malformed\""),
        ("credentials/refused-after-its-key.json", "\"refused\": \"invalid\"", "\"accepted\": \"\""),
        ("mandates/plain.json", "\"payment_id\": \"", "\"payment_id\": \"0"),
        ("echoes/plain.json", "\"holder_masked\": \"", "\"holder_masked\": \"x"),
        ("leg/refused-too-old.json", "T11:11:41Z", "T11:11:40Z"),
        ("leg/refused-attribute.json", "\"not-a-message\"", "\"too-old\""),
        ("leg/charge.json", "\"sha1\": \"", "\"sha1\": \"0"),
        ("chains.json", "\"missing\"", "\"fork\""),
        ("statistics.json", "12400", "12401"),
        ("outcomes/illegible-bidi.json", "\"illegible\"", "\"verified\""),
        ("keys.json", "\"thumbprint\": \"", "\"thumbprint\": \"A"),
    ] {
        let copy = changed(file, from, to);
        let output = check(copy.path());
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && err.contains("NOT AS PUBLISHED"), "{file}: {err}");
    }
}
