//! The lowest zoom of a row: what low zooms leave out, decided once for a whole zoom so that neighbouring tiles agree,
//! and so that zooming in only adds.
//!
//! Three rules, the highest zoom of them wins: the layer's own (`thinning` in its file), the size on the screen, and a
//! budget a tile. The first two look at the row alone; the budget is one threshold a zoom, kept with the
//! index until the layer is built anew.

use crate::geo::GeometryKind;
use crate::geo::tile::MAX_ZOOM;
use crate::model::columns::Column;
use crate::model::feature::fnv1a;
use crate::model::layer::Thinning;
use crate::model::{Rows, ValueRef};

/// What a tile may weigh at most, in estimated compressed bytes: 500 kB less a margin for what is estimated.
const TILE_BUDGET: u64 = 400_000;

const ZOOMS: usize = MAX_ZOOM as usize + 1;

/// The share of rows that each zoom shows at most, by their [`draw`]; grows with the zoom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget([f64; ZOOMS]);

impl Budget {
    /// Everything shows.
    pub const UNLIMITED: Self = Self([1.0; ZOOMS]);

    /// Such that no tile of `rows` is estimated above the budget. `lowest` is what the other rules say.
    #[must_use]
    pub fn of(rows: &Rows, lowest: &[u8]) -> Self {
        let mut placed: Vec<(u64, u32, u8)> = (0..rows.len())
            .map(|row| {
                let window = rows.arena().window(row);
                (morton(window.middle()), weight(rows, row), lowest[row])
            })
            .collect();
        placed.sort_unstable_by_key(|&(cell, ..)| cell);
        let mut shares = [1.0; ZOOMS];
        for (zoom, share) in (0_u8..).zip(shares.iter_mut()) {
            *share = share_at(&placed, zoom);
        }
        for zoom in (0..ZOOMS - 1).rev() {
            shares[zoom] = f64::min(shares[zoom], shares[zoom + 1]);
        }
        Self(shares)
    }

    fn lowest(&self, draw: f64) -> u8 {
        let zoom = self.0.iter().position(|&share| draw < share).unwrap_or(usize::from(MAX_ZOOM));
        u8::try_from(zoom).unwrap_or(MAX_ZOOM)
    }
}

#[expect(clippy::cast_precision_loss, reason = "weights stay far below 2^52")]
fn share_at(placed: &[(u64, u32, u8)], zoom: u8) -> f64 {
    let shift = 64 - 2 * u32::from(zoom);
    let tile = |cell: u64| cell.checked_shr(shift).unwrap_or(0);
    let mut heaviest = 0_u64;
    for group in placed.chunk_by(|a, b| tile(a.0) == tile(b.0)) {
        heaviest = heaviest.max(group.iter().filter(|row| row.2 <= zoom).map(|row| u64::from(row.1)).sum());
    }
    if heaviest <= TILE_BUDGET { 1.0 } else { TILE_BUDGET as f64 / heaviest as f64 }
}

/// Estimated bytes of a row in a compressed tile: about 3 a value and 2 a vertex of those that a screen can show.
fn weight(rows: &Rows, row: usize) -> u32 {
    let vertices = rows.arena().row_vertices(row).len().min(64);
    u32::try_from(8 + 3 * rows.columns().len() + 2 * vertices).unwrap_or(u32::MAX)
}

/// The lowest zoom by the layer's rules and by size, without the budget.
#[must_use]
pub fn lowest_by_rule(rows: &Rows, row: usize) -> u8 {
    let layer = rows.layer();
    let Some(thinning) = &layer.thinning else { return 0 };
    let ruled = match by_code(thinning, rows, row) {
        Some(zoom) => zoom,
        None => by_rate(thinning, draw(rows.id(row))),
    };
    ruled.max(by_size(rows, row))
}

/// The lowest zoom by all rules.
#[must_use]
pub fn lowest_zoom(rows: &Rows, row: usize, budget: &Budget) -> u8 {
    lowest_by_rule(rows, row).max(budget.lowest(draw(rows.id(row))))
}

fn by_code(thinning: &Thinning, rows: &Rows, row: usize) -> Option<u8> {
    let by = thinning.by.as_ref()?;
    let Some(ValueRef::Text(code)) = rows.columns().get(by.field).and_then(|column: &Column| column.get(row)) else {
        return None;
    };
    by.zooms.iter().find(|(known, _)| known == code).map(|&(_, zoom)| zoom)
}

/// One in `rate` of the rows of a zoom is left in the zoom below it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the zooms there are")]
fn by_rate(thinning: &Thinning, draw: f64) -> u8 {
    if thinning.rate <= 1.0 {
        return thinning.base_zoom;
    }
    let steps = (-draw.max(f64::MIN_POSITIVE).ln() / thinning.rate.ln()).floor();
    (f64::from(thinning.base_zoom) - steps).clamp(0.0, f64::from(thinning.base_zoom)) as u8
}

/// A line or polygon shows from the zoom at which it is two CSS pixels (16 tile units) wide or high.
fn by_size(rows: &Rows, row: usize) -> u8 {
    if rows.layer().geometry == GeometryKind::Point {
        return 0;
    }
    let window = rows.arena().window(row);
    let size = (window.max_x - window.min_x).max(window.max_y - window.min_y).max(1);
    let two_pixels_at_zoom_0 = 24; // log2 of 16 tile units in world units
    u8::try_from(two_pixels_at_zoom_0 - size.ilog2().min(two_pixels_at_zoom_0)).unwrap_or(MAX_ZOOM).min(MAX_ZOOM)
}

/// A number in 0..1 that belongs to an id for ever: rows are left out in its order, so an edit elsewhere changes nothing,
/// and dense places stay denser. `SplitMix64` (S. Vigna) over the id's FNV-1a.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
pub fn draw(id: &str) -> f64 {
    let hash = fnv1a(id);
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Bits of x and y in turn: all places of a tile are a run at every zoom.
fn morton([x, y]: [u32; 2]) -> u64 {
    let spread = |value: u32| {
        let mut bits = u64::from(value);
        for (shift, mask) in [
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555),
        ] {
            bits = (bits | (bits << shift)) & mask;
        }
        bits
    };
    spread(x) | (spread(y) << 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::TileCoord;

    #[test]
    fn the_runs_of_the_morton_order_are_the_tiles() {
        for (x, y) in [(0, 0), (5, 9), (u32::MAX, 3 << 20), (0x1234_5678, 0x9abc_def0)] {
            for zoom in 1..=MAX_ZOOM {
                let tile = TileCoord::holding(zoom, [x, y]);
                let corner = [tile.x() << (32 - u32::from(zoom)), tile.y() << (32 - u32::from(zoom))];
                let shift = 64 - 2 * u32::from(zoom);
                assert_eq!(morton([x, y]) >> shift, morton(corner) >> shift, "{tile}");
            }
        }
    }

    #[test]
    fn each_zoom_keeps_one_in_rate_of_the_one_above() {
        let thinning = Thinning { base_zoom: 14, rate: 2.5, by: None };
        let lowest: Vec<u8> = (0..100_000).map(|i| by_rate(&thinning, draw(&format!("lamp-{i}")))).collect();
        let shown = |zoom: u8| lowest.iter().filter(|&&lowest| lowest <= zoom).count();
        for zoom in 9..14 {
            let ratio =
                f64::from(u32::try_from(shown(zoom + 1)).unwrap()) / f64::from(u32::try_from(shown(zoom)).unwrap());
            assert!((2.2..2.8).contains(&ratio), "zoom {zoom}: {ratio}");
        }
        assert_eq!(shown(14), 100_000);
    }
}
