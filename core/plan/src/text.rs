//! The words, in Chinese and English, for three levels of what a lock screen may show.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use jiff::civil::Date;

use crate::{
    bill::{Bill, Status},
    policy::{Channel, Language, Policy, Redaction},
    reminder::Kind,
};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// From so many days late on the words are stronger.
const URGENT: i64 = 7;

/// What nearly every body has room in, in bytes.
const BODY: usize = 256;

/// The most characters of a name that others chose.
const LONGEST: usize = 60;

pub(crate) struct Words {
    pub kind: Kind,
    pub pay: bool,
    pub title: String,
    pub body: String,
    pub sms: Option<String>,
}

/// Of a bill with so many days left; below zero it is late. After a payment that failed that comes first.
pub(crate) fn words(bill: &Bill, left: i64, failed: bool, policy: &Policy) -> Words {
    let (language, level) = (policy.language(), policy.wishes().redaction);
    let kind = match bill.status {
        Status::Checking => Kind::Checking,
        Status::Open | Status::Done if left < 0 => Kind::Overdue,
        Status::Open | Status::Done => Kind::Due,
    };
    let shown = |level: Redaction| match level {
        Redaction::Everything => hidden(kind, language),
        Redaction::Nothing | Redaction::Masked => {
            let body = body_of(bill, kind, left, level, language);
            let body = if failed { after_failure(&body, language) } else { body };
            (title_of(kind, left, language), body)
        }
    };
    let (title, body) = shown(level);
    // Whoever hides everything from a lock screen has the message hidden no less: it lights up there too.
    let sms = policy.wishes().channels.contains(&Channel::Sms).then(|| {
        let (title, body) = shown(level.max(Redaction::Masked));
        one_line(&title, &body, language)
    });
    Words { kind, pay: kind != Kind::Checking, title, body, sms }
}

/// The one that asks to open the app.
pub(crate) fn tail(policy: &Policy) -> Words {
    let language = policy.language();
    let (title, body) = match language {
        Language::Zh => ("请打开应用", "之后还有账单提醒，打开应用后才能继续为您安排。"),
        Language::En => {
            ("Please open the app", "There are more reminders: open the app, so that it can go on with them.")
        }
    };
    let sms = policy.wishes().channels.contains(&Channel::Sms).then(|| one_line(title, body, language));
    Words { kind: Kind::Tail, pay: false, title: title.to_owned(), body: body.to_owned(), sms }
}

fn one_line(title: &str, body: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("{title}：{body}"),
        Language::En => format!("{title}: {body}"),
    }
}

/// Who paid takes the bill for paid, and this for a mistake: so it begins with what became of that.
fn after_failure(body: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("上次缴费未成功。{body}"),
        Language::En => format!("The last payment did not go through. {body}"),
    }
}

/// Nothing of what it is about; that a payment must not be repeated is said all the same.
fn hidden(kind: Kind, language: Language) -> (String, String) {
    let (title, body) = match (kind, language) {
        (Kind::Checking, Language::Zh) => ("缴费提醒", "有一笔缴费正在核实，请勿重复缴费。详情请打开应用查看。"),
        (Kind::Checking, Language::En) => {
            ("Bill reminder", "A payment is being checked: do not pay again. Open the app to see which.")
        }
        (Kind::Due | Kind::Overdue | Kind::Tail, Language::Zh) => ("缴费提醒", "有账单待处理，请打开应用查看。"),
        (Kind::Due | Kind::Overdue | Kind::Tail, Language::En) => ("Bill reminder", "Open the app to see it."),
    };
    (title.to_owned(), body.to_owned())
}

fn title_of(kind: Kind, left: i64, language: Language) -> String {
    let days = left.unsigned_abs();
    match (kind, language, left) {
        (Kind::Checking, Language::Zh, _) => "缴费正在核实".to_owned(),
        (Kind::Checking, Language::En, _) => "Payment being checked".to_owned(),
        (_, Language::Zh, 0) => "账单今天到期".to_owned(),
        (_, Language::En, 0) => "Bill due today".to_owned(),
        (_, Language::Zh, 1) => "账单明天到期".to_owned(),
        (_, Language::En, 1) => "Bill due tomorrow".to_owned(),
        (_, Language::Zh, 2..) => format!("账单{days}天后到期"),
        (_, Language::En, 2..) => format!("Bill due in {days} days"),
        (_, Language::Zh, _) => format!("账单已逾期{days}天"),
        (_, Language::En, -1) => "Bill 1 day overdue".to_owned(),
        (_, Language::En, _) => format!("Bill {days} days overdue"),
    }
}

fn body_of(bill: &Bill, kind: Kind, left: i64, level: Redaction, language: Language) -> String {
    let number = match level {
        Redaction::Nothing => bill.number.as_deref().unwrap_or(&bill.number_masked),
        Redaction::Masked | Redaction::Everything => &bill.number_masked,
    };
    let (number, amount) = (clean(number), bill.amount.show(language));
    let due = bill.due_date.map(|date| Day { date, language });
    let due: &dyn fmt::Display = due.as_ref().map_or(&"", |day| day);
    let method = bill.method.as_deref().map(clean);
    let urgent = left <= -URGENT;
    // One text, and nothing in between: a plan has hundreds of them.
    let mut body = String::with_capacity(BODY);
    let done = match language {
        Language::Zh => {
            let what = format_args!("{}（户号{number}）", clean(&bill.name_zh));
            match (kind, urgent) {
                (Kind::Checking, _) => write!(body, "{what}的一笔缴费正在核实，请勿重复缴费。"),
                (Kind::Overdue, false) => write!(body, "{what}欠费{amount}，应于{due}缴清，请尽快缴费。"),
                (Kind::Overdue, true) => {
                    write!(body, "{what}欠费{amount}，应于{due}缴清，请立即缴费，或联系收费单位。")
                }
                (Kind::Due | Kind::Tail, _) => write!(body, "{what}应缴{amount}，最晚{due}缴清。"),
            }
        }
        Language::En => {
            let what = format_args!("{} {number}", clean(&bill.name_en));
            match (kind, urgent) {
                (Kind::Checking, _) => write!(body, "{what}: a payment is being checked. Do not pay again."),
                (Kind::Overdue, false) => write!(body, "{what}: {amount} was due by {due}. Please pay soon."),
                (Kind::Overdue, true) => {
                    write!(body, "{what}: {amount} was due by {due}. Please pay now, or call the biller.")
                }
                (Kind::Due | Kind::Tail, _) => write!(body, "{what}: {amount} is due by {due}."),
            }
        }
    };
    let done = done.and_then(|()| match (kind, language, method) {
        (Kind::Checking, ..) => Ok(()),
        (_, Language::Zh, None) => body.write_str("请在应用内缴费。"),
        (_, Language::Zh, Some(method)) => write!(body, "支付方式：{method}。"),
        (_, Language::En, None) => body.write_str(" Pay in the app."),
        (_, Language::En, Some(method)) => write!(body, " Pay by {method}."),
    });
    debug_assert!(done.is_ok(), "writing into a text cannot fail");
    body
}

/// A date as people write it.
struct Day {
    date: Date,
    language: Language,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.date.year(), self.date.month(), self.date.day());
        match self.language {
            Language::Zh => write!(f, "{year}年{month}月{day}日"),
            Language::En => {
                let at = usize::from(month.unsigned_abs()).saturating_sub(1);
                write!(f, "{day} {} {year}", MONTHS.get(at).copied().unwrap_or_default())
            }
        }
    }
}

/// A text of others on one line, bounded, and without what would turn the direction of the rest around.
fn clean(text: &str) -> Cow<'_, str> {
    let plain = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // Nearly every one is as it should be.
    if text.len() <= LONGEST && text.chars().all(|letter| plain(&letter)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(plain).take(LONGEST).collect())
}
