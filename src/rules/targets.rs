//! Rules of indicators: units that miss a target.

use super::raise::{Aim, Finding, Judging};
use super::ready::Ready;
use crate::index::Atlas;
use crate::index::page::by_id;
use crate::index::sheet::{Question, Sheet};
use crate::model::rule::When;
use crate::model::{FeatureId, Indicator, Period, Version};

/// Since when the values, the units and what they were made from are as they are.
pub type Seen = (Version, Version);

/// What a rule of targets would see now; `None` for other rules.
pub fn seen(ready: &Ready, atlas: &Atlas) -> Option<Seen> {
    let units = &ready.indicator.as_ref()?.layer;
    Some((atlas.indicators(units).version(), atlas.units_version(units)))
}

/// Holds every unit against the target. A unit of which nothing is told in the newest period is taken by the one before; one that is
/// in neither stays as it was.
pub fn look(judging: &mut Judging<'_>, ready: &Ready) {
    let (When::Target(target), Some(indicator)) = (&ready.rule.when, &ready.indicator) else { return };
    let sheets = sheets(judging.atlas, indicator, target.periods as usize + 1);
    let (Some((_, newest)), Some(direction)) = (sheets.first(), indicator.direction) else { return };
    for unit in &newest.units {
        let Some(feature) = FeatureId::new(&unit.id) else { continue };
        let since = |newest: usize| sheets[newest..].iter().map_while(|(period, sheet)| told(*period, sheet, &unit.id));
        let told: Vec<Told> = since(usize::from(since(0).next().is_none())).collect();
        let Some(&Told { aim, value }) = told.first() else { continue };
        let misses = |told: &&Told| direction.misses(told.value, told.aim.target, target.by);
        if !misses(&&told[0]) {
            judging.over(ready, &feature, None, judging.now);
        } else if told.iter().take_while(misses).count() >= target.periods as usize {
            judging.found(ready, &feature, Finding { value: Some(value), aim: Some(aim), ..Finding::at(judging.now) });
        }
    }
}

/// What was told of a unit in a period, and what was aimed at.
#[derive(Clone, Copy)]
struct Told {
    aim: Aim,
    value: f64,
}

/// The newest periods that anything may be told of, the newest first.
fn sheets(atlas: &Atlas, indicator: &Indicator, count: usize) -> Vec<(Period, Sheet)> {
    let values = atlas.indicators(&indicator.layer);
    let (Some(units), Some(newest)) = (atlas.layer(&indicator.layer), values.periods(&indicator.id).next_back()) else {
        return Vec::new();
    };
    let succession = atlas.succession(&indicator.layer);
    let periods = std::iter::successors(Some(newest), |period| period.previous()).take(count);
    let sheet =
        |period| Question { indicator, period, values: &values, succession: &succession, units: &units }.sheet();
    periods.map(|period| (period, sheet(period))).collect()
}

/// `None` where the value or the target is not known.
fn told(period: Period, sheet: &Sheet, unit: &str) -> Option<Told> {
    // Units come in the order of their ids.
    let place = sheet.units.binary_search_by(|known| by_id(&known.id, unit)).ok()?;
    Some(Told { aim: Aim { target: sheet.target?, period }, value: sheet.units[place].value()? })
}
