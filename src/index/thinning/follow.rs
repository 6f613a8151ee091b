//! What an edit does to the lowest zooms of the rows around it.

use std::collections::BTreeMap;

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

    /// One that comes; where it shows from is found out by [`follow`].
    pub fn coming(key: K, candidate: Candidate) -> Self {
        Self { key, candidate, before: NEVER, after: MAX_ZOOM }
    }
}

/// The lowest zooms after an edit, as thinning the whole layer anew would find them. `changed` are the rows that go and
/// come; the answer holds them and every row that shows from another zoom now. `meeting` finds, among the
/// rows that stay, those that show at a zoom and meet a window, each with its lowest zoom before the edit.
pub fn follow<K: Copy + Ord>(
    layer: &Layer,
    levels: &Levels,
    changed: impl IntoIterator<Item = Resident<K>>,
    meeting: impl Fn(&Window, u8) -> Vec<(K, Candidate, u8)>,
) -> Vec<Resident<K>> {
    let mut residents: BTreeMap<K, Resident<K>> =
        changed.into_iter().map(|resident| (resident.key, resident)).collect();
    for zoom in (0..MAX_ZOOM).rev() {
        for (cell, keys) in unsettled(zoom, layer, levels, &mut residents) {
            let speck = levels.speck(zoom);
            let inside = |place: u64| cell_of(place, zoom, layer.geometry, speck) == cell;
            let strangers = meeting(&window_of(cell, zoom, layer.geometry, speck), zoom + 1)
                .into_iter()
                .filter(|(key, candidate, _)| inside(candidate.place) && !residents.contains_key(key))
                .map(|(key, candidate, lowest)| Resident { key, candidate, before: lowest, after: lowest })
                .collect::<Vec<_>>();
            let mut rivals: Vec<Resident<K>> = keys.iter().map(|key| residents[key]).chain(strangers).collect();
            settle_cell(zoom, cell, layer, levels, &mut rivals);
            for rival in rivals {
                if rival.before != rival.after || residents.contains_key(&rival.key) {
                    residents.insert(rival.key, rival);
                }
            }
        }
    }
    residents.into_values().collect()
}

/// The cells in which something competes otherwise than before, each with the residents that compete there now. What is
/// drawn for certain is settled here.
fn unsettled<K: Copy + Ord>(
    zoom: u8,
    layer: &Layer,
    levels: &Levels,
    residents: &mut BTreeMap<K, Resident<K>>,
) -> BTreeMap<Cell, Vec<K>> {
    let mut cells: BTreeMap<Cell, Vec<K>> = BTreeMap::new();
    for resident in residents.values_mut().filter(|resident| resident.before.min(resident.after) <= zoom + 1) {
        let chance = chance(&resident.candidate, zoom, layer, levels);
        let competes = resident.after <= zoom + 1;
        if chance >= 1.0 && competes {
            resident.after = zoom;
        } else if chance > 0.0 && chance < 1.0 {
            let cell = cell_of(resident.candidate.place, zoom, layer.geometry, levels.speck(zoom));
            cells.entry(cell).or_default().extend(competes.then_some(resident.key));
        }
    }
    cells
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
