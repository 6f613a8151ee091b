//! Boxes in both coordinate spaces.

use super::mercator::{WorldPoint, lon_lat, world_point};

/// A box in degrees (EPSG:4326), as GeoJSON orders it (RFC 7946 section 5). `west > east` means that the box
/// crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BBox {
    /// Smallest longitude, or the western edge of a box that crosses the antimeridian.
    pub west: f64,
    /// Smallest latitude.
    pub south: f64,
    /// Largest longitude.
    pub east: f64,
    /// Largest latitude.
    pub north: f64,
}

impl BBox {
    /// The whole world.
    pub const WORLD: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// The box as `[west, south, east, north]`.
    #[must_use]
    pub fn to_array(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    /// Whether `[lon, lat]` lies inside or on the edge.
    #[must_use]
    pub fn contains(&self, [lon, lat]: [f64; 2]) -> bool {
        let in_longitude = if self.west <= self.east {
            self.west <= lon && lon <= self.east
        } else {
            lon >= self.west || lon <= self.east
        };
        in_longitude && self.south <= lat && lat <= self.north
    }

    /// The smallest box around all of `places` (never one that crosses the antimeridian), or `None` without places.
    pub fn around(places: impl IntoIterator<Item = [f64; 2]>) -> Option<Self> {
        places.into_iter().fold(None, |found: Option<Self>, [lon, lat]| {
            let seen = found.unwrap_or(Self { west: lon, south: lat, east: lon, north: lat });
            Some(Self {
                west: seen.west.min(lon),
                south: seen.south.min(lat),
                east: seen.east.max(lon),
                north: seen.north.max(lat),
            })
        })
    }

    /// The smallest box that holds both (neither crossing the antimeridian).
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }
}

/// A box on the world square, edges included. `min_y` is its northern edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Western edge.
    pub min_x: u32,
    /// Northern edge.
    pub min_y: u32,
    /// Eastern edge.
    pub max_x: u32,
    /// Southern edge.
    pub max_y: u32,
}

impl Window {
    /// The whole square.
    pub const WORLD: Self = Self { min_x: 0, min_y: 0, max_x: u32::MAX, max_y: u32::MAX };

    /// Holds nothing; the union with it is the other.
    pub const EMPTY: Self = Self { min_x: u32::MAX, min_y: u32::MAX, max_x: 0, max_y: 0 };

    /// The smallest window around `points`; [`Window::EMPTY`] without points.
    pub fn around<'a>(points: impl IntoIterator<Item = &'a WorldPoint>) -> Self {
        points.into_iter().fold(Self::EMPTY, |window, &[x, y]| Self {
            min_x: window.min_x.min(x),
            min_y: window.min_y.min(y),
            max_x: window.max_x.max(x),
            max_y: window.max_y.max(y),
        })
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.min_x > self.max_x || self.min_y > self.max_y
    }

    /// The place in the middle.
    #[must_use]
    pub fn middle(&self) -> WorldPoint {
        [self.min_x.midpoint(self.max_x), self.min_y.midpoint(self.max_y)]
    }

    /// Whether the two share at least a point.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        self.min_x <= other.max_x && other.min_x <= self.max_x && self.min_y <= other.max_y && other.min_y <= self.max_y
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        self.min_x <= other.min_x && other.max_x <= self.max_x && self.min_y <= other.min_y && other.max_y <= self.max_y
    }

    /// What both hold; empty when they share nothing.
    #[must_use]
    pub fn intersection(self, other: &Self) -> Self {
        Self {
            min_x: self.min_x.max(other.min_x),
            min_y: self.min_y.max(other.min_y),
            max_x: self.max_x.min(other.max_x),
            max_y: self.max_y.min(other.max_y),
        }
    }

    /// The smallest window that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            min_x: self.min_x.min(other.min_x),
            min_y: self.min_y.min(other.min_y),
            max_x: self.max_x.max(other.max_x),
            max_y: self.max_y.max(other.max_y),
        }
    }
}

impl BBox {
    /// The box that holds every place that a window holds: they were rounded to its units.
    #[must_use]
    pub fn holding(window: Window) -> Self {
        Self::from(Window {
            min_x: window.min_x.saturating_sub(1),
            min_y: window.min_y.saturating_sub(1),
            max_x: window.max_x.saturating_add(1),
            max_y: window.max_y.saturating_add(1),
        })
    }
}

impl From<Window> for BBox {
    /// To a unit of the world square (9.3 mm); an empty window is the whole world.
    fn from(window: Window) -> Self {
        if window.is_empty() {
            return Self::WORLD;
        }
        let [west, north] = lon_lat([window.min_x, window.min_y]);
        let [east, south] = lon_lat([window.max_x, window.max_y]);
        Self { west, south, east, north }
    }
}

impl From<BBox> for Window {
    /// For a box that does not cross the antimeridian.
    fn from(bbox: BBox) -> Self {
        let [min_x, min_y] = world_point([bbox.west, bbox.north]);
        let [max_x, max_y] = world_point([bbox.east, bbox.south]);
        Self { min_x, min_y, max_x, max_y }
    }
}
