//! Dust: polygons too small to be seen, each drawn as a square that stands for several.
//!
//! A speck lies in the slot of the grid in which its polygon's middle is, or in the next free one of the same 4 x 4 slots, so
//! that specks lie side by side and paint the area that they stand for. The index sees to it that as many are drawn as
//! there is area.

use std::collections::HashMap;

use crate::geo::clip::TilePoint;
use crate::geo::tile::{BUFFER, EXTENT};

/// Tile units of a CSS pixel of a 512 pixel tile.
const UNITS: i64 = 8;

/// The slots that are taken, by their 4 x 4.
#[derive(Debug, Default)]
pub struct Specks {
    taken: HashMap<TilePoint, u16>,
}

impl Specks {
    /// The square for a polygon with this middle: places in tile units, clockwise with y south. `side` in CSS pixels.
    /// None for one whose 4 x 4 reach beyond the buffer: the tile beside it draws them.
    pub fn place(&mut self, middle: TilePoint, side: u32) -> Option<[TilePoint; 4]> {
        let slot = UNITS * i64::from(side);
        let cell = middle.map(|value| value.div_euclid(4 * slot));
        let buffered = -i64::from(BUFFER)..=i64::from(EXTENT + BUFFER);
        if cell.iter().any(|&at| !buffered.contains(&(at * 4 * slot)) || !buffered.contains(&((at + 1) * 4 * slot))) {
            return None;
        }
        let [column, row] = middle.map(|value| value.rem_euclid(4 * slot) / slot);
        let taken = self.taken.entry(cell).or_default();
        let wished = column + 4 * row;
        let free = (0..16).map(|step| (wished + step) % 16).find(|at| *taken >> at & 1 == 0).unwrap_or(wished);
        *taken |= 1 << free;
        let [west, north] = [cell[0] * 4 * slot + free % 4 * slot, cell[1] * 4 * slot + free / 4 * slot];
        Some([[west, north], [west + slot, north], [west + slot, north + slot], [west, north + slot]])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sixteen_specks_of_a_cell_lie_side_by_side() {
        for side in [2_u32, 4, 32] {
            let mut specks = Specks::default();
            let corners: BTreeSet<TilePoint> =
                (0..16).filter_map(|i| specks.place([1024 + i, 2048 + i * i % 60], side)).map(|ring| ring[0]).collect();
            assert_eq!(corners.len(), 16, "{side}: {corners:?}");
            let reach = i64::from(side) * 8 * 4;
            assert!(
                corners.iter().all(|&[x, y]| (1024..1024 + reach).contains(&x) && (2048..2048 + reach).contains(&y))
            );
        }
    }

    #[test]
    fn a_cell_beyond_the_buffer_is_left_to_the_neighbour() {
        let mut specks = Specks::default();
        assert!(specks.place([-1, 5], 2).is_some(), "the buffer is one cell of the smallest specks");
        assert!(specks.place([-65, 5], 2).is_none());
        assert!(specks.place([4160, 5], 2).is_none());
        assert!(specks.place([-1, 5], 4).is_none());
    }
}
