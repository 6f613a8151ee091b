//! The drawing board: metres east and north of a place in the middle of the two provinces.
//!
//! Equirectangular, so that it is linear: what is valid on the board is valid in degrees. Off by 1 % of a length at
//! the northern and southern ends, which no shape of a demo minds.

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use crate::geo::Geometry;

/// Metres `[east, north]` of [`ORIGIN`].
pub type Place = [f64; 2];

const ORIGIN: [f64; 2] = [105.0, 19.6];
/// Of the WGS 84 ellipsoid at the latitude of [`ORIGIN`].
const METRES_PER_DEGREE: [f64; 2] = [104_930.0, 110_690.0];

/// The place of `[lon, lat]` in degrees (EPSG:4326).
pub fn place([lon, lat]: [f64; 2]) -> Place {
    [(lon - ORIGIN[0]) * METRES_PER_DEGREE[0], (lat - ORIGIN[1]) * METRES_PER_DEGREE[1]]
}

/// Degrees, rounded to 1e-7 (11 mm): the grid on which neighbours meet.
pub fn lon_lat([x, y]: Place) -> [f64; 2] {
    [rounded(ORIGIN[0] + x / METRES_PER_DEGREE[0]), rounded(ORIGIN[1] + y / METRES_PER_DEGREE[1])]
}

fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

/// A feature's point.
pub fn point(at: Place) -> Geometry {
    let [x, y] = lon_lat(at);
    Geometry::Point(Point::new(x, y))
}

/// A feature's line.
pub fn line(places: &[Place]) -> Geometry {
    Geometry::Lines(MultiLineString(vec![string(places.iter().map(|&at| lon_lat(at)))]))
}

/// A feature's polygon around a counter-clockwise ring without its closing place.
pub fn polygon(ring: &[Place]) -> Geometry {
    let mut exterior = string(ring.iter().map(|&at| lon_lat(at)));
    exterior.close();
    Geometry::Polygons(MultiPolygon(vec![Polygon::new(exterior, Vec::new())]))
}

/// A line string of degrees.
pub fn string(places: impl IntoIterator<Item = [f64; 2]>) -> LineString<f64> {
    places.into_iter().map(|[x, y]| Coord { x, y }).collect()
}

/// `a + (b - a) * t`.
pub fn between(a: Place, b: Place, t: f64) -> Place {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// Metres.
pub fn distance(a: Place, b: Place) -> f64 {
    squared(a, b).sqrt()
}

/// Square metres; for comparing.
pub fn squared(a: Place, b: Place) -> f64 {
    (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
}

/// The unit vector from `a` to `b`; east where they are equal.
pub fn direction(a: Place, b: Place) -> Place {
    let length = distance(a, b);
    if length > 0.0 { [(b[0] - a[0]) / length, (b[1] - a[1]) / length] } else { [1.0, 0.0] }
}

/// `at`, moved by `along` metres in the unit `direction` and by `left` metres to its left.
pub fn moved(at: Place, direction: Place, along: f64, left: f64) -> Place {
    [at[0] + direction[0] * along - direction[1] * left, at[1] + direction[1] * along + direction[0] * left]
}
