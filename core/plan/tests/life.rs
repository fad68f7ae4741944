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
    /// A payment of that bill comes to nothing.
    Fails(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (1_i64..8_000).prop_map(Happening::Pass),
        2 => (-20_000_i64..20_000).prop_map(Happening::Jump),
        2 => (0_i64..15_000).prop_map(Happening::Off),
        2 => (0..ZONES.len()).prop_map(Happening::Fly),
        2 => (0_usize..4).prop_map(Happening::Fails),
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
    /// When those were shown that say that a payment came to nothing.
    told_at: BTreeMap<String, Timestamp>,
    /// Told by a clock that turned out to be days ahead: may be told once more.
    again: BTreeSet<String>,
    /// In the order in which they were seen.
    seen: Vec<String>,
    /// When each was seen, by this clock.
    when: Vec<(String, Timestamp)>,
}

impl Phone {
    fn plan(&self, told: &BTreeSet<String>) -> Vec<Reminder> {
        let wishes = Wishes { told: told.clone(), told_at: self.told_at.clone(), ..Wishes::default() };
        let (bank, phone) = (zone(self.bank).unwrap(), zone(self.zone).unwrap());
        plan(&self.bills, &Policy::try_from(wishes).unwrap(), self.clock, &bank, &phone, Caps::IOS)
    }

    /// One of the five triggers: the plan is made anew, and the difference armed.
    fn replan(&mut self) {
        self.told_at.retain(|_, at| *at <= self.clock);
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
            let last = |id: &String| id.starts_with(&prefix) && self.rank(id) >= self.rank(&late.id);
            assert!(armed || told.any(last), "{} of {of} is lost", late.id);
        }
        // Since a payment of a bill failed, something was said of it, or is about to be; after a fortnight off the days
        // alone count.
        for bill in &self.bills {
            let fresh = |at: &Timestamp| *at <= self.clock && self.clock < *at + SignedDuration::from_hours(14 * 24);
            let Some(failed) = bill.failed_at.filter(fresh) else { continue };
            let prefix = format!("{}.", bill.id);
            let armed = self.alarms.iter().any(|(id, it)| id.starts_with(&prefix) && it.0 <= soon);
            let since = self.when.iter().any(|(id, at)| id.starts_with(&prefix) && *at > failed);
            assert!(armed || since, "that a payment of {} failed is not said", bill.id);
        }
    }

    /// The place of a stage among those of its bill: days after the due date.
    fn rank(&self, id: &str) -> i64 {
        let mut parts = id.rsplit('.');
        let (kind, number) = parts.next().unwrap().split_at(1);
        let due: Date = parts.next().unwrap().parse().unwrap();
        let number: i64 = number.parse().unwrap();
        match kind {
            "d" => -number,
            "o" => number,
            _ => {
                // It speaks for the day on which it was seen, whatever day that would be elsewhere.
                let seen = self.told_at.get(id).copied().unwrap_or(Timestamp::from_second(number).unwrap());
                let seen = seen.to_zoned(zone(self.bank).unwrap());
                seen.date().duration_since(due).as_hours() / 24
            }
        }
    }

    /// The clock goes on to that moment, and what is armed until then goes off.
    fn run_to(&mut self, then: Timestamp) {
        let due: Vec<String> = self.alarms.iter().filter(|(_, it)| it.0 <= then).map(|(id, _)| id.clone()).collect();
        let mut due: Vec<(Timestamp, String)> = due.into_iter().map(|id| (self.alarms[&id].0, id)).collect();
        due.sort();
        for (at, id) in due {
            let (_, mark) = self.alarms.remove(&id).unwrap();
            if Reminder::is_of_failure(&id) {
                let said = Held { id: id.clone(), mark }.at().unwrap();
                assert!(said <= at && at < said + SignedDuration::from_hours(1), "{said}, of {at}");
                self.told_at.entry(id.clone()).and_modify(|first| *first = said.min(*first)).or_insert(said);
            }
            self.seen.push(id.clone());
            self.when.push((id.clone(), then));
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
            Happening::Fails(of) => self.bills[*of].failed_at = Some(self.clock),
        }
        self.replan();
    }
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
        told_at: BTreeMap::new(),
        again: BTreeSet::new(),
        seen: Vec::new(),
        when: Vec::new(),
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

/// What is left to say of a bill that is due on 10 March 2027, up to that day and the next: stages and moments in
/// Shanghai.
fn after_a_failure(failed: &str, now: &str, status: billpay_plan::Status, wishes: Wishes) -> Vec<(String, String)> {
    let shanghai = zone("Asia/Shanghai").unwrap();
    let here = |text: &str| text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(shanghai.clone()).unwrap();
    let one = Bill { failed_at: Some(here(failed).timestamp()), status, ..bill("b", "2027-03-10") };
    let policy = Policy::try_from(Wishes { overdue_days: vec![], overdue_every: 0, ..wishes }).unwrap();
    let planned = plan(&[one], &policy, here(now).timestamp(), &shanghai, &shanghai, Caps::NONE);
    let stage = |id: &str| id.rsplit('.').next().unwrap().to_owned();
    let at = |at: Timestamp| shanghai.to_datetime(at).strftime("%m-%d %H:%M").to_string();
    planned.iter().map(|it| (stage(&it.id), at(it.at))).collect()
}

#[test]
fn row_44_who_paid_in_vain_is_told_that_the_bill_is_still_open_before_it_is_late() {
    use billpay_plan::Status::Open;
    let first = |failed: &str| {
        let ended = failed.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone("Asia/Shanghai").unwrap()).unwrap();
        let id = format!("f{}", ended.timestamp().as_second());
        let told = ["d7", "d3", "d1", "d0"].map(|stage| format!("b.2027-03-10.{stage}"));
        let wishes = Wishes { told: told.into(), ..Wishes::default() };
        let mut left = after_a_failure(failed, failed, Open, wishes);
        assert_eq!(left.len(), 1, "{left:?}");
        let (stage, at) = left.remove(0);
        assert_eq!(stage, id);
        at
    };
    // Time to try again.
    assert_eq!(first("2027-03-09T10:00:20"), "03-09 10:11");
    // Not in the quiet hours.
    assert_eq!(first("2027-03-08T21:55:20"), "03-09 08:00");
    assert_eq!(first("2027-03-12T23:30:00"), "03-13 08:00");
    // But not too late: before them, or else in them.
    assert_eq!(first("2027-03-10T21:55:20"), "03-10 21:56");
    assert_eq!(first("2027-03-10T22:30:20"), "03-10 22:31");
    assert_eq!(first("2027-03-10T23:55:20"), "03-10 23:56");
}

#[test]
fn row_44_that_a_payment_failed_is_said_once_and_speaks_for_what_would_be_said_with_it() {
    use billpay_plan::Status::{Checking, Done, Open};
    let told = |due: &[&str], checking: &[&str]| {
        let ids = |stages: &[&str]| stages.iter().map(|stage| format!("b.2027-03-10.{stage}")).collect();
        Wishes { told: ids(due), told_checking: ids(checking), ..Wishes::default() }
    };
    let stages = |failed: &str, now: &str, status, wishes| {
        let left = after_a_failure(failed, now, status, wishes);
        left.into_iter().map(|(stage, at)| format!("{} {at}", &stage[..1])).collect::<Vec<_>>()
    };
    let (nine, ten) = ("2027-03-09T08:55:30", "2027-03-09T10:00:00");
    // The day before would have been spoken of while the person may be trying again, or later on that day.
    assert_eq!(stages(nine, nine, Open, told(&["d3"], &[])), ["f 03-09 09:06", "d 03-10 09:00"]);
    let early = "2027-03-09T08:10:00";
    assert_eq!(stages(early, early, Open, told(&["d3"], &[])), ["f 03-09 08:21", "d 03-10 09:00"]);
    // It was told, in whichever words.
    assert_eq!(stages(ten, ten, Open, told(&["d1"], &[])), ["f 03-09 10:11", "d 03-10 09:00"]);
    assert_eq!(stages(ten, ten, Open, told(&[], &["d1"])), ["f 03-09 10:11", "d 03-10 09:00"]);
    // Told, it is over, and so is what it spoke for; heard of late, it is told late.
    let f = "f1804553730";
    assert_eq!(stages(nine, "2027-03-09T09:10:00", Open, told(&["d3", f], &[])), ["d 03-10 09:00"]);
    assert_eq!(stages(nine, "2027-03-09T12:00:00", Open, told(&["d3"], &[])), ["f 03-09 12:01", "d 03-10 09:00"]);
    // Another one that failed since is said by itself.
    assert_eq!(stages(ten, ten, Open, told(&["d3", f], &[])), ["f 03-09 10:11", "d 03-10 09:00"]);
    // Who is paying again hears of the day alone, and who has paid of nothing.
    assert_eq!(stages(nine, "2027-03-09T08:56:00", Checking, told(&["d3"], &[])), ["d 03-10 09:00"]);
    assert_eq!(stages(nine, "2027-03-09T12:00:00", Checking, told(&["d3"], &[])), ["d 03-10 09:00"]);
    assert_eq!(stages(nine, nine, Done, told(&[], &[])), [""; 0]);
    // Put off after that, it comes back when the person wished, also on the very day on which it was said.
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, until) = (time("2027-03-09T02:05:00Z"), time("2027-03-09T07:00:00Z"));
    let snoozed = vec![billpay_plan::Snooze { bill: "b".to_owned(), from, until }];
    assert_eq!(
        stages(ten, "2027-03-09T10:05:00", Open, Wishes { snoozed, ..told(&["d3"], &[]) }),
        ["s 03-09 15:00", "d 03-10 09:00"]
    );
    let snoozed = vec![billpay_plan::Snooze { bill: "b".to_owned(), from: time("2027-03-09T02:15:00Z"), until }];
    let now = "2027-03-09T10:15:00";
    assert_eq!(
        stages(nine, now, Open, Wishes { snoozed, ..told(&["d3", f], &[]) }),
        ["s 03-09 15:00", "d 03-10 09:00"]
    );
}

fn shanghai(text: &str) -> Timestamp {
    text.parse::<jiff::civil::DateTime>().unwrap().to_zoned(zone("Asia/Shanghai").unwrap()).unwrap().timestamp()
}

/// How the reminder is called that a payment failed that ended then.
fn f(ended: &str) -> String {
    format!("f{}", shanghai(ended).as_second())
}

/// What is left to say up to the day after the due date, as stage and moment; what is late, and what begins with what
/// became of the last payment (`!`), is marked. All times are Shanghai's.
fn left_of(bill: Bill, now: &str, wishes: Wishes) -> Vec<String> {
    let here = zone("Asia/Shanghai").unwrap();
    let policy = Policy::try_from(Wishes { overdue_days: vec![1], overdue_every: 0, ..wishes }).unwrap();
    let planned = plan(&[bill], &policy, shanghai(now), &here, &here, Caps::NONE);
    let line = |it: Reminder| {
        let stage = it.id.rsplit('.').next().unwrap().to_owned();
        let stage = if stage.len() > 4 { stage[..1].to_owned() } else { stage };
        let failed = if it.body.contains("上次缴费未成功") { "!" } else { "" };
        let late = if it.late { " late" } else { "" };
        format!("{stage}{failed} {}{late}", here.to_datetime(it.at).strftime("%m-%d %H:%M"))
    };
    planned.into_iter().map(line).collect()
}

/// Due on 10 March 2027, after a payment that ended then.
fn in_vain(ended: &str) -> Bill {
    Bill { failed_at: Some(shanghai(ended)), ..bill("b", "2027-03-10") }
}

fn told(ids: &[&str]) -> Wishes {
    Wishes { told: ids.iter().map(|id| format!("b.2027-03-10.{id}")).collect(), ..Wishes::default() }
}

fn put_off(from: &str, until: &str) -> Vec<billpay_plan::Snooze> {
    vec![billpay_plan::Snooze { bill: "b".to_owned(), from: shanghai(from), until: shanghai(until) }]
}

#[test]
fn row_44_who_put_a_bill_off_and_has_paid_it_since_in_vain_is_told_so_before_the_snooze_ends() {
    // Put off until after the due date, paid the day after that, and refused.
    let snoozed = put_off("2027-03-07T20:00:00", "2027-03-12T12:00:00");
    let wishes = Wishes { snoozed: snoozed.clone(), ..told(&["d7", "d3"]) };
    let (before, ended) = ("2027-03-08T10:00:00", "2027-03-08T15:00:30");
    assert_eq!(left_of(bill("b", "2027-03-10"), before, wishes.clone()), ["s 03-10 09:00", "o1 03-11 09:00"]);
    // It has not put off any more what it was to forget: the days come as ever, and no snooze.
    let days = ["d1 03-09 09:00", "d0 03-10 09:00", "o1 03-11 09:00"];
    let planned = left_of(in_vain(ended), ended, wishes.clone());
    assert_eq!(planned, [&["f! 03-08 15:11"], &days[..]].concat());
    let after = Wishes { snoozed, ..told(&["d7", "d3", &f(ended)]) };
    assert_eq!(left_of(in_vain(ended), "2027-03-08T16:00:00", after), days);
    // Heard of late, it is told late, and not held back by that snooze either.
    assert_eq!(
        left_of(in_vain(ended), "2027-03-08T16:00:00", wishes.clone()),
        [&["f! 03-08 16:01 late"], &days[..]].concat()
    );
    // Put off again since, it is put off.
    let again = put_off("2027-03-08T15:05:00", "2027-03-09T12:00:00");
    assert_eq!(
        left_of(in_vain(ended), "2027-03-08T15:05:00", Wishes { snoozed: again, ..wishes }),
        ["s! 03-09 12:00", "d0 03-10 09:00", "o1 03-11 09:00"]
    );
}

#[test]
fn row_44_a_day_of_which_was_told_that_a_payment_failed_is_not_told_anew_once_a_part_has_settled() {
    let ended = "2027-03-09T08:05:30";
    let (now, later) = ("2027-03-09T08:30:00", "2027-03-09T11:00:00");
    let days = ["d0 03-10 09:00", "o1 03-11 09:00"];
    let wishes = told(&["d7", "d3", &f(ended)]);
    assert_eq!(left_of(in_vain(ended), now, wishes.clone()), days);
    assert_eq!(left_of(bill("b", "2027-03-10"), now, wishes.clone()), days);
    assert_eq!(left_of(bill("b", "2027-03-10"), later, wishes.clone()), days);
    // Nor what had been missed before it was told.
    let evening = told(&["d7", "d3", &f("2027-03-09T17:05:30")]);
    assert_eq!(left_of(bill("b", "2027-03-10"), "2027-03-09T18:00:00", evening), days);
    // What a clock told that was days ahead stands for nothing.
    let ahead = told(&["d7", "d3", &f("2027-03-29T08:05:30")]);
    assert_eq!(left_of(bill("b", "2027-03-10"), now, ahead), [&["d1 03-09 09:00"], &days[..]].concat());
    // Nor what was told of another bill.
    let other = Wishes { told: [format!("a.2027-03-10.{}", f(ended))].into(), ..told(&["d7", "d3"]) };
    assert_eq!(left_of(bill("b", "2027-03-10"), now, other)[0], "d1 03-09 09:00");
}

#[test]
fn row_44_a_failure_that_was_told_takes_no_day_away_that_a_journey_would_move_it_to() {
    // Told on the evening before the due date; in Tokyo that is quiet already, and would be the next morning.
    let (ended, now) = ("2027-03-09T20:59:30", "2027-03-09T21:30:00");
    let wishes = told(&["d7", "d3", "d1", &f(ended)]);
    let (here, tokyo) = (zone("Asia/Shanghai").unwrap(), zone("Asia/Tokyo").unwrap());
    for failed_at in [None, Some(shanghai(ended))] {
        let bill = Bill { failed_at, ..bill("b", "2027-03-10") };
        let policy = Policy::try_from(wishes.clone()).unwrap();
        let planned = plan(std::slice::from_ref(&bill), &policy, shanghai(now), &here, &tokyo, Caps::NONE);
        assert_eq!(planned[0].id, "b.2027-03-10.d0");
        assert_eq!(here.to_datetime(planned[0].at).to_string(), "2027-03-10T08:00:00");
        // So with other quiet hours, whatever they would make it meet.
        let time = |text: &str| billpay_plan::TimeOfDay::try_from(text.to_owned()).unwrap();
        for to in ["08:00", "09:00", "11:00"] {
            let quiet = Some(billpay_plan::Quiet { from: time("21:00"), to: time(to) });
            let d0 = format!("d0 03-10 {}", if to == "11:00" { to } else { "09:00" });
            let left = left_of(bill.clone(), now, Wishes { quiet, ..wishes.clone() });
            assert_eq!(left, [d0, format!("o1 03-11 {}", if to == "11:00" { to } else { "09:00" })]);
        }
        // Nor once the moment that it would have there has come, where it is known when it was told.
        let told_at = BTreeMap::from([(format!("b.2027-03-10.{}", f(ended)), shanghai("2027-03-09T21:10:00"))]);
        let policy = Policy::try_from(Wishes { told_at, ..wishes.clone() }).unwrap();
        for (now, at) in
            [("2027-03-10T07:20:00", "2027-03-10T08:00:00"), ("2027-03-10T09:20:00", "2027-03-10T09:21:00")]
        {
            let planned = plan(std::slice::from_ref(&bill), &policy, shanghai(now), &here, &tokyo, Caps::NONE);
            assert_eq!(planned[0].id, "b.2027-03-10.d0");
            assert_eq!(here.to_datetime(planned[0].at).to_string(), at);
        }
        // What was held back until now stays so.
        let missed =
            Wishes { quiet: Some(billpay_plan::Quiet { from: time("21:00"), to: time("08:00") }), ..wishes.clone() };
        let missed = Wishes { told: told(&["d7", "d3", &f(ended)]).told, ..missed };
        assert_eq!(left_of(bill, now, missed), ["d0 03-10 09:00", "o1 03-11 09:00"]);
    }
}

#[test]
fn row_44_what_became_of_a_payment_is_told_once_whatever_becomes_of_the_due_date() {
    let ended = "2027-03-09T08:05:30";
    let moved = Bill { due_date: Some("2027-03-12".parse().unwrap()), ..in_vain(ended) };
    let days = ["d1 03-11 09:00", "d0 03-12 09:00", "o1 03-13 09:00"];
    // Its day has what the new date has to say: another date was named with it.
    let moved_day = left_of(moved.clone(), "2027-03-09T08:30:00", told(&["d7", "d3", &f(ended)]));
    assert_eq!(moved_day, [&["d3 03-09 09:00"], &days[..]].concat());
    let evening = left_of(moved, "2027-03-09T18:30:00", told(&["d7", "d3", &f(ended)]));
    assert_eq!(evening, [&["d3 03-09 18:31 late"], &days[..]].concat());
    // A name that only looks like one is none.
    let looks = ["f", "f-", "f+5", "f007", "fx", "f99999999999999999999"].map(|stage| format!("b.2027-03-10.{stage}"));
    let wishes = Wishes { told: looks.into(), ..Wishes::default() };
    assert_eq!(left_of(in_vain(ended), "2027-03-09T08:10:00", wishes)[0], "f! 03-09 08:16".to_owned());
}

#[test]
fn row_44_what_is_told_in_its_place_says_that_the_payment_failed() {
    let ended = "2027-03-06T10:00:30";
    // The phone was off, or the bank's document came late: a later day is over, too.
    let late = ["d1! 03-09 12:01 late", "d0 03-10 09:00", "o1 03-11 09:00"];
    assert_eq!(left_of(in_vain(ended), "2027-03-09T12:00:00", told(&["d7"])), late);
    // Told, it was told.
    assert_eq!(left_of(in_vain(ended), "2027-03-09T12:10:00", told(&["d7", "d1"])), late[1..]);
    // Told by its own name, it is not said again.
    let told_so = left_of(in_vain(ended), "2027-03-09T12:00:00", told(&["d7", &f(ended)]));
    assert_eq!(told_so, ["d1 03-09 12:01 late", late[1], late[2]]);
    // Nor who is paying again, nor a fortnight later.
    let paying = Bill { status: billpay_plan::Status::Checking, ..in_vain(ended) };
    assert_eq!(left_of(paying, "2027-03-09T12:00:00", told(&["d7"])), ["d1 03-09 12:01 late", late[1], late[2]]);
    let of_old = in_vain("2027-02-23T11:00:00");
    assert_eq!(left_of(of_old, "2027-03-09T12:00:00", told(&["d7"])), ["d1 03-09 12:01 late", late[1], late[2]]);
    // Put off before it was said, by who may not have known: the snooze says it.
    let wishes = Wishes { snoozed: put_off("2027-03-06T10:05:00", "2027-03-08T12:00:00"), ..told(&["d7"]) };
    assert_eq!(
        left_of(in_vain(ended), "2027-03-06T10:05:00", wishes),
        ["s! 03-08 12:00", "d1 03-09 09:00", "d0 03-10 09:00", "o1 03-11 09:00"]
    );
}

#[test]
fn row_44_of_two_reminders_within_an_hour_one_is_enough() {
    // Failed on the evening of the last day, and the phone was off until the next morning.
    let ended = "2027-03-10T21:30:30";
    let wishes = || told(&["d7", "d3", "d1", "d0"]);
    assert_eq!(left_of(in_vain(ended), "2027-03-11T08:20:00", wishes()), ["o1! 03-11 09:00"]);
    assert_eq!(left_of(in_vain(ended), "2027-03-11T07:20:00", wishes()), ["o1! 03-11 09:00"], "08:00 is not quiet");
    // More than an hour before it: it is told, and speaks for the day on which it is.
    let early = Wishes { quiet: None, ..wishes() };
    assert_eq!(left_of(in_vain(ended), "2027-03-11T07:20:00", early), ["f! 03-11 07:21 late"]);
    // Just after midnight, where the days are told then.
    let at = billpay_plan::TimeOfDay { hour: 0, minute: 30 };
    let midnight = Wishes { quiet: None, at, ..wishes() };
    assert_eq!(left_of(in_vain("2027-03-10T23:58:30"), "2027-03-11T00:05:00", midnight.clone()), ["o1! 03-11 00:30"]);
    // In time it is told before the day on which it would be late, however soon that is.
    let in_time = ["f! 03-10 23:51", "o1 03-11 00:30"];
    assert_eq!(left_of(in_vain("2027-03-10T23:40:30"), "2027-03-10T23:41:00", midnight.clone()), in_time);
    // A day that begins within the hour is spoken of by it.
    assert_eq!(
        left_of(in_vain("2027-03-09T23:40:30"), "2027-03-09T23:41:00", midnight),
        ["f! 03-09 23:51", "o1 03-11 00:30"]
    );
    // Whatever was missed.
    let days = ["d1 03-09 09:00", "d0 03-10 09:00", "o1 03-11 09:00"];
    assert_eq!(left_of(bill("b", "2027-03-10"), "2027-03-09T08:20:00", told(&["d7"])), days);
}

#[test]
fn row_44_what_was_missed_waits_for_a_failure_that_another_clock_has_dated_after_now() {
    // Ten to ten in the evening here, five to ten by the bank's clock: it is told in the morning.
    let (ended, now) = ("2027-03-09T21:55:30", "2027-03-09T21:50:00");
    let planned = left_of(in_vain(ended), now, told(&["d7", "d3"]));
    assert_eq!(planned, ["f! 03-10 08:00", "o1 03-11 09:00"]);
    // A clock that is days ahead keeps nothing back.
    let planned = left_of(in_vain("2027-03-12T21:55:30"), now, told(&["d7", "d3"]));
    assert_eq!(planned[0], "d1 03-09 21:51 late");
}

#[test]
fn row_42_a_failure_that_nobody_will_be_told_of_ends_no_snooze() {
    let ended = "2027-02-22T11:00:00";
    let snoozed = || put_off("2027-02-20T10:00:00", "2027-03-09T12:00:00");
    let none = || Wishes { snoozed: snoozed(), ..Wishes::default() };
    let days = ["d1 03-09 09:00", "d0 03-10 09:00", "o1 03-11 09:00"];
    // Longer than a fortnight ago, and never told.
    let put_off = ["s 03-09 12:00", days[1], days[2]];
    assert_eq!(left_of(in_vain(ended), "2027-03-08T12:00:00", none()), put_off);
    // Still to be told, or told.
    let before = left_of(in_vain(ended), "2027-03-08T11:00:00", none());
    assert_eq!(before, [&["d3! 03-08 11:01 late"], &days[..]].concat());
    let was_told = Wishes { snoozed: snoozed(), ..told(&[&f(ended)]) };
    let after = left_of(in_vain(ended), "2027-03-08T12:00:00", was_told);
    assert_eq!(after, [&["d3 03-08 12:01 late"], &days[..]].concat());
}
