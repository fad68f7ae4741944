//! Rows 39 and 41: there is never more than there is room for, the soonest stays, and what changes in the operating
//! system is exactly what has to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "oracle/cases.rs"]
mod cases;

use std::collections::{BTreeMap, BTreeSet};

use billpay_plan::{
    Bill, Caps, Held, Kind, Policy, Redaction, Reminder, Report, Status, TAIL, Unarmed, Why, Wishes, diff, health,
    plan, zone,
};
use cases::bill;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

fn at(now: &str) -> Timestamp {
    now.parse().unwrap()
}

fn planned(bills: &[Bill], now: Timestamp, caps: Caps) -> Vec<Reminder> {
    let shanghai = zone("Asia/Shanghai").unwrap();
    plan(bills, &Policy::default(), now, &shanghai, &shanghai, caps)
}

fn many(count: usize) -> Vec<Bill> {
    let first: jiff::civil::Date = "2026-11-20".parse().unwrap();
    let due = |index: usize| first.checked_add(((index * 7 % 90) as i64).days()).unwrap().to_string();
    (0..count).map(|index| bill(&format!("bill-{index:05}"), &due(index))).collect()
}

#[test]
fn row_39_the_soonest_are_kept_and_the_last_asks_to_open_the_app() {
    let (bills, now) = (many(200), at("2026-11-25T04:00:00Z"));
    let whole = planned(&bills, now, Caps::NONE);
    for most in [0, 1, 2, 3, 63, 64, 65, 500, whole.len() - 1, whole.len(), whole.len() + 1] {
        let some = planned(&bills, now, Caps { most });
        assert!(some.len() <= most, "{most}");
        let kept: Vec<&Reminder> = some.iter().filter(|it| it.kind != Kind::Tail).collect();
        assert!(kept.iter().zip(&whole).all(|(one, other)| *one == other), "{most}");
        if most >= whole.len() {
            assert_eq!(some, whole);
        } else if most > 1 {
            // The tail stands where the first one was left out, and is one of those that there is room for.
            let last = some.last().unwrap();
            assert_eq!((last.id.as_str(), last.at, some.len()), (TAIL, whole[most - 1].at, most));
        } else {
            assert_eq!(kept.len(), most);
        }
    }
}

#[test]
fn row_39_the_same_input_gives_the_same_bytes_in_whatever_order_it_comes() {
    let (mut bills, now) = (many(300), at("2026-11-25T04:00:00Z"));
    let bytes = |bills: &[Bill]| serde_json::to_vec(&planned(bills, now, Caps::IOS)).unwrap();
    let first = bytes(&bills);
    assert_eq!(bytes(&bills), first);
    bills.reverse();
    assert_eq!(bytes(&bills), first);
    // A bill that is there twice counts once.
    bills.extend(many(10));
    assert_eq!(bytes(&bills), first);
}

#[test]
fn ten_thousand_bills_and_dates_from_one_end_of_the_calendar_to_the_other_are_planned() {
    let mut bills = many(10_000);
    bills.push(bill("old", "-009999-01-01"));
    bills.push(bill("far", "9999-12-31"));
    let some = planned(&bills, at("2026-11-25T04:00:00Z"), Caps::ANDROID);
    assert_eq!(some.len(), 500);
    let ids: BTreeSet<&str> = some.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids.len(), 500);
    assert!(some[..499].is_sorted_by_key(|it| (it.at, it.bill.clone())) && some[499].id == TAIL);
    for now in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
        assert!(planned(&bills, now, Caps::IOS).len() <= 64, "{now}");
    }
}

#[test]
fn rolling_on_fills_the_places_that_have_become_free() {
    let bills = many(200);
    let (mut now, mut held): (Timestamp, Vec<Held>) = (at("2026-11-25T04:00:00Z"), Vec::new());
    for _ in 0..30 {
        let some = planned(&bills, now, Caps::IOS);
        assert_eq!(some.len(), 64);
        let changes = diff(&some, &held);
        assert!(changes.add.len() + changes.keep.len() == 64);
        held = some.into_iter().map(|Reminder { id, mark, .. }| Held { id, mark }).collect();
        now += jiff::SignedDuration::from_hours(24);
    }
}

#[test]
fn what_is_told_late_is_armed_anew_where_its_moment_has_changed_and_kept_from_minute_to_minute() {
    let quiet_until = |to: &str| serde_json::from_value(serde_json::json!({ "from": "22:00", "to": to })).unwrap();
    let wishes = |to: &str| Wishes { quiet: quiet_until(to), redaction: Redaction::Everything, ..Wishes::default() };
    let late = |now: &str, to: &str, phone: &str| {
        let policy = Policy::try_from(wishes(to)).unwrap();
        let (bank, phone) = (zone("Asia/Shanghai").unwrap(), zone(phone).unwrap());
        let all = plan(&[bill("b", "2026-12-05")], &policy, at(now), &bank, &phone, Caps::IOS);
        all.into_iter().find(|it| it.late).unwrap_or_else(|| panic!("{now}"))
    };
    let held = |it: &Reminder| [Held { id: it.id.clone(), mark: it.mark.clone() }];
    let kept = |one: &Reminder, other: &Reminder| {
        assert_eq!(
            (&one.id, &one.title, &one.body),
            (&other.id, &other.title, &other.body),
            "their words are the same"
        );
        diff(std::slice::from_ref(other), &held(one)).add.is_empty()
    };
    // The third day before: over in Shanghai at night, and told when the quiet hours end.
    let (night, longer) = (
        late("2026-12-02T15:00:00Z", "08:00", "Asia/Shanghai"),
        late("2026-12-02T15:00:00Z", "10:00", "Asia/Shanghai"),
    );
    assert_eq!((night.at, longer.at), (at("2026-12-03T00:00:00Z"), at("2026-12-03T02:00:00Z")));
    assert!(!kept(&night, &longer), "it would ring in the quiet hours");
    assert!(kept(&night, &late("2026-12-02T15:01:00Z", "08:00", "Asia/Shanghai")));
    // From the night of Los Angeles to the afternoon of Shanghai.
    let there = late("2026-12-02T07:00:00Z", "08:00", "America/Los_Angeles");
    let here = late("2026-12-02T07:10:00Z", "08:00", "Asia/Shanghai");
    assert_eq!((there.at, here.at), (at("2026-12-02T16:00:00Z"), at("2026-12-02T07:11:00Z")));
    assert!(!kept(&there, &here), "it would ring at midnight");
    // At once, from minute to minute; and by a clock that was set back.
    let now = late("2026-12-03T04:00:00Z", "08:00", "Asia/Shanghai");
    assert!(kept(&now, &late("2026-12-03T04:01:00Z", "08:00", "Asia/Shanghai")));
    assert!(!kept(&now, &late("2026-12-02T04:00:00Z", "08:00", "Asia/Shanghai")), "it would ring a day later");
}

/// A plan of some bills, and what an operating system that had another one armed holds.
fn two_plans() -> impl Strategy<Value = (Vec<Reminder>, Vec<Held>)> {
    let bills = proptest::collection::vec((0_usize..40, 0_u8..4), 0..30);
    (bills.clone(), bills, 0_usize..80).prop_map(|(one, other, most)| {
        let made = |some: Vec<(usize, u8)>| {
            let all = many(40);
            let some: BTreeMap<usize, u8> = some.into_iter().collect();
            let bills: Vec<Bill> = some
                .into_iter()
                .map(|(index, shape)| {
                    let mut bill = all[index].clone();
                    match shape {
                        0 => bill.status = Status::Checking,
                        1 => bill.amount.minor += 1,
                        _ => {}
                    }
                    bill
                })
                .collect();
            planned(&bills, at("2026-11-25T04:00:00Z"), Caps { most })
        };
        let held = made(other).into_iter().map(|Reminder { id, mark, .. }| Held { id, mark }).collect();
        (made(one), held)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_39_after_the_difference_the_system_holds_the_plan_and_nothing_else((plan, held) in two_plans()) {
        let changes = diff(&plan, &held);
        let mut system: BTreeMap<String, String> = held.iter().map(|it| (it.id.clone(), it.mark.clone())).collect();
        for id in &changes.cancel {
            prop_assert!(system.remove(id).is_some());
        }
        for id in &changes.keep {
            // What is kept is what is planned, word for word.
            prop_assert!(plan.iter().any(|it| &it.id == id && system.get(id) == Some(&it.mark)));
        }
        for it in &changes.add {
            // Nothing is armed that is armed already.
            prop_assert_ne!(system.insert(it.id.clone(), it.mark.clone()), Some(it.mark.clone()));
        }
        let wanted: BTreeMap<String, String> = plan.iter().map(|it| (it.id.clone(), it.mark.clone())).collect();
        prop_assert_eq!(system, wanted);
        let (cancel, keep): (BTreeSet<_>, BTreeSet<_>) = (changes.cancel.iter().collect(), changes.keep.iter().collect());
        prop_assert!(cancel.is_disjoint(&keep) && changes.add.iter().all(|it| !cancel.contains(&it.id) && !keep.contains(&it.id)));
    }
}

#[test]
fn row_41_each_one_that_nobody_will_see_is_named_with_its_reason() {
    let (bills, now) = (many(100), at("2026-11-25T04:00:00Z"));
    let (whole, capped) = (planned(&bills, now, Caps::NONE), planned(&bills, now, Caps::IOS));
    let all: BTreeSet<String> = capped.iter().map(|it| it.id.clone()).collect();
    let good = Report { accepted: all.clone(), notifications: true, permission: true, battery_saver: false };
    let named = |report: &Report| health(&whole, &capped, report);
    let why = |unarmed: &[Unarmed]| unarmed.iter().map(|it| it.why).collect::<Vec<Why>>();
    // Only what there is no room for, and each of that.
    let over = named(&good);
    let left: BTreeSet<&str> = whole.iter().map(|it| it.id.as_str()).filter(|id| !all.contains(*id)).collect();
    assert!(over.iter().all(|it| it.why == Why::Cap) && left == over.iter().map(|it| it.id.as_str()).collect());
    assert!(health(&capped, &capped, &good).is_empty());
    // Off is off, whatever was accepted.
    let off = health(&capped, &capped, &Report { notifications: false, ..good.clone() });
    assert_eq!(why(&off), vec![Why::NotificationsOff; capped.len()]);
    let none = |report: Report| why(&health(&capped, &capped, &Report { accepted: BTreeSet::new(), ..report }));
    assert_eq!(none(Report { permission: false, ..good.clone() }), vec![Why::NoPermission; capped.len()]);
    assert_eq!(none(Report { battery_saver: true, ..good.clone() }), vec![Why::BatterySaver; capped.len()]);
    assert_eq!(none(good.clone()), vec![Why::NotArmed; capped.len()]);
    // One that accepts fewer than it said.
    let fewer = capped.iter().take(40).map(|it| it.id.clone()).collect();
    let fewer = health(&capped, &capped, &Report { accepted: fewer, ..good.clone() });
    assert_eq!(why(&fewer), vec![Why::Cap; capped.len() - 40]);
    assert!(fewer.iter().map(|it| &it.id).eq(capped.iter().skip(40).map(|it| &it.id)));
    // One in the middle was refused for itself.
    let mut but_one = all;
    but_one.remove(&capped[7].id);
    let but_one = health(&capped, &capped, &Report { accepted: but_one, ..good });
    assert_eq!((why(&but_one), &but_one[0].id), (vec![Why::NotArmed], &capped[7].id));
}

#[test]
fn row_41_what_the_person_did_not_want_on_the_phone_is_not_missed_there() {
    let wishes = Wishes { channels: BTreeSet::from([billpay_plan::Channel::Sms]), ..Wishes::default() };
    let shanghai = zone("Asia/Shanghai").unwrap();
    let policy = Policy::try_from(wishes).unwrap();
    let sms = plan(&many(3), &policy, at("2026-11-25T04:00:00Z"), &shanghai, &shanghai, Caps::IOS);
    let report = Report { accepted: BTreeSet::new(), notifications: true, permission: true, battery_saver: false };
    assert!(!sms.is_empty() && health(&sms, &sms, &report).is_empty());
    assert_eq!(diff(&sms, &[]), billpay_plan::Changes::default());
}
