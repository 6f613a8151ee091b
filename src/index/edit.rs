//! An edit: what becomes of the rows, and where tiles look different.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::block::{Block, Draft, row_detail, row_rings};
use super::cluster::touches;
use super::history::Redrawn;
use super::layer_index::{LayerIndex, Place};
use super::thinning::{Candidate, NEVER, Resident, cell_of, follow, window_of};
use crate::geo::simplify::Junctions;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{GeometryKind, Window};
use crate::model::rows::Rank;
use crate::model::{Change, Feature, Rows, Touch};

/// A row while an edit is taken in: one that is there, or one that is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Who {
    Row(Place),
    Put(usize),
}

/// What is put.
struct Puts {
    rows: Rows,
    /// Where each row was before the edit, when it competes as before: then the old row does not go by itself.
    before: Vec<Option<Standing>>,
}

impl Puts {
    /// Where a feature is drawn that was put, by its id.
    fn came(&self, resident: &Resident<Who>) -> Option<(&str, Touch)> {
        let Who::Put(row) = resident.key else { return None };
        Some((self.rows.id(row), Touch::from(self.rows.arena().window(row), resident.after)))
    }
}

/// Where a row is on the map, and among the rows of its layer.
type Standing = (Window, Rank);

impl LayerIndex {
    /// The layer after `changes` (puts and removals of this layer, in order) and where a tile may look different: where
    /// the changed features were and are, rows around them that show from another zoom now, neighbours whose shared
    /// borders are drawn differently, and chains that are broken, joined or of another course.
    #[must_use]
    pub fn apply(&self, changes: &[Change]) -> (Self, Vec<Touch>) {
        let outcomes = last_of_each(changes);
        let (mut next, mut touched) = self.apply_to_features(&outcomes);
        if let Some(merged) = &self.merged {
            let ids: Vec<&str> = outcomes.keys().copied().collect();
            let (followed, touched_below) = merged.followed(self, &next, &ids);
            next.merged = Some(Arc::new(followed));
            touched.retain_mut(|touch| {
                touch.from = touch.from.max(merged.base_zoom());
                touch.from <= touch.to
            });
            touched.extend(touched_below);
        }
        (next, touched)
    }

    fn apply_to_features(&self, outcomes: &BTreeMap<&str, Option<&Feature>>) -> (Self, Vec<Touch>) {
        let mut next = self.clone();
        let mut puts = Puts { rows: Rows::new(Arc::clone(&self.layer)), before: Vec::new() };
        let mut changed = Vec::new();
        outcomes.iter().for_each(|(id, &feature)| changed.extend(next.exchange(id, feature, &mut puts)));
        let residents = follow(&self.layer, &self.levels, changed, |window, zoom| next.showing(window, zoom));
        let came: HashMap<&str, Touch> = residents.iter().filter_map(|resident| puts.came(resident)).collect();
        let mut redrawn: Vec<Redrawn> =
            residents.iter().flat_map(|resident| next.redrawn(resident, &puts, &came)).collect();
        next.take_in(&residents, &puts.rows, &mut redrawn);
        let touched = redrawn.iter().map(|redrawn| redrawn.touch).collect();
        next.history.note(redrawn);
        (next, touched)
    }

    /// Buries the row of an id and notes what is put in its place.
    fn exchange(&mut self, id: &str, feature: Option<&Feature>, puts: &mut Puts) -> Vec<Resident<Who>> {
        let place = self.place(id);
        let going = place.map(|place| Resident::going(Who::Row(place), self.rival(place), self.lowest(place)));
        place.into_iter().for_each(|place| self.bury(place));
        let Some(feature) = feature else { return going.into_iter().collect() };
        let row = puts.rows.len();
        puts.rows.push_feature(feature);
        let candidate = Candidate::rival(&puts.rows, row);
        let stays = going.filter(|old| candidate.competes_like(&old.candidate, &self.layer, &self.levels));
        puts.before.push(stays.and(place).map(|place| self.standing(place, self.lowest(place))));
        match stays {
            Some(old) => vec![Resident::staying(Who::Put(row), candidate, old.before)],
            None => going.into_iter().chain([Resident::coming(Who::Put(row), candidate)]).collect(),
        }
    }

    fn rival(&self, (block, row): Place) -> Candidate {
        Candidate::rival(self.blocks[block].0.rows(), row)
    }

    fn lowest(&self, (block, row): Place) -> u8 {
        self.blocks[block].0.lowest()[row]
    }

    fn window_of(&self, (block, row): Place) -> Window {
        self.blocks[block].0.row_window(row)
    }

    /// Where a row stands when it shows from `lowest`.
    fn standing(&self, place: Place, lowest: u8) -> Standing {
        let (rows, row) = self.row(place);
        (self.window_of(place), rows.rank(row, lowest))
    }

    fn bury(&mut self, (block, row): Place) {
        self.blocks[block].1.insert(row);
    }

    /// The rows that stay, as [`follow`] asks for them.
    fn showing(&self, window: &Window, zoom: u8) -> Vec<(Who, Candidate, u8)> {
        let mut showing = Vec::new();
        for (number, (block, buried)) in self.blocks.iter().enumerate() {
            let places = block.query(buried, window, zoom).into_iter().map(|row| (number, row as usize));
            showing.extend(places.map(|place| (Who::Row(place), self.rival(place), self.lowest(place))));
        }
        showing
    }

    /// A row that goes, comes, is another one than before or shows from another zoom: where it was and where it is.
    fn redrawn(&self, resident: &Resident<Who>, puts: &Puts, came: &HashMap<&str, Touch>) -> Vec<Redrawn> {
        let &Resident { key, before, after, .. } = resident;
        let id = match key {
            Who::Row((block, row)) => self.blocks[block].0.rows().id(row),
            Who::Put(row) => puts.rows.id(row),
        };
        let standings = match key {
            Who::Row(_) if before == after => vec![],
            Who::Row(place) => {
                let [(window, was), (_, is)] = [before, after].map(|lowest| self.standing(place, lowest));
                vec![(window, [was, is])]
            }
            Who::Put(row) => {
                let (window, is) = (puts.rows.arena().window(row), puts.rows.rank(row, after));
                let was = puts.before[row].map_or(is, |(_, was)| was);
                let windows = [Some(window), puts.before[row].map(|(window, _)| window)];
                windows.into_iter().flatten().map(|window| (window, [was, is])).collect()
            }
        };
        let now = match key {
            Who::Row(place) if after != NEVER => Touch::from(self.window_of(place), after),
            _ => came.get(id).copied().unwrap_or(Touch::from(Window::EMPTY, MAX_ZOOM)),
        };
        let touches = |window| self.touches_in(window, resident).into_iter();
        standings
            .into_iter()
            .flat_map(|(window, ranks)| touches(window).map(move |touch| Redrawn { touch, ranks, now }))
            .collect()
    }

    /// At all zooms from the lowest on, because a tile draws a row among others by its lowest zoom. A speck of
    /// dust lies anywhere in its cell, and others of the cell make room for it.
    fn touches_in(&self, window: Window, resident: &Resident<Who>) -> Vec<Touch> {
        let from = resident.before.min(resident.after);
        let candidate = &resident.candidate;
        if let Some(clustering) = &self.layer.cluster {
            return touches(window, clustering);
        }
        let is_speck = |zoom: u8| candidate.area > 0.0 && self.levels.share_of_speck(candidate.area, zoom) < 1.0;
        let specks = (from..=MAX_ZOOM).take_while(|&zoom| is_speck(zoom)).map(|zoom| {
            let cell = cell_of(candidate.place, zoom, self.layer.geometry, self.levels.speck(zoom));
            let cell = window_of(cell, zoom, self.layer.geometry, self.levels.speck(zoom));
            Touch { window: window.union(cell), from: zoom, to: zoom }
        });
        let mut touches: Vec<Touch> = specks.collect();
        let plain = touches.last().map_or(from, |speck| speck.from + 1);
        touches.extend((plain <= MAX_ZOOM).then(|| Touch::from(window, plain)));
        touches
    }

    /// Appends what came, and again what shows from another zoom or is drawn differently than before.
    fn take_in(&mut self, residents: &[Resident<Who>], puts: &Rows, redrawn: &mut Vec<Redrawn>) {
        let mut coming = vec![MAX_ZOOM; puts.len()];
        let mut moved: BTreeMap<Place, u8> = BTreeMap::new();
        for resident in residents.iter().filter(|resident| resident.after != NEVER) {
            match resident.key {
                Who::Put(row) => coming[row] = resident.after,
                Who::Row(place) => {
                    moved.insert(place, resident.after);
                }
            }
        }
        let (junctions, adapted) = self.adapted_neighbours(puts, redrawn);
        let mut neighbours = Rows::new(Arc::clone(&self.layer));
        let mut neighbours_lowest = Vec::new();
        for place in adapted {
            let lowest = moved.remove(&place).unwrap_or(self.lowest(place));
            neighbours.push_row_of(self.blocks[place.0].0.rows(), place.1);
            neighbours_lowest.push(lowest);
            let (window, rank) = self.standing(place, lowest);
            let touch = Touch::from(window, lowest);
            redrawn.push(Redrawn { touch, ranks: [rank; 2], now: touch });
            self.bury(place);
        }
        moved.keys().for_each(|&place| self.bury(place));
        let sources: Vec<Arc<Block>> = self.blocks.iter().map(|(block, _)| Arc::clone(block)).collect();
        let neighbours = Draft::new(&neighbours, &neighbours_lowest, &junctions);
        let mut drafts = vec![Draft::new(puts, &coming, &junctions), neighbours];
        for (number, block) in sources.iter().enumerate() {
            let own = moved.range((number, 0)..(number + 1, 0));
            let taken = own.map(|(&(_, row), &lowest)| (u32::try_from(row).unwrap_or(u32::MAX), lowest)).collect();
            drafts.push(Draft::picked(block, taken));
        }
        drafts.retain(|draft| !draft.is_empty());
        if !drafts.is_empty() {
            self.append(Block::new(&self.layer, &drafts));
        }
    }

    /// The junctions around what changed, and the neighbours whose vertices matter differently now.
    fn adapted_neighbours(&self, puts: &Rows, redrawn: &[Redrawn]) -> (Junctions, Vec<Place>) {
        if self.layer.geometry != GeometryKind::Polygon {
            return (Junctions::of(std::iter::empty()), Vec::new());
        }
        let touched: Vec<Window> = redrawn.iter().map(|redrawn| redrawn.touch.window).collect();
        let near = self.places_meeting(&touched, u8::MAX);
        let windows: Vec<Window> = near.iter().map(|&place| self.window_of(place)).collect();
        let around = self.places_meeting(&windows, u8::MAX);
        let junctions = {
            let known = around.iter().chain(near.difference(&around));
            let known = known.flat_map(|&(block, row)| row_rings(self.blocks[block].0.rows().arena(), row));
            Junctions::of(known.chain((0..puts.len()).flat_map(|row| row_rings(puts.arena(), row))))
        };
        let adapted = near.into_iter().filter(|&(block, row)| {
            let block = &self.blocks[block].0;
            let arena = block.rows().arena();
            row_detail(arena, row, &junctions) != block.detail()[arena.row_vertices(row)]
        });
        let adapted = adapted.collect();
        (junctions, adapted)
    }
}

/// What finally becomes of each id: the feature that is put last, or nothing.
fn last_of_each(changes: &[Change]) -> BTreeMap<&str, Option<&Feature>> {
    changes.iter().filter_map(Change::outcome).map(|(id, put)| (id.as_str(), put)).collect()
}
