//! A frozen block of rows with its tree: what a layer's index is made of.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::buried::Buried;
use super::ids::Ids;
use super::lowest::{Budget, lowest_zoom};
use super::packed::PackedTree;
use crate::geo::hilbert::hilbert;
use crate::geo::simplify::{Junctions, line_detail, ring_detail};
use crate::geo::{Arena, GeometryKind, Window};
use crate::model::{Layer, Rows};

/// Rows in the order of lowest zoom, then Hilbert curve; never changed once built.
#[derive(Debug)]
pub struct Block {
    rows: Arc<Rows>,
    /// Lowest zoom of each row.
    lowest: Vec<u8>,
    /// Lowest zoom of each vertex; empty for points.
    detail: Arc<[u8]>,
    tree: PackedTree,
    ids: Ids,
}

/// Rows that a block is made from, with what is known of each.
pub struct Draft<'a> {
    rows: &'a Rows,
    lowest: Cow<'a, [u8]>,
    detail: Cow<'a, [u8]>,
    buried: Option<&'a Buried>,
}

impl<'a> Draft<'a> {
    /// All of `rows`, judged anew. `junctions` are those of the whole layer, which may hold more than `rows`.
    #[must_use]
    pub fn new(rows: &'a Rows, budget: &Budget, junctions: &Junctions) -> Self {
        let lowest: Vec<u8> = (0..rows.len()).into_par_iter().map(|row| lowest_zoom(rows, row, budget)).collect();
        let detail =
            (0..rows.len()).into_par_iter().flat_map_iter(|row| row_detail(rows.arena(), row, junctions)).collect();
        Self { rows, lowest: Cow::Owned(lowest), detail: Cow::Owned(detail), buried: None }
    }

    /// What is not buried of a block, as it was judged then.
    #[must_use]
    pub fn of_block(block: &'a Block, buried: &'a Buried) -> Self {
        Self {
            rows: &block.rows,
            lowest: Cow::Borrowed(&block.lowest),
            detail: Cow::Borrowed(&block.detail),
            buried: Some(buried),
        }
    }
}

impl Block {
    /// Sorts the rows of all drafts, which are of `layer`, and builds what finds them.
    #[must_use]
    pub fn new(layer: &Arc<Layer>, drafts: &[Draft<'_>]) -> Self {
        let mut order: Vec<(u8, u32, usize, usize)> = Vec::new();
        for (number, draft) in drafts.iter().enumerate() {
            let kept = (0..draft.rows.len()).filter(|&row| !draft.buried.is_some_and(|buried| buried.contains(row)));
            order.extend(
                kept.map(|row| (draft.lowest[row], hilbert(draft.rows.arena().window(row).middle()), number, row)),
            );
        }
        order.par_sort_unstable();
        let (mut rows, mut detail) = (Rows::new(Arc::clone(layer)), Vec::new());
        for &(.., number, row) in &order {
            let draft = &drafts[number];
            rows.push_row_of(draft.rows, row);
            if !draft.detail.is_empty() {
                detail.extend_from_slice(&draft.detail[draft.rows.arena().row_vertices(row)]);
            }
        }
        rows.finish();
        let lowest: Vec<u8> = order.iter().map(|&(lowest, ..)| lowest).collect();
        let tree = PackedTree::new(rows.arena(), &lowest);
        Self { lowest, detail: detail.into(), tree, ids: Ids::new(&rows), rows: Arc::new(rows) }
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
        self.tree.query(self.rows.arena(), &self.lowest, wanted, zoom, |row| {
            if !buried.contains(row) {
                numbers.push(u32::try_from(row).unwrap_or(u32::MAX));
            }
        });
        numbers
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.rows.heap_bytes()
            + self.lowest.capacity()
            + self.detail.len()
            + self.tree.heap_bytes()
            + self.ids.heap_bytes()
    }
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
