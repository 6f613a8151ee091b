//! A scene of the wall: a place, what is drawn there, and what is counted beside it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::fault::Fault;
use crate::geo::BBox;
use crate::model::rule::Severity;
use crate::model::{IndicatorId, LayerId, TimeSpan, Title};

/// What a wall shows for a while before the next one comes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scene {
    /// In URLs; the name of its file.
    pub id: String,
    /// For people.
    pub title: Title,
    /// Scenes follow each other by this number.
    pub order: i64,
    /// For how long it is shown, or each of its indicators.
    pub seconds: u16,
    /// Where the map looks.
    pub place: Place,
    /// What is drawn.
    pub layers: Vec<LayerId>,
    /// Present values that are written beside features.
    pub shown: Vec<Shown>,
    /// Indicators that colour their units, one after another. A scene that has any counts nothing else.
    pub indicators: Vec<IndicatorId>,
    /// What is counted.
    pub counters: Vec<Counter>,
    /// What went up and down.
    pub trends: Vec<Trend>,
    /// Severities of the alerts in the list.
    pub alerts: Vec<Severity>,
}

/// Severities by their names in files, the worst first.
pub const SEVERITIES: [(&str, Severity); 5] = [
    ("Extreme", Severity::Extreme),
    ("Severe", Severity::Severe),
    ("Moderate", Severity::Moderate),
    ("Minor", Severity::Minor),
    ("Unknown", Severity::Unknown),
];

/// Where a map looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// `[west, south, east, north]` in degrees, as large as it fits.
    #[serde(serialize_with = "as_array")]
    BBox(BBox),
    /// `[lon, lat]` in degrees, and the zoom of a map that is 1080 pixels high.
    View {
        /// `[lon, lat]`.
        center: [f64; 2],
        /// MapLibre's zoom.
        zoom: f64,
    },
}

fn as_array<S: serde::Serializer>(bbox: &BBox, serializer: S) -> Result<S::Ok, S::Error> {
    bbox.to_array().serialize(serializer)
}

/// An observed property that is written beside the features of its layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// A layer of the scene.
    pub layer: LayerId,
    /// One of its observed properties.
    pub property: String,
    /// Whether the value is written, or its colour alone is seen.
    pub text: bool,
    /// The colour of a feature from each value on, in rising order; without any it has the colour of its layer.
    pub colors: Vec<FromValue>,
}

/// A colour from a value on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FromValue {
    /// The least value.
    pub from: f64,
    /// `#rrggbb`.
    pub color: String,
    /// What it means; without it the legend writes the values.
    pub title: Option<Title>,
}

/// A number that is read from afar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counter {
    /// For people.
    pub title: Title,
    /// As printed behind the number.
    pub unit: Option<String>,
    /// Whose features.
    pub layer: LayerId,
    /// What of them.
    #[serde(flatten)]
    pub measure: Measure,
    /// Only those that match this CQL2 text.
    pub filter: Option<Filter>,
    /// Only those that measure this now.
    pub when: Option<When>,
    /// Only those of which this moment is over.
    pub past: Option<Past>,
    /// From this number on it is drawn as a warning.
    pub warn: Option<f64>,
}

/// A CQL2 text and where it stands. Whoever knows CQL2 says what is wrong with it: see [`super::Catalog::filters`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Filter {
    /// The text.
    pub text: String,
    /// Its place, for a fault.
    #[serde(skip)]
    pub place: Fault,
}

/// What is made of features, or of their values in a field or an observed property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "measure", content = "property", rename_all = "lowercase")]
pub enum Measure {
    /// How many there are.
    Count,
    /// All values together.
    Sum(String),
    /// The mean.
    Avg(String),
    /// The least.
    Min(String),
    /// The greatest.
    Max(String),
}

impl Measure {
    /// The property of which it is; none of a count.
    #[must_use]
    pub fn property(&self) -> Option<&str> {
        match self {
            Self::Count => None,
            Self::Sum(name) | Self::Avg(name) | Self::Min(name) | Self::Max(name) => Some(name),
        }
    }
}

/// A condition on what is measured now. What was never measured, or is silent by now, does not meet it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct When {
    /// An observed property.
    pub property: String,
    /// Its value is greater.
    pub above: Option<f64>,
    /// Its value is less.
    pub below: Option<f64>,
}

impl When {
    /// Whether a value meets it.
    #[must_use]
    pub fn is_met(&self, value: f64) -> bool {
        self.above.is_none_or(|above| value > above) && self.below.is_none_or(|below| value < below)
    }
}

/// A condition on a moment of a feature: it is over, since `within` at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Past {
    /// A field of type `datetime`.
    pub field: String,
    /// Without it, however long it is over.
    pub within: Option<TimeSpan>,
}

impl Past {
    /// Whether a moment meets it.
    #[must_use]
    pub fn is_met(&self, moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        moment <= now && self.within.is_none_or(|within| within.after(moment) > now)
    }
}

/// What an observed property was over the last hours, or how many features came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// For people.
    pub title: Title,
    /// As printed.
    pub unit: Option<String>,
    /// Whose features.
    pub layer: LayerId,
    /// Of this one; without it the mean of the layer.
    pub feature: Option<String>,
    /// Of what.
    #[serde(flatten)]
    pub course: Course,
    /// How far back.
    pub hours: u16,
}

/// What a trend follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Course {
    /// The mean of one of the layer's observed properties.
    Property(String),
    /// How many features there are by this field of type `datetime`.
    Count(String),
}
