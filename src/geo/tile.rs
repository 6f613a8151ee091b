//! Tile coordinates of the `WebMercatorQuad` grid (OGC 17-083r4, Annex D.1), row 0 in the north.

use std::fmt;

use super::bbox::Window;

/// Tile units across one tile (MVT 2.1, section 4.1).
pub const EXTENT: u32 = 4096;

/// Tile units that a tile reaches beyond each of its edges.
pub const BUFFER: u32 = 64;

/// The deepest zoom that is served.
pub const MAX_ZOOM: u8 = 22;

const EXTENT_BITS: u32 = 12;

/// One tile: zoom 0-22, column from the west, row from the north.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoord {
    /// `None` when `z` is above [`MAX_ZOOM`] or the grid of that zoom has no such column or row.
    #[must_use]
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        (z <= MAX_ZOOM && x < 1 << z && y < 1 << z).then_some(Self { z, x, y })
    }

    /// The tile of zoom `z` (at most [`MAX_ZOOM`]) that holds a place of the world square.
    #[must_use]
    pub fn holding(z: u8, [x, y]: [u32; 2]) -> Self {
        let shift = 32 - u32::from(z.min(MAX_ZOOM));
        let cell = |value: u32| value.checked_shr(shift).unwrap_or(0);
        Self { z: z.min(MAX_ZOOM), x: cell(x), y: cell(y) }
    }

    /// The tile, or where it is deeper the one of a zoom that holds it.
    #[must_use]
    pub fn at_most(self, zoom: u8) -> Self {
        let shift = self.z.saturating_sub(zoom);
        Self { z: self.z - shift, x: self.x >> shift, y: self.y >> shift }
    }

    /// Zoom.
    #[must_use]
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column.
    #[must_use]
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row.
    #[must_use]
    pub fn y(self) -> u32 {
        self.y
    }

    /// The tile's own square, without buffer, as `[min_x, min_y, max_x, max_y]` on the world square, max included.
    #[must_use]
    pub fn square(self) -> [i64; 4] {
        let side = 1_i64 << (32 - u32::from(self.z));
        let (west, north) = (i64::from(self.x) * side, i64::from(self.y) * side);
        [west, north, west + side - 1, north + side - 1]
    }

    /// The square with its buffer, which may reach beyond the world's edges (x wraps there, y ends).
    #[must_use]
    pub fn buffered(self) -> [i64; 4] {
        let [west, north, east, south] = self.square();
        let margin = (1_i64 << (32 - u32::from(self.z))) * i64::from(BUFFER) / i64::from(EXTENT);
        [west - margin, north - margin, east + margin, south + margin]
    }

    /// The windows to search for this tile, each with the shift that brings what it finds beside the tile: one
    /// window, and at the antimeridian a second on the other side of the world.
    ///
    /// # Panics
    /// Never: what is narrowed was clamped.
    #[must_use]
    pub fn windows(self) -> Vec<(Window, i64)> {
        let [west, north, east, south] = self.buffered();
        let (world, last) = (1_i64 << 32, i64::from(u32::MAX));
        let clamp = |value: i64| u32::try_from(value.clamp(0, last)).expect("clamped to the square");
        let strip = |from: i64, to: i64| Window {
            min_x: clamp(from),
            min_y: clamp(north),
            max_x: clamp(to),
            max_y: clamp(south),
        };
        let mut windows = vec![(strip(west, east), 0)];
        if self.z > 0 && west < 0 {
            windows.push((strip(west + world, last), -world));
        }
        if self.z > 0 && east > last {
            windows.push((strip(0, east - world), world));
        }
        windows
    }

    /// From the world square to this tile's units: a shift and a difference, no float. Truncates towards the
    /// north-west, so equal places stay equal whichever feature they belong to.
    #[must_use]
    #[inline]
    pub fn project(self, [x, y]: [i64; 2]) -> [i64; 2] {
        let z = u32::from(self.z);
        let (left, up) = (i64::from(self.x) << EXTENT_BITS, i64::from(self.y) << EXTENT_BITS);
        let unit = |value: i64| if z <= 20 { value >> (32 - EXTENT_BITS - z) } else { value << (z + EXTENT_BITS - 32) };
        [unit(x) - left, unit(y) - up]
    }
}

impl fmt::Display for TileCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tiles_of_the_grid_exist() {
        assert!(TileCoord::new(0, 0, 0).is_some());
        assert!(TileCoord::new(0, 1, 0).is_none());
        assert!(TileCoord::new(22, (1 << 22) - 1, (1 << 22) - 1).is_some());
        assert!(TileCoord::new(23, 0, 0).is_none());
    }

    #[test]
    fn the_corner_of_a_tile_projects_to_its_corner_at_every_zoom() {
        for z in 0..=MAX_ZOOM {
            let last = (1_u32 << z) - 1;
            let coord = TileCoord::new(z, last, last / 2).expect("on the grid");
            let [west, north, east, south] = coord.square();
            assert_eq!(coord.project([west, north]), [0, 0], "{coord}");
            let far = if z <= 20 { 4095 } else { 4096 - (1 << (z - 20)) };
            assert_eq!(coord.project([east, south]), [far, far], "{coord}");
            assert_eq!(TileCoord::holding(z, [u32::MAX, 0]).x(), last);
        }
    }

    #[test]
    fn the_first_and_last_column_look_across_the_antimeridian() {
        let windows = TileCoord::new(4, 0, 3).expect("on the grid").windows();
        assert_eq!(windows.len(), 2);
        assert_eq!(windows[1].1, -(1 << 32));
        assert_eq!(windows[1].0.max_x, u32::MAX);
        assert_eq!(TileCoord::new(4, 15, 3).expect("on the grid").windows()[1].1, 1 << 32);
        assert_eq!(TileCoord::new(4, 7, 3).expect("on the grid").windows().len(), 1);
    }
}
