//! Counts and sums of features by the values of a field.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::present::Present;
use crate::model::columns::{Column, NO_CODE};
use crate::model::{Audience, Field, FieldType, Layer, Rows, Value, ValueRef};

/// Groups of one summary, at most: a field with more values than that names features, it does not group them.
pub const MAX_GROUPS: usize = 10_000;

/// What is asked of the features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// The field by whose values they are grouped, an index in `Layer::fields`; without it they are one group.
    pub by: Option<usize>,
    /// Numbers that are looked at.
    pub measures: Vec<Measure>,
}

/// Numbers that features have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// In a field, an index in `Layer::fields`.
    Field(usize),
    /// As it was measured last, an index in `Layer::observed`.
    Observed(usize),
}

/// The features with one value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The value, `None` for features without one.
    pub value: Option<Value>,
    /// How many.
    pub count: u64,
    /// One for each of the measures.
    pub measures: Vec<Measured>,
}

/// What the values of a field come to. Features without a value do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    /// How many have a value.
    pub count: u64,
    whole: i128,
    real: f64,
    lost: f64,
    range: Option<[f64; 2]>,
}

/// A summary that would have more than [`MAX_GROUPS`] groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field has more than {MAX_GROUPS} values")]
pub struct TooManyGroups;

impl Measured {
    fn add(&mut self, value: ValueRef<'_>) {
        #[expect(clippy::cast_precision_loss, reason = "for the range alone; the sum of whole numbers is exact")]
        let number = match value {
            ValueRef::Integer(number) => {
                self.whole += i128::from(number);
                number as f64
            }
            ValueRef::Real(number) => {
                // Neumaier's sum: the digits that the larger of the two pushes out are kept beside it.
                let sum = self.real + number;
                let larger_first = self.real.abs() >= number.abs();
                self.lost += if larger_first { (self.real - sum) + number } else { (number - sum) + self.real };
                self.real = sum;
                number
            }
            _ => return,
        };
        self.count += 1;
        let [least, most] = self.range.unwrap_or([number; 2]);
        self.range = Some([least.min(number), most.max(number)]);
    }

    /// The sum; `None` without values. Of whole numbers to the last digit below 2^53.
    #[must_use]
    pub fn sum(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "an answer is a double, as numbers in JSON are")]
        (self.count > 0).then_some(self.whole as f64 + (self.real + self.lost))
    }

    /// The mean.
    #[must_use]
    pub fn avg(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 features")]
        self.sum().map(|sum| sum / self.count as f64)
    }

    /// The least value.
    #[must_use]
    pub fn min(&self) -> Option<f64> {
        self.range.map(|[least, _]| least)
    }

    /// The largest value.
    #[must_use]
    pub fn max(&self) -> Option<f64> {
        self.range.map(|[_, most]| most)
    }
}

/// Groups while rows are added.
#[derive(Debug)]
pub struct Summary<'p> {
    question: Question,
    present: Option<&'p Present>,
    since: Option<DateTime<Utc>>,
    groups: Vec<Group>,
    known: HashMap<Option<String>, usize>,
}

impl<'p> Summary<'p> {
    /// Of no feature yet. `present` is what is measured of the layer now; without it nothing is.
    #[must_use]
    pub fn new(question: Question, present: Option<&'p Present>) -> Self {
        let observed = question.measures.iter().any(|measure| matches!(measure, Measure::Observed(_)));
        let present = present.filter(|_| observed);
        Self { question, present, since: None, groups: Vec::new(), known: HashMap::new() }
    }

    /// What was measured before a moment does not count.
    #[must_use]
    pub fn since(self, moment: DateTime<Utc>) -> Self {
        Self { since: Some(moment), ..self }
    }

    /// Adds some rows of a layer.
    pub fn add(&mut self, rows: &Arc<Rows>, numbers: impl IntoIterator<Item = usize>) -> Result<(), TooManyGroups> {
        // A text is looked at once, not once a row.
        let mut of_codes: HashMap<u32, usize> = HashMap::new();
        let columns = rows.columns();
        for row in numbers {
            let group = match self.question.by.map(|by| &columns[by]) {
                None => self.group(None)?,
                Some(Column::Text { codes, .. }) if codes[row] == NO_CODE => self.group(None)?,
                Some(column @ Column::Text { codes, .. }) => match of_codes.get(&codes[row]) {
                    Some(&group) => group,
                    None => *of_codes.entry(codes[row]).or_insert(self.group(column.get(row))?),
                },
                Some(column) => self.group(column.get(row))?,
            };
            let group = &mut self.groups[group];
            group.count += 1;
            let slot = self.present.and_then(|present| present.of(rows.id(row)));
            for (measured, &measure) in group.measures.iter_mut().zip(&self.question.measures) {
                let value = match measure {
                    Measure::Field(field) => columns[field].get(row),
                    Measure::Observed(place) => slot
                        .and_then(|slot| slot.values[place])
                        .filter(|(time, _)| self.since.is_none_or(|since| *time >= since))
                        .map(|(_, value)| ValueRef::Real(value)),
                };
                value.into_iter().for_each(|value| measured.add(value));
            }
        }
        Ok(())
    }

    fn group(&mut self, value: Option<ValueRef<'_>>) -> Result<usize, TooManyGroups> {
        let name = value.map(|value| value.to_string());
        if let Some(&group) = self.known.get(&name) {
            return Ok(group);
        }
        if self.groups.len() == MAX_GROUPS {
            return Err(TooManyGroups);
        }
        let measures = vec![Measured::default(); self.question.measures.len()];
        self.groups.push(Group { value: value.map(ValueRef::to_value), count: 0, measures });
        self.known.insert(name, self.groups.len() - 1);
        Ok(self.groups.len() - 1)
    }

    /// The groups, the largest first; of equals the one whose value comes first as a text.
    #[must_use]
    pub fn finish(mut self) -> Vec<Group> {
        let name = |group: &Group| group.value.as_ref().map(|value| value.as_ref().to_string());
        self.groups.sort_by_cached_key(|group| (std::cmp::Reverse(group.count), name(group)));
        self.groups
    }
}

/// The numbers of a name: of a field that holds some and that `audience` may see, or of what is observed.
#[must_use]
pub fn measure(layer: &Layer, name: &str, audience: Audience) -> Option<Measure> {
    let Some(field) = layer.field_index(name) else { return layer.observed_index(name).map(Measure::Observed) };
    let Field { field_type, audience: seen_by, .. } = &layer.fields[field];
    let numbers = matches!(field_type, FieldType::Integer | FieldType::Real) && audience.may_see(*seen_by);
    numbers.then_some(Measure::Field(field))
}
