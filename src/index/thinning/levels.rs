//! One number a zoom, the same for all tiles of it: what holds the fullest tile within its budget.

use rayon::prelude::*;

use super::ZOOMS;
use super::candidate::{Candidate, chance};
use super::sample::{Rival, cell_of, sample};
use crate::geo::GeometryKind;
use crate::geo::tile::MAX_ZOOM;
use crate::model::layer::Layer;

/// What a layer's part of a tile may weigh, in estimated compressed bytes: 500 kB less a margin for what is estimated.
pub const TILE_BUDGET: f64 = 400_000.0;

/// The side of the smallest speck of dust, CSS pixels.
const SPECK: u32 = 2;

/// The side of the largest: a cell of 4 x 4 of them is a whole tile.
const MAX_SPECK: u32 = 128;

/// How much each zoom leaves out. Found when a layer is built and kept until it is built or compacted anew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Of the points or lines that the zoom above draws, the share that stays.
    shares: [f64; ZOOMS],
    /// The side of a speck of dust in CSS pixels; 0 where every polygon is drawn as it is.
    specks: [u32; ZOOMS],
}

impl Levels {
    /// Everything shows.
    pub const ALL: Self = Self { shares: [1.0; ZOOMS], specks: [0; ZOOMS] };

    /// Thins a whole layer so that its part of a tile weighs at most `budget` (see [`TILE_BUDGET`]): the levels, and the
    /// lowest zoom of each of `candidates`.
    #[must_use]
    pub fn settle(layer: &Layer, candidates: &[Candidate], budget: f64) -> (Self, Vec<u8>) {
        let mut levels = Self::ALL;
        let lowest = lowest(layer, candidates, |zoom, candidates, shown| {
            levels.hold(zoom, layer, candidates, shown, budget);
            levels
        });
        (levels, lowest)
    }

    /// The lowest zoom of each of `candidates`, all rows of a layer, at these levels.
    #[must_use]
    pub fn lowest(&self, layer: &Layer, candidates: &[Candidate]) -> Vec<u8> {
        lowest(layer, candidates, |_, _, _| *self)
    }

    /// The share of the rows of the zoom above that `zoom` keeps.
    #[must_use]
    pub fn share(&self, zoom: u8) -> f64 {
        self.shares[usize::from(zoom)]
    }

    /// The side of a speck in CSS pixels; 0 where every polygon is drawn as it is.
    #[must_use]
    pub fn speck(&self, zoom: u8) -> u32 {
        self.specks[usize::from(zoom)]
    }

    /// What a polygon is of a zoom's speck, at most 1. `area` in square world units.
    #[must_use]
    pub fn share_of_speck(&self, area: f64, zoom: u8) -> f64 {
        let side = f64::from(self.speck(zoom)) * world_units_of_a_pixel(zoom);
        if area < side * side { area / (side * side) } else { 1.0 }
    }

    /// Makes the zoom sparse enough. `shown` are those that the zoom above draws, by place.
    fn hold(&mut self, zoom: u8, layer: &Layer, candidates: &[Candidate], shown: &[u32], budget: f64) {
        let level = usize::from(zoom);
        let heaviest = |levels: &Self| heaviest(zoom, layer, levels, candidates, shown);
        if layer.geometry != GeometryKind::Polygon {
            let weight = heaviest(self);
            if weight > budget {
                self.shares[level] = stepped(budget / weight);
            }
            return;
        }
        if zoom < layer.maxzoom {
            self.specks[level] = self.specks[level + 1].max(SPECK);
            while self.specks[level] < MAX_SPECK && heaviest(self) > budget {
                self.specks[level] *= 2;
            }
        }
    }

    /// Those of `shown` that `zoom` keeps, in the same order.
    fn thin(&self, zoom: u8, layer: &Layer, candidates: &[Candidate], shown: &[u32]) -> Vec<u32> {
        let candidate = |at: usize| &candidates[shown[at] as usize];
        let chances: Vec<f64> =
            (0..shown.len()).into_par_iter().map(|at| chance(candidate(at), zoom, layer, self)).collect();
        let mut stays: Vec<bool> = chances.iter().map(|&chance| chance >= 1.0).collect();
        let cell = |at: usize| cell_of(candidate(at).place, zoom, layer.geometry, self.speck(zoom));
        let open: Vec<usize> = (0..shown.len()).filter(|&at| chances[at] > 0.0 && chances[at] < 1.0).collect();
        let kept = open.par_chunk_by(|&a, &b| cell(a) == cell(b)).flat_map_iter(|group| {
            let rivals = group.iter().map(|&at| Rival::new(candidate(at), chances[at], at));
            let mut rivals: Vec<Rival<'_>> = rivals.collect();
            sample(zoom, cell(group[0]), &mut rivals);
            rivals.into_iter().filter(|rival| rival.stays).map(|rival| rival.number).collect::<Vec<_>>()
        });
        kept.collect::<Vec<usize>>().into_iter().for_each(|at| stays[at] = true);
        shown.iter().zip(stays).filter(|(_, stays)| *stays).map(|(&number, _)| number).collect()
    }
}

/// From the deepest zoom up, each keeps some of those that the zoom below it shows. `levels_at` is given the zoom, all
/// candidates by place, and which of them the zoom below it shows.
fn lowest(
    layer: &Layer,
    candidates: &[Candidate],
    mut levels_at: impl FnMut(u8, &[Candidate], &[u32]) -> Levels,
) -> Vec<u8> {
    if layer.thinning.is_none() {
        return vec![0; candidates.len()];
    }
    let mut order: Vec<(u64, u32)> = candidates.iter().map(|candidate| candidate.place).zip(0..).collect();
    order.par_sort_unstable();
    // By place in memory as well: the zooms walk over a million of them twenty times.
    let sorted: Vec<Candidate> = order.par_iter().map(|&(_, number)| candidates[number as usize]).collect();
    let mut lowest_of_sorted = vec![MAX_ZOOM; sorted.len()];
    let mut shown: Vec<u32> = (0..).take(sorted.len()).collect();
    for zoom in (0..MAX_ZOOM).rev() {
        let levels = levels_at(zoom, &sorted, &shown);
        shown = levels.thin(zoom, layer, &sorted, &shown);
        shown.iter().for_each(|&at| lowest_of_sorted[at as usize] = zoom);
    }
    let mut lowest = vec![MAX_ZOOM; sorted.len()];
    order.iter().zip(lowest_of_sorted).for_each(|(&(_, number), zoom)| lowest[number as usize] = zoom);
    lowest
}

/// What the fullest tile of a zoom is expected to weigh.
#[expect(clippy::cast_precision_loss, reason = "a share of a budget")]
fn heaviest(zoom: u8, layer: &Layer, levels: &Levels, candidates: &[Candidate], shown: &[u32]) -> f64 {
    let tile = |at: u32| candidates[at as usize].place.checked_shr(64 - 2 * u32::from(zoom)).unwrap_or(0);
    let tiles = shown.par_chunk_by(|&a, &b| tile(a) == tile(b));
    let weights = tiles.map(|tile| {
        let rows = tile.iter().map(|&at| &candidates[at as usize]);
        rows.map(|row| parts(f64::from(row.weight) * chance(row, zoom, layer, levels))).sum::<u64>()
    });
    weights.max().unwrap_or(0) as f64 / PARTS
}

/// Of a byte: sums of whole numbers do not depend on the order of the rows.
const PARTS: f64 = 1024.0;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a weight of 32 bits in 1024 parts")]
fn parts(weight: f64) -> u64 {
    (weight * PARTS) as u64
}

/// Rounded down to a power of the fourth root of two: a few edits do not move it.
fn stepped(share: f64) -> f64 {
    ((share.log2() * 4.0).floor() / 4.0).exp2()
}

/// A tile is 512 CSS pixels wide.
fn world_units_of_a_pixel(zoom: u8) -> f64 {
    f64::from(23 - i16::from(zoom)).exp2()
}
