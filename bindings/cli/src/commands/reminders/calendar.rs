//! A month on the terminal, as on a wall: days of due dates and of reminders are marked.

use std::collections::BTreeSet;

use billpay_core::model::Language;
use jiff::{ToSpan as _, civil::Date};

use crate::{
    paint::{Align, pad, width},
    shell::Shell,
};

/// Of a day, its marks included.
const CELL: usize = 6;
/// Months that are shown; the list below has all of it.
const MONTHS: usize = 3;

/// The months from today's on as far as anything is marked in them; today is the bank's, and a phone behind it may have
/// a reminder on the day before.
pub(super) fn months(shell: &Shell, today: Date, due: &[Date], told: &[Date]) -> Vec<String> {
    let (due, told): (BTreeSet<Date>, BTreeSet<Date>) = (due.iter().copied().collect(), told.iter().copied().collect());
    let last = due.iter().chain(&told).max().copied().unwrap_or(today).max(today);
    let mut lines = Vec::new();
    let mut first = told.first().copied().unwrap_or(today).min(today).first_of_month();
    for _ in 0..MONTHS {
        if first > last {
            break;
        }
        lines.extend(month(shell, first, today, &due, &told));
        let Ok(next) = first.checked_add(1.month()) else { break };
        first = next;
    }
    let (due, told) = (mark(shell, true), mark(shell, false));
    let (owed, said) = (shell.say("截止日", "due"), shell.say("提醒", "reminder"));
    lines.push(shell.paint.dim(&format!("{due} {owed}  {told} {said}")));
    lines.push(String::new());
    lines
}

fn mark(shell: &Shell, due: bool) -> &'static str {
    if due { shell.paint.sign("◆", "!") } else { shell.paint.sign("•", "*") }
}

fn month(shell: &Shell, first: Date, today: Date, due: &BTreeSet<Date>, told: &BTreeSet<Date>) -> Vec<String> {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = match shell.language {
        Language::Zh => format!("{}年{}月", first.year(), first.month()),
        Language::En => {
            let at = usize::from(first.month().unsigned_abs()).saturating_sub(1);
            format!("{} {}", NAMES.get(at).copied().unwrap_or_default(), first.year())
        }
    };
    let days = match shell.language {
        Language::Zh => ["一", "二", "三", "四", "五", "六", "日"],
        Language::En => ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"],
    };
    let head: String = days.iter().map(|day| format!("{}  ", pad(day, CELL - 2, Align::Right))).collect();
    let middle = (CELL * 7).saturating_sub(width(&name)) / 2;
    let mut lines = vec![shell.paint.bold(&format!("{}{name}", " ".repeat(middle))), shell.paint.dim(head.trim_end())];
    let mut line = " ".repeat(CELL * usize::from(first.weekday().to_monday_zero_offset().unsigned_abs()));
    let mut day = first;
    loop {
        line.push_str(&cell(shell, day, today, due.contains(&day), told.contains(&day)));
        let next = day.tomorrow().ok().filter(|next| next.month() == first.month());
        if next.is_none() || day.weekday() == jiff::civil::Weekday::Sunday {
            lines.push(line.trim_end().to_owned());
            line = String::new();
        }
        match next {
            Some(next) => day = next,
            None => break,
        }
    }
    lines.push(String::new());
    lines
}

fn cell(shell: &Shell, day: Date, today: Date, due: bool, told: bool) -> String {
    let number = pad(&day.day().to_string(), CELL - 2, Align::Right);
    let number = match (day == today, due, told) {
        (true, _, _) => shell.paint.good(&number),
        (false, true, _) => shell.paint.doubt(&number),
        (false, false, true) => shell.paint.accent(&number),
        (false, false, false) => number,
    };
    let of = |on: bool, due: bool| if on { mark(shell, due) } else { " " };
    // The marks stand behind the number, the date's first.
    let marks = if due { format!("{}{}", of(true, true), of(told, false)) } else { format!("{} ", of(told, false)) };
    format!("{number}{marks}")
}
