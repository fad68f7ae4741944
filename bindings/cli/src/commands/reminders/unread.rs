//! Why a file in JSON could not be read, in the person's language, with the place. The parser speaks English.

use serde_json::error::{Category, Error};

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

/// In one sentence without its full stop.
pub(super) fn words(shell: &Shell, error: &Error) -> String {
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
    Some(format!("隐藏级别是 0（不隐藏）、1（户号只显示末四位）或 2（全部隐藏），不能是 {level}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use billpay_core::reminders::Wishes;

    use super::*;

    #[test]
    fn row_71_what_is_wrong_with_a_file_is_told_in_chinese_with_its_place() {
        for (text, told) in [
            (r#"{"lead_day": [1]}"#, "第1行第11列：不认识这一项（lead_day），可以是 lead_days、overdue_days、"),
            (r#"{"at": 5}"#, "第1行第8列：值的类型不对（5），应为文字"),
            (r#"{"at": "25:00"}"#, "第1行第15列：“25:00”不是时刻，例如 08:30"),
            (r#"{"redaction": 7}"#, "：隐藏级别是 0（不隐藏）、1（户号只显示末四位）或 2（全部隐藏），不能是 7"),
            (r#"{"lead_days": [-1]}"#, "：值不在允许的范围内（-1），应为 0 至 65535 的整数"),
            (r#"{"lead_days": 3}"#, "：值的类型不对（3），应为列表"),
            (r#"{"channels": ["fax"]}"#, "第1行第19列：不能取这个值（fax），可以是 phone、push、sms"),
            (r#"{"at": "09:00""#, "第1行第14列：JSON 不完整"),
            ("at 9", "第1行第1列：不是正确的 JSON"),
        ] {
            let error = serde_json::from_str::<Wishes>(text).unwrap_err();
            let chinese = chinese(&error, &error.to_string());
            assert!(chinese.contains(told) && chinese.ends_with("；写法见 docs/reminders.md"), "{error}: {chinese}");
        }
    }
}
