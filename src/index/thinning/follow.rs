//! What an edit does to the lowest zooms of the rows around it.

use std::collections::BTreeMap;
use std::hash::Hash;

use hashbrown::HashMap;

use super::NEVER;
use super::candidate::{Candidate, chance};
use super::levels::Levels;
use super::sample::{Cell, Rival, cell_of, sample, window_of};
use crate::geo::Window;
use crate::geo::tile::MAX_ZOOM;
use crate::model::layer::Layer;

/// A row whose place in the levels is looked at: one that goes, comes, or stays and may show from another zoom.
#[derive(Clone, Copy, Debug)]
pub struct Resident<K> {
    /// What the caller knows it by.
    pub key: K,
    /// What thinning knows of it.
    pub candidate: Candidate,
    /// Its lowest zoom before the edit; [`NEVER`] for one that comes.
    pub before: u8,
    /// Its lowest zoom after the edit; [`NEVER`] for one that goes.
    pub after: u8,
}

impl<K> Resident<K> {
    /// One that goes.
    pub fn going(key: K, candidate: Candidate, before: u8) -> Self {
        Self { key, candidate, before, after: NEVER }
    }

    /// One that stays where it competes as before (see [`Candidate::competes_like`]), with other values.
    pub fn staying(key: K, candidate: Candidate, before: u8) -> Self {
        Self { key, candidate, before, after: MAX_ZOOM }
    }

    /// One that comes; where it shows from is found out by [`follow`].
    pub fn coming(key: K, candidate: Candidate) -> Self {
        Self { key, candidate, before: NEVER, after: MAX_ZOOM }
    }
}

/// The lowest zooms after an edit, as thinning the whole layer anew would find them. `changed` are the rows that go, come and
/// stay with other values; the answer holds them and every row that shows from another zoom now. `meeting` finds, among
/// all other rows, those that showed at a zoom and meet a window, each with its lowest zoom before the edit.
///
/// A cell is looked at only when another set of rows competes there than before. An edit that leaves a row in its
/// cell, and most do, costs nothing.
pub fn follow<K: Copy + Ord + Hash>(
    layer: &Layer,
    levels: &Levels,
    changed: impl IntoIterator<Item = Resident<K>>,
    meeting: impl Fn(&Window, u8) -> Vec<(K, Candidate, u8)>,
) -> Vec<Resident<K>> {
    let mut residents: HashMap<K, Resident<K>> = changed.into_iter().map(|resident| (resident.key, resident)).collect();
    for zoom in (0..MAX_ZOOM).rev() {
        for (cell, keys) in unsettled(zoom, layer, levels, &mut residents) {
            let speck = levels.speck(zoom);
            let inside = |place: u64| cell_of(place, zoom, layer.geometry, speck) == cell;
            let strangers = meeting(&window_of(cell, zoom, layer.geometry, speck), zoom + 1)
                .into_iter()
                .filter(|(key, candidate, _)| inside(candidate.place) && !residents.contains_key(key))
                .map(|(key, candidate, lowest)| Resident { key, candidate, before: lowest, after: lowest });
            let mut rivals: Vec<Resident<K>> = keys.iter().map(|key| residents[key]).collect();
            let known = rivals.len();
            rivals.extend(strangers);
            settle_cell(zoom, cell, layer, levels, &mut rivals);
            let (known, strangers) = rivals.split_at(known);
            let stirred = strangers.iter().filter(|rival| (rival.before <= zoom) != (rival.after <= zoom));
            residents.extend(known.iter().chain(stirred).map(|&rival| (rival.key, rival)));
        }
    }
    let mut residents: Vec<Resident<K>> = residents.into_values().collect();
    residents.sort_unstable_by_key(|resident| resident.key);
    residents
}

/// The cells in which others compete than before, each with the residents that compete there now. Whoever is drawn for
/// certain, or competes where nothing has changed, is settled here.
fn unsettled<K: Copy + Hash + Eq>(
    zoom: u8,
    layer: &Layer,
    levels: &Levels,
    residents: &mut HashMap<K, Resident<K>>,
) -> BTreeMap<Cell, Vec<K>> {
    let mut cells: HashMap<Cell, (bool, Vec<K>)> = HashMap::new();
    for resident in residents.values_mut().filter(|resident| resident.before.min(resident.after) <= zoom + 1) {
        let chance = chance(&resident.candidate, zoom, layer, levels);
        let [before, now] = [resident.before, resident.after].map(|lowest| lowest <= zoom + 1);
        if chance >= 1.0 && now {
            resident.after = zoom;
        } else if chance > 0.0 && chance < 1.0 {
            let cell = cell_of(resident.candidate.place, zoom, layer.geometry, levels.speck(zoom));
            let (stirred, keys) = cells.entry(cell).or_default();
            *stirred |= before != now;
            keys.extend(now.then_some(resident.key));
        }
    }
    let (stirred, calm): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(_, (stirred, _))| *stirred);
    for key in calm.iter().flat_map(|(_, (_, keys))| keys) {
        let calm = residents.get_mut(key).expect("the cells were filled from the residents");
        calm.after = if calm.before <= zoom { zoom } else { zoom + 1 };
    }
    stirred.into_iter().map(|(cell, (_, keys))| (cell, keys)).collect()
}

/// Lets the rows of a cell that the zoom above draws compete, and notes the outcome.
fn settle_cell<K: Copy>(zoom: u8, cell: Cell, layer: &Layer, levels: &Levels, residents: &mut [Resident<K>]) {
    let outcome: Vec<(usize, bool)> = {
        let mut rivals: Vec<Rival<'_>> = Vec::with_capacity(residents.len());
        for (number, resident) in residents.iter().enumerate() {
            let chance = chance(&resident.candidate, zoom, layer, levels);
            if chance > 0.0 && chance < 1.0 {
                rivals.push(Rival::new(&resident.candidate, chance, number));
            }
        }
        sample(zoom, cell, &mut rivals);
        rivals.iter().map(|rival| (rival.number, rival.stays)).collect()
    };
    for (number, stays) in outcome {
        residents[number].after = if stays { zoom } else { zoom + 1 };
    }
}
