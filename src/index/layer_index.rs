//! One layer in memory: frozen blocks of rows, the newest last, and which of their rows are gone.
//!
//! An edit never changes a block: it buries the old row and appends a small block with the new one. Small blocks are
//! merged at once, large ones in the background (`compacted`). A value of this type is a snapshot: whoever holds it
//! sees one state of the layer, however long the reading takes, and disturbs no writer.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::block::{Block, Draft, row_rings};
use super::buried::Buried;
use super::cluster::clusters;
use super::history::History;
use super::merged::Merged;
use super::thinning::{Candidate, Levels, TILE_BUDGET, Weights};
use crate::geo::mercator::WorldPoint;
use crate::geo::simplify::Junctions;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{BBox, TileCoord, Window};
use crate::model::layer::Clustering;
use crate::model::{Feature, Layer, Rows, Selection};

/// Blocks up to this many rows are merged by the edit that made them: a few milliseconds.
const MERGED_AT_ONCE: usize = 16_384;

/// More blocks than this slow every query down: time for the background.
const BLOCKS: usize = 6;

/// The features of one layer, found by id and by place.
#[derive(Clone, Debug)]
pub struct LayerIndex {
    pub(super) layer: Arc<Layer>,
    demo: bool,
    pub(super) blocks: Vec<(Arc<Block>, Buried)>,
    pub(super) levels: Arc<Levels>,
    weights: Arc<Weights>,
    /// What zooms below the base zoom draw instead, where the layer merges its lines.
    pub(super) merged: Option<Arc<Merged>>,
    /// The layer as tiles show it.
    in_tiles: Arc<Layer>,
    pub(super) history: History,
}

/// A row of one of the blocks.
pub(super) type Place = (usize, usize);

impl LayerIndex {
    /// Of all rows of a layer, whose ids differ: stores and importers see to it.
    #[must_use]
    pub fn new(rows: &Rows) -> Self {
        let layer = Arc::clone(rows.layer());
        let candidates: Vec<Candidate> = (0..rows.len()).into_par_iter().map(|row| Candidate::new(rows, row)).collect();
        let (levels, lowest) = Levels::settle(&layer, &candidates, TILE_BUDGET);
        let weights = Arc::new(Weights::of(&candidates, &lowest));
        let junctions = Junctions::of((0..rows.len()).flat_map(|row| row_rings(rows.arena(), row)));
        let block = Block::new(&layer, &[Draft::new(rows, &lowest, &junctions)]);
        let merged = Merged::of(rows).map(Arc::new);
        Self { demo: rows.is_demo(), merged, ..Self::of_block(layer, block, Arc::new(levels), weights) }
    }

    fn of_block(layer: Arc<Layer>, block: Block, levels: Arc<Levels>, weights: Arc<Weights>) -> Self {
        let buried = Buried::none(block.rows().len());
        let in_tiles = if layer.cluster.is_some() { Arc::new(layer.in_tiles()) } else { Arc::clone(&layer) };
        let blocks = vec![(Arc::new(block), buried)];
        Self { layer, demo: false, blocks, levels, weights, merged: None, in_tiles, history: History::new() }
    }

    /// The layer.
    #[must_use]
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Whether the features were generated for a demo.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// How many features there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|(block, buried)| block.rows().len() - buried.len()).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The window around all features; may be larger than they are until the next compaction. Empty without features.
    #[must_use]
    pub fn window(&self) -> Window {
        self.blocks.iter().fold(Window::EMPTY, |all, (block, _)| all.union(block.window()))
    }

    /// Whether a feature has this id.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.place(id).is_some()
    }

    /// The feature of an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Feature> {
        self.place(id).map(|(block, row)| self.blocks[block].0.rows().feature(row))
    }

    /// The box around a feature.
    #[must_use]
    pub fn bbox(&self, id: &str) -> Option<BBox> {
        let (block, row) = self.place(id)?;
        let arena = self.blocks[block].0.rows().arena();
        BBox::around(arena.lon_lat()[arena.row_vertices(row)].iter().copied())
    }

    /// The middle of a feature on the world square.
    #[must_use]
    pub fn whereabouts(&self, id: &str) -> Option<WorldPoint> {
        let (block, row) = self.place(id)?;
        Some(self.blocks[block].0.row_window(row).middle())
    }

    pub(super) fn place(&self, id: &str) -> Option<Place> {
        let mut newest_first = self.blocks.iter().enumerate().rev();
        newest_first.find_map(|(number, (block, buried))| {
            block.row_of(id).filter(|&row| !buried.contains(row)).map(|row| (number, row))
        })
    }

    pub(super) fn row(&self, (block, row): Place) -> (&Rows, usize) {
        (self.blocks[block].0.rows(), row)
    }

    /// The chains that zooms below the base zoom draw, where the layer merges its lines.
    #[must_use]
    pub fn chains(&self) -> Option<&Self> {
        self.merged.as_ref().map(|merged| merged.chains())
    }

    /// What a zoom draws: the features, or their chains.
    pub(super) fn at(&self, zoom: u8) -> &Self {
        self.merged.as_ref().filter(|merged| zoom < merged.base_zoom()).map_or(self, |merged| merged.chains())
    }

    /// What meets `window` and shows at `zoom`: features, or chains where the zoom merges lines.
    #[must_use]
    pub fn query(&self, window: &Window, zoom: u8) -> Vec<Selection> {
        self.query_showing(window, zoom, zoom)
    }

    fn query_showing(&self, window: &Window, zoom: u8, shown: u8) -> Vec<Selection> {
        let Self { blocks, levels, .. } = self.at(zoom);
        let selections = blocks.iter().map(|(block, buried)| Selection {
            rows: Arc::clone(block.rows()),
            numbers: block.query(buried, window, shown),
            lowest: Arc::clone(block.lowest()),
            detail: Arc::clone(block.detail()),
            speck: levels.speck(zoom.min(MAX_ZOOM)),
            shift: 0,
        });
        selections.filter(|selection| !selection.numbers.is_empty()).collect()
    }

    /// What a tile draws: what meets its buffered square, across the antimeridian too, or the groups that
    /// stand for it; rows of [`Self::layer_in_tiles`].
    #[must_use]
    pub fn tile(&self, coord: TileCoord) -> Vec<Selection> {
        self.tile_showing(coord, coord.z())
    }

    /// The same with the rows that zoom `shown`, not deeper than the tile's, shows: for a tile of several layers.
    #[must_use]
    pub fn tile_showing(&self, coord: TileCoord, shown: u8) -> Vec<Selection> {
        if let Some(clustering) = self.clustering(coord.z()) {
            return clusters(&self.blocks, &self.in_tiles, clustering, coord);
        }
        let windows = coord.windows().into_iter();
        let found = windows.flat_map(|(window, shift)| {
            let found = self.query_showing(&window, coord.z(), shown).into_iter();
            found.map(move |selection| Selection { shift, ..selection })
        });
        found.collect()
    }

    /// What the fullest tile of `zoom` is expected to weigh with the rows of `shown`, in compressed bytes. As of the last load or
    /// compaction.
    #[must_use]
    pub fn weight(&self, zoom: u8, shown: u8) -> f64 {
        let groups = self.clustering(zoom).is_some();
        if groups { 0.0 } else { self.at(zoom).weights.weight(zoom, shown) }
    }

    /// The layer as its tiles have it at a zoom.
    #[must_use]
    pub fn layer_in_tiles(&self, zoom: u8) -> &Arc<Layer> {
        if self.clustering(zoom).is_some() { &self.in_tiles } else { &self.layer }
    }

    pub(super) fn clustering(&self, zoom: u8) -> Option<&Clustering> {
        self.layer.cluster.as_ref().filter(|clustering| zoom <= clustering.max_zoom)
    }

    /// How many of the features that meet a tile's buffered square are left out of it. `found` is what [`Self::tile_showing`]
    /// found there with the rows of `shown`. Groups stand for all of theirs: they leave nothing out. Where the zoom merges
    /// lines, chains are counted.
    #[must_use]
    pub fn left_out(&self, coord: TileCoord, shown: u8, found: &[Selection]) -> usize {
        let (windows, drawn) = (coord.windows(), self.at(coord.z()));
        if self.layer.thinning.is_none() || drawn.blocks.iter().all(|(block, _)| block.shows_all(shown)) {
            return 0;
        }
        let meeting = windows
            .iter()
            .flat_map(|(window, _)| drawn.blocks.iter().map(move |(block, buried)| block.count(buried, window)));
        meeting.sum::<usize>().saturating_sub(found.iter().map(|found| found.numbers.len()).sum())
    }

    /// The zooms of the layer that leave features out, and how many; chains where they merge lines.
    #[must_use]
    pub fn left_out_by_zoom(&self) -> Vec<(u8, usize)> {
        let left_out = |zoom: u8| {
            let drawn = self.at(zoom);
            drawn.len() - drawn.blocks.iter().map(|(block, buried)| block.shown(buried, zoom)).sum::<usize>()
        };
        let zooms = self.layer.minzoom..=self.layer.maxzoom;
        zooms.map(|zoom| (zoom, left_out(zoom))).filter(|&(_, left_out)| left_out > 0).collect()
    }

    /// All features, by zoom and place.
    #[must_use]
    pub fn all(&self) -> Vec<Selection> {
        self.query(&Window::WORLD, MAX_ZOOM)
    }

    /// The largest id that is a number, 0 without one: running numbers go on behind it. Looks at every id.
    #[must_use]
    pub fn largest_number(&self) -> i64 {
        let all = self.all();
        let ids = all.iter().flat_map(|found| found.numbers.iter().map(|&row| found.rows.id(row as usize)));
        ids.filter_map(|id| id.parse::<i64>().ok()).max().unwrap_or(0).max(0)
    }

    pub(super) fn places_meeting(&self, windows: &[Window], zoom: u8) -> BTreeSet<Place> {
        let mut places = BTreeSet::new();
        for window in windows {
            for (number, (block, buried)) in self.blocks.iter().enumerate() {
                places.extend(block.query(buried, window, zoom).into_iter().map(|row| (number, row as usize)));
            }
        }
        places
    }

    pub(super) fn append(&mut self, block: Block) {
        let buried = Buried::none(block.rows().len());
        self.blocks.push((Arc::new(block), buried));
        while let [.., (before, before_buried), (last, last_buried)] = self.blocks.as_slice() {
            let (older, newer) = (before.rows().len(), last.rows().len());
            if older > 4 * newer || older + newer > MERGED_AT_ONCE {
                break;
            }
            let drafts = [Draft::of_block(before, before_buried), Draft::of_block(last, last_buried)];
            let merged = Block::new(&self.layer, &drafts);
            let buried = Buried::none(merged.rows().len());
            self.blocks.truncate(self.blocks.len() - 2);
            self.blocks.push((Arc::new(merged), buried));
        }
    }

    /// Whether [`Self::compacted`] would make queries noticeably faster or give much memory back.
    #[must_use]
    pub fn wants_compaction(&self) -> bool {
        let buried: usize = self.blocks.iter().map(|(_, buried)| buried.len()).sum();
        let own = self.blocks.len() > BLOCKS || buried > MERGED_AT_ONCE.max(self.len() / 4);
        own || self.chains().is_some_and(Self::wants_compaction)
    }

    /// The same features in one block, thinned anew where edits have made a tile too full or spare. Takes about as long
    /// as a load. Also tells whether a tile may look different now.
    #[must_use]
    pub fn compacted(&self) -> (Self, bool) {
        let mut drafts: Vec<Draft<'_>> =
            self.blocks.iter().map(|(block, buried)| Draft::of_block(block, buried)).collect();
        let rows = drafts.iter().flat_map(|draft| draft.taken().iter().map(|&(row, _)| (draft.rows(), row as usize)));
        let rows: Vec<(&Rows, usize)> = rows.collect();
        let candidates: Vec<Candidate> = rows.par_iter().map(|&(rows, row)| Candidate::new(rows, row)).collect();
        let (levels, lowest) = Levels::settle(&self.layer, &candidates, TILE_BUDGET);
        let merged = self.merged.as_ref().map(|merged| merged.compacted());
        let weights = Arc::new(Weights::of(&candidates, &lowest));
        let moved =
            levels != *self.levels || weights != self.weights || merged.as_ref().is_some_and(|(_, moved)| *moved);
        for ((_, now), lowest) in drafts.iter_mut().flat_map(Draft::taken_mut).zip(lowest) {
            *now = lowest;
        }
        let block = Block::new(&self.layer, &drafts);
        let merged = merged.map(|(merged, _)| Arc::new(merged));
        if self.is_searched() {
            let _ready = block.names();
        }
        let compacted = Self::of_block(Arc::clone(&self.layer), block, Arc::new(levels), weights);
        (Self { demo: self.demo, merged, ..compacted }, moved)
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let own: usize = self.blocks.iter().map(|(block, _)| block.heap_bytes() + block.rows().len() / 8).sum();
        own + self.history.heap_bytes() + self.chains().map_or(0, Self::heap_bytes)
    }
}
