//! Tiles that were drawn and compressed once, kept compressed.
//!
//! The key holds the version since which the tile looks as it does, so nothing has to be thrown away by hand: a changed tile
//! has a new key, and the old one is forgotten with age, or when the tile is mended. Many who ask for the same tile at once wait for one drawing.

use std::sync::Arc;

use bytes::Bytes;
use moka::policy::EvictionPolicy;

use super::Format;
use super::packing::Encoding;
use crate::geo::TileCoord;
use crate::model::{Audience, Version};

/// What makes one tile different from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who may see it. First, and in every key: a tile is never shared across audiences.
    pub audience: Audience,
    /// The layers in the order of the request.
    pub layers: Arc<str>,
    /// Since when it looks as it does.
    pub version: Version,
    /// Which tile.
    pub coord: TileCoord,
    /// How it is written.
    pub format: Format,
    /// How it is packed.
    pub encoding: Encoding,
    /// Which readings it shows; `None` for a tile as it is drawn.
    pub measured: Option<Measured>,
    /// Which indicator it shows; `None` for none.
    pub indicated: Option<Indicated>,
}

/// The indicator of a tile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Indicated {
    /// Which one, of which period, in which classes.
    pub choice: Arc<str>,
    /// Since when its values are so.
    pub version: Version,
}

/// The readings of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Measured {
    /// Since when it shows them.
    pub version: Version,
    /// The moment of which their ages are, in milliseconds since 1970.
    pub at: i64,
    /// Whether that is a moment that was asked for, and not the present.
    pub as_of: bool,
}

/// A tile as it is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    /// Packed; empty when nothing meets the tile.
    pub bytes: Bytes,
    /// What its zoom leaves out, as a header says it (`street_lights=9384, roads=12`); `None` when everything shows.
    pub left_out: Option<Arc<str>>,
}

/// Tiles by key, the least used forgotten first.
#[derive(Clone)]
pub struct Cache {
    tiles: moka::sync::Cache<Key, Tile>,
}

impl Cache {
    /// A cache of at most `capacity` bytes of tiles.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        let overhead = size_of::<Key>() + 100;
        let weigh = move |key: &Key, tile: &Tile| {
            let choice = key.indicated.as_ref().map_or(0, |indicated| indicated.choice.len());
            let texts = key.layers.len() + choice + tile.left_out.as_ref().map_or(0, |text| text.len());
            u32::try_from(tile.bytes.len() + texts + overhead).unwrap_or(u32::MAX)
        };
        // Not the default, which lets a newcomer in only when it was asked for more often than what it displaces: every version
        // of a tile is a newcomer, and what an edit made obsolete would keep it out.
        let oldest_first = EvictionPolicy::lru();
        let tiles = moka::sync::Cache::builder().max_capacity(capacity).weigher(weigh).eviction_policy(oldest_first);
        Self { tiles: tiles.build() }
    }

    /// The tile of a key, if it is there. Never draws, so it may be asked from anywhere.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Tile> {
        self.tiles.get(key)
    }

    /// The tile of a key; `draw` makes it when it is not there, once for all who ask at the same time. They wait: not for an
    /// async worker.
    pub fn get_or_draw(&self, key: Key, draw: impl FnOnce() -> Tile) -> Tile {
        self.tiles.get_with(key, draw)
    }

    /// Forgets a tile that nobody will ask for again, before its age does it.
    pub fn forget(&self, key: &Key) {
        self.tiles.invalidate(key);
    }

    /// Tiles held, about.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.tiles.entry_count()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held, about.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.tiles.weighted_size()
    }
}
