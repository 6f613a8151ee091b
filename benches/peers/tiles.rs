//! Which tiles are asked for: those that somebody would look at, more where there is more to see.

use std::collections::BTreeSet;

use citylayers::geo::TileCoord;
use citylayers::model::Rows;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::measure::SEED;

/// From this zoom on a viewer sees single houses.
pub const DEEP: u8 = 12;

/// Where a feature is, of any layer, each as likely as any other.
fn somewhere(layers: &[Rows], dice: &mut ChaCha8Rng) -> [u32; 2] {
    let mut ticket = dice.random_range(0..layers.iter().map(Rows::len).sum::<usize>());
    for rows in layers {
        if ticket < rows.len() {
            return rows.arena().window(ticket).middle();
        }
        ticket -= rows.len();
    }
    unreachable!("the ticket is below the sum")
}

/// `count` tiles of zooms 6 to 16, each once. Every zoom is as likely as any other as long as it has tiles left.
pub fn spread(layers: &[Rows], count: usize) -> Vec<TileCoord> {
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let mut tiles = BTreeSet::new();
    while tiles.len() < count {
        tiles.insert(TileCoord::holding(dice.random_range(6..=16), somewhere(layers, &mut dice)));
    }
    let mut tiles: Vec<TileCoord> = tiles.into_iter().collect();
    tiles.shuffle(&mut dice);
    tiles
}

/// Those of the deep zooms.
pub fn deep(tiles: &[TileCoord]) -> Vec<TileCoord> {
    tiles.iter().copied().filter(|tile| tile.z() >= DEEP).collect()
}

/// A viewer's session: five visits of five moves; each move shows 5 by 4 tiles, a pan goes to the ones beside them, a
/// zoom two levels deeper.
pub fn session(layers: &[Rows]) -> Vec<TileCoord> {
    let mut dice = ChaCha8Rng::seed_from_u64(SEED + 1);
    let mut tiles = Vec::new();
    for _ in 0..5 {
        let [x, y] = somewhere(layers, &mut dice);
        let mut zoom = dice.random_range(10..=12);
        let mut pan = 0;
        for step in 0..5 {
            let middle = TileCoord::holding(zoom, [x, y]);
            let wide = (0..5).flat_map(|column| (0..4).map(move |row| (column, row)));
            tiles.extend(wide.filter_map(|(column, row)| {
                let column = (middle.x() + column + pan * 5).checked_sub(2)?;
                TileCoord::new(zoom, column, (middle.y() + row).checked_sub(2)?)
            }));
            if step % 2 == 0 {
                pan += 1;
            } else {
                (zoom, pan) = (zoom + 2, 0);
            }
        }
    }
    tiles
}
