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
            let said = SAID.iter().find(|(begins, _)| english.starts_with(begins));
            let said = said.map_or("有一个值不符合要求", |(_, chinese)| chinese);
            let named = english.split('`').nth(1).map(|name| format!("（{name}）")).unwrap_or_default();
            format!("{said}{named}")
        }
    };
    format!("第{}行第{}列：{what}；写法见 docs/reminders.md", error.line(), error.column())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use billpay_core::reminders::Wishes;

    use super::*;

    #[test]
    fn row_71_what_is_wrong_with_a_file_is_told_in_chinese_with_its_place() {
        for (text, told) in [
            (r#"{"lead_day": [1]}"#, "第1行第11列：不认识这一项（lead_day）"),
            (r#"{"at": 5}"#, "第1行第8列：值的类型不对（5）"),
            (r#"{"at": "25:00"}"#, "第1行第15列：有一个值不符合要求"),
            (r#"{"channels": ["fax"]}"#, "第1行第19列：不能取这个值（fax）"),
            (r#"{"at": "09:00""#, "第1行第14列：JSON 不完整"),
            ("at 9", "第1行第1列：不是正确的 JSON"),
        ] {
            let error = serde_json::from_str::<Wishes>(text).unwrap_err();
            let chinese = chinese(&error, &error.to_string());
            assert_eq!(chinese, format!("{told}；写法见 docs/reminders.md"), "{error}");
        }
    }
}
