//! Moments as the ledger keeps them (milliseconds since 1970) and as the wire writes them
//! (RFC 3339 in UTC), and the bank's calendar day.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The bank's zone: days, limits and due dates are counted here.
pub const ZONE: &str = "Asia/Shanghai";

/// Seconds east of UTC: the zone has had no summer time since 1991, and a sandbox has no older days.
const OFFSET_SECONDS: i64 = 8 * 3600;
const DAY_SECONDS: i64 = 24 * 3600;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The moment as a value.
#[must_use]
pub fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// RFC 3339 in UTC, of whole milliseconds.
#[must_use]
pub fn text(ms: i64) -> String {
    timestamp(ms).to_string()
}

/// The moment of an RFC 3339 text in UTC (`Z`), cut to milliseconds; `None` for any other spelling.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    if !text.ends_with('Z') || text.len() > 40 {
        return None;
    }
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// Days since 1970-01-01 by the bank's calendar.
#[must_use]
pub fn bank_day(ms: i64) -> i64 {
    (ms.div_euclid(1000) + OFFSET_SECONDS).div_euclid(DAY_SECONDS)
}

/// When a day of the bank begins, in milliseconds since 1970.
#[must_use]
pub fn day_begins(day: i64) -> i64 {
    (day * DAY_SECONDS - OFFSET_SECONDS) * 1000
}

/// The date of a day of the bank; the last there is, beyond the calendar.
#[must_use]
pub fn date_of(day: i64) -> Date {
    let day = i32::try_from(day).unwrap_or(i32::MAX);
    EPOCH.saturating_add(jiff::Span::new().try_days(day).unwrap_or_else(|_| jiff::Span::new().days(2_932_896)))
}

/// The day of the bank of a date.
#[must_use]
pub fn day_of(date: Date) -> i64 {
    // Days of a civil date: no zone is in it.
    date.to_datetime(jiff::civil::Time::midnight())
        .duration_since(EPOCH.to_datetime(jiff::civil::Time::midnight()))
        .as_hours()
        / 24
}

/// When the bank's day after `ms` begins.
#[must_use]
pub fn next_bank_day(ms: i64) -> i64 {
    day_begins(bank_day(ms) + 1)
}

/// The civil date at the bank.
#[must_use]
pub fn bank_date(ms: i64) -> Date {
    Timestamp::from_millisecond(ms)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::fixed(jiff::tz::offset(8)))
        .date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bank_s_day_begins_at_sixteen_hours_utc() {
        let before = parse("2026-11-22T15:59:59.999Z").unwrap();
        assert_eq!(bank_date(before).to_string(), "2026-11-22");
        assert_eq!(bank_date(before + 1).to_string(), "2026-11-23");
        assert_eq!(bank_day(before) + 1, bank_day(before + 1));
        assert_eq!(next_bank_day(before), before + 1);
    }

    #[test]
    fn a_day_of_the_bank_is_a_date_and_back() {
        for day in [-1, 0, 1, 20_000, 20_779, 21_000, 40_000] {
            let date = date_of(day);
            assert_eq!((day_of(date), bank_date(day_begins(day)), bank_day(day_begins(day))), (day, date, day));
            assert_eq!(bank_date(day_begins(day + 1) - 1), date);
        }
        assert_eq!(date_of(i64::MAX), date_of(2_932_896));
    }

    #[test]
    fn texts_and_moments_match_and_other_zones_are_refused() {
        assert_eq!(text(1_795_323_000_000), "2026-11-22T04:50:00Z");
        assert_eq!(parse("2026-11-22T04:50:00Z"), Some(1_795_323_000_000));
        assert_eq!(parse("2026-11-22T12:50:00+08:00"), None);
        assert_eq!(parse("yesterday"), None);
    }
}
