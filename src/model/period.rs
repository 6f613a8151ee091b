//! The months, quarters and years that indicators are told for.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Serialize, Serializer};

/// How long the periods of an indicator are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Every {
    /// Calendar months.
    Month,
    /// Quarters of calendar years.
    Quarter,
    /// Calendar years.
    Year,
}

impl Every {
    /// Those that there are, by their names in files and answers.
    pub const NAMES: [(&str, Self); 3] = [("month", Self::Month), ("quarter", Self::Quarter), ("year", Self::Year)];

    /// Months of one.
    #[must_use]
    pub fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// As a period is written.
    #[must_use]
    pub fn example(self) -> &'static str {
        match self {
            Self::Month => "2026-10",
            Self::Quarter => "2026-Q3",
            Self::Year => "2026",
        }
    }
}

/// A month, a quarter or a year: `2026-10`, `2026-Q3`, `2026`. Of one length they are in order of time; a year begins before the quarter
/// and the month that begin with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    every: Every,
    first: NaiveDate,
}

/// A text that is no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no period: write a month as 2026-10, a quarter as 2026-Q3, a year as 2026")]
pub struct NoPeriod(String);

/// Years of periods: four digits.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;

impl Period {
    /// The period of a length in which a day lies. `None` outside of 1900 to 2999.
    #[must_use]
    pub fn holding(every: Every, day: NaiveDate) -> Option<Self> {
        let month = day.month0() / every.months() * every.months() + 1;
        let first = NaiveDate::from_ymd_opt(day.year(), month, 1)?;
        YEARS.contains(&first.year()).then_some(Self { every, first })
    }

    /// How long it is.
    #[must_use]
    pub fn every(self) -> Every {
        self.every
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let next = self.first.checked_add_months(Months::new(self.every.months()));
        next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(NaiveDate::MAX)
    }

    /// The one before.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        self.months_before(self.every.months())
    }

    /// The same one of the year before.
    #[must_use]
    pub fn year_before(self) -> Option<Self> {
        self.months_before(12)
    }

    fn months_before(self, months: u32) -> Option<Self> {
        Self::holding(self.every, self.first.checked_sub_months(Months::new(months))?)
    }

    fn new(year: i32, part: u32, every: Every) -> Option<Self> {
        let month = part.checked_sub(1)?.checked_mul(every.months())?.checked_add(1)?;
        Self::holding(every, NaiveDate::from_ymd_opt(year, month, 1)?)
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.first, other.every).cmp(&(other.first, self.every))
    }
}

/// Digits and nothing else, so many of them.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

impl FromStr for Period {
    type Err = NoPeriod;

    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        let (year, part) = text.split_at_checked(4).ok_or_else(|| NoPeriod(text.to_owned()))?;
        let year = digits(year, 4).and_then(|year| i32::try_from(year).ok());
        let found = year.and_then(|year| match part {
            "" => Self::new(year, 1, Every::Year),
            part => match part.strip_prefix("-Q") {
                Some(quarter) => Self::new(year, digits(quarter, 1)?, Every::Quarter),
                None => Self::new(year, digits(part.strip_prefix('-')?, 2)?, Every::Month),
            },
        });
        found.ok_or_else(|| NoPeriod(text.to_owned()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            Every::Month => write!(f, "{}", self.first.format("%Y-%m")),
            Every::Quarter => write!(f, "{}-Q{}", self.first.year(), self.first.month0() / 3 + 1),
            Every::Year => write!(f, "{}", self.first.year()),
        }
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn periods_know_their_days_and_their_neighbours() {
        for (text, first, last, previous, year_before) in [
            ("2026-10", "2026-10-01", "2026-10-31", "2026-09", "2025-10"),
            ("2026-01", "2026-01-01", "2026-01-31", "2025-12", "2025-01"),
            ("2024-02", "2024-02-01", "2024-02-29", "2024-01", "2023-02"),
            ("2026-Q3", "2026-07-01", "2026-09-30", "2026-Q2", "2025-Q3"),
            ("2026-Q1", "2026-01-01", "2026-03-31", "2025-Q4", "2025-Q1"),
            ("2026", "2026-01-01", "2026-12-31", "2025", "2025"),
        ] {
            let found = period(text);
            assert_eq!(found.to_string(), text);
            assert_eq!((found.first_day().to_string(), found.last_day().to_string()), (first.into(), last.into()));
            assert_eq!(found.previous().expect("one before").to_string(), previous, "{text}");
            assert_eq!(found.year_before().expect("a year before").to_string(), year_before, "{text}");
        }
        assert_eq!(period("1900-01").previous(), None);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in [
            "",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-1",
            "2026-Q0",
            "2026-Q5",
            "2026Q3",
            "2026-q3",
            "26-10",
            "10/2026",
            "2026-10-01",
            "1899",
            "3000",
            " 2026",
            "+026",
            "2026-+1",
            "năm",
            "２０２６",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn they_are_in_order_of_time() {
        let sorted =
            ["2024", "2025", "2025-Q4", "2025-12", "2026", "2026-Q1", "2026-01", "2026-02", "2026-Q2", "2026-10"];
        let mut found: Vec<Period> = sorted.iter().rev().map(|text| period(text)).collect();
        found.sort_unstable();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), sorted);
    }
}
