//! Some features of a layer, page by page, in an order that edits do not disturb.
//!
//! The order is that of the ids, and a page begins after the last id of the page before: whatever is put or removed meanwhile, a
//! feature that stays is met once (OGC 17-069r4, recommendation on paging; an offset would skip and repeat).

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::block::Block;
use super::buried::Buried;
use super::cql2::Filter;
use super::layer_index::LayerIndex;
use super::sort::{Cursor, SortKey, sorted};
use geo::CoordsIter;
use geo_types::MultiPolygon;

use crate::geo::slabs::Slabs;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{Arena, BBox, Window};
use crate::model::validity::Interval;
use crate::model::{Audience, Field, Rows, ValueRef};

/// Which features are wanted: those that all of this is true of.
#[derive(Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// They meet one of these; without any they are anywhere.
    pub areas: &'a [Area],
    /// They match.
    pub filter: Option<&'a Filter>,
    /// They are in force at some time of it. Those that tell no time are always.
    pub interval: Option<&'a Interval>,
}

impl Wanted<'_> {
    fn is_everything(&self) -> bool {
        self.areas.is_empty() && self.filter.is_none() && self.interval.is_none()
    }
}

/// Where a page begins.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// In the order of ids, behind one, which needs not be there any more.
    Behind(Option<&'a str>),
    /// In another order, behind a cursor.
    Sorted(&'a [SortKey], Option<&'a Cursor>),
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

    /// What people call it: its label, where everybody may see that, else its id.
    #[must_use]
    pub fn called(&self) -> &str {
        let layer = self.rows.layer();
        let shown = |field: &Field, label: &str| field.name == label && Audience::Public.may_see(field.audience);
        let label = layer.style.label.as_ref();
        let place = label.and_then(|label| layer.fields.iter().position(|field| shown(field, label)));
        match place.and_then(|place| self.rows.values(self.row).nth(place)).flatten() {
            Some(ValueRef::Text(text)) => text,
            _ => self.id(),
        }
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

    /// At most `limit` of the features that are wanted, from `start` on.
    #[must_use]
    pub fn page(&self, wanted: &Wanted<'_>, start: Start<'_>, limit: usize) -> Page {
        let (matched, mut found) = match start {
            Start::Behind(after) if wanted.is_everything() => (self.len(), self.first_of_all(after, limit + 1)),
            Start::Behind(after) => {
                let selections = self.wanted(wanted);
                (count(&selections), first_behind(&selections, after, limit + 1))
            }
            Start::Sorted(keys, after) => {
                let selections = self.wanted(wanted);
                (count(&selections), sorted(&selections, keys, after, limit + 1))
            }
        };
        let more = found.len() > limit;
        found.truncate(limit);
        Page { matched, found, more }
    }

    /// All features that are wanted: rows, and those of their numbers.
    #[must_use]
    pub fn wanted(&self, wanted: &Wanted<'_>) -> Vec<(Arc<Rows>, Vec<u32>)> {
        let everywhere = [Area { bbox: BBox::WORLD, plane: None }];
        let areas = if wanted.areas.is_empty() { &everywhere } else { wanted.areas };
        let window = wanted.filter.and_then(Filter::window);
        let times = wanted.interval.and_then(|interval| Some((self.layer.times()?, interval)));
        let selections = self.blocks.iter().map(|(block, buried)| {
            let rows = block.rows();
            let bound = wanted.filter.map(|filter| filter.bind(rows));
            let matching = |row: u32| {
                times.as_ref().is_none_or(|(times, interval)| times.in_force(rows, row as usize, interval))
                    && bound.as_ref().is_none_or(|bound| bound.matches(row as usize))
            };
            let numbers = if wanted.areas.is_empty() && window.is_none() {
                let there = |row: u32| !buried.contains(row as usize);
                let all = 0..u32::try_from(rows.len()).unwrap_or(u32::MAX);
                chosen(all, rows.len(), |row| there(row) && matching(row))
            } else {
                let numbers = meeting(block, buried, areas, &window.unwrap_or(Window::WORLD));
                let many = numbers.len();
                if times.is_none() && bound.is_none() { numbers } else { chosen(numbers, many, matching) }
            };
            (Arc::clone(rows), numbers)
        });
        selections.collect()
    }

    /// Those of the wanted that lie in polygons, each by the one place that stands for it.
    #[must_use]
    pub fn wanted_within(&self, wanted: &Wanted<'_>, polygons: &MultiPolygon<f64>) -> Vec<(Arc<Rows>, Vec<u32>)> {
        let bbox = BBox::around(polygons.coords_iter().map(|place| [place.x, place.y]));
        let Some(bbox) = bbox else { return Vec::new() };
        let slabs = Slabs::new(polygons);
        let areas = [Area { bbox, plane: None }];
        // A box that is asked for besides is looked at feature by feature.
        let boxes = wanted.areas;
        let mut selections = self.wanted(&Wanted { areas: &areas, ..*wanted });
        for (rows, numbers) in &mut selections {
            let arena = rows.arena();
            let in_boxes = |row: u32| boxes.is_empty() || boxes.iter().any(|area| area.meets(arena, row));
            numbers.retain(|&row| in_boxes(row) && slabs.holds(arena.representative(row as usize)));
        }
        selections
    }

    fn first_of_all(&self, after: Option<&str>, count: usize) -> Vec<Found> {
        let of_each = self.blocks.iter().flat_map(|(block, buried)| {
            let rows = block.rows();
            let numbers = block.behind(buried, after, count).into_iter();
            numbers.map(move |row| Found { rows: Arc::clone(rows), row: row as usize })
        });
        let mut found: Vec<Found> = of_each.collect();
        first(&mut found, count, |one, other| by_id(one.id(), other.id()));
        found
    }
}

/// Rows that a core looks at alone: handing fewer to another one takes longer than looking.
const ALONE: usize = 1 << 14;

/// Those of `many` rows of which something is true, in their order.
fn chosen<I>(rows: I, many: usize, is_chosen: impl Fn(u32) -> bool + Sync) -> Vec<u32>
where
    I: IntoParallelIterator<Item = u32, Iter: IndexedParallelIterator> + IntoIterator<Item = u32>,
{
    if many <= ALONE {
        return rows.into_iter().filter(|&row| is_chosen(row)).collect();
    }
    rows.into_par_iter().with_min_len(ALONE).filter(|&row| is_chosen(row)).collect()
}

fn count(selections: &[(Arc<Rows>, Vec<u32>)]) -> usize {
    selections.iter().map(|(_, numbers)| numbers.len()).sum()
}

/// The first of some features behind an id.
fn first_behind(selections: &[(Arc<Rows>, Vec<u32>)], after: Option<&str>, count: usize) -> Vec<Found> {
    let mut found = Vec::new();
    for (rows, numbers) in selections {
        let id = |row: u32| rows.id(row as usize);
        let behind = |&row: &u32| after.is_none_or(|after| by_id(id(row), after) == Ordering::Greater);
        let mut numbers: Vec<u32> = numbers.iter().copied().filter(behind).collect();
        first(&mut numbers, count, |&one, &other| by_id(id(one), id(other)));
        found.extend(numbers.into_iter().map(|row| Found { rows: Arc::clone(rows), row: row as usize }));
    }
    first(&mut found, count, |one, other| by_id(one.id(), other.id()));
    found
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

/// The rows that meet one of some areas, of which only what lies in `window` counts.
fn meeting(block: &Block, buried: &Buried, areas: &[Area], window: &Window) -> Vec<u32> {
    let arena = block.rows().arena();
    let mut numbers = Vec::new();
    for area in areas {
        let held = Window::from(area.bbox).intersection(window);
        if held.is_empty() {
            continue;
        }
        let found = block.query(buried, &held, MAX_ZOOM).into_iter();
        let everywhere = area.plane.is_none() && area.bbox == BBox::WORLD;
        numbers.extend(found.filter(|&row| everywhere || area.meets(arena, row)));
    }
    if areas.len() > 1 {
        numbers.sort_unstable();
        numbers.dedup();
    }
    numbers
}

/// Keeps the first `count` by an order, in it.
pub(super) fn first<T>(all: &mut Vec<T>, count: usize, order: impl Fn(&T, &T) -> Ordering) {
    if all.len() > count {
        all.select_nth_unstable_by(count, &order);
        all.truncate(count);
    }
    all.sort_unstable_by(order);
}
