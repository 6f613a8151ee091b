//! The day as the lines of NDJSON tell it, put together without the service: what it must know of everything.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    pub time: DateTime<Utc>,
    pub place: Option<[f64; 2]>,
    pub values: BTreeMap<String, f64>,
}

/// What each feature of a layer told, by time.
pub type Diary = BTreeMap<String, Vec<Line>>;

/// The lines by layer and feature.
#[derive(Default)]
pub struct Day {
    pub layers: BTreeMap<String, Diary>,
    pub lines: usize,
}

impl Day {
    pub fn read(text: &str) -> Self {
        let mut day = Self::default();
        for line in text.lines() {
            let line: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let word = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{name} of {line}")).to_owned();
            let time = DateTime::parse_from_rfc3339(&word("time")).unwrap_or_else(|error| panic!("{error}: {line}"));
            let place = line["lon"].as_f64().zip(line["lat"].as_f64()).map(|(lon, lat)| [lon, lat]);
            let values = line["values"].as_object().expect("values").iter();
            let values = values.map(|(name, value)| (name.clone(), value.as_f64().expect("a number"))).collect();
            let diary = day.layers.entry(word("layer")).or_default().entry(word("feature")).or_default();
            diary.push(Line { time: time.to_utc(), place, values });
            day.lines += 1;
        }
        for diary in day.layers.values_mut().flat_map(BTreeMap::values_mut) {
            diary.sort_by_key(|line| line.time);
            assert!(diary.windows(2).all(|pair| pair[0].time < pair[1].time), "nobody tells twice at a moment");
        }
        day
    }

    /// The newest value of each property of a feature at a moment, and when anything was told last.
    pub fn known(
        &self,
        layer: &str,
        feature: &str,
        at: DateTime<Utc>,
    ) -> Option<(BTreeMap<String, f64>, DateTime<Utc>)> {
        let mut known = BTreeMap::new();
        let mut last = None;
        for line in self.layers.get(layer)?.get(feature)?.iter().filter(|line| line.time <= at) {
            known.extend(line.values.iter().map(|(name, value)| (name.clone(), *value)));
            last = Some(line.time);
        }
        Some((known, last?))
    }

    /// Where a feature was at a moment.
    pub fn place(&self, layer: &str, feature: &str, at: DateTime<Utc>) -> Option<[f64; 2]> {
        let lines = self.layers.get(layer)?.get(feature)?;
        lines.iter().filter(|line| line.time <= at).filter_map(|line| line.place).next_back()
    }
}
