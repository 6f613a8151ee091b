//! Who is drawn among the rows of one cell.

use super::candidate::Candidate;
use crate::geo::morton::from_morton;
use crate::geo::{GeometryKind, Window};

/// A square of the quadtree at one zoom: the Morton number of its rows without the bits below it.
pub type Cell = u64;

/// The cell in which a place competes at a zoom. A tile has 16 x 16 cells of points and lines (32 CSS pixels); for
/// polygons a cell is 4 x 4 specks, `speck` CSS pixels each (see [`super::Levels::speck`]).
#[must_use]
pub fn cell_of(place: u64, zoom: u8, kind: GeometryKind, speck: u32) -> Cell {
    place.checked_shr(2 * side_of(zoom, kind, speck)).unwrap_or(0)
}

/// The square of a cell.
#[must_use]
pub fn window_of(cell: Cell, zoom: u8, kind: GeometryKind, speck: u32) -> Window {
    let side = side_of(zoom, kind, speck);
    let [min_x, min_y] = from_morton(cell.checked_shl(2 * side).unwrap_or(0));
    let reach = u32::try_from((1_u64 << side) - 1).unwrap_or(u32::MAX);
    Window { min_x, min_y, max_x: min_x.saturating_add(reach), max_y: min_y.saturating_add(reach) }
}

/// The binary logarithm of a cell's side in world units, at most 32.
fn side_of(zoom: u8, kind: GeometryKind, speck: u32) -> u32 {
    let in_tile = if kind == GeometryKind::Polygon { 7_u32.saturating_sub(speck.max(1).ilog2()) } else { 4 };
    32 - (u32::from(zoom) + in_tile).min(32)
}

/// Marks who stays among the `rivals` of one cell, each with a chance between 0 and 1: as many as the chances add up to,
/// the fraction decided by the cell; those of a lower rank first, then in the order of a number drawn for this zoom over
/// the chance.
///
/// Sequential Poisson sampling (E. Ohlsson, "Sequential Poisson sampling", J. Official Statistics 14, 1998).
pub fn sample(zoom: u8, cell: Cell, rivals: &mut [Rival<'_>]) {
    // In whole numbers, so that the sum does not depend on the order of the rivals.
    let expected: u64 = rivals.iter().map(|rival| parts(rival.chance)).sum();
    let fraction = parts(unit(cell ^ (u64::from(zoom) << 58) ^ 0x9e37_79b9_7f4a_7c15));
    let kept = usize::try_from((expected + fraction) / WHOLE).map_or(rivals.len(), |kept| kept.min(rivals.len()));
    rivals.iter_mut().for_each(|rival| {
        rival.turn = unit(rival.candidate.seed.rotate_left(u32::from(zoom))) / rival.chance;
        rival.stays = false;
    });
    if kept == 0 {
        return;
    }
    let order = |a: &Rival<'_>, b: &Rival<'_>| {
        let by_rank = a.candidate.rank.cmp(&b.candidate.rank);
        by_rank
            .then(a.turn.total_cmp(&b.turn))
            .then((a.candidate.seed, a.candidate.place).cmp(&(b.candidate.seed, b.candidate.place)))
    };
    if kept < rivals.len() {
        rivals.select_nth_unstable_by(kept - 1, order);
    }
    rivals[..kept].iter_mut().for_each(|rival| rival.stays = true);
}

/// One that competes.
#[derive(Clone, Copy, Debug)]
pub struct Rival<'a> {
    /// Who.
    pub candidate: &'a Candidate,
    /// Above 0, below 1.
    pub chance: f64,
    /// What the caller knows it by.
    pub number: usize,
    turn: f64,
    /// The outcome.
    pub stays: bool,
}

impl<'a> Rival<'a> {
    /// One whose outcome is open.
    #[must_use]
    pub fn new(candidate: &'a Candidate, chance: f64, number: usize) -> Self {
        Self { candidate, chance, number, turn: 0.0, stays: false }
    }
}

const WHOLE: u64 = 1 << 32;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^32")]
fn parts(share: f64) -> u64 {
    (share * 4_294_967_296.0) as u64
}

/// A number in 0..1 from 64 bits: `SplitMix64` (S. Vigna).
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn unit(seed: u64) -> f64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
