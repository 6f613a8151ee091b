//! An indicator of one period in its classes: what pages, tables and tiles show, computed once for each state of the city.

use std::sync::Arc;

use hashbrown::HashMap;

use super::{Choice, newest};
use crate::city::City;
use crate::index::Atlas;
use crate::index::classes::{breaks, class};
use crate::index::sheet::{Question, Sheet, Summary, Unit};
use crate::model::feature::tile_id;
use crate::model::{Indicator, LayerId, Period, Version};
use crate::web::error::Problem;
use crate::web::serving::{Serving, State};

/// Paintings that are kept.
const KEPT: u64 = 256;

/// See the module.
pub struct Painted {
    /// What was asked for.
    pub(super) choice: Choice,
    /// Since when it is so.
    pub(super) version: Version,
    pub(super) sheet: Sheet,
    /// The greatest value of each class.
    pub(super) breaks: Vec<f64>,
    /// Places in the units of the sheet by the number that stands for a unit in a tile.
    by_tile_id: HashMap<u64, usize>,
}

/// Paintings that were made, by what was asked for and the state of which they are.
pub struct Paintings(moka::sync::Cache<(String, Version), Arc<Painted>>);

impl Default for Paintings {
    fn default() -> Self {
        Self(moka::sync::Cache::new(KEPT))
    }
}

impl Choice {
    /// What makes it different from others: a part of cache keys.
    pub(super) fn key(&self) -> String {
        let period = self.period.map(|period| period.to_string()).unwrap_or_default();
        format!("{}/{period}/{}/{}", self.indicator.id, self.method.name(), self.classes)
    }
}

/// Since when the values of a layer's units, and the units themselves, are as they are.
pub(super) fn version(atlas: &Atlas, layer: &LayerId) -> Version {
    atlas.indicators(layer).version().max(atlas.units_version(layer))
}

/// What was asked for, as it is now.
pub(super) async fn painted(state: &Serving, choice: Choice) -> Result<Arc<Painted>, Problem> {
    let city = Arc::clone(state.city()?);
    // Before the state is taken: a painting may be newer than its version, never older.
    let version = version(city.atlas(), &choice.indicator.layer);
    let key = (choice.key(), version);
    if let Some(painted) = state.paintings.0.get(&key) {
        return Ok(painted);
    }
    let shared = state.clone();
    state.work(move || now(&shared, &city, choice, version)).await
}

/// The same on a thread for such work.
pub(super) fn now(state: &State, city: &City, choice: Choice, version: Version) -> Arc<Painted> {
    let key = (choice.key(), version);
    state.paintings.0.get_with(key, || {
        // What is told with it is counted here, and not by who answers.
        newest::known(state, city, &choice.indicator);
        Arc::new(Painted::new(city.atlas(), choice, version))
    })
}

impl Painted {
    fn new(atlas: &Atlas, choice: Choice, version: Version) -> Self {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is of one lifetime, the closure of any"
        )]
        let sheet = choice.period.and_then(|period| question(atlas, &choice.indicator, period, |asked| asked.sheet()));
        let sheet = sheet.unwrap_or_else(|| Sheet { units: Vec::new(), target: None, summary: Summary::default() });
        let values: Vec<f64> = sheet.units.iter().filter_map(Unit::value).collect();
        let breaks = breaks(&values, choice.method, choice.classes);
        let by_tile_id = (0..).zip(&sheet.units).map(|(place, unit)| (tile_id(&unit.id), place)).collect();
        Self { choice, version, sheet, breaks, by_tile_id }
    }

    /// The unit that a number stands for in a tile.
    pub(super) fn of_tile_id(&self, id: u64) -> Option<&Unit> {
        self.by_tile_id.get(&id).map(|&place| &self.sheet.units[place])
    }

    /// The class of a unit.
    pub(super) fn class_of(&self, unit: &Unit) -> Option<usize> {
        unit.value().map(|value| class(&self.breaks, value))
    }
}

/// Asks of one state of the city; `None` where there is no such layer.
pub(super) fn question<T>(
    atlas: &Atlas,
    indicator: &Indicator,
    period: Period,
    ask: impl FnOnce(&Question<'_>) -> T,
) -> Option<T> {
    let units = atlas.layer(&indicator.layer)?;
    let values = atlas.indicators(&indicator.layer);
    let succession = atlas.succession(&indicator.layer);
    Some(ask(&Question { indicator, period, values: &values, succession: &succession, units: &units }))
}
