//! Readings over time: as they are, or one value for each interval.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{DateTime, Utc};

use crate::model::{Observation, TimeSpan};

/// The intervals of a day begin at midnight in Viet Nam (UTC+7, without summer time).
const OFFSET: i64 = 7 * 3600;

/// What is made of the values of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// The mean.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// All together.
    Sum,
    /// How many.
    Count,
    /// The newest.
    Last,
}

impl Aggregate {
    /// Those that there are.
    pub const ALL: [(&str, Self); 6] = [
        ("avg", Self::Avg),
        ("min", Self::Min),
        ("max", Self::Max),
        ("sum", Self::Sum),
        ("count", Self::Count),
        ("last", Self::Last),
    ];

    #[expect(clippy::cast_precision_loss, reason = "readings of an interval")]
    fn of(self, values: &[f64]) -> Option<f64> {
        let sum = || values.iter().sum::<f64>();
        let last = *values.last()?;
        Some(match self {
            Self::Avg => sum() / values.len() as f64,
            Self::Min => values.iter().copied().fold(last, f64::min),
            Self::Max => values.iter().copied().fold(last, f64::max),
            Self::Sum => sum(),
            Self::Count => values.len() as f64,
            Self::Last => last,
        })
    }
}

impl FromStr for Aggregate {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, aggregate)| *aggregate).ok_or(())
    }
}

/// From the first Monday of the epoch, 1970-01-05, weeks are counted.
const MONDAY: i64 = 4 * 24 * 3600;

/// The beginning of the interval of a moment: intervals are counted from a midnight, and weeks from a Monday.
fn beginning(step: TimeSpan, time: DateTime<Utc>) -> DateTime<Utc> {
    let local = time.timestamp() + OFFSET - MONDAY;
    DateTime::from_timestamp(local - local.rem_euclid(step.delta().num_seconds()) - OFFSET + MONDAY, 0).unwrap_or(time)
}

/// One moment of a series, with a value a property.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Of the reading, or the beginning of the interval.
    pub time: DateTime<Utc>,
    /// Where it was measured.
    pub position: Option<[f64; 2]>,
    /// By the place of each property.
    pub values: Vec<Option<f64>>,
}

/// Readings as they are.
#[must_use]
pub fn bare(readings: Vec<Observation>) -> Vec<Moment> {
    let moment = |one: Observation| Moment { time: one.time, position: one.position, values: one.values.into_vec() };
    readings.into_iter().map(moment).collect()
}

/// One moment for each interval in which anything was measured, in order of time. Readings come in order of time.
#[must_use]
pub fn aggregated(readings: &[Observation], step: TimeSpan, aggregate: Aggregate) -> Vec<Moment> {
    let mut intervals: BTreeMap<DateTime<Utc>, Vec<Vec<f64>>> = BTreeMap::new();
    for reading in readings.iter().filter(|reading| reading.values.iter().any(Option::is_some)) {
        let values = intervals.entry(beginning(step, reading.time));
        let values = values.or_insert_with(|| vec![Vec::new(); reading.values.len()]);
        values.iter_mut().zip(&reading.values).for_each(|(all, value)| all.extend(*value));
    }
    let moment = |(time, values): (DateTime<Utc>, Vec<Vec<f64>>)| Moment {
        time,
        position: None,
        values: values.iter().map(|values| aggregate.of(values)).collect(),
    };
    intervals.into_iter().map(moment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FeatureId;

    #[test]
    fn intervals_begin_where_clocks_in_viet_nam_do() {
        for (step, time, begun) in [
            ("PT15M", "2026-11-21T10:14:59+07:00", "2026-11-21T10:00:00+07:00"),
            ("PT1H", "2026-11-21T10:00:00+07:00", "2026-11-21T10:00:00+07:00"),
            ("P1D", "2026-11-21T06:59:59+07:00", "2026-11-21T00:00:00+07:00"),
            ("P1D", "2026-11-21T23:59:59+07:00", "2026-11-21T00:00:00+07:00"),
            ("P7D", "2026-11-22T23:59:59+07:00", "2026-11-16T00:00:00+07:00"),
            ("P7D", "2026-11-23T00:00:00+07:00", "2026-11-23T00:00:00+07:00"),
        ] {
            let moment = |text: &str| DateTime::parse_from_rfc3339(text).expect("a moment").to_utc();
            let step: TimeSpan = step.parse().expect("a step");
            assert_eq!(beginning(step, moment(time)), moment(begun), "{time}");
        }
    }

    #[test]
    fn each_aggregate_is_what_it_is_called() {
        let reading = |second: i64, value: Option<f64>| Observation {
            feature: FeatureId::new("a").expect("an id"),
            time: DateTime::from_timestamp(second, 0).expect("a moment"),
            position: None,
            values: Box::new([value]),
        };
        let readings = [
            reading(0, Some(4.0)),
            reading(10, Some(1.0)),
            reading(20, Some(7.0)),
            reading(70, None),
            reading(130, Some(2.0)),
        ];
        for (aggregate, first) in
            [("avg", 4.0), ("min", 1.0), ("max", 7.0), ("sum", 12.0), ("count", 3.0), ("last", 7.0)]
        {
            let series =
                aggregated(&readings, "PT1M".parse().expect("a step"), aggregate.parse().expect("an aggregate"));
            let found: Vec<_> = series.iter().map(|moment| (moment.time.timestamp(), moment.values[0])).collect();
            let second = if aggregate == "count" { 1.0 } else { 2.0 };
            assert_eq!(found, [(0, Some(first)), (120, Some(second))], "{aggregate}");
        }
    }
}
