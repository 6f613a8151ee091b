//! When features are in force, and the moments and intervals for which that is asked.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::Serialize;

use super::rows::Rows;
use super::value::ValueRef;

/// The fields that tell from when to when a feature is in force, both ends included: dates, moments, or whole numbers that are years.
/// Indexes in [`super::Layer::fields`]; an end without a field, or a feature without a value there, is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Validity {
    /// The first day, moment or year.
    pub from: Option<usize>,
    /// The last.
    pub to: Option<usize>,
}

impl Validity {
    /// Whether a row is in force at some time of an interval.
    #[must_use]
    pub fn in_force(&self, rows: &Rows, row: usize, interval: &Interval) -> bool {
        let value = |field: Option<usize>| rows.columns().get(field?)?.get(row);
        let begun = match (value(self.from), interval.end) {
            (Some(value), Some(end)) => end.reaches(value),
            _ => true,
        };
        let over = match (value(self.to), interval.start) {
            (Some(value), Some(start)) => start.is_past(value),
            _ => false,
        };
        begun && !over
    }
}

/// Whether what begins at `first` and lasts until `last` is over before it begins. Values of different kinds are not compared.
#[must_use]
pub fn is_backwards(first: ValueRef<'_>, last: ValueRef<'_>) -> bool {
    match (first, last) {
        (ValueRef::Date(first), ValueRef::Date(last)) => first > last,
        (ValueRef::DateTime(first), ValueRef::DateTime(last)) => first > last,
        (ValueRef::Integer(first), ValueRef::Integer(last)) => first > last,
        _ => false,
    }
}

/// What tells when a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// From when to when it is in force.
    Validity(Validity),
    /// The field of its moment: an index in [`super::Layer::fields`].
    Moment(usize),
}

impl Times {
    /// Whether a row is in force at some time of an interval, or its moment lies in it.
    #[must_use]
    pub fn in_force(&self, rows: &Rows, row: usize, interval: &Interval) -> bool {
        match *self {
            Self::Validity(validity) => validity.in_force(rows, row, interval),
            Self::Moment(field) => {
                let value = rows.columns().get(field).and_then(|column| column.get(row));
                value.is_some() && Validity { from: Some(field), to: Some(field) }.in_force(rows, row, interval)
            }
        }
    }
}

/// A moment, or an interval with its ends, either of which may be open (OGC 17-069r4, section 7.15.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    start: Option<Moment>,
    end: Option<Moment>,
}

/// The last millisecond of a day.
const LAST: NaiveTime = match NaiveTime::from_hms_milli_opt(23, 59, 59, 999) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// A moment and the day that it is where it was written: 2025-07-01T06:00:00+07:00 is on the first of July, in UTC too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moment {
    at: DateTime<Utc>,
    day: NaiveDate,
}

/// A text that is no moment and no interval.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntervalError {
    /// A part is neither a moment nor open.
    #[error(
        "`{0}` is no moment: write 2025-07-01, 2025-07-01T00:00:00Z, or an interval such as 2025-07-01/2030-12-31, 2025-07-01/.. or ../2025-07-01"
    )]
    Unreadable(String),
    /// It ends before it starts.
    #[error("the interval `{0}` ends before it starts: exchange its ends")]
    Backwards(String),
}

impl Interval {
    /// Everything.
    pub const ALWAYS: Self = Self { start: None, end: None };

    /// The first and the last moment; `None` is open.
    #[must_use]
    pub fn ends(self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        (self.start.map(|start| start.at), self.end.map(|end| end.at))
    }

    /// The day of a moment in Viet Nam, whose time is seven hours ahead all year.
    #[must_use]
    pub fn day_of(moment: DateTime<Utc>) -> Self {
        Self::day(moment.checked_add_signed(TimeDelta::hours(7)).unwrap_or(moment).date_naive())
    }

    /// A day, all of it.
    #[must_use]
    pub fn day(day: NaiveDate) -> Self {
        let moment = |time| Some(Moment { at: day.and_time(time).and_utc(), day });
        Self { start: moment(NaiveTime::MIN), end: moment(LAST) }
    }
}

impl FromStr for Interval {
    type Err = IntervalError;

    /// Reads an RFC 3339 moment, a day (all of it), or two of them with `/` between; `..` or nothing is an open end.
    fn from_str(text: &str) -> Result<Self, IntervalError> {
        let (start, end) = text.split_once('/').unwrap_or((text, text));
        let part = |part: &str, last: bool| match part {
            "" | ".." if text.contains('/') => Ok(None),
            part => Moment::read(part, last).map(Some).ok_or_else(|| IntervalError::Unreadable(text.to_owned())),
        };
        let interval = Self { start: part(start, false)?, end: part(end, true)? };
        match (interval.start, interval.end) {
            (Some(start), Some(end)) if start.at > end.at => Err(IntervalError::Backwards(text.to_owned())),
            _ => Ok(interval),
        }
    }
}

impl Moment {
    /// `last`: a day stands for its end.
    fn read(text: &str, last: bool) -> Option<Self> {
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Some(Self { at: moment.to_utc(), day: moment.date_naive() });
        }
        // GDAL 3.6 writes the day of a date field with a `T` behind it.
        let text = text.strip_suffix('T').unwrap_or(text);
        let plain = text.len() == 10 && text.is_ascii();
        let day = if plain { text.parse::<NaiveDate>().ok()? } else { return None };
        let time = if last { LAST } else { NaiveTime::MIN };
        Some(Self { at: day.and_time(time).and_utc(), day })
    }

    /// Whether what begins at `value` has begun.
    fn reaches(self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Date(day) => day <= self.day,
            ValueRef::DateTime(at) => at <= self.at,
            ValueRef::Integer(year) => year <= i64::from(self.day.year()),
            _ => true,
        }
    }

    /// Whether what lasts until `value` is over.
    fn is_past(self, value: ValueRef<'_>) -> bool {
        match value {
            ValueRef::Date(day) => day < self.day,
            ValueRef::DateTime(at) => at < self.at,
            ValueRef::Integer(year) => year < i64::from(self.day.year()),
            _ => false,
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |moment: Option<Moment>| moment.map_or_else(|| "..".to_owned(), |moment| moment.at.to_rfc3339());
        write!(f, "{}/{}", end(self.start), end(self.end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> ValueRef<'_> {
        ValueRef::Date(text.parse().unwrap())
    }

    fn in_force(from: Option<ValueRef<'_>>, to: Option<ValueRef<'_>>, asked: &str) -> bool {
        let interval: Interval = asked.parse().unwrap_or_else(|error| panic!("{asked}: {error}"));
        let begun = from.is_none_or(|from| interval.end.is_none_or(|end| end.reaches(from)));
        begun && !to.is_some_and(|to| interval.start.is_some_and(|start| start.is_past(to)))
    }

    #[test]
    fn units_change_at_midnight_where_it_was_written() {
        let old = |asked| in_force(None, Some(date("2025-06-30")), asked);
        let new = |asked| in_force(Some(date("2025-07-01")), None, asked);
        for (asked, of_old, of_new) in [
            ("2025-06-30", true, false),
            ("2025-07-01", false, true),
            ("2025-06-30T23:59:59+07:00", true, false),
            ("2025-07-01T00:00:00+07:00", false, true),
            ("2025-06-30T17:00:00Z", true, false),
            ("2025-06-01/2025-07-31", true, true),
            ("../2025-06-30", true, false),
            ("2025-07-01/..", false, true),
            ("2025-07-01/", false, true),
            ("../..", true, true),
        ] {
            assert_eq!((old(asked), new(asked)), (of_old, of_new), "{asked}");
        }
        assert!(in_force(None, None, "1900-01-01"), "without time is always");
    }

    #[test]
    fn years_and_moments_are_compared_as_what_they_are() {
        let moment = ValueRef::DateTime("2026-03-01T08:00:00Z".parse().unwrap());
        for (from, asked, expected) in [
            (ValueRef::Integer(2026), "2025-12-31", false),
            (ValueRef::Integer(2026), "2026-01-01", true),
            (moment, "2026-03-01T07:59:59Z", false),
            (moment, "2026-03-01T15:00:00+07:00", true),
            (moment, "2026-03-01", true),
        ] {
            assert_eq!(in_force(Some(from), None, asked), expected, "{from:?} at {asked}");
        }
        assert!(in_force(None, Some(ValueRef::Integer(2030)), "2030-12-31"));
        assert!(!in_force(None, Some(ValueRef::Integer(2030)), "2031-01-01"));
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        for text in ["", "..", "/2025-01-01/", "2025-13-01", "2025-07-01T00:00:00", "2025-7-1", "now", "2025", "a/b"] {
            assert!(matches!(text.parse::<Interval>(), Err(IntervalError::Unreadable(_))), "{text}");
        }
        assert!(matches!("2025-07-02/2025-07-01".parse::<Interval>(), Err(IntervalError::Backwards(_))));
    }
}
