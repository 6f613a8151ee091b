//! Which tiles a change touched: for every tile the revision since which it looks as it does.
//!
//! A changed window is noted on each tile that it meets, from zoom 0 down to the zoom at which it would meet more than
//! a few; below that zoom the window itself is kept with those few tiles, and a deeper tile asks its ancestors. So a
//! moved lamp leaves all other tiles alone, and a redrawn ward costs no more than a lamp.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use crate::geo::tile::MAX_ZOOM;
use crate::geo::{TileCoord, Window};
use crate::model::Revision;

/// Tiles on which one window is noted at one zoom.
const FEW: i64 = 16;

/// Windows kept with one tile; beyond it they are joined into one, which only makes more tiles look touched.
const WINDOWS: usize = 32;

/// Tiles remembered (about 100 bytes each). Beyond it the oldest knowledge goes: every tile of the layer
/// counts as touched once, and is computed once more when it is asked for.
const TILES: usize = 500_000;

/// The revisions of a layer's tiles.
#[derive(Debug, Default)]
pub struct Stamps {
    /// No tile is older than this.
    floor: Revision,
    /// The newest change anywhere.
    newest: Revision,
    tiles: HashMap<TileCoord, Stamp>,
}

#[derive(Debug, Default)]
struct Stamp {
    revision: Revision,
    /// Changes that are noted here for the tiles below.
    below: Vec<(Window, Revision)>,
}

impl Stamps {
    /// Every tile looks as it does since `floor`.
    #[must_use]
    pub fn new(floor: Revision) -> Self {
        Self { floor, newest: floor, tiles: HashMap::new() }
    }

    /// The revision since which a tile looks as it does.
    #[must_use]
    pub fn revision(&self, coord: TileCoord) -> Revision {
        let own = self.tiles.get(&coord).map_or(self.floor, |stamp| stamp.revision);
        let windows = coord.windows();
        let above = (0..coord.z()).filter_map(|zoom| {
            let shift = coord.z() - zoom;
            let ancestor = TileCoord::new(zoom, coord.x() >> shift, coord.y() >> shift)?;
            let below = &self.tiles.get(&ancestor)?.below;
            let meets = |window: &Window| windows.iter().any(|(wanted, _)| wanted.intersects(window));
            below.iter().filter(|(window, _)| meets(window)).map(|&(_, revision)| revision).max()
        });
        above.fold(own.max(self.floor), Revision::max)
    }

    /// The newest change of the layer.
    #[must_use]
    pub fn newest(&self) -> Revision {
        self.newest
    }

    /// Notes that whatever meets one of `windows` looks different since `revision`.
    pub fn touch(&mut self, windows: &[Window], revision: Revision) {
        self.newest = self.newest.max(revision);
        if self.tiles.len() > TILES {
            self.touch_all(revision);
            return;
        }
        windows.iter().for_each(|window| self.touch_one(window, revision));
    }

    /// Notes that the whole layer looks different since `revision`.
    pub fn touch_all(&mut self, revision: Revision) {
        *self = Self::new(revision);
    }

    fn touch_one(&mut self, window: &Window, revision: Revision) {
        let mut last: Vec<TileCoord> = Vec::new();
        for zoom in 0..=MAX_ZOOM {
            let Some(met) = tiles_meeting(window, zoom) else {
                last.iter().for_each(|&coord| self.note_below(coord, *window, revision));
                return;
            };
            for &coord in &met {
                let stamp = self.tiles.entry(coord).or_default();
                stamp.revision = stamp.revision.max(revision);
            }
            last = met;
        }
    }

    fn note_below(&mut self, coord: TileCoord, window: Window, revision: Revision) {
        let below = &mut self.tiles.entry(coord).or_default().below;
        below.push((window, revision));
        if below.len() > WINDOWS {
            let joined = below.iter().fold((Window::EMPTY, revision), |(all, newest), (window, revision)| {
                (all.union(*window), newest.max(*revision))
            });
            *below = vec![joined];
        }
    }
}

/// The tiles of a zoom whose buffered squares meet a window, or `None` when they are more than a few.
fn tiles_meeting(window: &Window, zoom: u8) -> Option<Vec<TileCoord>> {
    let size = 32 - u32::from(zoom);
    let margin = (1_i64 << size) * i64::from(crate::geo::tile::BUFFER) / i64::from(crate::geo::tile::EXTENT);
    let range = |from: u32, to: u32| (i64::from(from) - margin) >> size..=(i64::from(to) + margin) >> size;
    let (across, down) = (range(window.min_x, window.max_x), range(window.min_y, window.max_y));
    let length = |range: &RangeInclusive<i64>| range.end() - range.start() + 1;
    if length(&across) * length(&down) > FEW {
        return None;
    }
    let grid = 1_i64 << zoom;
    let tiles = across.flat_map(|x| down.clone().map(move |y| (x.rem_euclid(grid), y)));
    let on_grid = tiles.filter_map(|(x, y)| TileCoord::new(zoom, u32::try_from(x).ok()?, u32::try_from(y).ok()?));
    Some(on_grid.collect())
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// The plain definition: a tile is touched when its buffered windows meet the changed window.
    fn meets(coord: TileCoord, window: &Window) -> bool {
        coord.windows().iter().any(|(wanted, _)| wanted.intersects(window))
    }

    #[test]
    fn a_tile_is_touched_when_and_only_when_a_change_meets_it() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        for round in 0..300 {
            let mut stamps = Stamps::new(Revision(1));
            let windows: Vec<Window> = (0..random.random_range(1..9))
                .map(|_| {
                    let size = 1_u32 << random.random_range(0..28);
                    let [x, y]: [u32; 2] = [random.random(), random.random()];
                    Window { min_x: x, min_y: y, max_x: x.saturating_add(size), max_y: y.saturating_add(size / 3) }
                })
                .collect();
            for (number, window) in (2..).zip(&windows) {
                stamps.touch(&[*window], Revision(number));
            }
            for _ in 0..200 {
                let zoom = random.random_range(0..=MAX_ZOOM);
                let near = windows[random.random_range(0..windows.len())];
                let place = [near.max_x.wrapping_add(random.random_range(0..256)), near.min_y];
                let coord =
                    TileCoord::holding(zoom, if random.random() { place } else { [random.random(), random.random()] });
                let expected =
                    (2..).zip(&windows).filter(|(_, window)| meets(coord, window)).map(|(number, _)| number).max();
                assert_eq!(
                    stamps.revision(coord),
                    Revision(expected.unwrap_or(1)),
                    "round {round}, {coord}, {windows:?}"
                );
            }
        }
    }
}
