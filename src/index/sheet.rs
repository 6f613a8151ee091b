//! An indicator in one period: the value of each unit with its rank, its changes and its target, and what all of them come to.

use std::collections::BTreeMap;

use super::indicators::Indicators;
use super::layer_index::LayerIndex;
use super::page::by_id;
use super::succession::{Figure, Succession, together};
use crate::model::indicator::{Direction, Merge};
use crate::model::validity::Interval;
use crate::model::{Indicator, Period, ValueRef};

/// What is asked, of one state of the city.
pub struct Question<'a> {
    /// Which indicator.
    pub indicator: &'a Indicator,
    /// When.
    pub period: Period,
    /// The values of the layer's units.
    pub values: &'a Indicators,
    /// From what the units were made.
    pub succession: &'a Succession,
    /// The units.
    pub units: &'a LayerIndex,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Those that are in force in the period, or were made after it, by id.
    pub units: Vec<Unit>,
    /// What is aimed at.
    pub target: Option<f64>,
    /// All units together.
    pub summary: Summary,
}

/// One unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// Its id.
    pub id: String,
    /// Its name: the label of the layer, else the id.
    pub name: String,
    /// What is known.
    pub figure: Option<Figure>,
    /// Its place from 1, the best first, or the greatest where none is better. Equal ones share it and leave out those behind. Only
    /// whole values have one.
    pub rank: Option<usize>,
    /// The whole value of the period before.
    pub previous: Option<f64>,
    /// That of the same period a year before.
    pub year_before: Option<f64>,
}

impl Unit {
    /// The value, where it is whole.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.figure.and_then(Figure::whole)
    }
}

/// What the units come to of which both times are known: others would make a change that nobody measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Then.
    pub before: f64,
    /// Now.
    pub now: f64,
}

/// All units together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// What their values come to.
    pub value: Option<f64>,
    /// What has become of them since the period before.
    pub previous: Option<Compared>,
    /// And in a year.
    pub year_before: Option<Compared>,
    /// Units of which a whole value is known.
    pub known: usize,
    /// Units that meet the target; `None` without one.
    pub met: Option<usize>,
}

impl Question<'_> {
    /// The answer.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        let mut units = self.named();
        for unit in &mut units {
            unit.figure = self.figure(&unit.id, Some(self.period));
            unit.previous = self.figure(&unit.id, self.period.previous()).and_then(Figure::whole);
            unit.year_before = self.figure(&unit.id, self.period.year_before()).and_then(Figure::whole);
        }
        rank(&mut units, self.indicator.direction);
        let target = self.indicator.target_in(self.period);
        let met = self.indicator.direction.zip(target).map(|(direction, target)| {
            units.iter().filter_map(Unit::value).filter(|value| direction.meets(*value, target)).count()
        });
        let summary = Summary {
            value: self.together(&units, Some(self.period), Unit::value),
            previous: self.compared(&units, self.period.previous(), |unit| unit.previous),
            year_before: self.compared(&units, self.period.year_before(), |unit| unit.year_before),
            known: units.iter().filter_map(Unit::value).count(),
            met,
        };
        Sheet { units, target, summary }
    }

    /// Units of which a whole value is known: `known` of the answer's summary.
    #[must_use]
    pub fn known(&self) -> usize {
        let value = |unit: &Unit| self.figure(&unit.id, Some(self.period)).and_then(Figure::whole);
        self.named().iter().filter_map(value).count()
    }

    fn figure(&self, unit: &str, period: Option<Period>) -> Option<Figure> {
        self.succession.figure(self.values, self.indicator, unit, period?)
    }

    fn named(&self) -> Vec<Unit> {
        let layer = self.units.layer();
        let label = layer.style.label.as_deref().and_then(|name| layer.field_index(name));
        let period = Interval::day(self.period.first_day());
        let mut units = Vec::new();
        for found in self.units.all() {
            for row in found.numbers.iter().map(|&row| row as usize) {
                let over = layer.validity.is_some_and(|validity| {
                    let to = crate::model::validity::Validity { from: None, ..validity };
                    !to.in_force(&found.rows, row, &period)
                });
                if over {
                    continue;
                }
                let id = found.rows.id(row).to_owned();
                let name = match label.and_then(|field| found.rows.columns()[field].get(row)) {
                    Some(ValueRef::Text(name)) => name.to_owned(),
                    _ => id.clone(),
                };
                units.push(Unit { id, name, figure: None, rank: None, previous: None, year_before: None });
            }
        }
        units.sort_by(|one, other| by_id(&one.id, &other.id));
        units
    }

    fn compared(
        &self,
        units: &[Unit],
        period: Option<Period>,
        before: impl Fn(&Unit) -> Option<f64>,
    ) -> Option<Compared> {
        Some(Compared {
            before: self.together(units, period, |unit| unit.value().and(before(unit)))?,
            now: self.together(units, Some(self.period), |unit| before(unit).and(unit.value()))?,
        })
    }

    /// What the values come to. A mean of units one of which has no weight would be another mean: it is not told.
    fn together(&self, units: &[Unit], period: Option<Period>, value: impl Fn(&Unit) -> Option<f64>) -> Option<f64> {
        let (merge, period) = (self.indicator.merge.as_ref()?, period?);
        let weighted =
            |unit: &Unit| value(unit).map(|value| self.weight(merge, &unit.id, period).map(|weight| (value, weight)));
        let known: Option<Vec<(f64, f64)>> = units.iter().filter_map(weighted).collect();
        together(merge, &known?)
    }

    /// How much a unit of today counts: of a time before it was made, as much as the first time that it is told of.
    fn weight(&self, merge: &Merge, unit: &str, period: Period) -> Option<f64> {
        let Merge::Mean(weight) = merge else { return Some(1.0) };
        let of_today = |own: Period| !self.succession.is_before(unit, own);
        let own = self.values.nearest(weight, period, unit, of_today);
        own.or_else(|| self.values.nearest(weight, period, unit, |_| true)).filter(|weight| *weight > 0.0)
    }
}

/// Standard competition ranking: 1, 2, 2, 4.
fn rank(units: &mut [Unit], direction: Option<Direction>) {
    let mut values: Vec<f64> = units.iter().filter_map(Unit::value).collect();
    values.sort_unstable_by(|one, other| match direction {
        Some(Direction::Lower) => one.total_cmp(other),
        Some(Direction::Higher) | None => other.total_cmp(one),
    });
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    for (place, value) in (1..).zip(&values) {
        places.entry(bits(*value)).or_insert(place);
    }
    for unit in units {
        unit.rank = unit.value().and_then(|value| places.get(&bits(value)).copied());
    }
}

/// Zero and minus zero are the same value.
fn bits(value: f64) -> u64 {
    (value + 0.0).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: usize, value: Option<f64>) -> Unit {
        let figure = value.map(|value| Figure { value, converted: None });
        Unit { id: id.to_string(), name: String::new(), figure, rank: None, previous: None, year_before: None }
    }

    #[test]
    fn equal_values_share_a_rank() {
        let values = [Some(3.0), None, Some(7.0), Some(7.0), Some(1.0), Some(0.0), Some(-0.0)];
        let ranks = |direction| {
            let mut units: Vec<Unit> = (0..).zip(values).map(|(id, value)| unit(id, value)).collect();
            rank(&mut units, direction);
            units.iter().map(|unit| unit.rank).collect::<Vec<_>>()
        };
        let greatest_first = [Some(3), None, Some(1), Some(1), Some(4), Some(5), Some(5)];
        assert_eq!(ranks(Some(Direction::Higher)), greatest_first);
        assert_eq!(ranks(None), greatest_first);
        assert_eq!(ranks(Some(Direction::Lower)), [Some(4), None, Some(5), Some(5), Some(3), Some(1), Some(1)]);
    }
}
