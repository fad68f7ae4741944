//! Rows 37 to 40 and 42 of the features: every planned moment is the one that a program in another language finds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "oracle/cases.rs"]
mod cases;
#[path = "oracle/mod.rs"]
mod oracle;
#[path = "oracle/sweep.rs"]
mod sweep;

use std::collections::BTreeSet;

use billpay_plan::{Quiet, Snooze, TimeOfDay, Wishes};
use cases::bill;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use oracle::{Case, Oracle};
use proptest::{
    prelude::*,
    test_runner::{TestRng, TestRunner},
};

fn time(text: &str) -> TimeOfDay {
    TimeOfDay::try_from(text.to_owned()).unwrap()
}

fn quiet(from: &str, to: &str) -> Option<Quiet> {
    Some(Quiet { from: time(from), to: time(to) })
}

fn case(now: &str) -> Case {
    Case {
        bills: Vec::new(),
        wishes: Wishes::default(),
        now: now.parse().unwrap(),
        bank: "Asia/Shanghai".to_owned(),
        phone: "Asia/Shanghai".to_owned(),
        most: None,
    }
}

#[test]
fn row_37_every_set_of_leads_for_every_date_of_a_year() {
    let mut oracle = Oracle::start();
    let first: Date = "2027-12-20".parse().unwrap();
    for day in 0..372 {
        let due = first.checked_add(day.days()).unwrap();
        for set in 0_u16..16 {
            // Each date meets one set and its complement; each set meets every day of a month.
            if i64::from(set % 8) != i64::from(day) % 8 {
                continue;
            }
            let lead_days = [0, 1, 3, 7].into_iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            let wishes = Wishes { lead_days: lead_days.map(|(_, lead)| lead).collect(), ..Wishes::default() };
            let now = due.checked_sub(9.days()).unwrap();
            let bills = vec![bill("b", &due.to_string())];
            oracle.agrees(&Case { bills, wishes, ..case(&format!("{now}T01:00:00Z")) });
        }
    }
}

#[test]
fn row_38_days_overdue_are_days_of_the_banks_calendar() {
    let mut oracle = Oracle::start();
    // From before the date until two years after it, in steps that visit every hour of the day.
    let start: Timestamp = "2027-02-20T00:30:00Z".parse().unwrap();
    for step in 0..500 {
        let now = start + SignedDuration::from_hours(35 * step);
        for (bank, phone) in [("Asia/Shanghai", "Asia/Shanghai"), ("Asia/Shanghai", "America/Los_Angeles")] {
            let bills = vec![bill("b", "2027-02-28")];
            let (bank, phone) = (bank.to_owned(), phone.to_owned());
            oracle.agrees(&Case { bills, now, bank, phone, ..case("2027-02-20T00:30:00Z") });
        }
    }
}

/// Zones in which a day is not 24 hours, or midnight does not exist, or comes twice.
const ODD: [&str; 14] = [
    "America/Los_Angeles",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
];

#[test]
fn row_40_gap_and_overlap_days_of_odd_zones() {
    let mut oracle = Oracle::start();
    let quiets =
        [None, quiet("22:00", "08:00"), quiet("01:30", "02:30"), quiet("00:00", "03:15"), quiet("23:30", "00:00")];
    for name in ODD {
        let zone = billpay_plan::zone(name).unwrap();
        for start in ["2022-01-01T00:00:00Z", "2031-01-01T00:00:00Z"] {
            for (turn, jump) in zone.following(start.parse().unwrap()).take(4).enumerate() {
                for (hours, at) in [(-30, "00:00"), (-30, "02:30"), (-3, "00:30"), (1, "23:45"), (-52, "09:00")] {
                    let now = jump.timestamp() + SignedDuration::from_hours(hours);
                    let day = zone.to_datetime(jump.timestamp()).date();
                    let dues = [0, 1, 2].map(|ahead| day.checked_add(ahead.days()).unwrap().to_string());
                    let bills = dues.iter().map(|due| bill(due, due)).collect::<Vec<_>>();
                    let quiet = quiets[(turn + hours.unsigned_abs() as usize + at.len()) % quiets.len()];
                    let wishes = Wishes { at: time(at), quiet, ..Wishes::default() };
                    for (bank, phone) in [("Asia/Shanghai", name), (name, "Asia/Shanghai"), (name, name)] {
                        let (bank, phone) = (bank.to_owned(), phone.to_owned());
                        let (bills, wishes) = (bills.clone(), wishes.clone());
                        oracle.agrees(&Case { bills, wishes, now, bank, phone, most: None });
                    }
                }
            }
        }
    }
}

#[test]
fn row_40_a_slice_of_the_sweep_through_every_zone() {
    let mut oracle = Oracle::start();
    let mut asked = 0;
    for (index, name) in sweep::zones().into_iter().enumerate() {
        // A year of each, another one from zone to zone; all of them are for `--example sweep`.
        for case in sweep::cases(&name, 2020 + i16::try_from(index * 5 % 21).unwrap(), false) {
            oracle.agrees(&case);
            asked += 1;
        }
    }
    assert!(asked > 1000, "{asked}");
}

/// Any times, days, zones, snoozes, caps: the shapes that nobody thought of.
fn any_case() -> impl Strategy<Value = Case> {
    let minute = (0_u8..24, 0_u8..60).prop_map(|(hour, minute)| TimeOfDay { hour, minute });
    let quiet = proptest::option::of((minute.clone(), minute.clone()).prop_map(|(from, to)| Quiet { from, to }));
    let days = |first: u16| proptest::collection::vec(prop_oneof![first..8, first..60], 0..5);
    let wishes = (days(0), days(1), prop_oneof![Just(0_u16), 1..40_u16], minute, quiet, 1..90_u16);
    let zone = || prop_oneof![Just("Asia/Shanghai"), proptest::sample::select(&ODD[..])];
    // 2026-01-01 and the ten years after it, to the second.
    let now = 1_767_225_600_i64..2_082_758_400;
    let failed = proptest::option::weighted(0.3, prop_oneof![-200_000_i64..10_000, -5_000_000_i64..9_000_000]);
    let bills = proptest::collection::vec((-80_i64..90, 0_u8..8, failed), 0..6);
    let snooze = proptest::option::of((-20_000_i64..20_000, 1_i64..40_000));
    // Of what was told it is known of some when.
    let when = proptest::option::of(prop_oneof![4 => -200_000_i64..1_000, 1 => -4_000_000_i64..400_000]);
    let told = proptest::collection::vec((any::<proptest::sample::Index>(), 0_u8..6, when), 0..4);
    (wishes, zone(), zone(), now, bills, snooze, told, proptest::option::of(0_usize..30)).prop_map(
        |(
            (lead_days, overdue_days, overdue_every, at, quiet, horizon_days),
            bank,
            phone,
            now,
            dues,
            snooze,
            told,
            most,
        )| {
            let now = Timestamp::from_second(now).unwrap();
            let today = now.to_zoned(billpay_plan::zone(bank).unwrap()).date();
            let mut bills = Vec::new();
            for (index, (ahead, shape, failed)) in dues.into_iter().enumerate() {
                let mut one = bill(&format!("b{index}"), &today.checked_add(ahead.days()).unwrap().to_string());
                one.failed_at = failed.map(|ago| now + SignedDuration::from_secs(ago));
                match shape {
                    0 => one.status = billpay_plan::Status::Checking,
                    1 => one.status = billpay_plan::Status::Done,
                    2 => one.biller = "muted".to_owned(),
                    3 => one.amount.minor = 0,
                    _ => {}
                }
                bills.push(one);
            }
            let snoozed = snooze.into_iter().map(|(from, long)| Snooze {
                bill: "b0".to_owned(),
                from: now + SignedDuration::from_mins(from),
                until: now + SignedDuration::from_mins(from + long),
            });
            let wishes = Wishes {
                lead_days,
                overdue_days,
                overdue_every,
                at,
                quiet,
                horizon_days,
                snoozed: snoozed.filter(|it| it.until > it.from).collect(),
                muted: BTreeSet::from(["muted".to_owned()]),
                ..Wishes::default()
            };
            let (bank, phone) = (bank.to_owned(), phone.to_owned());
            let mut case = Case { bills, wishes, now, bank, phone, most: None };
            let ids: Vec<String> = case.ours().into_iter().map(|line| line.0).collect();
            if !ids.is_empty() {
                // A payment that came to nothing may have been told before the due date moved, or before one has settled.
                for (index, twist, when) in &told {
                    let id = index.get(&ids);
                    case.wishes.told_at.extend(when.map(|when| (id.clone(), now + SignedDuration::from_secs(when))));
                    let Some(one) = case.bills.iter_mut().find(|one| id.contains(".f") && id.starts_with(&one.id))
                    else {
                        continue;
                    };
                    match twist {
                        0 => one.failed_at = None,
                        1 => one.due_date = one.due_date.map(|due| due.checked_add(2.days()).unwrap()),
                        _ => {}
                    }
                }
                // Every other one was told as being checked; of bills that are so some, and some that are not.
                let told = told.iter().enumerate().map(|(nth, (index, ..))| (nth % 2 == 1, index.get(&ids).clone()));
                let (checking, due): (Vec<_>, Vec<_>) = told.partition(|(checking, _)| *checking);
                case.wishes.told = due.into_iter().map(|(_, id)| id).collect();
                case.wishes.told_checking = checking.into_iter().map(|(_, id)| id).collect();
            }
            Case { most, ..case }
        },
    )
}

#[test]
fn rows_37_to_42_any_policy_in_any_zone_at_any_time() {
    let oracle = std::cell::RefCell::new(Oracle::start());
    // The same cases in each run; `BILLPAY_CASES` asks for more of them than that.
    let cases = std::env::var("BILLPAY_CASES").ok().map_or(1500, |cases| cases.parse().unwrap());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, rng)
        .run(&any_case(), |case| {
            prop_assert_eq!(oracle.borrow_mut().ask(&case), case.ours(), "{:?}", case);
            Ok(())
        })
        .unwrap();
}
