//! Indicators: what is told of administrative units, period by period.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::feature::FeatureId;
use super::layer::{LayerId, Title};
use super::name::named;
use super::period::{Every, Period};

/// An indicator's name in URLs, tables and files: as a layer's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndicatorId(Arc<str>);

named!(IndicatorId);

/// Which values are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The greater ones.
    Higher,
    /// The smaller ones.
    Lower,
}

impl Direction {
    /// Whether a value is as good as its target.
    #[must_use]
    pub fn meets(self, value: f64, target: f64) -> bool {
        match self {
            Self::Higher => value >= target,
            Self::Lower => value <= target,
        }
    }

    /// Whether a value is worse than its target by more than `by`.
    #[must_use]
    pub fn misses(self, value: f64, target: f64, by: f64) -> bool {
        match self {
            Self::Higher => value < target - by,
            Self::Lower => value > target + by,
        }
    }
}

/// What the values of several units come to together: of the units of a province, and of those that became one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// They add up: people, patients.
    Sum,
    /// Their mean, each with the weight that another indicator tells of the unit: shares, rates.
    Mean(IndicatorId),
}

impl Merge {
    /// Its name in files and answers.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean(_) => "mean",
        }
    }
}

/// How values are parted into classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// As many units in each.
    Quantile,
    /// Each as wide.
    Equal,
    /// Each as alike as can be: least squares within the classes (W. Fisher 1958, G. Jenks 1977).
    Jenks,
}

impl Method {
    /// Those that there are, by their names in files and URLs.
    pub const NAMES: [(&str, Self); 3] = [("quantile", Self::Quantile), ("equal", Self::Equal), ("jenks", Self::Jenks)];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name)
    }
}

/// Classes of a map: fewer say nothing, and more no eye tells apart.
pub const CLASSES: std::ops::RangeInclusive<usize> = 2..=9;

/// Everything that is known of an indicator but its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// Its name.
    pub id: IndicatorId,
    /// For people.
    pub title: Title,
    /// What it is, in a sentence.
    pub description: Title,
    /// Unit of measure as printed.
    pub unit: Title,
    /// Of whose features it tells.
    pub layer: LayerId,
    /// How long its periods are.
    pub every: Every,
    /// Which values are better; `None` where none is.
    pub direction: Option<Direction>,
    /// What is aimed at in periods that have no target of their own.
    pub target: Option<f64>,
    /// Targets of single periods, of its own length or of a longer one that holds them.
    pub targets: Vec<(Period, f64)>,
    /// Digits behind the point that are told.
    pub decimals: usize,
    /// What the values of several units come to; `None`: nothing.
    pub merge: Option<Merge>,
    /// The least and the greatest value that can be.
    pub range: Option<[f64; 2]>,
    /// Who answers for it.
    pub agency: Title,
    /// Where the values come from.
    pub source: String,
    /// How the map parts it into classes.
    pub method: Method,
    /// Into how many; within [`CLASSES`].
    pub classes: usize,
    /// `#rrggbb` from the lowest class to the highest, two or more.
    pub colors: Vec<String>,
}

impl Indicator {
    /// What is aimed at in a period: its own target, that of the shortest period that holds it, or the general one.
    #[must_use]
    pub fn target_in(&self, period: Period) -> Option<f64> {
        let holds = |(other, _): &&(Period, f64)| {
            other.first_day() <= period.first_day() && period.last_day() <= other.last_day()
        };
        let own = self.targets.iter().filter(holds).min_by_key(|(other, _)| other.every());
        own.map(|(_, target)| *target).or(self.target)
    }
}

/// The value of one indicator for one unit and one period. A period before the unit was made is that of the old unit with this code.
#[derive(Clone, Debug, PartialEq)]
pub struct Indication {
    /// Which indicator.
    pub indicator: IndicatorId,
    /// Of which unit.
    pub unit: FeatureId,
    /// When.
    pub period: Period,
    /// Finite.
    pub value: f64,
}

/// Values for the units of one layer. None is there twice.
#[derive(Clone, Debug)]
pub struct Indications {
    layer: LayerId,
    list: Arc<Vec<Indication>>,
}

impl Indications {
    /// Of values of one indicator, unit and period the last one counts.
    #[must_use]
    pub fn new(layer: LayerId, values: impl IntoIterator<Item = Indication>) -> Self {
        let mut list: Vec<Indication> = Vec::new();
        let mut places: HashMap<(IndicatorId, FeatureId, Period), usize> = HashMap::new();
        for mut value in values {
            value.value += 0.0; // what was minus zero is zero: SQLite keeps no other
            let place =
                *places.entry((value.indicator.clone(), value.unit.clone(), value.period)).or_insert(list.len());
            if place == list.len() {
                list.push(value);
            } else {
                list[place] = value;
            }
        }
        Self { layer, list: Arc::new(list) }
    }

    /// The layer of the units.
    #[must_use]
    pub fn layer(&self) -> &LayerId {
        &self.layer
    }

    /// The values.
    #[must_use]
    pub fn list(&self) -> &[Indication] {
        &self.list
    }
}
