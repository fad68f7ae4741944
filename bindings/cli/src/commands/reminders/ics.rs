//! `billpay reminders --ics FILE`: the due dates as a calendar that other programs read (row 76, RFC 5545).
//!
//! A bill is one all-day event on its due date, with an alarm for each reminder before that. Its UID is the same for
//! good. What the file holds already is read first: an event that has not changed keeps its bytes, one that has gets a
//! higher SEQUENCE, so that a calendar replaces it and never has it twice; one whose bill is paid or gone is cancelled.
//! All else that stands there keeps its bytes, too: other programs write what no parser of ours knows.
//! A new SEQUENCE is at least the minutes since 2026: it rises even where the file was lost.
//!
//! Nothing is said after the due date: a calendar cannot know that it was paid meanwhile. And the number is masked,
//! whatever the policy shows on a lock screen: calendars are copied to other people's machines.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use billpay_core::{
    crypto::digest::sha256,
    model,
    reminders::{Bill, Caps, Channel, Language, Policy, Redaction, Reminder, Wishes, plan},
};
use icalendar::{
    Alarm, Calendar, CalendarDateTime, Component as _, Event, EventLike as _, EventStatus, Property, Trigger,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::{failure::Failure, files, shell::Shell};

/// The highest whole number that a calendar knows (RFC 5545, 3.3.8).
const HIGHEST: u32 = 2_147_483_647;
/// Changes with whatever an event says.
const MARK: &str = "X-BILLPAY-MARK";
/// How long a cancelled event stays, so that every calendar hears of it.
const KEPT_DAYS: i64 = 366;
/// 2026-01-01T00:00:00Z.
const BEGINNING: i64 = 1_767_225_600;
/// Before the first reminder that there can be.
const BEFORE_ALL: SignedDuration = SignedDuration::from_hours(24 * 370);

/// What came of it.
pub(super) struct Written {
    /// Events in the file.
    pub events: usize,
    /// Those among them that are new or changed.
    pub changed: usize,
    /// Those among them that are cancelled.
    pub cancelled: usize,
}

/// Moments and zones of a plan.
pub(super) struct When<'a> {
    pub now: Timestamp,
    pub bank: &'a TimeZone,
    pub phone: &'a TimeZone,
}

/// What an event says, before it is one.
struct Entry {
    due: Date,
    summary: String,
    description: String,
    alarms: Vec<(Timestamp, String)>,
    cancelled: bool,
}

/// Components in one another: a calendar has three (an alarm in an event in it), and who reads it goes down one by one.
const DEEPEST: usize = 16;

fn begins(line: &str) -> bool {
    line.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:"))
}

fn ends(line: &str) -> bool {
    line.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("END:"))
}

fn depth(text: &str) -> usize {
    let (mut now, mut deepest) = (0_usize, 0);
    for line in text.lines().map(str::trim_start) {
        if begins(line) {
            now += 1;
            deepest = deepest.max(now);
        } else if ends(line) {
            now = now.saturating_sub(1);
        }
    }
    deepest
}

/// The text of a calendar in pieces that make it up: a component of its own each, and what stands around them.
/// Says which piece ends the first calendar; `None` where none does.
fn pieces(text: &str) -> Option<(Vec<&str>, usize)> {
    let (mut pieces, mut end) = (Vec::new(), None);
    let (mut from, mut at, mut depth) = (0, 0, 0_usize);
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if begins(line) {
            depth += 1;
            if depth == 2 {
                pieces.push(text.get(from..at)?);
                from = at;
            }
        } else if ends(line) {
            depth = depth.checked_sub(1)?;
            if depth == 1 {
                pieces.push(text.get(from..next)?);
                from = next;
            } else if depth == 0 && end.is_none() {
                pieces.push(text.get(from..at)?);
                end = Some(pieces.len());
                from = at;
            }
        }
        at = next;
    }
    pieces.push(text.get(from..)?);
    Some((pieces, end.filter(|_| depth == 0)?))
}

/// The event of a piece that is one.
fn event_of(piece: &str) -> Option<Event> {
    // Lines of one kind: of two kinds in one text the parser makes nothing.
    let alone = format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n", piece.trim_end().replace("\r\n", "\n"));
    let calendar = Some(piece).filter(|piece| begins(piece)).and_then(|_| alone.parse::<Calendar>().ok())?;
    calendar.components.into_iter().find_map(|component| component.as_event().cloned())
}

/// The lines of an event as they stand in a file.
fn lines(event: Event) -> String {
    let mut calendar = Calendar::empty();
    calendar.push(event);
    let text = calendar.to_string();
    let from = text.find("BEGIN:VEVENT").unwrap_or_default();
    let to = text.rfind("END:VCALENDAR").unwrap_or(text.len());
    text.get(from..to).unwrap_or_default().to_owned()
}

/// Writes the file anew.
pub(super) fn write(
    shell: &Shell,
    path: &Path,
    bills: &[Bill],
    wishes: &Wishes,
    when: &When<'_>,
) -> Result<Written, Failure> {
    let failed = |why: &str| Failure::new("calendar-file", format!("{}: {why}", path.display()));
    let there = path.exists().then(|| files::list(path).map_err(|error| failed(&error.words(shell)))).transpose()?;
    // An empty one is as good as none.
    let before = if let Some(text) = there.filter(|text| !text.trim().is_empty()) {
        let odd = shell.say("不是日历文件，未予覆盖。", "is no calendar; it is left as it is.");
        if depth(&text) > DEEPEST || text.parse::<Calendar>().is_err() {
            return Err(failed(odd));
        }
        text
    } else {
        empty(shell)
    };
    let odd = shell.say("不是完整的日历文件，未予覆盖。", "is no whole calendar; it is left as it is.");
    let (pieces, end) = pieces(&before).ok_or_else(|| failed(odd))?;
    let mut entries = BTreeMap::new();
    for bill in bills {
        if let Some(entry) = entry(bill, wishes, when) {
            entries.entry(uid(bill)).or_insert(entry);
        }
    }
    let mut written = Written { events: 0, changed: 0, cancelled: 0 };
    let mut text = String::with_capacity(before.len());
    // A file that was joined with a copy of itself may have one twice.
    let mut seen = BTreeSet::new();
    let mut parts = pieces.into_iter();
    for piece in parts.by_ref().take(end) {
        let event = event_of(piece);
        let ours = event.as_ref().and_then(|event| Some((event, event.get_uid()?, event.property_value(MARK)?)));
        // What stands there and is not ours stays: events, tasks, the zones that they name.
        let Some((event, known, mark)) = ours else {
            text.push_str(piece);
            written.events += usize::from(event.is_some());
            continue;
        };
        if !seen.insert(known.to_owned()) {
            continue;
        }
        let entry = match entries.remove(known) {
            Some(entry) => entry,
            None => match gone(event, when) {
                Some(entry) => entry,
                None => continue,
            },
        };
        let same = entry.mark() == mark;
        written.add(&entry, same);
        if same {
            text.push_str(piece);
        } else {
            let sequence = event.get_sequence().unwrap_or(0).saturating_add(1).max(minutes(when.now)).min(HIGHEST);
            text.push_str(&lines(entry.event(known, sequence, utc(when.now))));
        }
    }
    for (known, entry) in entries {
        written.add(&entry, false);
        text.push_str(&lines(entry.event(&known, minutes(when.now), utc(when.now))));
    }
    parts.for_each(|piece| text.push_str(piece));
    if before.contains('\n') && !before.contains("\r\n") {
        // Theirs are lines of another kind, and no reader likes two kinds in one file.
        text = text.replace("\r\n", "\n");
    }
    // What could not be read the next time is not written.
    if text.parse::<Calendar>().is_err() {
        return Err(failed(
            shell.say("写不成完整的日历，未予覆盖。", "would be no whole calendar; it is left as it is."),
        ));
    }
    files::replace_alike(path, text.as_bytes()).map_err(|error| failed(&files::words_of(shell, &error)))?;
    Ok(written)
}

/// A calendar of our own, before anything is in it.
fn empty(shell: &Shell) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//billpay//due dates//EN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    calendar.name(shell.say("缴费截止日", "Bills due"));
    calendar.to_string()
}

impl Written {
    fn add(&mut self, entry: &Entry, same: bool) {
        self.events += 1;
        self.changed += usize::from(!same);
        self.cancelled += usize::from(entry.cancelled);
    }
}

/// Of a bill that is to be spoken of and has a due date.
fn entry(bill: &Bill, wishes: &Wishes, when: &When<'_>) -> Option<Entry> {
    let due = bill.due_date?;
    // Who reads it later may have paid since: a calendar speaks of days alone.
    let bill = &Bill { failed_at: None, ..bill.clone() };
    let wishes = Wishes {
        redaction: wishes.redaction.max(Redaction::Masked),
        overdue_days: Vec::new(),
        overdue_every: 0,
        // One channel that is always there: a calendar is none of the bank's ways.
        channels: BTreeSet::from([Channel::Phone]),
        told: BTreeSet::new(),
        horizon_days: 366,
        ..wishes.clone()
    };
    // The words of the last day hold for all of it.
    let last_day = Wishes { lead_days: vec![0], snoozed: Vec::new(), ..wishes.clone() };
    let last = before_due(bill, due, last_day, when)?.into_values().next_back()?;
    let name = match (wishes.redaction, name_of(bill, &wishes)) {
        (Redaction::Everything, _) => String::new(),
        (Redaction::Nothing | Redaction::Masked, name) => format!(" · {name}"),
    };
    let alarms = before_due(bill, due, wishes, when)?.into_values().map(|it| (it.at, it.body)).collect();
    Some(Entry { due, summary: format!("{}{name}", last.title), description: last.body, alarms, cancelled: false })
}

/// What is said of it until it is due, as seen from long before: a calendar does not depend on today.
fn before_due(bill: &Bill, due: Date, wishes: Wishes, when: &When<'_>) -> Option<BTreeMap<Timestamp, Reminder>> {
    let policy = Policy::try_from(wishes).ok()?;
    let last_day = when.bank.to_zoned(due.to_datetime(Time::midnight())).ok()?.timestamp();
    let mut planned = BTreeMap::new();
    // A plan looks 366 days ahead, and the first reminder may be as many before.
    for from in [BEFORE_ALL, BEFORE_ALL / 2] {
        let from = last_day.checked_sub(from).ok()?;
        let plan = plan(std::slice::from_ref(bill), &policy, from, when.bank, when.phone, Caps::NONE);
        planned.extend(plan.into_iter().filter(|it| it.bill.is_some() && !it.late).map(|it| (it.at, it)));
    }
    Some(planned)
}

fn name_of<'a>(bill: &'a Bill, wishes: &Wishes) -> &'a str {
    match wishes.language {
        Language::Zh => &bill.name_zh,
        Language::En => &bill.name_en,
    }
}

/// Of an event whose bill is not there any more; none where that was long ago.
fn gone(event: &Event, when: &When<'_>) -> Option<Entry> {
    let due: Date = Date::strptime("%Y%m%d", event.property_value("DTSTART")?).ok()?;
    let today = when.bank.to_datetime(when.now).date();
    let kept = today.duration_since(due) < SignedDuration::from_hours(24 * KEPT_DAYS);
    let text = |name: &str| event.property_value(name).unwrap_or_default().to_owned();
    let (summary, description) = (text("SUMMARY"), text("DESCRIPTION"));
    kept.then_some(Entry { due, summary, description, alarms: Vec::new(), cancelled: true })
}

impl Entry {
    fn mark(&self) -> String {
        let mut all = format!("{}\n{}\n{}\n{}", self.due, self.cancelled, self.summary, self.description);
        if !self.cancelled {
            self.alarms.iter().for_each(|(at, text)| all.push_str(&format!("\n{at}\n{text}")));
        }
        short_hash(&all)
    }

    fn event(&self, uid: &str, sequence: u32, stamp: String) -> Event {
        let day = |name: &str, date: Date| {
            let mut property = Property::new(name, date.strftime("%Y%m%d").to_string());
            property.add_parameter("VALUE", "DATE");
            property.done()
        };
        let mut event = Event::new();
        event.uid(uid).sequence(sequence).summary(&self.summary).description(&self.description);
        event.add_property("DTSTAMP", stamp.clone());
        event.append_property(day("DTSTART", self.due));
        event.append_property(day("DTEND", self.due.tomorrow().unwrap_or(self.due)));
        // A due date takes nobody's time.
        event.add_property("TRANSP", "TRANSPARENT");
        event.add_property(MARK, self.mark());
        event.status(if self.cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed });
        for (at, text) in self.alarms.iter().filter(|_| !self.cancelled) {
            if let Ok(moment) = utc(*at).parse::<CalendarDateTime>() {
                let mut alarm = Alarm::display(text, Trigger::DateTime(moment));
                // Else they are made up anew each time.
                alarm.uid(&format!("{}@billpay", short_hash(&format!("{uid}\n{at}"))));
                alarm.add_property("DTSTAMP", stamp.clone());
                event.alarm(alarm);
            }
        }
        event.done()
    }
}

/// The same for good, and nothing that anyone could make a bill of.
fn uid(bill: &Bill) -> String {
    format!("{}@billpay", short_hash(&format!("calendar\n{}", bill.id)))
}

fn short_hash(text: &str) -> String {
    sha256(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn minutes(now: Timestamp) -> u32 {
    u32::try_from((now.as_second() - BEGINNING).div_euclid(60)).unwrap_or(0)
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// For people.
pub(super) fn tell(shell: &Shell, path: &Path, written: &Written) {
    let Written { events, changed, cancelled } = written;
    shell.line(&match shell.language {
        model::Language::Zh => {
            format!("{}：{events} 项，其中新增或变更 {changed} 项，取消 {cancelled} 项", path.display())
        }
        model::Language::En => {
            format!("{}: events {events}, new or changed {changed}, cancelled {cancelled}", path.display())
        }
    });
}
