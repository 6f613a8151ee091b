//! A frozen block of rows with its tree: what a layer's index is made of.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::buried::Buried;
use super::cluster::Totals;
use super::ids::Ids;
use super::names::Names;
use super::packed::PackedTree;
use super::page::by_id;
use crate::geo::simplify::{Junctions, line_detail, ring_detail};
use crate::geo::{Arena, GeometryKind, Window};
use crate::model::rows::Rank;
use crate::model::{Layer, Rows};

/// Rows by [`Rank`]; never changed once built.
#[derive(Debug)]
pub struct Block {
    rows: Arc<Rows>,
    /// Lowest zoom of each row.
    lowest: Arc<[u8]>,
    /// Lowest zoom of each vertex; empty for points.
    detail: Arc<[u8]>,
    tree: PackedTree,
    ids: Ids,
    /// Of a layer that shows points in groups.
    totals: Option<Totals>,
    /// All rows by [`by_id`], made when somebody first pages through them: 4 bytes a row.
    in_id_order: OnceLock<Vec<u32>>,
    /// What finds rows by their texts, made when somebody first searches.
    names: OnceLock<Names>,
}

/// Rows that a block is made from, with what is known of each.
pub struct Draft<'a> {
    rows: &'a Rows,
    /// The rows taken, each with its lowest zoom.
    taken: Vec<(u32, u8)>,
    detail: Cow<'a, [u8]>,
}

impl<'a> Draft<'a> {
    /// All of `rows`, which show from the zooms `lowest`. `junctions` are those of the whole layer, which may hold more.
    #[must_use]
    pub fn new(rows: &'a Rows, lowest: &[u8], junctions: &Junctions) -> Self {
        let detail =
            (0..rows.len()).into_par_iter().flat_map_iter(|row| row_detail(rows.arena(), row, junctions)).collect();
        Self { rows, taken: (0..).zip(lowest.iter().copied()).collect(), detail: Cow::Owned(detail) }
    }

    /// What is not buried of a block, as it was judged then.
    #[must_use]
    pub fn of_block(block: &'a Block, buried: &Buried) -> Self {
        let rows = (0..).zip(block.lowest.iter()).filter(|(row, _)| !buried.contains(*row as usize));
        Self::picked(block, rows.map(|(row, &lowest)| (row, lowest)).collect())
    }

    /// Some rows of a block, each with its lowest zoom from now on.
    #[must_use]
    pub fn picked(block: &'a Block, taken: Vec<(u32, u8)>) -> Self {
        Self { rows: &block.rows, taken, detail: Cow::Borrowed(&block.detail) }
    }

    /// Whether no row is taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// The rows taken, each with its lowest zoom.
    #[must_use]
    pub fn taken(&self) -> &[(u32, u8)] {
        &self.taken
    }

    /// The same, to change the zooms.
    #[must_use]
    pub fn taken_mut(&mut self) -> &mut [(u32, u8)] {
        &mut self.taken
    }

    /// The rows among which they are.
    #[must_use]
    pub fn rows(&self) -> &'a Rows {
        self.rows
    }
}

impl Block {
    /// Sorts the rows of all drafts, which are of `layer`, and builds what finds them.
    #[must_use]
    pub fn new(layer: &Arc<Layer>, drafts: &[Draft<'_>]) -> Self {
        let mut ranked: Vec<(Rank, u32, u32)> = Vec::with_capacity(drafts.iter().map(|draft| draft.taken.len()).sum());
        for (number, draft) in (0..).zip(drafts) {
            ranked.par_extend(
                draft.taken.par_iter().map(|&(row, lowest)| (draft.rows.rank(row as usize, lowest), number, row)),
            );
        }
        ranked.par_sort_unstable();
        let lowest: Arc<[u8]> = ranked.iter().map(|&((lowest, ..), ..)| lowest).collect();
        let order: Vec<(u32, u32)> = ranked.into_iter().map(|(_, number, row)| (number, row)).collect();
        let sources: Vec<&Rows> = drafts.iter().map(|draft| draft.rows).collect();
        let rows = Rows::gather(layer, &sources, &order);
        let mut detail = Vec::new();
        if layer.geometry != GeometryKind::Point {
            for &(number, row) in &order {
                let draft = &drafts[number as usize];
                detail.extend_from_slice(&draft.detail[draft.rows.arena().row_vertices(row as usize)]);
            }
        }
        let tree = PackedTree::new(rows.arena(), &lowest);
        let totals = layer.cluster.as_ref().map(|clustering| Totals::new(&rows, clustering));
        Self {
            lowest,
            detail: detail.into(),
            tree,
            ids: Ids::new(&rows),
            totals,
            in_id_order: OnceLock::new(),
            names: OnceLock::new(),
            rows: Arc::new(rows),
        }
    }

    /// The lowest zoom of each row.
    #[must_use]
    pub fn lowest(&self) -> &Arc<[u8]> {
        &self.lowest
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &Arc<Rows> {
        &self.rows
    }

    /// The lowest zoom of each vertex of the rows; empty for points.
    #[must_use]
    pub fn detail(&self) -> &Arc<[u8]> {
        &self.detail
    }

    /// All rows, buried or not, in the order of their ids. The first call sorts them: about a second for a million on a busy machine.
    #[must_use]
    pub fn in_id_order(&self) -> &[u32] {
        self.in_id_order.get_or_init(|| {
            let mut numbers: Vec<u32> = (0..self.rows.len()).map(number).collect();
            let id = |&row: &u32| self.rows.id(row as usize);
            numbers.par_sort_unstable_by(|one, other| by_id(id(one), id(other)));
            numbers
        })
    }

    /// What finds rows by their texts, buried or not. The first call makes it, see [`Names::new`]; not on a thread of rayon's pool, which
    /// would wait for itself.
    #[must_use]
    pub fn names(&self) -> &Names {
        let in_id_order = self.in_id_order();
        self.names.get_or_init(|| Names::new(&self.rows, in_id_order))
    }

    /// Whether [`Self::names`] is made.
    #[must_use]
    pub fn has_names(&self) -> bool {
        self.names.get().is_some()
    }

    /// The running totals of a layer that shows points in groups.
    #[must_use]
    pub fn totals(&self) -> Option<&Totals> {
        self.totals.as_ref()
    }

    /// The row of an id, buried or not.
    #[must_use]
    pub fn row_of(&self, id: &str) -> Option<usize> {
        self.ids.get(&self.rows, id)
    }

    /// The window of a row.
    #[must_use]
    pub fn row_window(&self, row: usize) -> Window {
        self.tree.row_window(self.rows.arena(), row)
    }

    /// The window around all rows, buried ones included.
    #[must_use]
    pub fn window(&self) -> Window {
        self.tree.window()
    }

    /// The rows that show at `zoom`, meet `wanted` and are not buried.
    #[must_use]
    pub fn query(&self, buried: &Buried, wanted: &Window, zoom: u8) -> Vec<u32> {
        let mut numbers = Vec::new();
        self.tree.query(self.rows.arena(), &self.lowest, wanted, zoom, |rows| {
            if buried.is_empty() {
                numbers.extend(rows.map(number));
            } else {
                numbers.extend(rows.filter(|&row| !buried.contains(row)).map(number));
            }
        });
        numbers
    }

    /// How many rows meet `wanted` and are not buried, whatever zoom they show at.
    #[must_use]
    pub fn count(&self, buried: &Buried, wanted: &Window) -> usize {
        self.tree.count(self.rows.arena(), buried, wanted)
    }

    /// Whether every row shows at `zoom`.
    #[must_use]
    pub fn shows_all(&self, zoom: u8) -> bool {
        self.lowest.last().is_none_or(|&highest| highest <= zoom)
    }

    /// How many rows show at `zoom` and are not buried.
    #[must_use]
    pub fn shown(&self, buried: &Buried, zoom: u8) -> usize {
        let end = self.lowest.partition_point(|&lowest| lowest <= zoom);
        end - buried.count(0..end)
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.rows.heap_bytes()
            + self.lowest.len()
            + self.detail.len()
            + self.tree.heap_bytes()
            + self.ids.heap_bytes()
            + self.totals.as_ref().map_or(0, Totals::heap_bytes)
            + self.in_id_order.get().map_or(0, |rows| rows.capacity() * 4)
            + self.names.get().map_or(0, Names::heap_bytes)
    }
}

fn number(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

/// The rings of all rows of an arena of polygons.
pub fn rings(arena: &Arena) -> impl Iterator<Item = &[[u32; 2]]> {
    (0..arena.len()).flat_map(move |row| row_rings(arena, row))
}

/// The rings of one row; none for points and lines.
pub fn row_rings(arena: &Arena, row: usize) -> impl Iterator<Item = &[[u32; 2]]> {
    let parts = if arena.kind() == GeometryKind::Polygon { arena.parts(row) } else { 0..0 };
    parts.map(move |part| &arena.world()[arena.vertices(part)])
}

/// The lowest zoom of each vertex of a row; empty for points.
#[must_use]
pub fn row_detail(arena: &Arena, row: usize, junctions: &Junctions) -> Vec<u8> {
    let mut details = Vec::new();
    for part in arena.parts(row) {
        let line = &arena.world()[arena.vertices(part)];
        let start = details.len();
        details.resize(start + line.len(), 0);
        match arena.kind() {
            GeometryKind::Polygon => ring_detail(line, junctions, &mut details[start..]),
            _ => line_detail(line, &mut details[start..]),
        }
    }
    details
}
