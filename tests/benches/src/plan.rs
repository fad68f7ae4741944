//! The plan of reminders for 500 bills (core/plan), against the budget of a millisecond: half of them with a date to
//! come, half late, in two zones, with the quiet hours in the way, and as many as Android has room for.

use billpay_core::reminders::{Amount, Bill, Caps, Policy, Status, Wishes, plan, zone};
use jiff::{Timestamp, ToSpan as _, civil::date};

use crate::{Figure, figure::micros};

const BILLS: i64 = 500;
const ROUNDS: usize = 200;
/// In microseconds.
const BUDGET: f64 = 1_000.0;

/// Measures.
///
/// # Panics
/// Where a zone is not known.
#[must_use]
pub fn measure() -> Figure {
    let bill = |nth: i64| Bill {
        id: format!("{nth:043}~{nth:043}"),
        biller: "power-sh".to_owned(),
        name_zh: "市电力公司".to_owned(),
        name_en: "City Power".to_owned(),
        number_masked: "******1017".to_owned(),
        number: None,
        amount: Amount { minor: 12_345 + nth, currency: "CNY".to_owned() },
        due_date: date(2026, 11, 22).checked_add((nth % 80 - 40).days()).ok(),
        status: if nth % 50 == 0 { Status::Checking } else { Status::Open },
        failed_at: None,
        method: Some("储蓄卡 尾号1234".to_owned()),
    };
    let bills: Vec<Bill> = (0..BILLS).map(bill).collect();
    let policy = Policy::try_from(Wishes::default()).expect("a policy");
    let (bank, phone) = (zone("Asia/Shanghai").expect("a zone"), zone("America/Los_Angeles").expect("a zone"));
    let now: Timestamp = "2026-11-22T15:30:00Z".parse().expect("a moment");
    let mut ours = Vec::new();
    for _ in 0..ROUNDS {
        let (planned, time) = micros(|| plan(&bills, &policy, now, &bank, &phone, Caps::ANDROID));
        assert_eq!(planned.len(), Caps::ANDROID.most);
        ours.push(time);
    }
    Figure::of("plan() of 500 bills", &mut ours, &mut [BUDGET], "the budget of a millisecond".to_owned()).at_most(1.0)
}
