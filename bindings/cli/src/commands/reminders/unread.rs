//! Why a file in JSON could not be read, in the person's language, with the place. The parser speaks English.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{
    Value,
    error::{Category, Error},
    json,
};

use crate::shell::Shell;

/// What the parser begins its sentence with, and what is said for it in Chinese. Beside it stands what it names in
/// backticks, if it names anything.
const SAID: &[(&str, &str)] = &[
    ("unknown field", "不认识这一项"),
    ("missing field", "缺少这一项"),
    ("duplicate field", "这一项出现了两次"),
    ("unknown variant", "不能取这个值"),
    ("invalid type", "值的类型不对"),
    ("invalid value", "值不在允许的范围内"),
    ("invalid length", "值的个数不对"),
];

/// What of the values the parser expected is a name of its own, and what it is called in Chinese.
const EXPECTED: &[(&str, &str)] = &[
    ("a string", "文字"),
    ("a sequence", "列表"),
    ("a map", "对象"),
    ("struct", "对象"),
    ("u8", " 0 至 255 的整数"),
    ("u16", " 0 至 65535 的整数"),
    ("i64", "整数"),
];

/// What a file holds, or why not: which of its members or bills it is, and in one sentence without its full stop what is
/// wrong with it.
pub(super) fn read<T: DeserializeOwned + Serialize>(shell: &Shell, text: &str) -> Result<T, String> {
    let of = |name: String| format!("{name}{}", shell.colon());
    match serde_json::from_str::<T>(text) {
        Err(error) => Err(format!("{}{}", culprit::<T>(text).map(of).unwrap_or_default(), words(shell, &error))),
        Ok(read) => {
            match by_position(text, &read) {
                Some(name) => Err(of(name)
                    + shell.say("应为对象，每一项写明名称", "an object is expected, with the name of each member")),
                None => Ok(read),
            }
        }
    }
}

/// The member, or the element of a list, that alone makes a file unreadable.
fn culprit<T: DeserializeOwned>(text: &str) -> Option<String> {
    let fails = |part: Value| serde_json::from_value::<T>(part).is_err();
    match serde_json::from_str(text).ok()? {
        Value::Object(members) => {
            members.into_iter().find(|(name, value)| fails(json!({ name: value }))).map(|(name, _)| name)
        }
        Value::Array(all) => {
            let (at, one) = all.into_iter().enumerate().find(|(_, one)| fails(json!([one])))?;
            let id = one.get("id").and_then(Value::as_str).map(|id| format!(" ({id})")).unwrap_or_default();
            Some(format!("[{at}]{id}"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Where a list stands for an object: the parser takes members without their names, in an order that no page tells.
fn by_position(text: &str, read: &impl Serialize) -> Option<String> {
    fn unlike(given: &Value, read: &Value, name: String) -> Option<String> {
        match (given, read) {
            (Value::Array(_), Value::Object(_)) => Some(if name.is_empty() { "[]".to_owned() } else { name }),
            (Value::Array(given), Value::Array(read)) => given
                .iter()
                .zip(read)
                .enumerate()
                .find_map(|(at, (given, read))| unlike(given, read, format!("{name}[{at}]"))),
            (Value::Object(given), Value::Object(read)) => given.iter().find_map(|(member, given)| {
                let path = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                unlike(given, read.get(member)?, path)
            }),
            _ => None,
        }
    }
    unlike(&serde_json::from_str(text).ok()?, &serde_json::to_value(read).ok()?, String::new())
}

/// In one sentence without its full stop.
fn words(shell: &Shell, error: &Error) -> String {
    let english = error.to_string();
    shell.say(&chinese(error, &english), &english).to_owned()
}

fn chinese(error: &Error, english: &str) -> String {
    let what = match error.classify() {
        Category::Io => "读取时出错".to_owned(),
        Category::Eof => "JSON 不完整".to_owned(),
        Category::Syntax => "不是正确的 JSON".to_owned(),
        Category::Data => {
            if let Some(own) = own_words(english) {
                return format!("第{}行第{}列：{own}；写法见 docs/reminders.md", error.line(), error.column());
            }
            let said = SAID.iter().find(|(begins, _)| english.starts_with(begins));
            let said = said.map_or("有一个值不符合要求", |(_, chinese)| chinese);
            let (found, expected) = english.split_once(" expected ").unwrap_or((english, ""));
            let named = found.split('`').nth(1).map(|name| format!("（{name}）")).unwrap_or_default();
            format!("{said}{named}{}", instead(expected))
        }
    };
    format!("第{}行第{}列：{what}；写法见 docs/reminders.md", error.line(), error.column())
}

/// What can stand there, as far as that is known.
fn instead(expected: &str) -> String {
    let names: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    if !names.is_empty() {
        return format!("，可以是 {}", names.join("、"));
    }
    let known = EXPECTED.iter().find(|(english, _)| expected.starts_with(english));
    known.map(|(_, chinese)| format!("，应为{chinese}")).unwrap_or_default()
}

/// What the plan itself says of a value.
fn own_words(english: &str) -> Option<String> {
    if let Some((value, _)) = english.split_once(" is not a time of day") {
        return Some(format!("“{}”不是时刻，例如 08:30", value.trim_matches('"')));
    }
    let level = english.strip_prefix("the levels are 0")?.split_once(", not ")?.1;
    let level: String = level.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("隐藏级别是 0（不隐藏）、1（户号只显示末几位）或 2（全部隐藏），不能是 {level}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use billpay_core::reminders::{Bill, Wishes};

    use super::*;

    const BILL: &str = r#"{"id":"a","biller":"b","name_zh":"甲","name_en":"A","number_masked":"*1",
        "amount":{"minor":1,"currency":"CNY"},"due_date":"2026-12-05","status":"open"}"#;

    #[test]
    fn row_39_of_a_file_it_is_said_which_member_or_which_bill_is_wrong() {
        for (text, name) in [
            (r#"{"at": "09:00", "lead_days": [-1]}"#, Some("lead_days")),
            (r#"{"told_at": {"x": "nope"}}"#, Some("told_at")),
            (r#"{"lead_day": [1]}"#, Some("lead_day")),
            (r#"{"at": "09:00""#, None),
        ] {
            assert_eq!(culprit::<Wishes>(text).as_deref(), name, "{text}");
        }
        let bills =
            format!("[{BILL}, {}]", BILL.replace("2026-12-05", "2026-02-30").replace(r#""id":"a""#, r#""id":"w""#));
        assert_eq!(culprit::<Vec<Bill>>(&bills).as_deref(), Some("[1] (w)"));
    }

    #[test]
    fn row_39_members_without_their_names_are_not_taken_by_their_order() {
        let wishes = |text| by_position(text, &serde_json::from_str::<Wishes>(text).unwrap());
        assert_eq!(wishes("[]").as_deref(), Some("[]"));
        assert_eq!(wishes(r#"{"quiet": ["22:00", "08:00"]}"#).as_deref(), Some("quiet"));
        assert_eq!(wishes(r#"{"quiet": {"from": "22:00", "to": "08:00"}, "lead_days": [1, 3]}"#), None);
        let bills = |text: &str| by_position(text, &serde_json::from_str::<Vec<Bill>>(text).unwrap());
        assert_eq!(bills(&format!("[{BILL}]")), None);
        let unnamed = BILL.replace(r#"{"minor":1,"currency":"CNY"}"#, r#"[1, "CNY"]"#);
        assert_eq!(bills(&format!("[{BILL}, {unnamed}]")).as_deref(), Some("[1].amount"));
    }

    #[test]
    fn row_71_what_is_wrong_with_a_file_is_told_in_chinese_with_its_place() {
        for (text, told) in [
            (
                r#"{"lead_day": [1]}"#,
                "第1行第11列：不认识这一项（lead_day），可以是 lead_days、overdue_days、overdue_every、at、quiet、redaction、\
                 channels、language、muted、snoozed、told、told_checking、told_at、horizon_days",
            ),
            (r#"{"at": 5}"#, "第1行第8列：值的类型不对（5），应为文字"),
            (r#"{"at": "25:00"}"#, "第1行第15列：“25:00”不是时刻，例如 08:30"),
            (
                r#"{"redaction": 7}"#,
                "第1行第16列：隐藏级别是 0（不隐藏）、1（户号只显示末几位）或 2（全部隐藏），不能是 7",
            ),
            (r#"{"lead_days": [-1]}"#, "第1行第17列：值不在允许的范围内（-1），应为 0 至 65535 的整数"),
            (r#"{"lead_days": 3}"#, "第1行第15列：值的类型不对（3），应为列表"),
            (r#"{"channels": ["fax"]}"#, "第1行第19列：不能取这个值（fax），可以是 phone、push、sms"),
            (r#"{"at": "09:00""#, "第1行第14列：JSON 不完整"),
            ("at 9", "第1行第1列：不是正确的 JSON"),
        ] {
            let error = serde_json::from_str::<Wishes>(text).unwrap_err();
            let chinese = chinese(&error, &error.to_string());
            assert_eq!(chinese, format!("{told}；写法见 docs/reminders.md"), "{error}");
        }
    }
}
