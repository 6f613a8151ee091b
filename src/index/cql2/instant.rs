//! Days and moments as a filter writes them (RFC 3339, section 5.6).

use chrono::{DateTime, NaiveDate, SecondsFormat, Timelike, Utc};

use super::error::{FilterError, Shown};
use super::expr::Expr;

/// `2025-07-01`.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let day = if shape { text.parse().ok() } else { None };
    day.ok_or_else(|| format!("{} is no day like 2025-07-01", Shown::new(text)))
}

/// `2025-07-01T08:30:00Z`, with a fraction of a second or an offset if need be.
pub fn timestamp(text: &str) -> Result<DateTime<Utc>, String> {
    let moment = DateTime::parse_from_rfc3339(text)
        .map_err(|_other| format!("{} is no moment like 2025-07-01T08:30:00Z", Shown::new(text)))?
        .to_utc();
    if moment.nanosecond() % 1_000 != 0 {
        return Err(format!("{} is finer than a microsecond", Shown::new(text)));
    }
    Ok(moment)
}

/// One end of an interval: a day, a moment, or `..`.
pub fn bound(text: &str) -> Result<Option<Expr>, String> {
    if text == ".." {
        return Ok(None);
    }
    date(text).map(Expr::Date).or_else(|_no_day| timestamp(text).map(Expr::Timestamp)).map(Some).map_err(|_neither| {
        format!("{} is no day like 2025-07-01, no moment like 2025-07-01T08:30:00Z and not ..", Shown::new(text))
    })
}

/// As it is read.
pub fn print_timestamp(moment: &DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// What a text stands for where a day or a moment is wanted.
pub fn cast_date(text: &str) -> Result<NaiveDate, FilterError> {
    date(text).map_err(FilterError::Mismatch)
}

/// The same for moments.
pub fn cast_timestamp(text: &str) -> Result<DateTime<Utc>, FilterError> {
    timestamp(text).map_err(FilterError::Mismatch)
}
