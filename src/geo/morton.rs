//! The Morton order: bits of x and y in turn, so that the places of a tile are one run at every zoom.

use super::mercator::WorldPoint;

/// The Morton number of a place; `>> (64 - 2 * zoom)` is the tile of a zoom that holds it.
///
/// G. M. Morton, "A computer oriented geodetic data base and a new technique in file sequencing" (IBM, 1966).
#[must_use]
pub fn morton([x, y]: WorldPoint) -> u64 {
    spread(x) | (spread(y) << 1)
}

/// The place of a Morton number.
#[must_use]
pub fn from_morton(number: u64) -> WorldPoint {
    [gather(number), gather(number >> 1)]
}

const MASKS: [(u32, u64); 5] = [
    (16, 0x0000_ffff_0000_ffff),
    (8, 0x00ff_00ff_00ff_00ff),
    (4, 0x0f0f_0f0f_0f0f_0f0f),
    (2, 0x3333_3333_3333_3333),
    (1, 0x5555_5555_5555_5555),
];

fn spread(value: u32) -> u64 {
    MASKS.iter().fold(u64::from(value), |bits, (shift, mask)| (bits | (bits << shift)) & mask)
}

#[expect(clippy::cast_possible_truncation, reason = "the upper half is masked away")]
fn gather(number: u64) -> u32 {
    let start = number & MASKS[4].1;
    let bits = MASKS.iter().rev().zip([
        0x3333_3333_3333_3333,
        0x0f0f_0f0f_0f0f_0f0f,
        0x00ff_00ff_00ff_00ff,
        0x0000_ffff_0000_ffff,
        0xffff_ffff_u64,
    ]);
    bits.fold(start, |bits, ((shift, _), mask)| (bits | (bits >> shift)) & mask) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::TileCoord;
    use crate::geo::tile::MAX_ZOOM;

    #[test]
    fn the_runs_of_the_order_are_the_tiles() {
        for (x, y) in [(0, 0), (5, 9), (u32::MAX, 3 << 20), (0x1234_5678, 0x9abc_def0)] {
            assert_eq!(from_morton(morton([x, y])), [x, y]);
            for zoom in 1..=MAX_ZOOM {
                let tile = TileCoord::holding(zoom, [x, y]);
                let corner = [tile.x() << (32 - u32::from(zoom)), tile.y() << (32 - u32::from(zoom))];
                let shift = 64 - 2 * u32::from(zoom);
                assert_eq!(morton([x, y]) >> shift, morton(corner) >> shift, "{tile}");
            }
        }
    }
}
