//! A layer as its low zooms draw it: an index of its [chains](super::chain), kept up to date by what its lines go
//! through.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::chain::{LineEnd, RowOf, alike, chain_of, ends, joints, only, push_chain};
use super::layer_index::{LayerIndex, Place};
use crate::geo::mercator::WorldPoint;
use crate::geo::{GeometryKind, Window};
use crate::model::{Change, Feature, Layer, Rows, Touch};

/// The chains of a layer's lines, and what makes them.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Fields in which the lines of a chain are equal.
    fields: Vec<usize>,
    /// The first zoom that draws the lines themselves.
    base_zoom: u8,
    chains: LayerIndex,
}

impl Merged {
    /// The chains of all rows of a layer; `None` when it does not merge its lines.
    ///
    /// # Panics
    /// Beyond 2^32 rows.
    #[must_use]
    pub fn of(rows: &Rows) -> Option<Self> {
        let layer = rows.layer();
        let thinning = layer.thinning.as_ref()?;
        if thinning.merge.is_empty() || thinning.base_zoom == 0 || layer.geometry != GeometryKind::Line {
            return None;
        }
        let (fields, base_zoom) = (thinning.merge.clone(), thinning.base_zoom);
        let joints = joints(rows, &fields);
        let mut chains = Rows::new(chains_layer(layer));
        let mut seen = vec![false; rows.len()];
        for line in 0..u32::try_from(rows.len()).expect("row numbers are u32") {
            if seen[line as usize] {
                continue;
            }
            let goes_on = |end: LineEnd<u32>| joints[end.line as usize][usize::from(end.last)];
            let chain = chain_of(line, goes_on, |line| rows.id(line as usize));
            chain.iter().for_each(|entered| seen[entered.line as usize] = true);
            push_chain(&mut chains, &chain, |line| (rows, line as usize), &fields, base_zoom);
        }
        chains.finish();
        Some(Self { fields, base_zoom, chains: LayerIndex::new(&chains) })
    }

    /// The first zoom that draws the lines themselves.
    #[must_use]
    pub fn base_zoom(&self) -> u8 {
        self.base_zoom
    }

    /// The chains.
    #[must_use]
    pub fn chains(&self) -> &LayerIndex {
        &self.chains
    }

    /// The chains after the lines `ids` went, came or changed between two states of the layer, and where zooms below
    /// the base zoom look different now.
    #[must_use]
    pub fn followed(&self, before: &LayerIndex, after: &LayerIndex, ids: &[&str]) -> (Self, Vec<Touch>) {
        let of = |state| Lines { state, fields: &self.fields };
        let places: BTreeSet<WorldPoint> =
            [before, after].into_iter().flat_map(|state| of(state).ends_of(ids)).collect();
        let mut gone = self.chains_around(&of(before), ids, &places);
        let mut changes = Vec::new();
        for (id, chain) in self.chains_around(&of(after), ids, &places) {
            if gone.remove(&id).as_ref() != Some(&chain) {
                changes.push(Change::Put(chain));
            }
        }
        changes.extend(gone.into_values().map(|chain| Change::Remove { layer: chain.layer, id: chain.id }));
        let (chains, mut touched) = self.chains.apply(&changes);
        touched.retain_mut(|touch| {
            touch.to = touch.to.min(self.base_zoom - 1);
            touch.from <= touch.to
        });
        (Self { chains, ..self.clone() }, touched)
    }

    /// The chains that hold one of the lines `ids` or a line that ends at one of `places`, by id. An edit breaks and
    /// joins at ends of the lines that it changes and nowhere else, so no other chain is another after it.
    fn chains_around(
        &self,
        lines: &Lines<'_>,
        ids: &[&str],
        places: &BTreeSet<WorldPoint>,
    ) -> BTreeMap<String, Feature> {
        let mut chains = Rows::new(Arc::clone(self.chains.layer()));
        let mut seen = BTreeSet::new();
        let named = ids.iter().filter_map(|id| lines.state.place(id));
        for line in named.chain(places.iter().flat_map(|&place| lines.ending_at(place)).map(|end| end.line)) {
            if seen.contains(&line) {
                continue;
            }
            let chain = chain_of(line, |end| lines.goes_on(end), |line| lines.id(line));
            seen.extend(chain.iter().map(|entered| entered.line));
            push_chain(&mut chains, &chain, |line| lines.state.row(line), &self.fields, self.base_zoom);
        }
        (0..chains.len()).map(|row| (chains.id(row).to_owned(), chains.feature(row))).collect()
    }

    /// The same chains with the history of `present`, which are drawn alike.
    #[must_use]
    pub fn with_history_of(&self, present: &Self) -> Self {
        let merged = self.clone();
        Self { chains: merged.chains.with_history_of(&present.chains), ..merged }
    }

    /// See [`LayerIndex::compacted`].
    #[must_use]
    pub fn compacted(&self) -> (Self, bool) {
        let (chains, moved) = self.chains.compacted();
        (Self { chains, ..self.clone() }, moved)
    }
}

/// The layer, but thinned as if its lines had always been whole.
fn chains_layer(layer: &Layer) -> Arc<Layer> {
    let mut layer = layer.clone();
    if let Some(thinning) = &mut layer.thinning {
        thinning.merge.clear();
    }
    Arc::new(layer)
}

/// One state of the lines, to walk along.
struct Lines<'a> {
    state: &'a LayerIndex,
    fields: &'a [usize],
}

impl<'a> Lines<'a> {
    fn id(&self, line: Place) -> &'a str {
        let (rows, row) = self.state.row(line);
        rows.id(row)
    }

    fn ends_of(&self, ids: &[&str]) -> Vec<WorldPoint> {
        let lines = ids.iter().filter_map(|id| self.state.place(id));
        let ends = lines.filter_map(|line| self.ends(line));
        ends.flatten().collect()
    }

    fn ends(&self, line: Place) -> Option<[WorldPoint; 2]> {
        let (rows, row) = self.state.row(line);
        ends(rows.arena(), row)
    }

    fn ending_at(&self, place: WorldPoint) -> impl Iterator<Item = LineEnd<Place>> {
        let lines = self.state.places_meeting(&[Window::around(&[place])], u8::MAX).into_iter();
        lines.filter_map(move |line| {
            let end = self.ends(line)?.into_iter().position(|end| end == place)?;
            Some(LineEnd { line, last: end == 1 })
        })
    }

    fn goes_on(&self, end: LineEnd<Place>) -> Option<LineEnd<Place>> {
        let place = self.ends(end.line)?[usize::from(end.last)];
        let own: RowOf<'_> = self.state.row(end.line);
        only(self.ending_at(place).filter(|&other| other != end && alike(self.state.row(other.line), own, self.fields)))
    }
}
