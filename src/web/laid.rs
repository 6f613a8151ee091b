//! What is measured of the features of one layer, and of its groups, as a tile shows it.

use chrono::{DateTime, Utc};

use crate::geo::TileCoord;
use crate::index::group_totals::{GroupTotal, Told};
use crate::index::present::{Present, Slot};
use crate::model::Layer;
use crate::model::layer::{Clustering, KNOWN, Total};
use crate::tile::readings::{AGE, Laid, Readings, with_readings};

/// The names under which values are laid over a tile.
struct Keys {
    /// The observed properties, the age, what groups count, and of how many features they know each property.
    names: Vec<String>,
    /// Where the age is.
    age: usize,
    /// Where each total of a group is: a sum has the name of its property, a count one of its own.
    totals: Vec<(usize, Total)>,
    /// Where the numbers of features begin.
    known: usize,
    /// Of which properties they are.
    measured: Vec<usize>,
}

impl Keys {
    fn of(layer: &Layer, zoom: u8) -> Self {
        let mut names: Vec<String> = layer.observed.iter().map(|observed| observed.name.clone()).collect();
        let age = names.len();
        names.push(AGE.to_owned());
        let clustering = layer.cluster.as_ref().filter(|clustering| zoom <= clustering.max_zoom);
        let mut totals = Vec::new();
        for total in clustering.iter().flat_map(|clustering| &clustering.totals) {
            totals.push((if total.range.is_none() { total.of } else { names.len() }, total.clone()));
            names.extend(total.range.map(|_| total.name.clone()));
        }
        let known = names.len();
        let measured = clustering.map(Clustering::measured).unwrap_or_default();
        names.extend(measured.iter().map(|&of| format!("{}{KNOWN}", layer.observed[of].name)));
        Self { names, age, totals, known, measured }
    }

    fn group(&self, group: &GroupTotal, values: &mut [Option<Laid>]) {
        for (&(place, _), total) in self.totals.iter().zip(&group.totals) {
            values[place] = total.map(|total| match total {
                Told::Sum(sum) => Laid::Real(sum),
                Told::Count(count) => Laid::Whole(count),
            });
        }
        let known = group.known.iter().zip(&mut values[self.known..]);
        known.for_each(|(&known, value)| *value = Some(Laid::Whole(known)));
    }

    /// An age is never less than 0. `false` where nothing was measured.
    fn feature(&self, slot: &Slot, at: DateTime<Utc>, values: &mut [Option<Laid>]) -> bool {
        let Some(last) = slot.time() else { return false };
        for (value, known) in values.iter_mut().zip(&slot.values) {
            *value = known.map(|(_, value)| Laid::Real(value));
        }
        values[self.age] = Some(Laid::Whole(u64::try_from((at - last).num_seconds()).unwrap_or_default()));
        // Alone at a zoom of groups it counts as one of them.
        let value = |of: usize| slot.values.get(of).copied().flatten().map(|(_, value)| value);
        for (place, total) in self.totals.iter().filter(|(_, total)| total.range.is_some()) {
            values[*place] = value(total.of).map(|value| Laid::Whole(total.count(value)));
        }
        for (place, &of) in (self.known..).zip(&self.measured) {
            values[place] = Some(Laid::Whole(u64::from(value(of).is_some())));
        }
        true
    }
}

/// The bytes of a tile with what is known of the features of one layer, and of its groups. Ages are of the moment `at`.
#[must_use]
pub fn laid_over(tile: &[u8], layer: &Layer, present: &Present, coord: TileCoord, at: DateTime<Utc>) -> Vec<u8> {
    let (keys, groups) = (Keys::of(layer, coord.z()), present.groups(coord));
    let of = |id: u64, values: &mut [Option<Laid>]| match (groups.get(&id), present.of_tile_id(id)) {
        (Some(group), _) => {
            keys.group(group, values);
            true
        }
        (None, Some(slot)) => keys.feature(slot, at, values),
        (None, None) => false,
    };
    with_readings(tile, &[Readings { layer, keys: &keys.names, of: &of }])
}
