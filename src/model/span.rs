//! A length of time as ISO 8601 writes it: `PT15M`, `P1D`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// From a second to a year, in whole seconds of days, hours, minutes and seconds: months and years have no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpan(TimeDelta);

/// A text that is no such length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no length of time: write PT15M, PT6H or P1D (ISO 8601), at least a second and at most a year")]
pub struct TimeSpanError(String);

impl TimeSpan {
    /// The length.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        self.0
    }

    /// The moment that is later by it; the last one there is, beyond.
    #[must_use]
    pub fn after(self, moment: DateTime<Utc>) -> DateTime<Utc> {
        moment.checked_add_signed(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

impl FromStr for TimeSpan {
    type Err = TimeSpanError;

    fn from_str(text: &str) -> Result<Self, TimeSpanError> {
        let wrong = || TimeSpanError(text.chars().take(40).collect());
        let duration: iso8601_duration::Duration = text.parse().map_err(|_error| wrong())?;
        let seconds = f64::from(duration.day) * 86_400.0
            + f64::from(duration.hour) * 3_600.0
            + f64::from(duration.minute) * 60.0
            + f64::from(duration.second);
        let whole = duration.year.abs() + duration.month.abs() == 0.0 && seconds.fract() == 0.0;
        if !whole || !(1.0..=31_622_400.0).contains(&seconds) {
            return Err(wrong());
        }
        #[expect(clippy::cast_possible_truncation, reason = "seconds of at most a year")]
        Ok(Self(TimeDelta::seconds(seconds as i64)))
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.num_seconds();
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if rest > 0 {
            f.write_str("T")?;
        }
        for (number, letter) in [(rest / 3_600, 'H'), (rest % 3_600 / 60, 'M'), (rest % 60, 'S')] {
            if number > 0 {
                write!(f, "{number}{letter}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        let table = [
            ("PT15M", Some(900), "PT15M"),
            ("P1D", Some(86_400), "P1D"),
            ("PT36H", Some(129_600), "P1DT12H"),
            ("PT90S", Some(90), "PT1M30S"),
            ("P1M", None, ""),
            ("PT0S", None, ""),
            ("-PT5M", None, ""),
            ("PT0.5S", None, ""),
            ("P367D", None, ""),
            ("15 minutes", None, ""),
        ];
        for (text, seconds, written) in table {
            let span = text.parse::<TimeSpan>().ok();
            assert_eq!(span.map(|span| span.delta().num_seconds()), seconds, "{text}");
            assert_eq!(span.map(|span| span.to_string()).unwrap_or_default(), written, "{text}");
        }
    }
}
