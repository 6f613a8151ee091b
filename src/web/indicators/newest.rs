//! Of how many units each period tells, and which period is meant where none is asked for.

use super::painted::{question, version};
use crate::city::City;
use crate::model::{Indicator, IndicatorId, Period, Version};
use crate::web::serving::State;

/// Counts that are kept.
const KEPT: u64 = 16_384;

/// Counts that were made, by indicator, period and the state of which they are.
pub struct Counts(moka::sync::Cache<(IndicatorId, Period, Version), usize>);

impl Default for Counts {
    fn default() -> Self {
        Self(moka::sync::Cache::new(KEPT))
    }
}

/// Of how many units of today a whole value is known, for each period of which anything is told, in order of time.
pub(super) fn known(state: &State, city: &City, indicator: &Indicator) -> Vec<(Period, usize)> {
    let version = version(city.atlas(), &indicator.layer);
    let periods = city.atlas().indicators(&indicator.layer);
    periods.periods(&indicator.id).map(|period| (period, count(state, city, indicator, period, version))).collect()
}

/// The period that is meant where none is asked for; `None` where nothing was ever told.
pub(super) fn newest(state: &State, city: &City, indicator: &Indicator) -> Option<Period> {
    let version = version(city.atlas(), &indicator.layer);
    let periods: Vec<Period> = city.atlas().indicators(&indicator.layer).periods(&indicator.id).collect();
    meant(&periods, |period| count(state, city, indicator, period, version))
}

fn count(state: &State, city: &City, indicator: &Indicator, period: Period, version: Version) -> usize {
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime, the closure of any")]
    let known = || question(city.atlas(), indicator, period, |asked| asked.known()).unwrap_or(0);
    state.counts.0.get_with((indicator.id.clone(), period, version), known)
}

/// The newest that tells of at least half as many units as the one before it: the first ward that tells of a new year is not the year.
fn meant(periods: &[Period], known: impl Fn(Period) -> usize) -> Option<Period> {
    let told = |pair: &&[Period]| 2 * known(pair[1]) >= known(pair[0]);
    periods.windows(2).rev().find(told).map(|pair| pair[1]).or(periods.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_the_newest_when_half_of_the_units_are_told() {
        let table: [(&[usize], Option<usize>); 12] = [
            (&[], None),
            (&[296], Some(0)),
            (&[1], Some(0)),
            (&[296, 1], Some(0)),
            (&[296, 147], Some(0)),
            (&[296, 148], Some(1)),
            (&[295, 148], Some(1)),
            (&[296, 296, 1], Some(1)),
            (&[296, 100, 1], Some(0)),
            (&[296, 100, 50], Some(2)),
            (&[1, 296], Some(1)),
            (&[0, 0], Some(1)),
        ];
        for (known, expected) in table {
            let period = |place: usize| -> Period { format!("{}", 2020 + place).parse().expect("a year") };
            let periods: Vec<Period> = (0..known.len()).map(period).collect();
            let of = |asked: Period| known[periods.iter().position(|one| *one == asked).expect("it is told")];
            assert_eq!(meant(&periods, of), expected.map(period), "{known:?}");
        }
    }
}
