//! Tiles that change while they are asked for: they are kept in pieces, and what edits struck since is drawn again.
//!
//! A tile that was drawn once is drawn plainly and only noted. Asked for in another version it is in demand and in unrest: from
//! then on it is kept. A city in which nothing moves keeps no pieces.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::geo::TileCoord;
use crate::index::LayerIndex;
use crate::index::history::Moment;
use crate::model::{Audience, Selection, Version};
use crate::tile::cache::Key;
use crate::tile::kept::{Drawing, KeptLayer};
use crate::tile::packing::Encoding;

/// A tile, whatever its version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TileKey {
    audience: Audience,
    layers: Arc<str>,
    coord: TileCoord,
    encoding: Encoding,
}

/// The tiles that were drawn lately, those in unrest in pieces.
#[derive(Clone)]
pub struct KeptTiles {
    tiles: moka::sync::Cache<TileKey, Kept>,
}

#[derive(Clone)]
struct Kept {
    tile: Arc<Mutex<KeptTile>>,
    heap_bytes: u32,
}

/// The layers of one tile.
#[derive(Default)]
pub struct KeptTile {
    /// The version for which it was last asked.
    version: Version,
    parts: Vec<Part>,
}

/// A layer, and of when it is.
struct Part {
    moment: Moment,
    shown: u8,
    left_out: usize,
    layer: KeptLayer,
}

impl KeptTiles {
    /// Room for at most `capacity` bytes of pieces.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        let overhead = u32::try_from(size_of::<TileKey>() + size_of::<KeptTile>() + 100).unwrap_or(u32::MAX);
        let weigh = move |tile: &TileKey, kept: &Kept| {
            kept.heap_bytes.saturating_add(overhead + u32::try_from(tile.layers.len()).unwrap_or_default())
        };
        Self { tiles: moka::sync::Cache::builder().max_capacity(capacity).weigher(weigh).build() }
    }

    /// Lets `draw` work on the tile of a key, and tells it the version before, which nobody asks for any more. `None` when the
    /// tile is met for the first time, or has not changed since.
    pub fn again<T>(&self, key: &Key, draw: impl FnOnce(&mut KeptTile, Version) -> T) -> Option<T> {
        let Key { audience, coord, encoding, version, .. } = *key;
        let place = TileKey { audience, layers: Arc::clone(&key.layers), coord, encoding };
        let Some(kept) = self.tiles.get(&place) else {
            let tile = Arc::new(Mutex::new(KeptTile { version, parts: Vec::new() }));
            self.tiles.insert(place, Kept { tile, heap_bytes: 0 });
            return None;
        };
        let mut tile = kept.tile.lock();
        let before = std::mem::replace(&mut tile.version, version);
        if tile.parts.is_empty() && before == version {
            return None;
        }
        let drawn = draw(&mut tile, before);
        let heap_bytes = u32::try_from(tile.heap_bytes()).unwrap_or(u32::MAX);
        drop(tile);
        if heap_bytes != kept.heap_bytes {
            self.tiles.insert(place, Kept { heap_bytes, ..kept });
        }
        Some(drawn)
    }

    /// Bytes held, about.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tiles.weighted_size()
    }
}

impl KeptTile {
    /// Brings the tile up to the present of its layers, which are always the same ones, with the rows that zoom `shown` shows.
    /// Answers whether some of what it had is of use still.
    pub fn renew(&mut self, layers: &[Arc<LayerIndex>], shown: u8, key: &Key) -> bool {
        // Taken out meanwhile: should drawing ever panic, nothing half-mended is left.
        let before = std::mem::take(&mut self.parts);
        let mut of_use = false;
        let mut before = before.into_iter();
        for index in layers {
            let renewed = before.next().and_then(|part| part.renewed(index, shown, key));
            of_use |= renewed.is_some();
            self.parts.push(renewed.unwrap_or_else(|| Part::draw(index, shown, key)));
        }
        of_use
    }

    /// Bytes held on the heap, about.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.layer.heap_bytes()).sum()
    }

    /// The layers, each with how many of its features the tile leaves out.
    pub fn layers(&self) -> impl Iterator<Item = (&KeptLayer, usize)> + Clone {
        self.parts.iter().map(|part| (&part.layer, part.left_out))
    }
}

impl Part {
    fn draw(index: &LayerIndex, shown: u8, key: &Key) -> Self {
        let found = index.tile_showing(key.coord, shown);
        let layer = KeptLayer::draw(&drawing(index, &found, key));
        Self { moment: index.moment(key.coord.z()), shown, left_out: index.left_out(key.coord, shown, &found), layer }
    }

    /// The part as it is now; `None` when it must be drawn whole.
    fn renewed(mut self, index: &LayerIndex, shown: u8, key: &Key) -> Option<Self> {
        let zoom = key.coord.z();
        let struck = index.struck_since(self.moment, key.coord, shown).filter(|_| self.shown == shown)?;
        self.moment = index.moment(zoom);
        if struck.ranks.is_empty() && !struck.stirred {
            return Some(self);
        }
        if !index.draws_each_row(zoom) {
            return None;
        }
        let found = index.tile_showing(key.coord, shown);
        if struck.stirred {
            self.left_out = index.left_out(key.coord, shown, &found);
        }
        self.layer.mend(&drawing(index, &found, key), &struck.ranks).then_some(self)
    }
}

fn drawing<'a>(index: &'a LayerIndex, selections: &'a [Selection], key: &Key) -> Drawing<'a> {
    let layer = index.layer_in_tiles(key.coord.z()).as_ref();
    Drawing { layer, selections, coord: key.coord, audience: key.audience, encoding: key.encoding }
}
