//! Which tiles a change touched: for every tile the version since which it looks as it does.
//!
//! A changed window is noted on each tile that it meets, from zoom 0 down to the zoom at which it would meet more than
//! a few; below that zoom the window itself is kept with those few tiles, and a deeper tile asks its ancestors. So a
//! moved lamp leaves all other tiles alone, and a redrawn ward costs no more than a lamp.
//!
//! Clients enlarge the tiles of a layer's last zoom. Whoever asks for deeper ones is told the version of that tile: of 100,000 sensors
//! those would be most of what is remembered.

use hashbrown::HashMap;

use crate::geo::TileCoord;
use crate::model::touch::TileRange;
use crate::model::{Touch, Version};

/// Tiles on which one window is noted at one zoom.
const FEW: i64 = 16;

/// Windows kept with one tile; beyond it they are joined into one, which only makes more tiles look touched.
const TOUCHES: usize = 32;

/// Tiles remembered (about 100 bytes each). Beyond it the oldest knowledge goes: every tile of the layer
/// counts as touched once, and is computed once more when it is asked for.
const TILES: usize = 500_000;

/// The versions of a layer's tiles.
#[derive(Debug)]
pub struct Stamps {
    /// The last zoom whose tiles have versions of their own.
    deepest: u8,
    /// No tile is older than this.
    floor: Version,
    /// The newest change anywhere.
    newest: Version,
    tiles: HashMap<TileCoord, Stamp>,
}

#[derive(Debug, Default)]
struct Stamp {
    version: Version,
    /// Changes that are noted here for the tiles below.
    below: Vec<(Touch, Version)>,
}

impl Stamps {
    /// Every tile looks as it does since `floor`.
    #[must_use]
    pub fn new(deepest: u8, floor: Version) -> Self {
        Self { deepest, floor, newest: floor, tiles: HashMap::new() }
    }

    /// The version since which a tile looks as it does.
    #[must_use]
    pub fn version(&self, coord: TileCoord) -> Version {
        let coord = coord.at_most(self.deepest);
        let own = self.tiles.get(&coord).map_or(self.floor, |stamp| stamp.version);
        let windows = coord.windows();
        let above = (0..coord.z()).filter_map(|zoom| {
            let below = &self.tiles.get(&coord.at_most(zoom))?.below;
            let meets = |touch: &Touch| {
                (touch.from..=touch.to).contains(&coord.z())
                    && windows.iter().any(|(wanted, _)| wanted.intersects(&touch.window))
            };
            below.iter().filter(|(touch, _)| meets(touch)).map(|&(_, version)| version).max()
        });
        above.fold(own.max(self.floor), Version::max)
    }

    /// The newest change of the layer.
    #[must_use]
    pub fn newest(&self) -> Version {
        self.newest
    }

    /// Notes that the tiles of `touches` look different since `version`.
    pub fn touch(&mut self, touches: &[Touch], version: Version) {
        self.newest = self.newest.max(version);
        if self.tiles.len() > TILES {
            self.touch_all(version);
            return;
        }
        touches.iter().for_each(|touch| self.touch_one(touch, version));
    }

    /// Notes that the whole layer looks different since `version`.
    pub fn touch_all(&mut self, version: Version) {
        *self = Self::new(self.deepest, version);
    }

    fn touch_one(&mut self, touch: &Touch, version: Version) {
        let touch = &Touch { from: touch.from.min(self.deepest), to: touch.to.min(self.deepest), ..*touch };
        for zoom in touch.from..=touch.to {
            let range = TileRange::meeting(&touch.window, zoom);
            if range.count() > FEW {
                let mut above = (0..zoom).rev().map(|zoom| TileRange::meeting(&touch.window, zoom));
                let few = above.find(|range| range.count() <= FEW);
                few.iter().flat_map(TileRange::tiles).for_each(|coord| self.note_below(coord, *touch, version));
                return;
            }
            for coord in range.tiles() {
                let stamp = self.tiles.entry(coord).or_default();
                stamp.version = stamp.version.max(version);
            }
        }
    }

    fn note_below(&mut self, coord: TileCoord, touch: Touch, version: Version) {
        let below = &mut self.tiles.entry(coord).or_default().below;
        below.push((touch, version));
        if below.len() > TOUCHES {
            let joined = below.iter().copied().reduce(|(all, newest), (touch, version)| {
                let (from, to) = (all.from.min(touch.from), all.to.max(touch.to));
                (Touch { window: all.window.union(touch.window), from, to }, newest.max(version))
            });
            *below = joined.into_iter().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::geo::Window;
    use crate::geo::tile::MAX_ZOOM;
    use crate::model::Revision;

    fn at(number: u64) -> Version {
        Version { revision: Revision(number), step: 0 }
    }

    fn touch(random: &mut ChaCha8Rng) -> Touch {
        let size = 1_u32 << random.random_range(0..28);
        let [x, y]: [u32; 2] = [random.random(), random.random()];
        let window = Window { min_x: x, min_y: y, max_x: x.saturating_add(size), max_y: y.saturating_add(size / 3) };
        let from = random.random_range(0..=MAX_ZOOM);
        let to = random.random_range(from..=MAX_ZOOM);
        Touch { window, from: if random.random() { 0 } else { from }, to: if random.random() { MAX_ZOOM } else { to } }
    }

    /// A window that holds all that may be below a tile is met by what meets one of those.
    fn meets(touch: &Touch, coord: TileCoord, deepest: u8) -> bool {
        let clamped = Touch { from: touch.from.min(deepest), to: touch.to.min(deepest), ..*touch };
        clamped.meets(coord.at_most(deepest))
    }

    #[test]
    fn a_tile_is_touched_when_and_only_when_a_change_meets_it() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        for round in 0..600 {
            let deepest = if round % 2 == 0 { MAX_ZOOM } else { random.random_range(0..=MAX_ZOOM) };
            let mut stamps = Stamps::new(deepest, at(1));
            let touches: Vec<Touch> = (0..random.random_range(1..9)).map(|_| touch(&mut random)).collect();
            for (number, touch) in (2..).zip(&touches) {
                stamps.touch(&[*touch], at(number));
            }
            for _ in 0..200 {
                let zoom = random.random_range(0..=MAX_ZOOM);
                let near = touches[random.random_range(0..touches.len())].window;
                let place = [near.max_x.wrapping_add(random.random_range(0..256)), near.min_y];
                let coord =
                    TileCoord::holding(zoom, if random.random() { place } else { [random.random(), random.random()] });
                let last = |met: &dyn Fn(&Touch) -> bool| {
                    let met = (2..).zip(&touches).filter(|(_, touch)| met(touch));
                    at(met.map(|(number, _)| number).max().unwrap_or(1))
                };
                let found = stamps.version(coord);
                let about = format!("round {round}, {coord}, deepest {deepest}, {touches:?}");
                assert_eq!(found, last(&|touch| meets(touch, coord, deepest)), "{about}");
                assert!(found >= last(&|touch| touch.meets(coord)), "never older than it looks: {about}");
                if coord.z() <= deepest && touches.iter().all(|touch| touch.from <= deepest) {
                    assert_eq!(found, last(&|touch| touch.meets(coord)), "{about}");
                }
            }
        }
    }
}
