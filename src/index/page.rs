//! Some features of a layer, page by page, in an order that edits do not disturb.
//!
//! The order is that of the ids, and a page begins after the last id of the page before: whatever is put or removed meanwhile, a
//! feature that stays is met once (OGC 17-069r4, recommendation on paging; an offset would skip and repeat).

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::block::Block;
use super::buried::Buried;
use super::layer_index::LayerIndex;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{Arena, BBox, Window};
use crate::model::Rows;

/// Which features are wanted.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// Those that meet one of these; without any those everywhere.
    pub areas: &'a [Area],
}

/// A box, in degrees or on another plane.
#[derive(Clone)]
pub struct Area {
    /// What holds it in lon/lat; it does not cross the antimeridian.
    pub bbox: BBox,
    /// The plane on which it is a box, and which: the way there from lon/lat.
    pub plane: Option<(BBox, ToPlane)>,
}

/// From lon/lat to another plane; NaN for what is no place there.
pub type ToPlane = Rc<dyn Fn([f64; 2]) -> [f64; 2]>;

impl Area {
    fn meets(&self, arena: &Arena, row: u32) -> bool {
        match &self.plane {
            Some((bbox, to)) => arena.meets_on(row as usize, bbox, to.as_ref()),
            None => arena.meets(row as usize, &self.bbox),
        }
    }
}

/// One feature of a page.
#[derive(Clone, Debug)]
pub struct Found {
    /// The rows among which it is.
    pub rows: Arc<Rows>,
    /// Its row.
    pub row: usize,
}

impl Found {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.rows.id(self.row)
    }
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// How many features are wanted in all, on this page and on every other.
    pub matched: usize,
    /// Those of this page, by id.
    pub found: Vec<Found>,
    /// Whether there are more behind it.
    pub more: bool,
}

/// The order of ids: the shorter first, then by their bytes. Numbers come in their order, `9` before `10`.
#[must_use]
pub fn by_id(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.as_bytes().cmp(other.as_bytes()))
}

impl LayerIndex {
    /// Where the feature of an id stands.
    #[must_use]
    pub fn found(&self, id: &str) -> Option<Found> {
        let (block, row) = self.place(id)?;
        Some(Found { rows: Arc::clone(self.blocks[block].0.rows()), row })
    }

    /// At most `limit` of the features that are wanted, those behind the id `after`, which needs not be there any more.
    #[must_use]
    pub fn page(&self, wanted: Wanted<'_>, after: Option<&str>, limit: usize) -> Page {
        let behind =
            |rows: &Rows, row: u32| after.is_none_or(|after| by_id(rows.id(row as usize), after) == Ordering::Greater);
        let (mut matched, mut found) = (0, Vec::new());
        for (block, buried) in &self.blocks {
            let rows = block.rows();
            let mut numbers = if wanted.areas.is_empty() {
                matched += rows.len() - buried.len();
                block.behind(buried, after, limit + 1)
            } else {
                let mut numbers = meeting(block, buried, wanted.areas);
                matched += numbers.len();
                numbers.retain(|&row| behind(rows, row));
                numbers
            };
            first(&mut numbers, limit + 1, |&one, &other| by_id(rows.id(one as usize), rows.id(other as usize)));
            found.extend(numbers.into_iter().map(|row| Found { rows: Arc::clone(rows), row: row as usize }));
        }
        first(&mut found, limit + 1, |one, other| by_id(one.id(), other.id()));
        let more = found.len() > limit;
        found.truncate(limit);
        Page { matched, found, more }
    }
}

impl Block {
    /// The first `count` rows behind the id `after` that are not buried.
    fn behind(&self, buried: &Buried, after: Option<&str>, count: usize) -> Vec<u32> {
        let (rows, in_order) = (self.rows(), self.in_id_order());
        let start = after.map_or(0, |after| {
            in_order.partition_point(|&row| by_id(rows.id(row as usize), after) != Ordering::Greater)
        });
        in_order[start..].iter().copied().filter(|&row| !buried.contains(row as usize)).take(count).collect()
    }
}

/// The rows that meet one of some areas.
fn meeting(block: &Block, buried: &Buried, areas: &[Area]) -> Vec<u32> {
    let arena = block.rows().arena();
    let mut numbers = Vec::new();
    for area in areas {
        let found = block.query(buried, &Window::from(area.bbox), MAX_ZOOM);
        numbers.extend(found.into_iter().filter(|&row| area.meets(arena, row)));
    }
    if areas.len() > 1 {
        numbers.sort_unstable();
        numbers.dedup();
    }
    numbers
}

/// Keeps the first `count` by an order, in it.
fn first<T>(all: &mut Vec<T>, count: usize, order: impl Fn(&T, &T) -> Ordering) {
    if all.len() > count {
        all.select_nth_unstable_by(count, &order);
        all.truncate(count);
    }
    all.sort_unstable_by(order);
}
