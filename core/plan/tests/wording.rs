//! Rows 37, 38, 44 and 45: what a reminder says, word for word, in both languages and at each level of redaction.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "oracle/cases.rs"]
mod cases;

use std::collections::BTreeSet;

use billpay_plan::{Bill, Caps, Channel, Kind, Language, Policy, Redaction, Reminder, Status, Wishes, plan, zone};
use cases::bill;
use jiff::Timestamp;

fn said(bill: &Bill, language: Language, redaction: Redaction, channels: &[Channel]) -> Vec<Reminder> {
    let wishes = Wishes {
        language,
        redaction,
        channels: channels.iter().copied().collect::<BTreeSet<_>>(),
        ..Wishes::default()
    };
    let shanghai = zone("Asia/Shanghai").unwrap();
    // Eight days before: everything is still to come.
    let now: Timestamp = "2026-11-27T04:00:00Z".parse().unwrap();
    plan(std::slice::from_ref(bill), &Policy::try_from(wishes).unwrap(), now, &shanghai, &shanghai, Caps::NONE)
}

fn golden(one: Bill) -> String {
    let mut one = Bill { number: Some("0123456789".to_owned()), ..one };
    let mut lines = String::new();
    for language in [Language::Zh, Language::En] {
        for level in [Redaction::Nothing, Redaction::Masked, Redaction::Everything] {
            if language == Language::En {
                one.method = Some("Debit card 1234".to_owned());
            }
            lines += &format!("== {language:?}, level {}\n", u8::from(level));
            for it in said(&one, language, level, &[Channel::Phone]) {
                lines += &format!("{}: {} | {}\n", it.id, it.title, it.body);
            }
        }
    }
    lines
}

/// Compares with the file, or writes it when told to.
fn compare(name: &str, found: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("BILLPAY_WRITE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        found,
        "{name}: BILLPAY_WRITE=1 writes it, and git shows what changed"
    );
}

#[test]
fn row_45_what_is_said_at_each_level_in_both_languages() {
    compare("open.txt", &golden(bill("b", "2026-12-05")));
}

#[test]
fn row_44_that_a_payment_failed_is_said_before_the_bill_and_to_nobody_who_hides_it() {
    let failed = |at: &str| {
        let found = golden(Bill { failed_at: Some(at.parse().unwrap()), ..bill("b", "2026-12-05") });
        let of_stage = |line: &&str| line.starts_with("==") || line.contains("05.f");
        found.lines().filter(of_stage).map(|line| format!("{line}\n")).collect::<String>()
    };
    // Four days before the due date, on it, two days and a fortnight after it.
    let times = ["2026-12-01T04:00:00Z", "2026-12-05T04:00:00Z", "2026-12-07T04:00:00Z", "2026-12-19T04:00:00Z"];
    compare("failed.txt", &times.map(failed).concat());
    let one = Bill { failed_at: Some(times[0].parse().unwrap()), ..bill("b", "2026-12-05") };
    let by_message = said(&one, Language::En, Redaction::Nothing, &[Channel::Sms]);
    let sms = by_message.iter().find(|it| it.id.contains(".f")).unwrap().sms.clone().unwrap();
    assert!(sms.starts_with("Bill due in 4 days: The last payment did not go through. City Power ****6789"), "{sms}");
}

#[test]
fn row_44_while_it_is_being_checked_nothing_invites_to_pay() {
    let found = golden(Bill { status: Status::Checking, ..bill("b", "2026-12-05") });
    compare("checking.txt", &found);
    for word in ["请尽快缴费", "请立即缴费", "应缴", "Pay by", "Please pay"] {
        assert!(!found.contains(word), "{word}");
    }
    let checking = Bill { status: Status::Checking, ..bill("b", "2026-12-05") };
    let open = bill("b", "2026-12-05");
    let all = |bill: &Bill| said(bill, Language::En, Redaction::Everything, &[Channel::Phone]);
    let (checking, open) = (all(&checking), all(&open));
    // The same ids, so that the one takes the other's place.
    assert!(checking.iter().map(|it| &it.id).eq(open.iter().map(|it| &it.id)));
    for (one, other) in checking.iter().zip(&open).filter(|(one, _)| one.kind != Kind::Tail) {
        assert!((one.kind, one.pay) == (Kind::Checking, false) && other.pay && one.mark != other.mark, "{one:?}");
    }
}

#[test]
fn row_45_the_default_masks_and_nobody_sees_more_than_was_chosen() {
    assert_eq!(Wishes::default().redaction, Redaction::Masked);
    let one = Bill { number: Some("0123456789".to_owned()), ..bill("b", "2026-12-05") };
    let every = [Channel::Phone, Channel::Push, Channel::Sms];
    for language in [Language::Zh, Language::En] {
        for level in [Redaction::Nothing, Redaction::Masked, Redaction::Everything] {
            for it in said(&one, language, level, &every) {
                let shown = format!("{} {}", it.title, it.body);
                let sms = it.sms.unwrap();
                assert!(!sms.contains("0123456789") && !sms.contains("://") && !sms.contains("www."), "{sms}");
                assert_eq!(
                    shown.contains("0123456789"),
                    level == Redaction::Nothing && it.kind != Kind::Tail,
                    "{shown}"
                );
                if level == Redaction::Everything {
                    for secret in ["6789", "123.45", "电力", "Power", "1234", "12月", "Dec", "逾期", "overdue"] {
                        assert!(!shown.contains(secret) && !sms.contains(secret), "{shown} {sms}");
                    }
                }
            }
        }
    }
    // Nor do logs.
    let logged = format!("{:?} {:?}", one, said(&one, Language::En, Redaction::Nothing, &every));
    for secret in ["0123456789", "6789", "123.45", "Power"] {
        assert!(!logged.contains(secret), "{secret}");
    }
}

#[test]
fn row_89_each_channel_is_carried_and_sms_has_its_words_only_where_it_was_chosen() {
    let all = [Channel::Phone, Channel::Push, Channel::Sms];
    for set in 0..8_usize {
        let chosen: Vec<Channel> =
            all.into_iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1).map(|it| it.1).collect();
        let planned = said(&bill("b", "2026-12-05"), Language::En, Redaction::Masked, &chosen);
        assert_eq!(planned.is_empty(), chosen.is_empty());
        for it in planned {
            assert!(it.channels.iter().eq(chosen.iter()));
            assert_eq!(it.sms.is_some(), chosen.contains(&Channel::Sms));
            if let (Some(sms), Some(_)) = (&it.sms, &it.bill) {
                for part in ["CNY 123.45", "5 Dec 2026", "****6789", "储蓄卡 尾号1234"] {
                    assert!(sms.contains(part), "{sms}");
                }
            }
        }
    }
}

#[test]
fn a_name_that_others_chose_stays_on_its_line_and_turns_nothing_around() {
    let long = "长".repeat(500);
    let name = format!("Power\u{202e}\n\u{2066}\u{7}{long}");
    let hostile = Bill { name_en: name, ..bill("b", "2026-12-05") };
    let it = &said(&hostile, Language::En, Redaction::Masked, &[Channel::Phone])[0];
    assert!(it.body.starts_with("Power长") && it.body.chars().count() < 200, "{}", it.body);
    assert!(!it.body.chars().any(|letter| letter.is_control() || ('\u{2028}'..='\u{2069}').contains(&letter)));
}

#[test]
fn amounts_are_exact() {
    for (minor, currency, zh, en) in [
        (1, "CNY", "¥0.01", "CNY 0.01"),
        (123_456_789, "CNY", "¥1,234,567.89", "CNY 1,234,567.89"),
        (1_234, "JPY", "JPY 1,234", "JPY 1,234"),
        (1_234, "KWD", "KWD 1.234", "KWD 1.234"),
    ] {
        let mut one = bill("b", "2026-12-05");
        one.amount = billpay_plan::Amount { minor, currency: currency.to_owned() };
        for (language, amount) in [(Language::Zh, zh), (Language::En, en)] {
            let body = &said(&one, language, Redaction::Masked, &[Channel::Phone])[0].body;
            assert!(body.contains(amount), "{body}");
        }
    }
}
