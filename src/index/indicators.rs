//! The values of the indicators of one layer's units, as they were told: by indicator, period and unit code.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::model::{Indications, IndicatorId, Period, Version};

type ByUnit = HashMap<Box<str>, f64>;

/// The values of a layer's units. Who holds it sees one state of them.
#[derive(Clone, Debug, Default)]
pub struct Indicators {
    values: BTreeMap<IndicatorId, BTreeMap<Period, ByUnit>>,
    version: Version,
}

impl Indicators {
    /// Takes values in; they are of `version` from now on.
    pub fn learn(&mut self, indications: &Indications, version: Version) {
        for one in indications.list() {
            let periods = self.values.entry(one.indicator.clone()).or_default();
            periods.entry(one.period).or_default().insert(one.unit.as_str().into(), one.value);
        }
        self.version = version;
    }

    /// Since when they are as they are.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Forgets all; nothing is told since `version`.
    #[must_use]
    pub fn none(version: Version) -> Self {
        Self { values: BTreeMap::new(), version }
    }

    /// The periods of which something is told, in order of time.
    #[must_use]
    pub fn periods(&self, indicator: &IndicatorId) -> impl DoubleEndedIterator<Item = Period> {
        self.values.get(indicator).into_iter().flat_map(|periods| periods.keys().copied())
    }

    /// What was told of the unit with a code.
    #[must_use]
    pub fn value(&self, indicator: &IndicatorId, period: Period, code: &str) -> Option<f64> {
        self.values.get(indicator)?.get(&period)?.get(code).copied()
    }

    /// What was told of it for the period nearest to one that `counts`: the last one that is over with it, else the next one.
    #[must_use]
    pub fn nearest(
        &self,
        indicator: &IndicatorId,
        period: Period,
        code: &str,
        counts: impl Fn(Period) -> bool,
    ) -> Option<f64> {
        let periods = self.values.get(indicator)?;
        let told = |(own, units): (&Period, &ByUnit)| {
            let value = units.get(code).copied().filter(|_| counts(*own))?;
            Some((*own, value))
        };
        let over = |own: &Period| own.last_day() <= period.last_day();
        let before = periods.iter().filter(|(own, _)| over(own)).filter_map(told).max_by_key(|(own, _)| own.last_day());
        let after =
            || periods.iter().filter(|(own, _)| !over(own)).filter_map(told).min_by_key(|(own, _)| own.last_day());
        before.or_else(after).map(|(_, value)| value)
    }
}
