//! Amounts, dates and numbers as each language writes them (features row 71). Exact: no float
//! anywhere, nothing is rounded.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::model::{Currency, Language, Money};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `¥1,234.50` or `CNY 1,234.50`; other currencies by their code in both languages.
#[must_use]
pub fn money(money: Money, language: Language) -> String {
    let currency = money.currency();
    let figure = figure(money, language);
    match language {
        Language::Zh if currency == Currency::CNY => format!("¥{figure}"),
        Language::Zh | Language::En => format!("{currency} {figure}"),
    }
}

/// The amount without its currency: `1,234.50`.
#[must_use]
pub fn figure(money: Money, language: Language) -> String {
    let places = money.currency().places();
    let unit = 10_u64.pow(u32::try_from(places).unwrap_or(0));
    // Never negative, by construction.
    let minor = money.minor().unsigned_abs();
    let whole = number(minor / unit, language);
    if places == 0 { whole } else { format!("{whole}.{:0places$}", minor % unit) }
}

/// `1,234,567`; both languages group by three here, as their banks do.
#[must_use]
pub fn number(number: u64, language: Language) -> String {
    let separator = match language {
        Language::Zh | Language::En => ',',
    };
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// `2026年11月30日` or `30 Nov 2026`.
#[must_use]
pub fn date(date: Date, language: Language) -> String {
    let (year, day) = (date.year(), date.day());
    match language {
        Language::Zh => format!("{year}年{}月{day}日", date.month()),
        Language::En => format!("{day} {} {year}", month_name(date)),
    }
}

/// A date with the time of day in `zone`: `2026年11月30日 08:05` or `30 Nov 2026, 08:05`.
#[must_use]
pub fn moment(moment: Timestamp, zone: &TimeZone, language: Language) -> String {
    let local = zone.to_datetime(moment);
    let comma = match language {
        Language::Zh => "",
        Language::En => ",",
    };
    format!("{}{comma} {:02}:{:02}", date(local.date(), language), local.hour(), local.minute())
}

/// What stands beside something, in brackets: ` (so)`, or `（这样）` without a space.
#[must_use]
pub fn aside(words: &str, language: Language) -> String {
    match language {
        Language::Zh => format!("（{words}）"),
        Language::En => format!(" ({words})"),
    }
}

/// What a bill is for: `2026-10` as `2026年10月` or `Oct 2026`; a biller's own words as they are.
#[must_use]
pub fn period(period: &str, language: Language) -> String {
    let first: Option<Date> = if period.len() == 7 { format!("{period}-01").parse().ok() } else { None };
    match (first, language) {
        (None, _) => period.to_owned(),
        (Some(first), Language::Zh) => format!("{}年{}月", first.year(), first.month()),
        (Some(first), Language::En) => format!("{} {}", month_name(first), first.year()),
    }
}

fn month_name(date: Date) -> &'static str {
    let at = usize::from(date.month().unsigned_abs()).saturating_sub(1);
    MONTHS.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MAX_MINOR;
    use Language::{En, Zh};

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY).unwrap()
    }

    #[test]
    fn row_71_amounts_are_exact_in_both_languages() {
        assert_eq!((money(cny(12_345), Zh), money(cny(12_345), En)), ("¥123.45".into(), "CNY 123.45".into()));
        assert_eq!(money(cny(0), Zh), "¥0.00");
        assert_eq!(money(cny(7), En), "CNY 0.07");
        assert_eq!(money(cny(100_000), Zh), "¥1,000.00");
        assert_eq!(money(cny(MAX_MINOR), En), "CNY 90,071,992,547,409.91");
        let yen = Money::new(1_234, Currency::try_from("JPY".to_owned()).unwrap()).unwrap();
        assert_eq!((money(yen, Zh), money(yen, En)), ("JPY 1,234".into(), "JPY 1,234".into()));
    }

    #[test]
    fn row_71_dates_and_numbers_follow_the_language() {
        let day: Date = "2026-11-30".parse().unwrap();
        assert_eq!((date(day, Zh), date(day, En)), ("2026年11月30日".into(), "30 Nov 2026".into()));
        assert_eq!((period("2026-10", Zh), period("2026-10", En)), ("2026年10月".into(), "Oct 2026".into()));
        assert_eq!(period("第四季度", En), "第四季度");
        assert_eq!(number(1_234_567, Zh), "1,234,567");
        assert_eq!((number(999, En), number(1_000, En)), ("999".into(), "1,000".into()));
    }

    #[test]
    fn row_71_a_moment_is_shown_in_the_zone_that_was_asked_for() {
        let late: Timestamp = "2026-11-30T16:05:00Z".parse().unwrap();
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(moment(late, &shanghai, Zh), "2026年12月1日 00:05");
        assert_eq!(moment(late, &TimeZone::UTC, En), "30 Nov 2026, 16:05");
    }
}
