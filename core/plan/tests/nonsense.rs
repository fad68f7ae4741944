//! Bad input: a clear error or a default that is written down, and nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "oracle/cases.rs"]
mod cases;

use billpay_plan::{Bill, Caps, Policy, PolicyError, Wishes, plan, zone};
use cases::bill;
use serde_json::{Value, json};

fn wishes(value: Value) -> Result<Wishes, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn policy(value: Value) -> Result<Policy, PolicyError> {
    Policy::try_from(wishes(value).unwrap())
}

#[test]
fn nothing_said_is_the_default() {
    assert_eq!(wishes(json!({})), Ok(Wishes::default()));
    assert_eq!(Policy::try_from(Wishes::default()), Ok(Policy::default()));
    // And it can be written down and read again.
    assert_eq!(wishes(serde_json::to_value(Wishes::default()).unwrap()), Ok(Wishes::default()));
}

#[test]
fn a_policy_of_nonsense_says_what_is_wrong_with_it() {
    for (value, said) in [
        (json!({ "lead_day": [1] }), "unknown field `lead_day`"),
        (json!({ "at": "9:00" }), "not a time of day"),
        (json!({ "at": "24:00" }), "not a time of day"),
        (json!({ "at": "09:60" }), "not a time of day"),
        (json!({ "at": "+9:00" }), "not a time of day"),
        (json!({ "quiet": { "from": "22:00" } }), "missing field `to`"),
        (json!({ "redaction": 3 }), "the levels are 0"),
        (json!({ "redaction": "2" }), "invalid type"),
        (json!({ "channels": ["pigeon"] }), "unknown variant `pigeon`"),
        (json!({ "language": "fr" }), "unknown variant `fr`"),
        (json!({ "lead_days": [-1] }), "invalid value"),
        (json!({ "lead_days": [70000] }), "invalid value"),
    ] {
        let error = wishes(value.clone()).expect_err("nonsense");
        assert!(error.contains(said), "{value}: {error}");
    }
    let too_many: Vec<u16> = (0..65).collect();
    let muted: Vec<String> = (0..501).map(|nth| format!("b{nth}")).collect();
    let put_off = json!({ "bill": "b", "from": "2026-01-02T00:00:00Z", "until": "2026-01-03T00:00:00Z" });
    let snooze = |from: &str, until: &str| json!({ "snoozed": [{ "bill": "b", "from": from, "until": until }] });
    for (value, error) in [
        (json!({ "lead_days": [367] }), PolicyError::Days("lead_days")),
        (json!({ "lead_days": too_many }), PolicyError::Days("lead_days")),
        (json!({ "overdue_days": [0] }), PolicyError::Days("overdue_days")),
        (json!({ "overdue_every": 367 }), PolicyError::TooFar("overdue_every")),
        (json!({ "horizon_days": 0 }), PolicyError::TooFar("horizon_days")),
        (json!({ "horizon_days": 367 }), PolicyError::TooFar("horizon_days")),
        (json!({ "muted": muted }), PolicyError::TooMany("muted")),
        (json!({ "snoozed": vec![put_off; 501] }), PolicyError::TooMany("snoozed")),
        (snooze("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"), PolicyError::Snooze { bill: "b".to_owned() }),
        (snooze("2026-01-02T00:00:00Z", "2027-01-04T00:00:00Z"), PolicyError::Snooze { bill: "b".to_owned() }),
    ] {
        assert_eq!(policy(value.clone()), Err(error), "{value}");
    }
}

#[test]
fn a_date_that_does_not_exist_is_refused_by_name() {
    for date in ["2026-02-30", "2026-13-01", "2026-00-10", "soon", "2026-1-1"] {
        let mut one = serde_json::to_value(bill("b", "2026-12-05")).unwrap();
        one["due_date"] = date.into();
        assert!(serde_json::from_value::<Bill>(one).is_err(), "{date}");
    }
}

#[test]
fn a_zone_that_is_not_known_is_a_typed_error() {
    for name in ["Asia/Atlantis", "", "UTC+8", "CST-8", "+08:00", "../../etc/passwd", &"x".repeat(10_000)] {
        let error = zone(name).expect_err(name);
        assert!(error.0.len() <= 64 && name.starts_with(&error.0), "{error}");
    }
    for name in ["Asia/Shanghai", "UTC", "America/Argentina/ComodRivadavia"] {
        assert!(zone(name).is_ok(), "{name}");
    }
}

#[test]
fn what_cannot_be_reminded_of_is_left_out_and_takes_nothing_with_it() {
    let now = "2026-11-25T04:00:00Z".parse().unwrap();
    let shanghai = zone("Asia/Shanghai").unwrap();
    let all = |bills: &[Bill]| plan(bills, &Policy::default(), now, &shanghai, &shanghai, Caps::NONE);
    let sound = all(&[bill("b", "2026-12-05")]);
    let mut odd = [bill("a", "2026-12-05"), bill("c", "2026-12-05"), bill("d", "2026-12-05")];
    odd[0].due_date = None;
    odd[1].amount.minor = i64::MIN;
    odd[2].status = billpay_plan::Status::Done;
    let [a, c, d] = odd;
    assert_eq!(all(&[a, bill("b", "2026-12-05"), c, d]), sound);
}
