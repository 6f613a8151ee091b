//! One layer in memory: frozen blocks of rows, the newest last, and which of their rows are gone.
//!
//! An edit never changes a block: it buries the old row and appends a small block with the new one. Small blocks are merged
//! at once, large ones in the background (`compacted`). A value of this type is a snapshot: whoever
//! holds it sees one state of the layer, however long the reading takes, and disturbs no writer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::block::{Block, Draft, row_detail, row_rings};
use super::buried::Buried;
use super::lowest::{Budget, lowest_by_rule};
use crate::geo::simplify::Junctions;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{GeometryKind, TileCoord, Window};
use crate::model::{Change, Feature, Layer, Rows, Selection};

/// Blocks up to this many rows are merged by the edit that made them: a few milliseconds.
const MERGED_AT_ONCE: usize = 16_384;

/// More blocks than this slow every query down: time for the background.
const BLOCKS: usize = 6;

/// The features of one layer, found by id and by place.
#[derive(Clone, Debug)]
pub struct LayerIndex {
    layer: Arc<Layer>,
    demo: bool,
    blocks: Vec<(Arc<Block>, Buried)>,
    budget: Budget,
}

/// A row of one of the blocks.
type Place = (usize, usize);

impl LayerIndex {
    /// Of all rows of a layer. Where an id stands twice, the later row counts.
    #[must_use]
    pub fn new(rows: &Rows) -> Self {
        let lowest: Vec<u8> = (0..rows.len()).map(|row| lowest_by_rule(rows, row)).collect();
        let budget = if rows.layer().thinning.is_some() { Budget::of(rows, &lowest) } else { Budget::UNLIMITED };
        let junctions = Junctions::of((0..rows.len()).flat_map(|row| row_rings(rows.arena(), row)));
        let block = Block::new(rows.layer(), &[Draft::new(rows, &budget, &junctions)]);
        let buried = Buried::none(block.rows().len());
        Self { layer: Arc::clone(rows.layer()), demo: rows.is_demo(), blocks: vec![(Arc::new(block), buried)], budget }
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

    fn place(&self, id: &str) -> Option<Place> {
        let mut newest_first = self.blocks.iter().enumerate().rev();
        newest_first.find_map(|(number, (block, buried))| {
            block.row_of(id).filter(|&row| !buried.contains(row)).map(|row| (number, row))
        })
    }

    /// The features that meet `window` and show at `zoom`.
    #[must_use]
    pub fn query(&self, window: &Window, zoom: u8) -> Vec<Selection> {
        let selections = self.blocks.iter().map(|(block, buried)| Selection {
            rows: Arc::clone(block.rows()),
            numbers: block.query(buried, window, zoom),
            detail: Arc::clone(block.detail()),
            shift: 0,
        });
        selections.filter(|selection| !selection.numbers.is_empty()).collect()
    }

    /// What a tile draws: the features that meet its buffered square, across the antimeridian too.
    #[must_use]
    pub fn tile(&self, coord: TileCoord) -> Vec<Selection> {
        let windows = coord.windows().into_iter();
        let found = windows.flat_map(|(window, shift)| {
            self.query(&window, coord.z()).into_iter().map(move |selection| Selection { shift, ..selection })
        });
        found.collect()
    }

    /// All features, by zoom and place.
    #[must_use]
    pub fn all(&self) -> Vec<Selection> {
        self.query(&Window::WORLD, MAX_ZOOM)
    }

    /// The layer after `changes` (puts and removals of this layer, in order) and the windows in which a tile may
    /// look different: where the changed features were and are, and the neighbours whose shared borders are thinned differently now.
    #[must_use]
    pub fn apply(&self, changes: &[Change]) -> (Self, Vec<Window>) {
        let mut next = self.clone();
        let mut touched = Vec::new();
        let mut puts = Rows::new(Arc::clone(&self.layer));
        for (id, feature) in last_of_each(changes) {
            touched.extend(next.place(id).map(|place| next.bury(place)));
            if let Some(feature) = feature {
                puts.push_feature(feature);
            }
        }
        touched.extend((0..puts.len()).map(|row| puts.arena().window(row)));
        let junctions = next.adapt_neighbours(&mut puts, &mut touched);
        if !puts.is_empty() {
            next.append(Block::new(&self.layer, &[Draft::new(&puts, &self.budget, &junctions)]));
        }
        (next, touched)
    }

    fn bury(&mut self, (block, row): Place) -> Window {
        let (block, buried) = &mut self.blocks[block];
        buried.insert(row);
        block.row_window(row)
    }

    /// Moves neighbours whose vertices matter differently now from their blocks into `puts`, and returns the junctions
    /// around the changed places.
    fn adapt_neighbours(&mut self, puts: &mut Rows, touched: &mut Vec<Window>) -> Junctions {
        if self.layer.geometry != GeometryKind::Polygon {
            return Junctions::of(std::iter::empty());
        }
        let near = self.places_meeting(touched);
        let windows: Vec<Window> = near.iter().map(|&(block, row)| self.blocks[block].0.row_window(row)).collect();
        let around = self.places_meeting(&windows);
        let junctions = {
            let known = around.iter().chain(near.difference(&around));
            let known = known.flat_map(|&(block, row)| row_rings(self.blocks[block].0.rows().arena(), row));
            Junctions::of(known.chain((0..puts.len()).flat_map(|row| row_rings(puts.arena(), row))))
        };
        for place in near {
            let (block, _) = &self.blocks[place.0];
            let arena = block.rows().arena();
            if row_detail(arena, place.1, &junctions) != block.detail()[arena.row_vertices(place.1)] {
                puts.push_row_of(block.rows(), place.1);
                touched.push(self.bury(place));
            }
        }
        junctions
    }

    fn places_meeting(&self, windows: &[Window]) -> BTreeSet<Place> {
        let mut places = BTreeSet::new();
        for window in windows {
            for (number, (block, buried)) in self.blocks.iter().enumerate() {
                places.extend(block.query(buried, window, u8::MAX).into_iter().map(|row| (number, row as usize)));
            }
        }
        places
    }

    fn append(&mut self, block: Block) {
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
        self.blocks.len() > BLOCKS || buried > MERGED_AT_ONCE.max(self.len() / 4)
    }

    /// The same features in one block. Takes about as long as a load; every answer stays the same.
    #[must_use]
    pub fn compacted(&self) -> Self {
        let drafts: Vec<Draft<'_>> = self.blocks.iter().map(|(block, buried)| Draft::of_block(block, buried)).collect();
        let block = Block::new(&self.layer, &drafts);
        let buried = Buried::none(block.rows().len());
        Self {
            layer: Arc::clone(&self.layer),
            demo: self.demo,
            blocks: vec![(Arc::new(block), buried)],
            budget: self.budget,
        }
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.blocks.iter().map(|(block, _)| block.heap_bytes() + block.rows().len() / 8).sum()
    }
}

/// What finally becomes of each id: the feature that is put last, or nothing.
fn last_of_each(changes: &[Change]) -> BTreeMap<&str, Option<&Feature>> {
    let outcomes = changes.iter().filter_map(|change| match change {
        Change::Put(feature) => Some((feature.id.as_str(), Some(feature))),
        Change::Remove { id, .. } => Some((id.as_str(), None)),
        Change::Replace(_) => None,
    });
    outcomes.collect()
}
