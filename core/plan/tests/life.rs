//! Row 40: whatever happens to a phone (its clock jumps, it is off, it reboots, it flies), nothing is said twice, and
//! nothing is lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "oracle/cases.rs"]
mod cases;

use std::collections::{BTreeMap, BTreeSet};

use billpay_plan::{Bill, Caps, Held, Policy, Reminder, TAIL, Wishes, diff, plan, zone};
use cases::bill;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use proptest::prelude::*;

const ZONES: [&str; 6] = [
    "Asia/Shanghai",
    "America/Los_Angeles",
    "Europe/London",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "America/Santiago",
];

/// What was told so long before its moment was told by a clock that was wrong (rule 6 of docs/reminders.md).
const EARLY: SignedDuration = SignedDuration::from_hours(48);

#[derive(Clone, Debug)]
enum Happening {
    /// So many minutes go by, and the app is then opened.
    Pass(i64),
    /// The clock is set by so many minutes. Alarms whose moment has come by that go off.
    Jump(i64),
    /// Off for so many minutes; alarms do not outlive it.
    Off(i64),
    /// Another zone.
    Fly(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (1_i64..8_000).prop_map(Happening::Pass),
        2 => (-20_000_i64..20_000).prop_map(Happening::Jump),
        2 => (0_i64..15_000).prop_map(Happening::Off),
        2 => (0..ZONES.len()).prop_map(Happening::Fly),
    ]
}

/// An armed alarm: its moment, and the mark of what it says.
type Alarm = (Timestamp, String);

struct Phone {
    bills: Vec<Bill>,
    clock: Timestamp,
    zone: &'static str,
    bank: &'static str,
    alarms: BTreeMap<String, Alarm>,
    told: BTreeSet<String>,
    /// Told by a clock that turned out to be days ahead: may be told once more.
    again: BTreeSet<String>,
    /// In the order in which they were seen.
    seen: Vec<String>,
}

impl Phone {
    fn plan(&self, told: &BTreeSet<String>) -> Vec<Reminder> {
        let wishes = Wishes { told: told.clone(), ..Wishes::default() };
        let (bank, phone) = (zone(self.bank).unwrap(), zone(self.zone).unwrap());
        plan(&self.bills, &Policy::try_from(wishes).unwrap(), self.clock, &bank, &phone, Caps::IOS)
    }

    /// One of the five triggers: the plan is made anew, and the difference armed.
    fn replan(&mut self) {
        let held: Vec<Held> = self.alarms.iter().map(|(id, it)| Held { id: id.clone(), mark: it.1.clone() }).collect();
        let changes = diff(&self.plan(&self.told), &held);
        for id in &changes.cancel {
            self.alarms.remove(id);
        }
        for it in changes.add {
            self.alarms.insert(it.id, (it.at, it.mark));
        }
        self.again.extend(self.told_too_soon());
        self.check();
    }

    fn told_too_soon(&self) -> BTreeSet<String> {
        let wishes = Wishes { horizon_days: 366, ..Wishes::default() };
        let (bank, phone) = (zone(self.bank).unwrap(), zone(self.zone).unwrap());
        let all = plan(&self.bills, &Policy::try_from(wishes).unwrap(), self.clock, &bank, &phone, Caps::NONE);
        let ahead = all.into_iter().filter(|it| it.at > self.clock + EARLY).map(|it| it.id);
        ahead.filter(|id| self.told.contains(id)).collect()
    }

    /// Of each bill, what was last to be said is said, or something is armed for within the day.
    fn check(&self) {
        let soon = self.clock + SignedDuration::from_hours(25);
        for late in self.plan(&BTreeSet::new()).into_iter().filter(|it| it.late) {
            let of = late.bill.clone().unwrap();
            let prefix = format!("{of}.");
            let too_soon = self.told_too_soon();
            let mut told = self.told.difference(&too_soon);
            let armed = self.alarms.iter().any(|(id, it)| id.starts_with(&prefix) && it.0 <= soon);
            // Nothing older than it was the last thing said.
            let last = |id: &String| id.starts_with(&prefix) && rank(id) >= rank(&late.id);
            assert!(armed || told.any(last), "{} of {of} is lost", late.id);
        }
    }

    /// The clock goes on to that moment, and what is armed until then goes off.
    fn run_to(&mut self, then: Timestamp) {
        let due: Vec<String> = self.alarms.iter().filter(|(_, it)| it.0 <= then).map(|(id, _)| id.clone()).collect();
        let mut due: Vec<(Timestamp, String)> = due.into_iter().map(|id| (self.alarms[&id].0, id)).collect();
        due.sort();
        for (_, id) in due {
            self.alarms.remove(&id);
            self.seen.push(id.clone());
            if id != TAIL {
                let first = self.told.insert(id.clone());
                assert!(self.again.remove(&id) || first, "{id} twice");
            }
        }
        self.clock = then;
    }

    fn happens(&mut self, what: &Happening) {
        let minutes = SignedDuration::from_mins;
        match what {
            Happening::Pass(long) => self.run_to(self.clock + minutes(*long)),
            Happening::Jump(by) if *by >= 0 => self.run_to(self.clock + minutes(*by)),
            Happening::Jump(by) => self.clock += minutes(*by),
            Happening::Off(long) => {
                self.alarms.clear();
                self.clock += minutes(*long);
            }
            Happening::Fly(to) => self.zone = ZONES[*to],
        }
        self.replan();
    }
}

/// The place of a stage among those of its bill: days after the due date.
fn rank(id: &str) -> i64 {
    let (kind, days) = id.rsplit('.').next().unwrap().split_at(1);
    let days: i64 = days.parse().unwrap();
    if kind == "d" { -days } else { days }
}

fn phone(bank: usize, start: i64) -> Phone {
    let first: Date = "2027-03-01".parse().unwrap();
    let due = |ahead: i32| first.checked_add((ahead + start as i32).days()).unwrap().to_string();
    Phone {
        bills: [3, 9, 9, 30].into_iter().enumerate().map(|(at, ahead)| bill(&format!("b{at}"), &due(ahead))).collect(),
        clock: "2027-03-01T02:30:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * start),
        zone: "Asia/Shanghai",
        bank: ZONES[bank],
        alarms: BTreeMap::new(),
        told: BTreeSet::new(),
        again: BTreeSet::new(),
        seen: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_40_nothing_twice_and_nothing_lost_whatever_happens(
        bank in 0..ZONES.len(), start in 0_i64..365, happenings in proptest::collection::vec(happening(), 1..25),
    ) {
        let mut phone = phone(bank, start);
        phone.replan();
        for what in &happenings {
            phone.happens(what);
        }
    }
}

#[test]
fn row_40_on_a_quiet_phone_every_stage_is_seen_once_and_in_order() {
    let mut phone = phone(0, 0);
    phone.replan();
    for _ in 0..70 {
        phone.happens(&Happening::Pass(24 * 60));
    }
    for (bill, due) in [("b0", "2027-03-04"), ("b1", "2027-03-10"), ("b2", "2027-03-10"), ("b3", "2027-03-31")] {
        let seen: Vec<&String> = phone.seen.iter().filter(|id| id.starts_with(bill)).collect();
        // What was over when the phone first heard of the bill is said in its latest form: no d7 of b0.
        let stages: &[&str] = match bill {
            "b0" => &["d3", "d1", "d0", "o1", "o3", "o7", "o14", "o30", "o60"],
            "b1" | "b2" => &["d7", "d3", "d1", "d0", "o1", "o3", "o7", "o14", "o30", "o60"],
            _ => &["d7", "d3", "d1", "d0", "o1", "o3", "o7", "o14", "o30"],
        };
        let wanted: Vec<String> = stages.iter().map(|stage| format!("{bill}.{due}.{stage}")).collect();
        assert!(seen.iter().copied().eq(wanted.iter()), "{seen:?} and not {wanted:?}");
    }
}

#[test]
fn row_40_what_a_clock_far_ahead_has_told_all_at_once_is_told_again_when_it_is_time() {
    let mut phone = phone(0, 0);
    phone.replan();
    let years = 2 * 366 * 24 * 60;
    phone.happens(&Happening::Jump(years));
    assert!(phone.told.iter().any(|id| id.ends_with("o30")), "what was armed has gone off");
    phone.happens(&Happening::Jump(-years));
    let armed = |phone: &Phone| phone.alarms.keys().filter(|id| id.starts_with("b1.")).cloned().collect::<Vec<_>>();
    let again = armed(&phone);
    assert!(again.iter().any(|id| id.ends_with("d1")) && again.iter().any(|id| id.ends_with("o30")), "{again:?}");
    // A clock that was a few hours ahead has told it in good time.
    let mut phone = self::phone(0, 0);
    phone.replan();
    phone.run_to("2027-03-05T01:00:00Z".parse().unwrap());
    assert!(phone.told.iter().any(|id| id.ends_with("d7")), "{:?}", phone.told);
    phone.happens(&Happening::Jump(-40 * 60));
    assert!(!armed(&phone).iter().any(|id| id.ends_with("d7")));
}

#[test]
fn row_43_what_is_paid_is_spoken_of_no_more() {
    let mut phone = phone(0, 0);
    phone.replan();
    assert!(phone.alarms.keys().any(|id| id.starts_with("b1.")));
    phone.bills[1].status = billpay_plan::Status::Done;
    phone.replan();
    assert!(!phone.alarms.keys().any(|id| id.starts_with("b1.")));
    assert!(phone.alarms.keys().any(|id| id.starts_with("b2.")));
}

#[test]
fn row_42_a_bill_that_was_put_off_comes_back_once_and_not_after_its_last_day() {
    let shanghai = zone("Asia/Shanghai").unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let now = at("2027-03-01T02:30:00Z");
    let snoozed = |until: &str| {
        let snoozed = vec![billpay_plan::Snooze { bill: "b".to_owned(), from: now, until: at(until) }];
        let policy = Policy::try_from(Wishes { snoozed, ..Wishes::default() }).unwrap();
        let planned = plan(&[bill("b", "2027-03-10")], &policy, now, &shanghai, &shanghai, Caps::NONE);
        planned.into_iter().take(2).map(|it| (it.id, it.at.to_string())).collect::<Vec<_>>()
    };
    let d0 = ("b.2027-03-10.d0".to_owned(), "2027-03-10T01:00:00Z".to_owned());
    let o1 = ("b.2027-03-10.o1".to_owned(), "2027-03-11T01:00:00Z".to_owned());
    // Between two stages: those before it are held back, those after it come as ever.
    let nine = ("b.2027-03-10.s1804921200".to_owned(), "2027-03-13T07:00:00Z".to_owned());
    assert_eq!(
        snoozed("2027-03-09T07:00:00Z"),
        [("b.2027-03-10.s1804575600".to_owned(), "2027-03-09T07:00:00Z".to_owned()), d0]
    );
    // Beyond the last day: it comes back on that.
    assert_eq!(snoozed("2027-03-13T07:00:00Z"), [(nine.0, "2027-03-10T01:00:00Z".to_owned()), o1]);
    // Into the night: to the end of the quiet hours.
    assert_eq!(snoozed("2027-03-07T18:00:00Z")[0].1, "2027-03-08T00:00:00Z");
}

#[test]
fn row_42_later_on_the_evening_of_the_last_day_is_still_that_day() {
    let shanghai = zone("Asia/Shanghai").unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let comes = |from: &str, until: &str| {
        let snoozed = vec![billpay_plan::Snooze { bill: "b".to_owned(), from: at(from), until: at(until) }];
        let policy = Policy::try_from(Wishes { snoozed, ..Wishes::default() }).unwrap();
        plan(&[bill("b", "2027-03-10")], &policy, at(from), &shanghai, &shanghai, Caps::NONE)[0].at.to_string()
    };
    // At 18:30, for four hours: half past ten is quiet, and the morning after it is overdue.
    assert_eq!(comes("2027-03-10T10:30:00Z", "2027-03-10T14:30:00Z"), "2027-03-10T13:59:00Z");
    // In the quiet hours there is no minute before them: it is said in them, as what is late would be.
    assert_eq!(comes("2027-03-10T14:10:00Z", "2027-03-10T15:10:00Z"), "2027-03-10T15:10:00Z");
    // To the next day on purpose.
    assert_eq!(comes("2027-03-10T10:30:00Z", "2027-03-11T04:00:00Z"), "2027-03-11T04:00:00Z");
}

#[test]
fn row_42_what_was_missed_before_is_not_told_while_the_bill_is_put_off() {
    let shanghai = zone("Asia/Shanghai").unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    // A day after the first stage, which nobody saw: the phone was off.
    let now = at("2027-03-04T02:00:00Z");
    let first = |snoozed: Vec<billpay_plan::Snooze>, horizon_days| {
        let policy = Policy::try_from(Wishes { snoozed, horizon_days, ..Wishes::default() }).unwrap();
        let planned = plan(&[bill("b", "2027-03-10")], &policy, now, &shanghai, &shanghai, Caps::NONE);
        planned.into_iter().next().map(|it| (it.id, it.at, it.late)).unwrap()
    };
    assert_eq!(first(vec![], 60), ("b.2027-03-10.d7".to_owned(), at("2027-03-04T02:01:00Z"), true));
    let until = at("2027-03-06T07:00:00Z");
    let put_off = vec![billpay_plan::Snooze { bill: "b".to_owned(), from: now, until }];
    assert_eq!(first(put_off.clone(), 60), (format!("b.2027-03-10.s{}", until.as_second()), until, false));
    // Also where it comes back beyond what is planned.
    assert_eq!(first(put_off, 1).0, "open-the-app");
}

#[test]
fn row_42_out_of_the_quiet_hours_but_never_past_the_end_of_the_last_day() {
    let shanghai = zone("Asia/Shanghai").unwrap();
    let time = |text: &str| billpay_plan::TimeOfDay::try_from(text.to_owned()).unwrap();
    let on_last_day = |at: &str, from: &str, to: &str| {
        let quiet = Some(billpay_plan::Quiet { from: time(from), to: time(to) });
        let wishes = Wishes { lead_days: vec![0], at: time(at), quiet, ..Wishes::default() };
        let now = "2027-03-01T02:30:00Z".parse().unwrap();
        let policy = Policy::try_from(wishes).unwrap();
        let planned = plan(&[bill("b", "2027-03-10")], &policy, now, &shanghai, &shanghai, Caps::NONE);
        shanghai.to_datetime(planned[0].at).to_string()
    };
    assert_eq!(on_last_day("07:00", "22:00", "08:00"), "2027-03-10T08:00:00");
    assert_eq!(on_last_day("12:30", "12:00", "14:00"), "2027-03-10T14:00:00");
    assert_eq!(on_last_day("08:00", "22:00", "08:00"), "2027-03-10T08:00:00");
    // The end of the quiet hours would be too late: before them.
    assert_eq!(on_last_day("23:00", "22:00", "08:00"), "2027-03-10T21:59:00");
    assert_eq!(on_last_day("22:00", "22:00", "00:00"), "2027-03-10T21:59:00");
    // Two equal times are no quiet hours.
    assert_eq!(on_last_day("23:00", "22:00", "22:00"), "2027-03-10T23:00:00");
}
