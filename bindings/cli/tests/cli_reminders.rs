//! `billpay reminders`: the plan of files, by anyone's own oracle, and a calendar for people.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod house;

use std::{path::Path, process::Output, time::Duration};

use calcard::{
    Entry, Parser,
    icalendar::{ICalendarComponent, ICalendarProperty, ICalendarStatus, ICalendarValue},
};
use house::{POWER, Phone, Sandbox, billpay};
use serde_json::{Value, json};

fn write(folder: &Path, name: &str, value: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, value.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn bills() -> Value {
    json!([{
        "id": "b", "biller": "power-sh", "name_zh": "市电力公司", "name_en": "City Power", "number_masked": "******1017",
        "amount": { "minor": 12_345, "currency": "CNY" }, "due_date": "2026-12-05", "status": "open",
    }])
}

const AT: [&str; 4] = ["--at", "2026-12-01T12:00:00+08:00", "--zone", "Asia/Shanghai"];

fn run(before: &[&str], more: &[&str]) -> Output {
    billpay().args(before).arg("reminders").args(AT).args(more).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn row_39_the_plan_of_files_is_printed_from_given_input_alone() {
    let folder = tempfile::tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &bills());
    let policy =
        json!({ "lead_days": [0, 1], "overdue_days": [2], "overdue_every": 0, "at": "23:00", "language": "en" });
    let policy = write(folder.path(), "policy.json", &policy);
    let output = run(&["--json"], &["--bills", &bills, "--policy", &policy]);
    let lines = lines(&output);
    let planned: Vec<(&str, &str)> =
        lines[..3].iter().map(|it| (it["id"].as_str().unwrap(), it["at"].as_str().unwrap())).collect();
    // The last day's moment would fall after its end by the end of the quiet hours: before them.
    assert_eq!(
        planned,
        [
            ("b.2026-12-05.d1", "2026-12-05T00:00:00Z"),
            ("b.2026-12-05.d0", "2026-12-05T13:59:00Z"),
            ("b.2026-12-05.o2", "2026-12-08T00:00:00Z"),
        ]
    );
    assert_eq!(lines[0]["body"], "City Power ******1017: CNY 123.45 is due by 5 Dec 2026. Pay in the app.");
    let summary = lines.last().unwrap();
    assert_eq!((&summary["ok"], &summary["reminders"], &summary["bills"]), (&json!(true), &json!(3), &json!(1)));
    assert!(output.status.success());
    // And the same again, byte for byte.
    assert_eq!(run(&["--json"], &["--bills", &bills, "--policy", &policy]).stdout, output.stdout);
}

#[test]
fn row_76_a_calendar_shows_due_dates_and_reminders_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &bills());
    for (language, words) in [
        ("en", ["December 2026", "Mo    Tu", "5!", "Bill due today", "! due  * reminder"]),
        ("zh", ["2026年12月", "一    二", "5!", "账单今天到期", "! 截止日  * 提醒"]),
    ] {
        let output = run(&["--lang", language], &["--bills", &bills]);
        let text = String::from_utf8(output.stdout).unwrap();
        for word in words {
            assert!(text.contains(word), "{language}: no {word:?} in\n{text}");
        }
        assert!(text.lines().any(|line| line.starts_with("         1*    2*    3     4*    5!*")), "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "bills.json", &bills());
    let mut date = bills();
    date[0]["due_date"] = "2026-02-30".into();
    let date = write(folder.path(), "date.json", &date);
    let days = write(folder.path(), "days.json", &json!({ "lead_days": [400] }));
    let typo = write(folder.path(), "typo.json", &json!({ "lead_day": [4] }));
    for (arguments, code) in [
        (vec!["--bills", &*date], "bills-file"),
        (vec!["--bills", &*typo], "bills-file"),
        (vec!["--bills", "nowhere.json"], "bills-file"),
        (vec!["--bills", &*good, "--policy", &*days], "reminder-days"),
        (vec!["--bills", &*good, "--policy", &*typo], "policy-file"),
        (vec!["--bills", &*good, "--bank-zone", "Asia/Atlantis"], "unknown-zone"),
    ] {
        let output = run(&["--json"], &arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert_eq!(lines(&output).last().unwrap()["error"]["code"], code, "{arguments:?}");
    }
    let when = billpay().args(["--json", "reminders", "--at", "noon", "--bills", &good]).output().unwrap();
    assert_eq!(lines(&when).last().unwrap()["error"]["code"], "not-a-time");
}

/// The events of a calendar as a parser of other people reads them: UID, SEQUENCE, date, what is said, whether it is
/// cancelled, and the moments of its alarms.
type Read = (String, i64, String, String, bool, Vec<String>);

fn read_by_others(path: &Path) -> Vec<Read> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.lines().all(|line| line.len() <= 75) && text.contains("\r\n"), "{text}");
    // That parser forgives (its strict mode takes no nested component at all): the form is looked at here.
    let mut open = Vec::new();
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let (name, value) = line.split_once(':').unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || b"-;=".contains(&byte)), "{line}");
        match name {
            "BEGIN" => open.push(value.to_owned()),
            "END" => assert_eq!(open.pop().as_deref(), Some(value)),
            _ => assert!(!open.is_empty()),
        }
    }
    let mut parser = Parser::new(&text);
    let read = parser.entry();
    let Entry::ICalendar(calendar) = read else { panic!("no calendar but {read:?}: {text}") };
    assert_eq!(parser.entry(), Entry::Eof);
    let one = |component: &ICalendarComponent, property: ICalendarProperty| {
        component.property(&property).and_then(|entry| entry.values.first()).cloned()
    };
    let words = |component: &ICalendarComponent, property| {
        one(component, property).and_then(ICalendarValue::into_text).unwrap().into_owned()
    };
    let moment = |component: &ICalendarComponent, property| {
        let at = one(component, property).unwrap();
        let at = at.as_partial_date_time().unwrap();
        let time = at.hour.map(|hour| format!("T{hour:02}:{:02}", at.minute.unwrap())).unwrap_or_default();
        format!("{}-{:02}-{:02}{time}", at.year.unwrap(), at.month.unwrap(), at.day.unwrap())
    };
    let events = calendar.components.iter().enumerate();
    let mut events: Vec<Read> = events
        .filter(|(_, it)| it.component_type.is_event())
        .map(|(nth, it)| {
            let alarms = calendar.alarms_for_id(u32::try_from(nth).unwrap());
            let mut alarms: Vec<String> = alarms.map(|alarm| moment(alarm, ICalendarProperty::Trigger)).collect();
            alarms.sort();
            let sequence = one(it, ICalendarProperty::Sequence).unwrap().as_integer().unwrap();
            (
                it.uid().unwrap().to_owned(),
                sequence,
                moment(it, ICalendarProperty::Dtstart),
                words(it, ICalendarProperty::Description),
                it.status() == Some(&ICalendarStatus::Cancelled),
                alarms,
            )
        })
        .collect();
    events.sort_by(|one, other| one.2.cmp(&other.2));
    events
}

#[test]
fn row_76_a_calendar_file_is_read_by_another_parser_and_is_updated_and_never_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let due = folder.path().join("due.ics");
    let file = due.to_str().unwrap();
    let mut two = bills();
    two.as_array_mut().unwrap().push(json!({
        "id": "w~1", "biller": "water-sh", "name_zh": "水务,\n一;\\", "name_en": "Water, Ltd; \\n", "number": "2100200018",
        "number_masked": "*******018", "amount": { "minor": 6_000, "currency": "CNY" }, "due_date": "2026-12-20",
        "status": "open", "method": "储蓄卡",
    }));
    let export = |bills: &Value, more: &[&str]| {
        let bills = write(folder.path(), "bills.json", bills);
        let at = if more.first() == Some(&"--at") { &["--zone", "Asia/Shanghai"][..] } else { &AT[..] };
        let before = ["--json", "--lang", "en", "reminders", "--bills", &bills, "--ics", file];
        let output = billpay().args(before).args(at).args(more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        lines(&output).last().unwrap().clone()
    };
    let said = export(&two, &[]);
    assert_eq!((&said["events"], &said["changed"], &said["cancelled"]), (&json!(2), &json!(2), &json!(0)));
    let first = read_by_others(&due);
    let (power, water) = (first[0].clone(), first[1].clone());
    assert_eq!((power.2.as_str(), water.2.as_str(), power.4), ("2026-12-05", "2026-12-20", false));
    let at_nine = ["2026-11-28T01:00", "2026-12-02T01:00", "2026-12-04T01:00", "2026-12-05T01:00"];
    assert_eq!(power.5, at_nine, "an alarm for each reminder until it is due, and none after");
    assert_eq!(water.3, "Water, Ltd; \\n *******018: CNY 60.00 is due by 20 Dec 2026. Pay by 储蓄卡.");
    assert!(power.0 != water.0 && !power.0.contains("~"), "{}", power.0);
    // Nothing has changed: the same bytes, on another day, too.
    let bytes = std::fs::read(&due).unwrap();
    assert_eq!(export(&two, &["--at", "2026-12-03T12:00:00+08:00"])["changed"], 0);
    assert_eq!(std::fs::read(&due).unwrap(), bytes);
    // Another amount, another date: the same UID, a higher SEQUENCE, and the other one is as it was.
    (two[0]["amount"]["minor"], two[0]["due_date"]) = (json!(22_345), json!("2026-12-07"));
    assert_eq!(export(&two, &[])["changed"], 1);
    let second = read_by_others(&due);
    assert!(second[0].0 == power.0 && second[0].1 > power.1 && second[0].2 == "2026-12-07", "{second:?}");
    assert_eq!(second[1], water);
    // Paid; and gone altogether: cancelled, and no alarm left. Asked for again: there again.
    two[0]["status"] = json!("done");
    assert_eq!(export(&two, &[])["cancelled"], 1);
    let third = read_by_others(&due);
    assert!(third[0].4 && third[0].1 > second[0].1 && third[0].5.is_empty(), "{third:?}");
    let none = export(&json!([]), &[]);
    assert_eq!((&none["cancelled"], &none["changed"]), (&json!(2), &json!(1)));
    two[0]["status"] = json!("open");
    export(&two, &[]);
    let back = read_by_others(&due);
    assert!(!back[0].4 && back[0].1 > third[0].1 && back.len() == 2, "{back:?}");
    // The file was lost: what a calendar has is replaced all the same.
    std::fs::remove_file(&due).unwrap();
    export(&two, &["--at", "2026-12-02T12:00:00+08:00"]);
    let again = read_by_others(&due);
    assert!(again[0].0 == power.0 && again[0].1 > back[0].1, "{again:?}");
    // With the number in full on the lock screen: not in a file that is copied around. And all hidden: all.
    for (level, shown) in [(0, Some("*******018")), (2, None)] {
        let policy = write(folder.path(), "policy.json", &json!({ "redaction": level, "language": "en" }));
        export(&two, &["--policy", &policy]);
        let text = std::fs::read_to_string(&due).unwrap().replace("\r\n ", "");
        assert!(!text.contains("2100200018") && shown.is_none_or(|shown| text.contains(shown)), "{text}");
        assert!(level < 2 || !text.contains("Water") && !text.contains("60.00"), "{text}");
    }
}

#[test]
fn row_76_what_is_no_calendar_is_left_as_it_is_and_events_of_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &bills());
    let due = folder.path().join("due.ics");
    std::fs::write(&due, "my diary").unwrap();
    let output = run(&["--json"], &["--bills", &bills, "--ics", due.to_str().unwrap()]);
    assert_eq!(lines(&output).last().unwrap()["error"]["code"], "calendar-file");
    assert_eq!(std::fs::read_to_string(&due).unwrap(), "my diary");
    let birthday = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n\
                    BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n\
                    TZOFFSETFROM:+0800\r\nTZOFFSETTO:+0800\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
                    BEGIN:VTODO\r\nUID:errand\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:buy cake\r\nEND:VTODO\r\n\
                    BEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:without a name\r\nEND:VEVENT\r\n\
                    BEGIN:VEVENT\r\nUID:birthday\r\n\
                    DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20261201\r\nSEQUENCE:1\r\nDESCRIPTION:cake\r\n\
                    END:VEVENT\r\nEND:VCALENDAR\r\n";
    // A link is replaced by a file of ours: what it leads to is not ours to write.
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, birthday).unwrap();
    std::fs::remove_file(&due).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &due).unwrap();
    assert!(run(&["--json"], &["--bills", &bills, "--ics", due.to_str().unwrap()]).status.success());
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), birthday);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::symlink_metadata(&due).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it says what this person owes");
    let text = std::fs::read_to_string(&due).unwrap();
    for theirs in ["UID:birthday", "DESCRIPTION:cake", "TZID:Mine", "TZOFFSETTO:+0800", "buy cake", "without a name"] {
        assert!(text.contains(theirs), "{theirs} is gone: {text}");
    }
    assert!(text.contains("END:VALARM"), "{text}");
}

#[test]
fn row_76_a_calendar_of_thousands_of_bills_is_written_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let one = bills().as_array().unwrap()[0].clone();
    let of = |nth: usize| {
        let mut bill = one.clone();
        bill["id"] = json!(format!("b{nth}~1"));
        bill
    };
    let many = write(folder.path(), "bills.json", &Value::Array((0..3_000).map(of).collect()));
    let due = folder.path().join("due.ics");
    for changed in [3_000, 0] {
        let output = run(&["--json"], &["--bills", &many, "--ics", due.to_str().unwrap()]);
        let said = lines(&output).last().unwrap().clone();
        assert_eq!((&said["events"], &said["changed"]), (&json!(3_000), &json!(changed)), "{said}");
    }
    assert!(std::fs::metadata(&due).unwrap().len() > 1 << 20);
}

#[test]
fn row_89_channels_snooze_mute_and_policy_are_chosen_in_a_terminal_and_the_bank_sends_its_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut sandbox = Sandbox::controlled(folder.path());
    let phone = Phone::ready(folder.path(), &sandbox);
    let policy = write(folder.path(), "policy.json", &json!({ "quiet": null }));
    let set = phone.run(&["reminders", "policy", &policy]).ok();
    assert_eq!((&set.last()["policy"]["quiet"], &set.last()["bank_knows"]), (&Value::Null, &json!(true)));
    let shown = phone.run(&["--lang", "en", "reminders", "channels"]).ok();
    assert_eq!((&shown.last()["channels"], &shown.last()["bindings"]), (&json!(["phone"]), &json!([])));
    let chosen = phone.run(&["--lang", "en", "reminders", "channels", "phone,sms"]).ok();
    assert_eq!((&chosen.last()["channels"], &chosen.last()["bank_knows"]), (&json!(["phone", "sms"]), &json!(true)));
    phone.run(&["reminders", "channels", "gold"]).failed("not-a-channel");
    let odd = write(folder.path(), "odd.json", &json!({ "at": 5 }));
    let (_, said) = phone.said(&["--lang", "zh", "reminders", "policy", &odd]);
    assert!(said.contains("odd.json: at：第1行第7列：值的类型不对（5）"), "{said}");
    phone.run(&["reminders", "channels", "sms", "--account", "A-of-nobody"]).failed("unknown-account");
    // A bill that the biller makes: the bank asks for it by itself, tells the phone, and the person.
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
    let noon = now.tomorrow().unwrap().with().hour(12).build().unwrap();
    let due = noon.date().checked_add(jiff::Span::new().days(3)).unwrap();
    assert_eq!(sandbox.control(&format!("bill {} {} N0001 4200 {due}", POWER.0, POWER.1))["ok"], true);
    let ahead = noon.timestamp().as_millisecond() - now.timestamp().as_millisecond();
    // It reminds once a minute, and collects meanwhile.
    let message = (0..10).find_map(|minute| {
        sandbox.control(&format!("clock {}", ahead + minute * 60_000));
        sandbox.message(Duration::from_secs(2))
    });
    let message = message.expect("a message comes");
    assert!(message.starts_with("Bill due in 3 days: Shanghai Power *******017: CNY 42.00"), "{message}");
    let seen = phone.run(&["bills", "--refresh"]).ok();
    assert!(format!("{:?}", seen.lines).contains("N0001"), "{seen:?}");
    assert_eq!(sandbox.control("collect")["asked"], 0, "it was asked about just now");
    // Put off, and muted: the plan and the bank hear of it.
    let until = "2027-01-02";
    phone.run(&["reminders", "snooze", POWER.0, "N0001", until]).ok();
    phone.run(&["reminders", "snooze", POWER.0, "nothing", until]).failed("reminder-unknown-bill");
    phone.run(&["reminders", "snooze", POWER.0, "N0001", "soon"]).failed("not-a-time");
    // Which bill, and until when; and it is taken back.
    let (_, shown) = phone.said(&["--lang", "en", "reminders", "policy"]);
    assert!(shown.contains("power-sh N0001 until 2 Jan 2027, 09:00"), "{shown}");
    let off = phone.run(&["reminders", "snooze", "Power-SH", "n0001", "--off"]).ok();
    assert_eq!((&off.last()["was_put_off"], &off.last()["bill"]), (&json!(true), &json!("N0001")));
    assert_eq!(phone.run(&["reminders", "policy"]).ok().last()["policy"]["snoozed"], json!([]));
    assert_eq!(phone.run(&["reminders", "snooze", POWER.0, "N0001", "--off"]).ok().last()["was_put_off"], false);
    phone.run(&["reminders", "snooze", POWER.0, "N0001", until]).ok();
    phone.run(&["reminders", "mute", "powersh"]).failed("unknown-biller");
    let muted = phone.run(&["reminders", "mute", POWER.0]).ok();
    assert_eq!((&muted.last()["muted"], &muted.last()["bank_knows"]), (&json!(true), &json!(true)));
    assert_eq!(phone.run(&["reminders"]).ok().last()["reminders"], 0);
    // Silence is explained.
    let (_, silent) = phone.said(&["--lang", "en", "reminders"]);
    assert!(
        silent.contains("owed to billers that are muted: `billpay reminders mute BILLER --off` (power-sh)"),
        "{silent}"
    );
    phone.run(&["reminders", "mute", POWER.0, "--off"]).ok();
    phone.run(&["reminders", "channels", "none"]).ok();
    let (_, silent) = phone.said(&["--lang", "zh", "reminders"]);
    assert!(silent.contains("没有选择任何提醒渠道：billpay reminders channels phone"), "{silent}");
    phone.run(&["reminders", "channels", "phone"]).ok();
    assert!(phone.run(&["reminders"]).ok().last()["reminders"].as_u64().unwrap() > 0);
    // No network: it is stored, and said not to be told yet.
    sandbox.kill();
    let later = phone.run(&["reminders", "mute", "water-sh"]).ok();
    assert_eq!(later.last()["bank_knows"], false);
}

#[test]
fn row_76_a_calendar_speaks_of_days_and_of_no_payment_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let calendar = |name: &str, bills: &Value| {
        let bills = write(folder.path(), &format!("{name}.json"), bills);
        let file = folder.path().join(format!("{name}.ics"));
        let output = run(&["--lang", "zh"], &["--bills", &bills, "--ics", file.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().filter(|line| !line.starts_with("DTSTAMP") && !line.starts_with("LAST-MOD")).collect::<String>()
    };
    let mut failed = bills();
    // On the day on which a reminder in a phone says so, and begins with it.
    failed[0]["failed_at"] = "2026-12-05T00:30:00Z".into();
    let with = calendar("with", &failed);
    assert_eq!(with, calendar("without", &bills()));
    assert!(with.contains("BEGIN:VALARM"), "{with}");
}

#[test]
fn row_76_a_calendar_that_was_joined_with_its_copy_has_each_bill_once_and_a_bottomless_one_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &bills());
    let path = folder.path().join("bills.ics");
    let again = || run(&[], &["--bills", &bills, "--ics", path.to_str().unwrap()]);
    assert!(again().status.success());
    let text = std::fs::read_to_string(&path).unwrap();
    let event = &text[text.find("BEGIN:VEVENT").unwrap()..text.find("END:VCALENDAR").unwrap()];
    std::fs::write(&path, text.replace("END:VCALENDAR", &format!("{event}END:VCALENDAR"))).unwrap();
    assert!(again().status.success());
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!((text.matches("BEGIN:VEVENT").count(), text.contains("CANCELLED")), (1, false), "{text}");
    let (down, up) = ("BEGIN:X-A\r\n".repeat(2_000), "END:X-A\r\n".repeat(2_000));
    let deep = format!("BEGIN:VCALENDAR\r\n{down}{up}END:VCALENDAR\r\n");
    std::fs::write(&path, &deep).unwrap();
    let output = again();
    assert_eq!((output.status.code(), std::fs::read_to_string(&path).unwrap()), (Some(1), deep));
}

#[test]
fn row_76_a_calendar_of_plain_lines_is_kept_up_to_date_and_an_empty_one_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &bills());
    let plain = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//me//mine//EN\nBEGIN:VEVENT\nUID:dentist\n\
                 DTSTAMP:20260101T000000Z\nSUMMARY:Dentist\nEND:VEVENT\nEND:VCALENDAR\n";
    for (name, before) in [("plain.ics", plain), ("empty.ics", "")] {
        let path = folder.path().join(name);
        std::fs::write(&path, before).unwrap();
        let again = || {
            let output = run(&[], &["--bills", &bills, "--ics", path.to_str().unwrap()]);
            assert!(output.status.success(), "{name}: {output:?}");
        };
        again();
        let first = std::fs::read_to_string(&path).unwrap();
        assert!(first.contains("@billpay") && first.contains("\r\n") == before.is_empty(), "{first}");
        again();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first, "{name}");
    }
}

#[test]
fn row_76_what_others_wrote_into_a_calendar_keeps_its_bytes_and_the_file_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let bills = write(folder.path(), "bills.json", &bills());
    let path = folder.path().join("mine.ics");
    let head = "BEGIN:VCALENDAR\r\nPRODID:-//Mine//1.0//DE\r\nVERSION:2.0\r\nX-WR-TIMEZONE:Europe/Berlin\r\n";
    // Folded elsewhere than we would, in small letters, in an order of its own, without a UID.
    let theirs = "BEGIN:VEVENT\r\nSUMMARY:a long na\r\n me\r\nUID:theirs\r\nX-ODD;A=\"b;c\":1\\,2\r\n\
                  dtstamp:20260101T000000Z\r\nATTENDEE;CN=\"Li, Si\":mailto:li@example.org\r\n\
                  BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
                  BEGIN:VJOURNAL\r\nDESCRIPTION:lines\\nof mine\r\nEND:VJOURNAL\r\n";
    std::fs::write(&path, format!("{head}{theirs}END:VCALENDAR\r\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let again = || assert!(run(&[], &["--bills", &bills, "--ics", path.to_str().unwrap()]).status.success());
    again();
    let first = std::fs::read_to_string(&path).unwrap();
    assert!(first.starts_with(&format!("{head}{theirs}BEGIN:VEVENT\r\n")), "{first}");
    assert!(first.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n") && first.contains("@billpay"), "{first}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    // What was added to an entry of ours that has not changed stays, too.
    let noted = first.replacen("TRANSP:TRANSPARENT\r\n", "TRANSP:TRANSPARENT\r\nX-MY-NOTE:by card\r\n", 1);
    assert_ne!(noted, first);
    std::fs::write(&path, &noted).unwrap();
    again();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), noted);
}
