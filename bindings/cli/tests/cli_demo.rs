//! The demo: what it tells scripts, how it looks without a terminal, and that it sees planted defects.

mod house;

use house::{Ran, billpay};
use tempfile::tempdir;

#[test]
fn the_demo_holds_and_its_summary_is_the_documented_one() {
    let ran = Ran::of(billpay().args(["demo", "--json"]).output().unwrap()).ok();
    let (last, steps) = ran.lines.split_last().unwrap();
    assert!(steps.len() >= 8);
    for step in steps {
        assert!(step["step"].is_string() && step["ok"] == true && step["ms"].is_u64(), "{step}");
    }
    assert_eq!((&last["step"], &last["activated"]), (&"summary".into(), &true.into()));
    let paid = last["paid"].as_array().unwrap();
    for state in ["settled", "reversed", "cancelled"] {
        assert!(paid.iter().any(|payment| payment["state"] == state), "{state}: {paid:?}");
    }
    for payment in paid {
        assert!(payment["payment_id"].is_string() && payment["amount"]["minor"].is_u64(), "{payment}");
        assert_eq!(payment["amount"]["currency"], "CNY");
    }
    assert!(last["bindings"].as_u64().unwrap() >= 2 && last["requests"].as_u64().unwrap() > 10);
    assert_eq!(last["receipts"], last["receipts_verified_offline"]);
    let invariants = last["invariants"].as_object().unwrap();
    assert_eq!(invariants.keys().collect::<Vec<_>>(), ["I1", "I2", "I3", "I4", "I5", "I6"]);
    assert!(invariants.values().all(|holds| holds == true));
}

#[test]
fn row_71_the_demo_speaks_both_languages_and_is_plain_without_a_terminal() {
    for (arguments, locale, wanted) in [
        (&["demo"][..], "C.UTF-8", "Nothing lost, nothing doubled, nothing misreported."),
        (&["demo"][..], "zh_CN.UTF-8", "没有丢失，没有重复，没有误报。"),
        (&["--lang", "zh", "demo"][..], "C.UTF-8", "没有丢失，没有重复，没有误报。"),
    ] {
        let output = billpay().env("LANG", locale).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(wanted), "{text}");
        assert!(!text.contains('\u{1b}'), "no colour without a terminal");
        let longest = text.lines().map(unicode_width::UnicodeWidthStr::width).max();
        assert!(longest <= Some(80), "{longest:?} columns");
    }
}

#[test]
fn the_demo_keeps_its_ledgers_where_it_is_told_and_starts_from_nothing() {
    let folder = tempdir().unwrap();
    let kept = folder.path().join("kept");
    let demo = || Ran::of(billpay().args(["--json", "demo", "--keep"]).arg(&kept).output().unwrap());
    demo().ok();
    for file in ["bank/ledger.db", "bank/billers.db", "phone/profile.db"] {
        assert!(kept.join(file).is_file(), "{file}");
    }
    demo().failed("folder-not-empty");
}

#[test]
fn row_82_planted_defects_that_the_demo_can_see_make_it_fail() {
    let listed = Ran::of(billpay().args(["--json", "demo", "--plants"]).output().unwrap()).ok();
    let plants = listed.lines.iter().filter_map(|line| line.get("plant").map(|name| (name, &line["seen"])));
    let seen: Vec<&str> = plants.filter(|(_, seen)| **seen == true).filter_map(|(name, _)| name.as_str()).collect();
    assert_eq!(seen.len(), 16, "{seen:?}");
    // Some wait for what never comes: a few at a time.
    for few in seen.chunks(4) {
        std::thread::scope(|scope| {
            for plant in few {
                scope.spawn(move || {
                    let ran = Ran::of(billpay().args(["--json", "demo", "--plant", plant]).output().unwrap());
                    assert_eq!(ran.failed("demo-failed").last()["step"], "summary", "{plant}");
                });
            }
        });
    }
    Ran::of(billpay().args(["--json", "demo", "--plant", "nothing"]).output().unwrap()).failed("unknown-plant");
}
