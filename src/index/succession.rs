//! Which units of today were made from which old ones, and what the values of the old ones come to.
//!
//! Two ways to know it: the units' layer has a field [`FORMER_CODES`] with the codes of the units that each was made from, or another
//! layer holds the old units and names their successors ([`SUCCESSORS`]). A code may have been given again: 14758 was a ward until
//! 30 June 2025 and is a larger one since. So a value counts for the old unit when its period ended before the unit of today came
//! into force.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::indicators::Indicators;
use super::layer_index::LayerIndex;
use super::names::kind::{SUCCESSORS, listed};
use crate::model::indicator::Merge;
use crate::model::{Indicator, IndicatorId, Layer, Period, ValueRef};

/// A field with the codes of the units that a unit was made from.
pub const FORMER_CODES: &str = "former_codes";

/// See the module.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Succession {
    /// The first day of each unit of today that has one.
    since: BTreeMap<String, NaiveDate>,
    /// By unit of today the old ones that went into it.
    parts: BTreeMap<String, BTreeSet<String>>,
    /// By old unit those that it went into.
    heirs: BTreeMap<String, BTreeSet<String>>,
}

/// What is known of a unit in a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// The value.
    pub value: f64,
    /// How it came from old units; `None` where it was told of the unit itself.
    pub converted: Option<Converted>,
}

/// How a value came from those of old units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Old units that went into it.
    pub units: usize,
    /// Old units of which nothing is known that could: not told, without a weight, or divided among several units.
    pub missing: usize,
}

impl Figure {
    /// The value, where nothing is missing in it.
    #[must_use]
    pub fn whole(self) -> Option<f64> {
        self.converted.is_none_or(|converted| converted.missing == 0).then_some(self.value)
    }
}

impl Succession {
    /// Of the units of a layer, among others that may hold old ones.
    #[must_use]
    pub fn of<'i>(units: &LayerIndex, others: impl IntoIterator<Item = &'i LayerIndex>) -> Self {
        let mut succession = Self::default();
        let from = units.layer().validity.and_then(|validity| validity.from);
        let former = units.layer().field_index(FORMER_CODES);
        each_row(units, |id, value| {
            if let Some(ValueRef::Date(day)) = from.and_then(&value) {
                succession.since.insert(id.to_owned(), day);
            }
            if let Some(ValueRef::Text(codes)) = former.and_then(&value) {
                listed(codes).for_each(|old| succession.note(old, id));
            }
        });
        // A unit that names its old ones is made of those: an old one of another tier (a district beside communes) is no further part of it.
        let told: BTreeSet<String> = succession.parts.keys().cloned().collect();
        for other in others.into_iter().filter(|other| other.layer().id != units.layer().id) {
            let Some(field) = other.layer().field_index(SUCCESSORS) else { continue };
            each_row(other, |old, value| {
                if let Some(ValueRef::Text(codes)) = value(field) {
                    for unit in listed(codes).filter(|code| units.contains(code)) {
                        succession.heirs.entry(old.to_owned()).or_default().insert(unit.to_owned());
                        if !told.contains(unit) {
                            succession.note(old, unit);
                        }
                    }
                }
            });
        }
        // What was made from itself alone was not made anew.
        succession.parts.retain(|unit, parts| parts.len() > 1 || !parts.contains(unit));
        succession
    }

    /// Whether the features of a layer may be old units that name their successors.
    #[must_use]
    pub fn may_come_from(layer: &Layer) -> bool {
        layer.field_index(SUCCESSORS).is_some()
    }

    fn note(&mut self, old: &str, unit: &str) {
        self.parts.entry(unit.to_owned()).or_default().insert(old.to_owned());
        self.heirs.entry(old.to_owned()).or_default().insert(unit.to_owned());
    }

    /// The units that an old one went into.
    pub fn heirs(&self, old: &str) -> impl ExactSizeIterator<Item = &str> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.heirs.get(old).unwrap_or(&NONE).iter().map(String::as_str)
    }

    /// The first day of a unit of today.
    #[must_use]
    pub fn began(&self, unit: &str) -> Option<NaiveDate> {
        self.since.get(unit).copied()
    }

    /// Whether a value of a code and a period is that of the old unit, where an old and a new one have that code.
    #[must_use]
    pub fn is_before(&self, unit: &str, period: Period) -> bool {
        self.since.get(unit).is_some_and(|since| period.last_day() < *since)
    }

    /// What is known of a unit of today in a period.
    #[must_use]
    pub fn figure(&self, values: &Indicators, indicator: &Indicator, unit: &str, period: Period) -> Option<Figure> {
        let told = || values.value(&indicator.id, period, unit).map(|value| Figure { value, converted: None });
        let Some(parts) = self.parts.get(unit) else { return told() };
        let converted = || {
            let merge = indicator.merge.as_ref()?;
            self.converted(values, (&indicator.id, merge), parts, period)
        };
        if self.is_before(unit, period) {
            // Offices tell old periods of new units, too; but a code that an old unit had means the old unit.
            return converted().or_else(|| told().filter(|_| !parts.contains(unit)));
        }
        if self.since.contains_key(unit) { told() } else { told().or_else(converted) }
    }

    fn converted(
        &self,
        values: &Indicators,
        (indicator, merge): (&IndicatorId, &Merge),
        parts: &BTreeSet<String>,
        period: Period,
    ) -> Option<Figure> {
        let part = |old: &String| {
            let value = values.value(indicator, period, old).filter(|_| self.heirs(old).len() == 1)?;
            let weight = match merge {
                Merge::Sum => 1.0,
                Merge::Mean(weight) => self.weight(values, weight, old, period)?,
            };
            Some((value, weight))
        };
        let known: Vec<(f64, f64)> = parts.iter().filter_map(part).collect();
        let value = together(merge, &known)?;
        Some(Figure { value, converted: Some(Converted { units: known.len(), missing: parts.len() - known.len() }) })
    }

    /// How much a code counts in a mean: what the indicator of weights tells of it nearest to a period, of the same unit.
    #[must_use]
    pub fn weight(&self, values: &Indicators, weight: &IndicatorId, code: &str, period: Period) -> Option<f64> {
        // Periods before and after a code was given again are those of different units.
        let era = self.is_before(code, period);
        values.nearest(weight, period, code, |own| self.is_before(code, own) == era).filter(|weight| *weight > 0.0)
    }
}

/// What values with their weights come to; `None` without any.
#[must_use]
pub fn together(merge: &Merge, known: &[(f64, f64)]) -> Option<f64> {
    if known.is_empty() {
        return None;
    }
    let sum: f64 = known.iter().map(|(value, weight)| value * weight).sum();
    Some(match merge {
        Merge::Sum => sum,
        Merge::Mean(_) => sum / known.iter().map(|(_, weight)| weight).sum::<f64>(),
    })
}

/// Hands over the id of each feature and the look-up of its values by field.
fn each_row(index: &LayerIndex, mut take: impl for<'v> FnMut(&'v str, &dyn Fn(usize) -> Option<ValueRef<'v>>)) {
    for found in index.all() {
        for &row in &found.numbers {
            let row = row as usize;
            take(found.rows.id(row), &|field| found.rows.columns().get(field)?.get(row));
        }
    }
}
