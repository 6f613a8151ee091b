//! Where and at which zooms the map looks different after a change.

use std::ops::RangeInclusive;

use crate::geo::tile::{BUFFER, EXTENT, MAX_ZOOM};
use crate::geo::{TileCoord, Window};

/// The tiles whose buffered square meets a window, at some zooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The window on the world square.
    pub window: Window,
    /// The first zoom that looks different.
    pub from: u8,
    /// The last, at most [`MAX_ZOOM`].
    pub to: u8,
}

/// The touched tiles of one zoom: every column with every row. Columns may lie beyond the antimeridian, on either side, and
/// rows beyond the poles, where there are no tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRange {
    /// The zoom.
    pub z: u8,
    /// Columns from the west; count modulo 2^z.
    pub columns: RangeInclusive<i64>,
    /// Rows from the north.
    pub rows: RangeInclusive<i64>,
}

impl Touch {
    /// A window at one zoom and all deeper ones.
    #[must_use]
    pub fn from(window: Window, from: u8) -> Self {
        Self { window, from, to: MAX_ZOOM }
    }

    /// Whether a tile meets it. The plain definition.
    #[must_use]
    pub fn meets(&self, coord: TileCoord) -> bool {
        (self.from..=self.to).contains(&coord.z())
            && coord.windows().iter().any(|(wanted, _)| wanted.intersects(&self.window))
    }

    /// The tiles of a zoom that meet it; `None` where the zoom looks as before.
    #[must_use]
    pub fn range(&self, zoom: u8) -> Option<TileRange> {
        (self.from..=self.to).contains(&zoom).then(|| TileRange::meeting(&self.window, zoom))
    }
}

impl TileRange {
    /// The tiles of a zoom whose buffered squares meet a window.
    #[must_use]
    pub fn meeting(window: &Window, zoom: u8) -> Self {
        let size = 32 - u32::from(zoom);
        let margin = (1_i64 << size) * i64::from(BUFFER) / i64::from(EXTENT);
        let range = |from: u32, to: u32| (i64::from(from) - margin) >> size..=(i64::from(to) + margin) >> size;
        Self { z: zoom, columns: range(window.min_x, window.max_x), rows: range(window.min_y, window.max_y) }
    }

    /// How many columns and rows make.
    #[must_use]
    pub fn count(&self) -> i64 {
        let length = |range: &RangeInclusive<i64>| range.end() - range.start() + 1;
        length(&self.columns) * length(&self.rows)
    }

    /// The tiles, those that exist.
    pub fn tiles(&self) -> impl Iterator<Item = TileCoord> {
        let (zoom, grid) = (self.z, 1_i64 << self.z);
        let places = self.columns.clone().flat_map(move |x| self.rows.clone().map(move |y| (x.rem_euclid(grid), y)));
        places.filter_map(move |(x, y)| TileCoord::new(zoom, u32::try_from(x).ok()?, u32::try_from(y).ok()?))
    }
}
