//! Points in groups: at low zooms a layer with `[cluster]` shows each cell of a grid as one point with the number of its
//! features and the sums of some fields.
//!
//! The rows of a block lie along the Hilbert curve, on which a cell of the quadtree is one run. With running totals beside
//! the rows a cell costs two look-ups and a difference, however many rows it holds; rows buried since are
//! taken off one by one. All sums are of whole numbers, so the outcome does not depend on the history of the layer.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::block::Block;
use super::buried::Buried;
use crate::geo::hilbert::hilbert;
use crate::geo::{TileCoord, Window};
use crate::model::columns::Column;
use crate::model::feature::tile_id;
use crate::model::layer::{Clustering, POINT_COUNT};
use crate::model::{FieldType, Layer, Rows, Selection, Touch, ValueRef};

/// Real values are added in millionths, so that sums are exact and do not depend on the order.
pub const MILLIONTHS: f64 = 1e6;

/// A real value beyond this many millionths counts as this many: 2^32 rows of it still add up within 128 bits.
const MOST: f64 = 1e27;

/// A real value as it is added up.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "clamped to what a hundred bits hold")]
pub fn millionths(number: f64) -> i128 {
    (number * MILLIONTHS).round().clamp(-MOST, MOST) as i128
}

/// The totals of the first rows of a block: of row `n` and those after it in a run, a difference of two entries.
#[derive(Debug)]
pub struct Totals {
    /// The Hilbert number of each row.
    hilbert: Vec<u64>,
    /// Running totals of x and y in world units and of each summed field.
    running: Vec<Vec<i128>>,
}

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    /// x, y and the summed fields.
    sums: Vec<i128>,
}

impl Totals {
    /// Of rows in the order of the Hilbert curve.
    #[must_use]
    pub fn new(rows: &Rows, clustering: &Clustering) -> Self {
        let hilbert = (0..rows.len()).map(|row| hilbert(rows.arena().world()[row])).collect();
        let running = (0..2 + clustering.sums.len()).map(|of| {
            let totals = (0..rows.len()).scan(0_i128, |total, row| {
                *total += value(rows, clustering, of, row);
                Some(*total)
            });
            std::iter::once(0).chain(totals).collect()
        });
        Self { hilbert, running: running.collect() }
    }

    /// The rows whose Hilbert number is in a range.
    fn rows(&self, numbers: &RangeInclusive<u64>) -> Range<usize> {
        let start = self.hilbert.partition_point(|number| number < numbers.start());
        let end = self.hilbert.partition_point(|number| number <= numbers.end());
        start..end
    }

    fn add(&self, to: &mut Sum, run: &Range<usize>, rows: &Rows, buried: &Buried, clustering: &Clustering) {
        to.count += run.len() as u64;
        to.sums.resize(self.running.len(), 0);
        for (sum, running) in to.sums.iter_mut().zip(&self.running) {
            *sum += running[run.end] - running[run.start];
        }
        for row in buried.rows(run.clone()) {
            to.count -= 1;
            for (of, sum) in to.sums.iter_mut().enumerate() {
                *sum -= value(rows, clustering, of, row);
            }
        }
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.hilbert.capacity() * 8
            + self.running.iter().map(|running| running.capacity() * size_of::<i128>()).sum::<usize>()
    }
}

/// What a row adds to a total: its x, its y, or a summed field; nothing where that is absent.
fn value(rows: &Rows, clustering: &Clustering, of: usize, row: usize) -> i128 {
    if of < 2 {
        return i128::from(rows.arena().world()[row][of]);
    }
    let column: &Column = &rows.columns()[clustering.sums[of - 2]];
    match column.get(row) {
        Some(ValueRef::Integer(number)) => i128::from(number),
        Some(ValueRef::Real(number)) => millionths(number),
        _ => 0,
    }
}

/// The side of a zoom's cells, as a binary logarithm of world units.
fn side(zoom: u8, clustering: &Clustering) -> u32 {
    let cells_of_a_tile = 9 - clustering.cell.ilog2(); // a tile is 2^9 CSS pixels wide
    32 - u32::from(zoom) - cells_of_a_tile
}

/// The cell of a zoom that holds a place.
#[must_use]
pub fn cell_window([x, y]: [u32; 2], zoom: u8, clustering: &Clustering) -> Window {
    let below = u32::MAX.checked_shr(32 - side(zoom, clustering)).unwrap_or(0);
    Window { min_x: x & !below, min_y: y & !below, max_x: x | below, max_y: y | below }
}

/// The cell of a zoom that holds a place, by column and row.
#[must_use]
pub fn cell_at([x, y]: [u32; 2], zoom: u8, clustering: &Clustering) -> [u32; 2] {
    let side = side(zoom, clustering);
    [x >> side, y >> side]
}

/// Where tiles look different when a point is: at each zoom that shows groups its cell, and from there on the point itself.
#[must_use]
pub fn touches(window: Window, clustering: &Clustering) -> Vec<Touch> {
    let groups = (0..=clustering.max_zoom).map(|zoom| Touch {
        window: cell_window(window.middle(), zoom, clustering),
        from: zoom,
        to: zoom,
    });
    groups.chain([Touch::from(window, clustering.max_zoom + 1)]).collect()
}

/// The cells that a tile shows in groups, by column and row, each with the number that stands for its group in the tile.
pub fn cells_of(coord: TileCoord, clustering: &Clustering) -> impl Iterator<Item = ([u32; 2], u64)> {
    let side = side(coord.z(), clustering);
    let windows = coord.windows().into_iter();
    let cells = windows.flat_map(move |(window, _)| cells(&window, side));
    cells.map(|Cell { name, .. }| ([name[1], name[2]], tile_id(&id(name))))
}

fn id([level, x, y]: [u32; 3]) -> String {
    format!("cluster/{level}/{x}/{y}")
}

/// What a tile shows: a row for each cell that holds something. `layer` is the layer's clustered form.
#[must_use]
pub fn clusters(
    blocks: &[(Arc<Block>, Buried)],
    layer: &Arc<Layer>,
    clustering: &Clustering,
    coord: TileCoord,
) -> Vec<Selection> {
    let windows = coord.windows().into_iter();
    let selections = windows.map(|(window, shift)| {
        let mut rows = Rows::new(Arc::clone(layer));
        for cell in cells(&window, side(coord.z(), clustering)) {
            push_cell(&mut rows, blocks, clustering, &cell);
        }
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let lowest = vec![0; rows.len()].into();
        let (rows, numbers) = (Arc::new(rows), (0..count).collect());
        Selection { rows, numbers, lowest, detail: Arc::default(), speck: 0, shift }
    });
    selections.filter(|selection| !selection.numbers.is_empty()).collect()
}

/// A cell: its name, and its run of Hilbert numbers.
struct Cell {
    name: [u32; 3],
    numbers: RangeInclusive<u64>,
}

/// The cells that a window meets, along the Hilbert curve.
fn cells(window: &Window, side: u32) -> Vec<Cell> {
    let below = (1_u64 << (2 * side)) - 1; // the bits of a Hilbert number within a cell
    let columns = window.min_x >> side..=window.max_x >> side;
    let rows = window.min_y >> side..=window.max_y >> side;
    let mut cells: Vec<Cell> = columns
        .flat_map(|x| rows.clone().map(move |y| (x, y)))
        .map(|(x, y)| {
            let number = hilbert([x << side, y << side]);
            Cell { name: [32 - side, x, y], numbers: number & !below..=number | below }
        })
        .collect();
    cells.sort_unstable_by_key(|cell| *cell.numbers.start());
    cells
}

fn push_cell(to: &mut Rows, blocks: &[(Arc<Block>, Buried)], clustering: &Clustering, cell: &Cell) {
    let mut sum = Sum::default();
    let mut only = None;
    for (block, buried) in blocks {
        let Some(totals) = block.totals() else { continue };
        let run = totals.rows(&cell.numbers);
        let before = sum.count;
        totals.add(&mut sum, &run, block.rows(), buried, clustering);
        if sum.count == 1 && before == 0 {
            only = run.clone().find(|&row| !buried.contains(row)).map(|row| (block, row));
        }
    }
    match (sum.count, only) {
        (0, _) => {}
        (1, Some((block, row))) => to.push_row_with(block.rows(), row, [Some(ValueRef::Integer(1))]),
        _ => push_sum(to, clustering, &sum, cell.name),
    }
}

/// A point in the middle of the features, with their number and sums.
#[expect(clippy::cast_precision_loss, reason = "sums of measures")]
fn push_sum(to: &mut Rows, clustering: &Clustering, sum: &Sum, name: [u32; 3]) {
    let mean = |of: usize| u32::try_from(sum.sums[of] / i128::from(sum.count)).unwrap_or(u32::MAX);
    let layer = Arc::clone(to.layer());
    let values = layer.fields.iter().enumerate().map(|(number, field)| {
        if field.name == POINT_COUNT && number + 1 == layer.fields.len() {
            return Some(ValueRef::Integer(sum.count.cast_signed()));
        }
        let of = clustering.sums.iter().position(|&summed| summed == number)?;
        let total = sum.sums[of + 2];
        match field.field_type {
            FieldType::Real => Some(ValueRef::Real(total as f64 / MILLIONTHS)),
            _ => Some(ValueRef::Integer(i64::try_from(total).unwrap_or(if total < 0 { -i64::MAX } else { i64::MAX }))),
        }
    });
    to.push_place(&id(name), [mean(0), mean(1)], values);
}
