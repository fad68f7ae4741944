//! What a person types, in the form in which it stands among the words of a receipt. Pure.

use jiff::fmt::strtime;

use crate::model::{narrow, without_currency};

/// Upper and lower case are one, and so are full and half width: a Chinese keyboard types either.
#[must_use]
pub fn folded(text: &str) -> String {
    narrow(text).to_lowercase()
}

/// An amount without its currency, a day or month as it is written there, and anything else as it is. With what was
/// typed beside a day: some billers number their bills like days.
pub(super) fn wanted(typed: &str) -> (String, Option<String>) {
    let typed = folded(typed);
    let typed = typed.trim();
    let day = || date(typed).filter(|day| day != typed);
    match amount(typed).or_else(|| month(typed)) {
        Some(meant) => (meant, None),
        None => day().map_or_else(|| (typed.to_owned(), None), |day| (day, Some(typed.to_owned()))),
    }
}

fn amount(typed: &str) -> Option<String> {
    let bare = without_currency(typed);
    let is_amount = !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    (is_amount && bare != typed).then(|| bare.to_owned())
}

/// `1 dec 2026`, `dec 2026`, `2026/12/1`, `2026/12`, `2026-12-1`.
fn date(typed: &str) -> Option<String> {
    let whole = ["%d %b %Y", "%d %B %Y", "%b %d, %Y", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d", "%Y年%m月%d日"];
    // A list shows the time behind the day.
    let time = ["", ", %H:%M", " %H:%M"];
    let forms = whole.iter().flat_map(|day| time.map(|time| format!("{day}{time}")));
    let day = forms.into_iter().find_map(|form| strtime::parse(form, typed).ok()?.to_date().ok());
    if let Some(day) = day {
        return Some(day.to_string());
    }
    let month = ["%b %Y", "%B %Y", "%Y/%m"].iter().find_map(|form| strtime::parse(form, typed).ok())?;
    Some(format!("{:04}-{:02}", month.year()?, month.month()?))
}

/// `2月` is February, and not the end of December.
fn month(typed: &str) -> Option<String> {
    let mut characters = typed.chars();
    let one = characters.next().is_some_and(|figure| matches!(figure, '1'..='9'));
    (one && characters.next() == Some('月')).then(|| format!("年{typed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_51_what_lists_show_and_keyboards_type_is_what_is_looked_for() {
        for (typed, looked_for) in [
            ("¥20.50", "20.50"),
            ("￥20.50", "20.50"),
            ("CNY 1,234.5", "1,234.5"),
            ("20.50元", "20.50"),
            ("２０．５０", "20.50"),
            ("Ｅ０００１", "e0001"),
            ("1 Dec 2026", "2026-12-01"),
            ("1 December 2026", "2026-12-01"),
            ("Dec 2026", "2026-12"),
            ("2026/12", "2026-12"),
            ("2026/12/1", "2026-12-01"),
            ("2026-12-1", "2026-12-01"),
            ("2026-12", "2026-12"),
            ("2026.12.1", "2026-12-01"),
            // An amount.
            ("2026.12", "2026.12"),
            ("2026年12月01日", "2026-12-01"),
            ("2026年12月1日 18:13", "2026-12-01"),
            ("1 Dec 2026, 18:13", "2026-12-01"),
            ("2026-12-01 18:13", "2026-12-01"),
            ("2月", "年2月"),
            ("2月1日", "年2月1日"),
            ("12月", "12月"),
            ("2026年2月", "2026年2月"),
            ("¥", "¥"),
            ("元", "元"),
            ("Dec", "dec"),
            ("31 Feb 2026", "31 feb 2026"),
            ("上海　水务", "上海 水务"),
        ] {
            assert_eq!(wanted(typed).0, looked_for, "{typed}");
        }
        assert_eq!(wanted("2026/12").1.as_deref(), Some("2026/12"), "or part of a number");
        assert_eq!(wanted("１２ Dec 2026").1.as_deref(), Some("12 dec 2026"));
        assert_eq!((wanted("2026-12-01").1, wanted("2月").1, wanted("5元").1), (None, None, None));
    }
}
