//! The JSON object of a reading: its values in an object `values`, or beside `time`, `lon` and `lat`, as most devices send them.
//!
//! Devices send more beside their values with each message: battery, rssi, seq. Where the values stand beside the time, what is no
//! property of the layer is left out, and counted, as long as something else is told. In `values` every name is meant.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::read::excerpt;
use super::reading::{Known, ReadingReason, Sent, Verdict};
use crate::model::{Layer, Observation};

/// A reading that can be kept.
#[derive(Debug)]
pub struct Told {
    /// The layer of the feature.
    pub layer: Arc<Layer>,
    /// What was measured.
    pub observation: Observation,
    /// How many names beside the values the layer does not observe.
    pub left_out: usize,
}

/// What is left of an object when layer and feature were taken out of it.
pub struct Members {
    /// A moment in RFC 3339.
    pub time: Option<String>,
    lon: Option<f64>,
    lat: Option<f64>,
    values: Map<String, Value>,
    /// Whether the values stand beside the time.
    flat: bool,
}

impl Members {
    /// Takes an object apart.
    pub fn read(mut members: Map<String, Value>) -> Verdict<Self> {
        let time = match members.remove("time") {
            None | Some(Value::Null) => None,
            Some(Value::String(time)) => Some(time),
            Some(other) => return Err(unreadable(&format!("`time` is {other}, not a text"))),
        };
        let lon = degrees(&mut members, "lon")?;
        let lat = degrees(&mut members, "lat")?;
        let flat = match members.remove("values") {
            None | Some(Value::Null) => true,
            Some(Value::Object(values)) => {
                members.extend(values);
                false
            }
            Some(other) => return Err(unreadable(&format!("`values` is {other}, not an object"))),
        };
        Ok(Self { time, lon, lat, values: members, flat })
    }

    /// Judges it as a reading of a feature.
    pub fn judge(mut self, layer: &str, feature: &str, known: &Known<'_>) -> Verdict<Told> {
        let left_out = self.leave_out(layer, known);
        let Self { time, lon, lat, values, .. } = &self;
        let sent = Sent { layer, feature, time: time.as_deref(), values, lon: *lon, lat: *lat };
        known.judge(&sent).map(|(layer, observation)| Told { layer, observation, left_out })
    }

    /// Leaves out what the layer does not observe, and says how much it was. Where nothing else is told all stays, to be refused by name.
    fn leave_out(&mut self, layer: &str, known: &Known<'_>) -> usize {
        let Some(layer) = (known.layer)(layer).filter(|_| self.flat) else { return 0 };
        let observed = |name: &String| layer.observed_index(name).is_some();
        if self.lon.is_none() && self.lat.is_none() && !self.values.keys().any(observed) {
            return 0;
        }
        let before = self.values.len();
        self.values.retain(|name, _| observed(name));
        before - self.values.len()
    }
}

fn degrees(members: &mut Map<String, Value>, name: &str) -> Verdict<Option<f64>> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(other) => Err(unreadable(&format!("`{name}` is {other}, not a number"))),
    }
}

/// That something is no reading, and why.
#[must_use]
pub fn unreadable(what: &str) -> (ReadingReason, String) {
    (ReadingReason::Unreadable, format!("no reading: {}", excerpt(what)))
}
