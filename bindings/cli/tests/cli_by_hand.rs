//! What no rule ends, at a terminal (rule 12): the bank came back on a backup, the gas works leaves no
//! tombstones, and two persons at the bank say how the order ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test")]

mod house;

use house::{Phone, Sandbox};
use tempfile::tempdir;

const GAS: (&str, &str, &str) = ("gas-sh", "SG31000182", "G0001");

#[test]
fn rule_12_two_persons_end_a_doubt_that_no_rule_ends_and_the_phone_hears_why() {
    let folder = tempdir().unwrap();
    let script = r#"[{"leg": "biller", "scene": "charge", "biller": "gas-sh", "action": "lose_request"}]"#;
    let mut sandbox = Sandbox::controlled_and_faulty(folder.path(), script);
    let phone = Phone::new(folder.path(), &sandbox);
    phone.activate(&sandbox);
    phone.bind(GAS.0, GAS.1);
    let doubt = phone.run(&["pay", GAS.0, GAS.2, "--yes"]).failed("payment-checking");
    let id = doubt.last()["payment"]["payment_id"].as_str().unwrap().to_owned();
    let backup = folder.path().join("ledger.bak");
    sandbox.control(&format!("backup {}", backup.display()));
    sandbox.control(&format!("restore {}", backup.display()));
    let early = sandbox.control(&format!("rule {id} not-charged Zhao"));
    assert_eq!(early["ok"], false, "it is not on the list yet, or nobody has said it: {early}");

    sandbox.control("clock 1800000");
    phone.run(&["resolve"]).failed("payment-checking");
    let list = sandbox.control("operator");
    assert_eq!((&list["orders"][0]["payment_id"], list["orders"].as_array().unwrap().len()), (&id.clone().into(), 1));
    let mut say = |person: &str| sandbox.control(&format!("rule {id} not-charged {person}"))["step"].clone();
    let heard: Vec<_> = ["赵", "赵", "钱"].into_iter().map(&mut say).collect();
    assert_eq!(heard, ["first", "refused", "reversed"]);

    let resolved = phone.run(&["resolve"]).ok();
    let payment = &resolved.last()["payments"][0];
    assert_eq!((&payment["state"], &payment["reason"]), (&"reversed".into(), &"by-hand".into()));
    let shown = phone.run(&["receipts", "show", &id]).ok();
    assert_eq!((&shown.last()["kind"], &shown.last()["reason"]), (&"reversal".into(), &"by-hand".into()));
    phone.run(&["receipts", "verify"]).ok();
    assert_eq!(sandbox.control("operator")["orders"].as_array().unwrap().len(), 0);
}
