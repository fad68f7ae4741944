//! A disk that is really full, at every size of what is left of it: a small file system of its own,
//! mounted where only the test's processes see it (Linux).
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::{fs, process::Command};

use house::{Phone, Ran, Sandbox, billpay};
use serde_json::Value;
use tempfile::tempdir;

/// A top-up account: it can be paid again and again.
const TOP_UP: (&str, &str, &str) = ("mobile-cn", "13900000001", "M0001");

/// Pays with so little left, then with room again; leaves what each command printed.
const SCRIPT: &str = r#"
set -u
mount -t tmpfs -o size=8m none "$DISK" || exit 9
cp -a "$PROFILE" "$DISK/phone"
cd "$DISK"
b() { name=$1; shift; "$BILLPAY" --json --profile "$DISK/phone" "$@" >"$OUT/$name.out" 2>"$OUT/$name.err"; echo $? >"$OUT/$name.status"; }
for left in 0 8 24 40 56 72 96 128 192 256 512; do
  b refresh bills --refresh
  : >filler
  dd if=/dev/zero of=filler bs=4k 2>/dev/null
  truncate -s "-$((left * 1024))" filler
  b "pay-$left" pay mobile-cn M0001 --amount 10.00 --yes
  rm filler
  b "resolve-$left" resolve
  b "status-$left" status
done
b payments payments
b receipts receipts verify
"#;

#[test]
#[ignore = "mounts a file system, which not every machine allows: ./test runs it where it can"]
fn fault_30_on_a_full_disk_nothing_is_lost_and_nothing_is_paid_that_is_not_told() {
    let folder = tempdir().unwrap();
    let sandbox = Sandbox::start(folder.path(), &[]);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    phone.bind(TOP_UP.0, TOP_UP.1);
    let (disk, out) = (folder.path().join("disk"), folder.path().join("out"));
    fs::create_dir(&disk).unwrap();
    fs::create_dir(&out).unwrap();
    // The same environment as for any run of the program, and a mount that ends with the script.
    let template = billpay();
    // For the system's root, or else for a root of our own.
    let namespaces = [&["--mount"][..], &["--user", "--map-root-user", "--mount"]];
    let may_mount = |flags: &&&[&str]| {
        let tried = Command::new("unshare").args(**flags).args(["mount", "-t", "tmpfs", "none", "/tmp"]).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    let flags = namespaces.iter().find(may_mount).expect("a file system can be mounted here");
    let mut script = Command::new("unshare");
    script.args(*flags).args(["sh", "-c", SCRIPT]);
    for (name, value) in template.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.env("BILLPAY", template.get_program()).env("PROFILE", &phone.profile).env("DISK", &disk).env("OUT", &out);
    let ran = script.output().unwrap();
    assert!(ran.status.success(), "a file system could not be mounted: {}", String::from_utf8_lossy(&ran.stderr));

    let (mut refused, mut paid) = (0, 0);
    for left in [0, 8, 24, 40, 56, 72, 96, 128, 192, 256, 512] {
        let pay = told(&out, &format!("pay-{left}"));
        if pay.status == 0 {
            assert_eq!(pay.last()["payment"]["state"], "settled", "{left}: {pay:?}");
            paid += 1;
        } else if pay.last()["payment"].is_null() {
            // No order was made, and the person is told why.
            let code = pay.last()["error"]["code"].as_str().unwrap().to_owned();
            assert!(["disk-full", "profile-disk-full"].contains(&code.as_str()), "{left}: {pay:?}");
            pay.failed(&code);
            refused += 1;
        } else {
            // An order was made before the disk was full: it is checked, and ends once there is room.
            assert_eq!(pay.last()["payment"]["state"], "checking", "{left}: {pay:?}");
            paid += 1;
        }
        told(&out, &format!("resolve-{left}")).ok();
        let status = told(&out, &format!("status-{left}")).ok();
        assert_eq!((&status.last()["payments"], &status.last()["checking"]), (&Value::from(paid), &Value::from(0)));
    }
    assert!(refused > 0 && paid > 0, "{refused} were refused, {paid} paid");
    assert_eq!(told(&out, "payments").ok().last()["payments"], paid);
    let verified = told(&out, "receipts").ok();
    assert_eq!((&verified.last()["verified"], &verified.last()["invalid"]), (&Value::from(paid), &Value::from(0)));
}

fn told(out: &std::path::Path, name: &str) -> Ran {
    let read = |ending: &str| fs::read_to_string(out.join(format!("{name}.{ending}"))).unwrap();
    let lines = read("out").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Ran { status: read("status").trim().parse().unwrap(), lines, stderr: read("err") }
}
